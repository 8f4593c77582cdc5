//! A line of a request ends with CRLF and with nothing else (T38).
//!
//! hyper also takes a bare line feed for the end of a line, as RFC 9112 §2.2 allows. A proxy in front that does not would see fewer
//! headers, or fewer requests, than we do. hyper does not tell, so the bytes are looked at on their way to it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use poem::http::uri::Scheme;
use poem::listener::Acceptor;
use poem::web::{LocalAddr, RemoteAddr};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The same connections, on which a line feed without a carriage return before it is refused with 400.
///
/// [`ScimServer::serve`](crate::ScimServer::serve) has it; an application that listens by itself wraps its acceptor.
#[derive(Debug)]
pub struct StrictLines<A>(pub A);

impl<A: Acceptor> Acceptor for StrictLines<A> {
    type Io = Watched<A::Io>;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.0.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(Self::Io, LocalAddr, RemoteAddr, Scheme)> {
        let (io, local, remote, scheme) = self.0.accept().await?;
        Ok((Watched { io, lines: Lines::default() }, local, remote, scheme))
    }
}

/// A connection of [`StrictLines`].
#[derive(Debug)]
pub struct Watched<I> {
    io: I,
    lines: Lines,
}

impl<I: AsyncRead + Unpin> AsyncRead for Watched<I> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.lines.place == Place::Refused {
            // As if the client had closed: what follows is not looked at.
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(context, buffer))?;
        let taken = self.lines.watch(&mut buffer.filled_mut()[before..]);
        buffer.set_filled(before + taken);
        Poll::Ready(Ok(()))
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Watched<I> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

/// So much of a line is looked at: the headers that tell where a body ends are shorter.
const KEPT: usize = 64;

/// Where in a connection the bytes are. Requests that hyper refuses need not be followed: it closes the connection.
#[derive(Debug, Default)]
struct Lines {
    place: Place,
    /// The beginning of the present line, and how long it is.
    line: Vec<u8>,
    length: usize,
    after_carriage_return: bool,
    /// How the end of the body is found (RFC 9112 §6.3).
    body_length: u64,
    is_chunked: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before or in the first line of a request.
    #[default]
    First,
    Headers,
    /// In so many bytes of a body, in which no line ends.
    Body(u64),
    /// In the line before a chunk, which says how long it is.
    ChunkSize,
    /// In so many bytes of a chunk.
    Chunk(u64),
    /// In the end of the line after a chunk.
    ChunkEnd,
    /// In the lines after the last chunk.
    Trailers,
    /// After a bare line feed, or a length that nobody can follow.
    Refused,
    /// In another protocol: HTTP/2 has no lines.
    Elsewhere,
}

