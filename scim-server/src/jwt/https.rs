//! Key sets from the web: HTTPS to the configured host and to nowhere else (T22).

use std::error::Error as StdError;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::KeySource;
use crate::{Boxed, Result};

/// How long a retrieval may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How large a key set may be.
const MAX_BYTES: usize = 1 << 20;

/// Why a key set cannot be retrieved from a URL.
#[derive(Debug, thiserror::Error)]
pub enum KeySetUrlError {
    /// It is no URL of the web with TLS.
    #[error("`{0}` is not a URL like `https://login.example.com/keys`")]
    Url(String),
    /// It names an address within a private network.
    #[error("`{0}` is not an address of the public internet")]
    Private(String),
    /// The client could not be made.
    #[error("the HTTP client could not be made")]
    Client(#[source] Box<dyn StdError + Send + Sync>),
}

/// The document at a URL (`jwks_uri` of an issuer).
///
/// Redirects are not followed, proxies of the environment not used; addresses within private networks are refused, also after
/// the name was resolved; a document over a mebibyte or one that takes more than five seconds is refused.
#[derive(Clone)]
pub struct HttpsKeySource {
    client: Client,
    url: Url,
}

impl HttpsKeySource {
    /// The document at that URL.
    ///
    /// # Errors
    /// Any [`KeySetUrlError`].
    pub fn new(url: &str) -> Result<Self, KeySetUrlError> {
        let parsed = Url::parse(url).ok().filter(|parsed| parsed.scheme() == "https" && parsed.username().is_empty());
        let parsed = parsed.filter(|parsed| parsed.password().is_none()).ok_or_else(|| KeySetUrlError::Url(url.to_owned()))?;
        // A name is looked at when it has been resolved; an address is never resolved.
        let host = parsed.host_str().unwrap_or_default().trim_matches(['[', ']']);
        if host.parse::<IpAddr>().is_ok_and(|address| !is_public(address)) {
            return Err(KeySetUrlError::Private(url.to_owned()));
        }
        let client = Client::builder().https_only(true).dns_resolver(Arc::new(PublicAddresses));
        Self::with(client, parsed, TIMEOUT)
    }

    fn with(client: reqwest::ClientBuilder, url: Url, timeout: Duration) -> Result<Self, KeySetUrlError> {
        let client = client.redirect(Policy::none()).no_proxy().timeout(timeout).build();
        Ok(Self { client: client.map_err(|error| KeySetUrlError::Client(error.into()))?, url })
    }
}

impl fmt::Debug for HttpsKeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpsKeySource").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

impl KeySource for HttpsKeySource {
    fn retrieve(&self) -> Boxed<'_, Result<Vec<u8>, Box<dyn StdError + Send + Sync>>> {
        Box::pin(async move {
            let mut answer = self.client.get(self.url.clone()).send().await?;
            if answer.status() != reqwest::StatusCode::OK {
                return Err(format!("{} answered {}", self.url, answer.status()).into());
            }
            let mut document = Vec::new();
            while let Some(piece) = answer.chunk().await? {
                if document.len() + piece.len() > MAX_BYTES {
                    return Err(format!("{} sent more than {MAX_BYTES} bytes", self.url).into());
                }
                document.extend_from_slice(&piece);
            }
            Ok(document)
        })
    }
}

/// Resolves names, and leaves out what is not on the public internet.
struct PublicAddresses;

