//! The way over HTTP.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Method, Proxy};

use super::{Pending, Request, Response, Transport};

/// How much of an answer is read: a hostile server must not fill the memory.
const MAX_ANSWER: usize = 16 << 20;

/// How to connect.
#[derive(Debug, Clone)]
pub struct Connection {
    /// How long one request may take.
    pub timeout: Duration,
    /// A proxy for all requests; without it the usual variables of the environment count.
    pub proxy: Option<String>,
    /// A file of certificates that are trusted, too.
    pub authorities: Option<PathBuf>,
    /// Whether any certificate is accepted.
    pub insecure: bool,
}

impl Default for Connection {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(30), proxy: None, authorities: None, insecure: false }
    }
}

/// HTTP without redirects, with bounded answers.
#[derive(Debug)]
pub struct Http {
    client: Client,
    /// Has a connection of its own for each request.
    anew: Client,
}

impl Http {
    /// A client that connects like this.
    ///
    /// # Errors
    /// Says what is wrong with the options.
    pub fn new(connection: &Connection) -> Result<Self, String> {
        let build = |builder: ClientBuilder| builder.build().map_err(|error| format!("no HTTP client: {error}"));
        Ok(Self { client: build(Self::builder(connection)?)?, anew: build(Self::builder(connection)?.pool_max_idle_per_host(0))? })
    }

    fn builder(connection: &Connection) -> Result<ClientBuilder, String> {
        let mut builder = Client::builder().timeout(connection.timeout).redirect(Policy::none()).user_agent("scim-conformance");
        if let Some(proxy) = &connection.proxy {
            builder = builder.proxy(Proxy::all(proxy).map_err(|error| format!("the proxy `{proxy}`: {error}"))?);
        }
        if let Some(path) = &connection.authorities {
            let pem = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            let authorities = Certificate::from_pem_bundle(&pem).map_err(|error| format!("{}: {error}", path.display()))?;
            builder = builder.tls_certs_merge(authorities);
        }
        Ok(builder.tls_danger_accept_invalid_certs(connection.insecure))
    }

    async fn exchange(&self, request: Request) -> Result<Response, String> {
        let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| format!("`{}` is no method", request.method))?;
        let outgoing = |client: &Client| {
            let outgoing = client.request(method.clone(), &request.url);
            let outgoing = request.headers.iter().fold(outgoing, |outgoing, (name, value)| outgoing.header(name, value));
            request.body.iter().fold(outgoing, |outgoing, body| outgoing.body(body.clone()))
        };
        let incoming = match outgoing(&self.client).send().await {
            // Servers close connections that they have promised to keep: what is lost with one of these is asked again on a new one.
            Err(error) if error.is_request() && !error.is_connect() && !error.is_timeout() => outgoing(&self.anew).send().await,
            answered => answered,
        };
        let mut incoming = incoming.map_err(|error| reason(&error.without_url()))?;
        let headers = incoming.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())).collect();
        let status = incoming.status().as_u16();
        let mut body = Vec::new();
        while let Some(piece) = incoming.chunk().await.map_err(|error| reason(&error.without_url()))? {
            body.extend_from_slice(&piece);
            if body.len() > MAX_ANSWER {
                return Err(format!("the answer is larger than {MAX_ANSWER} bytes: the rest was not read"));
            }
        }
        Ok(Response { status, headers, body })
    }
}

impl Transport for Http {
    fn send(&self, request: Request) -> Pending<'_, Result<Response, String>> {
        Box::pin(self.exchange(request))
    }
}

/// An error with its causes: the outermost alone says only that something failed.
fn reason(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text += &format!(": {inner}");
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_request_on_a_connection_that_the_server_has_dropped_is_sent_again_on_a_new_one() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}/", listener.local_addr().expect("it has an address"));
        let server = std::thread::spawn(move || {
            let read = |connection: &mut std::net::TcpStream| connection.read(&mut [0; 4096]).expect("a request comes");
            let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
            let (mut kept, _) = listener.accept().expect("a connection comes");
            read(&mut kept);
            kept.write_all(answer).expect("the client listens");
            read(&mut kept);
            drop(kept);
            let (mut new, _) = listener.accept().expect("a new connection comes");
            read(&mut new);
            new.write_all(answer).expect("the client listens");
        });
        let http = Http::new(&Connection::default()).expect("the options are fine");
        for _ in 0..2 {
            let request = Request { method: "GET".into(), url: url.clone(), headers: Vec::new(), body: None };
            assert_eq!(http.send(request).await.map(|response| response.status), Ok(204));
        }
        server.join().expect("the server has answered twice");
    }
}
