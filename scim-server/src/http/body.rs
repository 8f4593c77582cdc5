//! Reading the body of a request within its limits (T13, T24).

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use poem::Request;
use poem::http::HeaderMap;
use poem::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use tokio::time::timeout;

use crate::{Error, Result};

/// How long a body may take altogether (T24).
const MAX_TIME: Duration = Duration::from_secs(60);

/// How much of a body that nobody wants is still read (T13).
const MAX_UNWANTED: usize = 2 << 20;

/// How long it may take to come in.
const MAX_UNWANTED_TIME: Duration = Duration::from_secs(5);

/// The body of a request while it comes in.
pub(super) struct Incoming {
    pieces: Pin<Box<dyn Stream<Item = std::io::Result<Vec<u8>>> + Send>>,
    /// The client waits for a word from us before it sends the body (RFC 9110 §10.1.1); asking for the first piece is that word.
    held_back: bool,
    /// How many bytes came in.
    taken: usize,
    /// How many of them were wanted.
    wanted: usize,
    ended: bool,
}

impl Incoming {
    pub(super) fn new(request: &mut Request) -> Self {
        let held_back = request.headers().contains_key(EXPECT);
        let pieces = request.take_body().into_bytes_stream().map(|piece| piece.map(Vec::from));
        Self { pieces: Box::pin(pieces), held_back, taken: 0, wanted: 0, ended: false }
    }

    /// Reads the body, counting while it comes in: the length that a client declares is only its word.
    ///
    /// # Errors
    /// 413 over the limit; 415 for another media type; 408 if it takes too long; `invalidSyntax` if the connection breaks off.
    pub(super) async fn read(&mut self, headers: &HeaderMap, limit: usize) -> Result<Vec<u8>> {
        check_media_type(headers)?;
        check_coding(headers)?;
        let declared = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if declared.is_some_and(|declared| declared > limit as u64) {
            return Err(Error::too_large(limit));
        }
        timeout(MAX_TIME, self.collect(limit)).await.unwrap_or_else(|_| {
            let seconds = MAX_TIME.as_secs();
            Err(Error::of_status(408, format!("the body did not arrive within {seconds} seconds: check the network and send it again")))
        })
    }

    async fn collect(&mut self, limit: usize) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while let Some(piece) = self.next().await {
            let piece = piece.map_err(|_| Error::invalid_syntax("the body broke off: send the request again"))?;
            if bytes.len() + piece.len() > limit {
                return Err(Error::too_large(limit));
            }
            bytes.extend_from_slice(&piece);
            self.wanted = bytes.len();
        }
        Ok(bytes)
    }

    /// Takes in what is left of a refused body, within bounds: a client that is still sending when the connection closes often
    /// sees a broken connection instead of our answer.
    pub(super) async fn discard(&mut self) {
        if self.held_back {
            return;
        }
        let discard = async { while self.taken - self.wanted < MAX_UNWANTED && self.next().await.is_some() {} };
        // Whether it ended or took too long, the answer goes out now.
        let _ = timeout(MAX_UNWANTED_TIME, discard).await;
    }

    /// Whether the whole body came in. If not, the connection is of no further use.
    pub(super) fn is_over(&self) -> bool {
        self.ended
    }

    async fn next(&mut self) -> Option<std::io::Result<Vec<u8>>> {
        if self.ended {
            return None;
        }
        self.held_back = false;
        let piece = self.pieces.next().await;
        match &piece {
            Some(Ok(piece)) => self.taken += piece.len(),
            Some(Err(_)) | None => self.ended = true,
        }
        piece
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").field("taken", &self.taken).finish_non_exhaustive()
    }
}

/// SCIM JSON, JSON, or no media type at all, in UTF-8 (RFC 7644 §3.1, §3.8; S40). It is named once (T38).
fn check_media_type(headers: &HeaderMap) -> Result<()> {
    let refused = || Error::of_status(415, "the body must be JSON in UTF-8: send the header `Content-Type: application/scim+json` once");
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let Some(header) = types.next() else { return Ok(()) };
    let text = header.to_str().map_err(|_| refused())?.to_ascii_lowercase();
    let mut parts = text.split(';');
    let known = matches!(parts.next().map(str::trim), Some("application/scim+json" | "application/json" | ""));
    let mut parameters = parts.filter_map(|parameter| parameter.split_once('='));
    let utf8 = parameters.all(|(name, value)| name.trim() != "charset" || value.trim().trim_matches('"') == "utf-8");
    if known && utf8 && types.next().is_none() { Ok(()) } else { Err(refused()) }
}