impl Lines {
    /// Looks at the next bytes, and tells how many of them hyper gets to see. A line feed that is refused is NUL for it, which is part of no
    /// line.
    fn watch(&mut self, bytes: &mut [u8]) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            match self.place {
                Place::Body(left) | Place::Chunk(left) => {
                    let passed = (bytes.len() - at).min(usize::try_from(left).unwrap_or(usize::MAX));
                    at += passed;
                    self.place = match (self.place, left - passed as u64) {
                        (Place::Body(_), 0) => Place::First,
                        (Place::Body(_), left) => Place::Body(left),
                        (_, 0) => Place::ChunkEnd,
                        (_, left) => Place::Chunk(left),
                    };
                }
                Place::Elsewhere => return bytes.len(),
                Place::Refused => return at,
                _ => {
                    self.next(bytes[at]);
                    if self.place == Place::Refused {
                        bytes[at] = 0;
                    }
                    at += 1;
                }
            }
        }
        at
    }

    fn next(&mut self, byte: u8) {
        match byte {
            b'\n' => {
                self.place = if self.after_carriage_return { self.after_line() } else { Place::Refused };
                self.line.clear();
                self.length = 0;
            }
            b'\r' => {}
            _ => {
                self.length += 1;
                if self.line.len() < KEPT {
                    self.line.push(byte);
                }
            }
        }
        self.after_carriage_return = byte == b'\r';
    }

    /// What follows the line that has just ended.
    fn after_line(&mut self) -> Place {
        let is_empty = self.length == 0;
        match self.place {
            // Empty lines before a request are left out (RFC 9112 §2.2).
            Place::First if is_empty => Place::First,
            Place::First if self.line == b"PRI * HTTP/2.0" => Place::Elsewhere,
            Place::First => {
                (self.body_length, self.is_chunked) = (0, false);
                Place::Headers
            }
            Place::Headers if !is_empty => self.after_header(),
            Place::Headers if self.is_chunked => Place::ChunkSize,
            Place::Headers if self.body_length > 0 => Place::Body(self.body_length),
            Place::Headers => Place::First,
            Place::ChunkSize => match self.chunk_size() {
                Some(0) => Place::Trailers,
                Some(size) => Place::Chunk(size),
                None => Place::Refused,
            },
            Place::ChunkEnd if is_empty => Place::ChunkSize,
            Place::ChunkEnd => Place::Refused,
            Place::Trailers if is_empty => Place::First,
            place => place,
        }
    }

    fn after_header(&mut self) -> Place {
        let line = String::from_utf8_lossy(&self.line);
        let (name, value) = line.split_once(':').unwrap_or_default();
        match &*name.to_ascii_lowercase() {
            "content-length" | "transfer-encoding" if self.length > KEPT => return Place::Refused,
            "content-length" => match value.trim().parse() {
                Ok(length) => self.body_length = length,
                Err(_) => return Place::Refused,
            },
            "transfer-encoding" => self.is_chunked = value.trim().to_ascii_lowercase().ends_with("chunked"),
            _ => {}
        }
        Place::Headers
    }

    fn chunk_size(&self) -> Option<u64> {
        let size = String::from_utf8_lossy(&self.line);
        u64::from_str_radix(size.split(';').next()?.trim(), 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What hyper gets to see of these bytes, if so many come at once; and whether anything was refused.
    fn seen(bytes: &str, at_once: usize) -> (String, bool) {
        let (mut lines, mut seen) = (Lines::default(), Vec::new());
        for piece in bytes.as_bytes().chunks(at_once) {
            let mut piece = piece.to_vec();
            let taken = lines.watch(&mut piece);
            seen.extend_from_slice(&piece[..taken]);
        }
        (String::from_utf8(seen).expect("ASCII"), lines.place == Place::Refused)
    }

    #[test]
    fn every_line_of_a_request_ends_with_both_and_a_body_may_have_anything_in_it() {
        let body = "{\n\n\r\n\r\n}\n";
        let length = body.len();
        let requests = [
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "\r\n\r\nGET / HTTP/1.1\r\n\r\n".into(),
            format!("POST / HTTP/1.1\r\nCONTENT-length:  {length}  \r\nHost: a\r\n\r\n{body}"),
            format!(
                "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n{length:x}\r\n{body}\r\n{length:X};a=b\r\n{body}\r\n0\r\nX: y\r\n\r\n"
            ),
            format!("POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n"),
        ];
        for at_once in [1, 2, 3, 7, 1000] {
            // Alone, and after each other on one connection.
            for request in requests.iter().chain([&requests.concat(), &requests.concat().repeat(2)]) {
                assert_eq!(seen(request, at_once), (request.clone(), false), "{request} in pieces of {at_once}");
            }
            let all = requests.concat();
            for bare in [
                "\nGET / HTTP/1.1\r\n\r\n".to_owned(),
                "GET / HTTP/1.1\nHost: a\r\n\r\n".into(),
                "GET / HTTP/1.1\r\nHost: a\n\r\n".into(),
                "GET / HTTP/1.1\r\nHost: a\r\n\n".into(),
                "GET / HTTP/1.1\r\nHost: a\r\nX: a\r \nb\r\n\r\n".into(),
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n".into(),
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;x\na\r\n0\r\n\r\n".into(),
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n".into(),
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\n\r\n".into(),
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\n\r\n".into(),
                // Lengths that are easily followed otherwise than by hyper are not followed at all.
                format!("POST / HTTP/1.1\r\nContent-Length: {}1\r\n\r\na", " ".repeat(100)),
                "POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\na".into(),
            ] {
                let (seen, refused) = seen(&(all.clone() + &bare + &all), at_once);
                assert!(refused && seen.ends_with('\0'), "{bare} in pieces of {at_once}");
                let kept = seen.strip_prefix(&*all).expect("what came before is as it was").trim_end_matches('\0');
                assert!(bare.starts_with(kept), "{kept} of {bare}");
            }
        }
    }

    #[test]
    fn http_2_has_no_lines() {
        let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\n\n\0\n";
        assert_eq!(seen(preface, 5), (preface.to_owned(), false));
        assert!(seen(&preface.replacen("* HTTP/2.0", "/ HTTP/1.1", 1), 5).1);
    }
}
