//! A server on a port of its own, and a client that sends exactly the bytes it is told to.

use std::net::SocketAddr;
use std::time::Duration;

use scim_server::{MemoryStores, Profile, Registry, ScimServer, StaticTokens, TenantId};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// The token that the server knows.
pub(crate) const TOKEN: &str = "wire-token";

/// Longer than anything here may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A server that listens.
pub(crate) struct Listening {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Listening {
    pub(crate) async fn start() -> Self {
        let tokens = StaticTokens::new().with(TOKEN, TenantId::new("wire"), Profile::RFC);
        let server = ScimServer::new(Registry::rfc7643(), MemoryStores::new(), tokens);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(server.serve(listener, async move {
            // A sender that is gone means stop, too.
            let _ = stopped.await;
        }));
        Self { address, stop: Some(stop), task }
    }

    pub(crate) async fn connect(&self) -> Connection {
        Connection::to(self.address).await
    }

    /// One request on a connection of its own.
    pub(crate) async fn ask(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut connection = self.connect().await;
        connection.send(request).await;
        connection.answer().await
    }

    /// How many users there are.
    pub(crate) async fn users(&self) -> u64 {
        self.ask(get("/scim/v2/Users")).await.body["totalResults"].as_u64().expect("a list has a total")
    }

    pub(crate) fn tell_to_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until the server has ended.
    pub(crate) async fn ended(self) {
        timeout(PATIENCE, self.task).await.expect("it ends").expect("without a panic").expect("without an error");
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) bytes: usize,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// It is a SCIM error of that status (RFC 7644 §3.12).
    #[track_caller]
    pub(crate) fn assert_error(&self, status: u16) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/scim+json; charset=utf-8"), "{self:?}");
        assert_eq!(self.body["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:Error", "{self:?}");
        assert_eq!(self.body["status"], status.to_string(), "{self:?}");
        assert!(self.body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{self:?}");
        assert!(self.header("x-request-id").is_some(), "{self:?}");
    }
}

/// One connection.
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn to(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.expect("somebody listens"), buffer: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.expect("the server takes it");
    }

    /// The next answer, also an intermediate one.
    pub(crate) async fn answer(&mut self) -> Answer {
        self.try_answer(Body::Sent).await.expect("the server answers")
    }

    pub(crate) async fn answer_to_head(&mut self) -> Answer {
        self.try_answer(Body::LeftOut).await.expect("the server answers")
    }

    /// Nothing if the connection ends before a whole answer.
    pub(crate) async fn try_answer(&mut self, body: Body) -> Option<Answer> {
        let end = loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            self.more().await?;
        };
        let head = String::from_utf8(self.buffer.drain(..end + 4).collect()).expect("a head is ASCII");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line");
        let mut answer = Answer { status, head, bytes: 0, body: Value::Null };
        let length = answer.header("content-length").map_or(0, |length| length.parse().expect("a length"));
        if matches!(body, Body::Sent) {
            while self.buffer.len() < length {
                self.more().await?;
            }
            let bytes: Vec<u8> = self.buffer.drain(..length).collect();
            answer.bytes = bytes.len();
            answer.body = serde_json::from_slice(&bytes).unwrap_or_default();
        }
        Some(answer)
    }

    /// Whether the server has closed the connection, with nothing more to read.
    pub(crate) async fn is_closed(&mut self) -> bool {
        self.buffer.is_empty() && self.more().await.is_none()
    }

    async fn more(&mut self) -> Option<()> {
        let mut piece = [0; 16 << 10];
        let read = timeout(PATIENCE, self.stream.read(&mut piece)).await.expect("the server does something");
        let read = read.ok().filter(|read| *read > 0)?;
        self.buffer.extend_from_slice(&piece[..read]);
        Some(())
    }
}

/// Whether an answer has its body; the one to HEAD has not.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Body {
    Sent,
    LeftOut,
}

/// The head of a request with a token.
pub(crate) fn head(method: &str, target: &str, headers: &[&str]) -> String {
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n");
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head + "\r\n"
}

pub(crate) fn get(target: &str) -> String {
    head("GET", target, &[])
}

/// A request that creates a user.
pub(crate) fn create(name: &str) -> String {
    let body = user(name);
    head("POST", "/scim/v2/Users", &[&format!("Content-Length: {}", body.len())]) + &body
}

pub(crate) fn user(name: &str) -> String {
    format!(r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{name}"}}"#)
}