/// Compressed bodies are not read: what they hold could not be counted while it comes in (RFC 9110 §8.4).
fn check_coding(headers: &HeaderMap) -> Result<()> {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    if codings.all(|coding| coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity")) {
        return Ok(());
    }
    Err(Error::of_status(415, "the body must not be compressed: send it without the header Content-Encoding"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::stream;
    use poem::Body;

    use super::*;

    const PIECE: usize = 64 << 10;

    /// A body without end, one piece each time `pause` is over, and how many bytes of it were taken.
    fn endless(pause: Duration) -> (Body, Arc<AtomicUsize>) {
        let taken = Arc::new(AtomicUsize::new(0));
        let counter = taken.clone();
        let pieces = stream::repeat(()).then(move |()| {
            let counter = counter.clone();
            async move {
                tokio::time::sleep(pause).await;
                counter.fetch_add(PIECE, Ordering::Relaxed);
                Ok::<_, std::io::Error>(vec![b' '; PIECE])
            }
        });
        (Body::from_bytes_stream(pieces), taken)
    }

    fn incoming(body: Body, headers: &[(&str, &str)]) -> (Incoming, HeaderMap) {
        let mut request = Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body);
        (Incoming::new(&mut request), request.headers().clone())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_over_the_limit_is_refused_and_at_most_two_mebibytes_more_are_read() {
        for headers in [&[][..], &[("content-length", "104857600")]] {
            let (body, taken) = endless(Duration::ZERO);
            let (mut incoming, headers) = incoming(body, headers);
            let error = incoming.read(&headers, 1 << 20).await.expect_err("it is too large");
            assert_eq!(error.status(), 413);
            assert!(error.detail().contains("1048576"), "{error}");
            incoming.discard().await;
            assert!(!incoming.is_over());
            let taken = taken.load(Ordering::Relaxed);
            assert!(taken >= 2 << 20, "the client must be able to read the answer: {taken}");
            assert!(taken <= (3 << 20) + PIECE, "too much was read: {taken}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_refused_after_a_minute() {
        let started = tokio::time::Instant::now();
        let (body, _) = endless(Duration::from_secs(9));
        let (mut incoming, headers) = incoming(body, &[]);
        let error = incoming.read(&headers, 1 << 20).await.expect_err("it takes too long");
        assert_eq!(error.status(), 408);
        incoming.discard().await;
        assert!(started.elapsed() <= MAX_TIME + MAX_UNWANTED_TIME, "{:?}", started.elapsed());
    }

    #[tokio::test]
    async fn a_body_that_the_client_holds_back_is_not_asked_for_in_vain() {
        let (body, taken) = endless(Duration::ZERO);
        let (mut incoming, _) = incoming(body, &[("expect", "100-continue")]);
        incoming.discard().await;
        assert_eq!(taken.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn only_json_in_utf8_is_read() {
        for (headers, accepted) in [
            (&[][..], true),
            (&[("content-type", "application/scim+json")], true),
            (&[("content-type", "Application/JSON; charset=\"UTF-8\"; profile=x")], true),
            (&[("content-type", "application/json;charset=utf-8"), ("content-encoding", "identity")], true),
            (&[("content-type", "application/json; charset=iso-8859-1")], false),
            (&[("content-type", "text/plain")], false),
            (&[("content-type", "application/jsonp")], false),
            (&[("content-type", "application/scim+json"), ("content-type", "text/plain")], false),
            (&[("content-type", "\u{e9}")], false),
            (&[("content-type", "application/json"), ("content-encoding", "gzip")], false),
        ] {
            let (mut incoming, sent) = incoming(Body::from("{}"), headers);
            match incoming.read(&sent, 2).await {
                Ok(bytes) => assert!(accepted && bytes == b"{}", "{headers:?}"),
                Err(error) => assert!(!accepted && error.status() == 415, "{headers:?}: {error}"),
            }
        }
    }
}