impl Resolve for PublicAddresses {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.filter(|found| is_public(found.ip())).collect();
            if found.is_empty() {
                return Err(format!("`{}` has no address on the public internet", name.as_str()).into());
            }
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

/// Whether an address is of the public internet (RFC 6890 lists those that are not).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || matches!((first, second, third), (0, ..) | (100, 64..=127, _) | (192, 0, 0) | (192, 88, 99) | (198, 18..=19, _) | (224.., ..));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    // Only these are given out; what stands for an IPv4 address within them counts as that one.
    if segments[0] & 0xe000 != 0x2000 {
        return address.to_ipv4_mapped().is_some_and(is_public_v4);
    }
    let special = matches!(segments, [0x2001, ..=0x01ff, ..] | [0x2001, 0x0db8, ..] | [0x2002, ..] | [0x3fff, ..=0x0fff, ..]);
    !special
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// What a server that answers each connection with these bytes is retrieved as; it never closes a connection.
    async fn retrieved(answer: Vec<u8>) -> Result<Vec<u8>, String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/keys", listener.local_addr().expect("it has an address"));
        tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((mut connection, _)) = listener.accept().await {
                let mut request = [0; 4096];
                let _ = connection.read(&mut request).await;
                let _ = connection.write_all(&answer).await;
                held.push(connection);
            }
        });
        let url = url.parse().expect("a URL");
        let source = HttpsKeySource::with(Client::builder(), url, Duration::from_millis(500)).expect("a client");
        source.retrieve().await.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_document_is_taken_within_its_limits_and_from_its_own_url_only() {
        let answer = |head: &str, body: &[u8]| {
            [head.as_bytes(), b"\r\nContent-Length: ", body.len().to_string().as_bytes(), b"\r\n\r\n", body].concat()
        };
        assert_eq!(retrieved(answer("HTTP/1.1 200 OK", b"{}")).await, Ok(b"{}".to_vec()));
        for (what, answer, words) in [
            ("a redirect", answer("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/", b""), "302"),
            ("another success", answer("HTTP/1.1 204 No Content", b""), "204"),
            ("an error", answer("HTTP/1.1 500 Internal Server Error", b"{}"), "500"),
            ("too much", answer("HTTP/1.1 200 OK", &vec![b' '; MAX_BYTES + 1]), "more than"),
            ("too much without a length", [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &vec![b' '; MAX_BYTES + 1]].concat(), "more than"),
            ("no end", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".to_vec(), ""),
            ("silence", Vec::new(), ""),
        ] {
            let refused = retrieved(answer).await.expect_err(what);
            assert!(refused.contains(words), "{what}: {refused}");
        }
    }

    #[test]
    fn only_urls_with_tls_on_the_public_internet_are_taken() {
        for url in [
            "https://login.example.com/keys",
            "https://login.example.com:8443/keys?v=1",
            "https://93.184.215.14/keys",
            "https://[2606:2800::1]/keys",
        ] {
            HttpsKeySource::new(url).expect(url);
        }
        for url in [
            "http://login.example.com/keys",
            "file:///etc/passwd",
            "ftp://login.example.com/keys",
            "https://user@login.example.com/keys",
            "https://user:password@login.example.com/keys",
            "login.example.com/keys",
            "https://",
            "https://127.0.0.1/keys",
            "https://127.1/keys",
            "https://2130706433/keys",
            "https://0x7f.0.0.1/keys",
            "https://0177.0.0.1/keys",
            "https://0.0.0.0/keys",
            "https://10.1.2.3/keys",
            "https://172.16.0.1/keys",
            "https://192.168.0.1/keys",
            "https://169.254.169.254/keys",
            "https://100.64.0.1/keys",
            "https://198.18.0.1/keys",
            "https://224.0.0.1/keys",
            "https://255.255.255.255/keys",
            "https://[::1]/keys",
            "https://[::]/keys",
            "https://[fe80::1]/keys",
            "https://[fd00::1]/keys",
            "https://[ff02::1]/keys",
            "https://[::ffff:127.0.0.1]/keys",
            "https://[::ffff:a00:1]/keys",
            "https://[64:ff9b::7f00:1]/keys",
            "https://[2002:7f00:1::]/keys",
            "https://[2001:db8::1]/keys",
        ] {
            assert!(HttpsKeySource::new(url).is_err(), "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_a_private_address_is_refused() {
        let refused = PublicAddresses.resolve("localhost".parse().expect("a name")).await.err().expect("it is this machine");
        assert!(refused.to_string().contains("public"), "{refused}");
    }
}
