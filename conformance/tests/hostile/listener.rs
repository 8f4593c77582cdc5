//! A server that answers as it likes, byte by byte.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What is sent to a request.
pub(crate) enum Answer {
    /// These bytes, and the connection is closed.
    Bytes(Vec<u8>),
    /// These bytes first, and then these again and again.
    Endless(Vec<u8>, Vec<u8>),
    /// These bytes, one every so often.
    Slowly(Vec<u8>),
    /// Nothing, and the connection stays open.
    Silence,
}

/// A request, as far as a hostile server cares.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    /// What stands in the header `Authorization`.
    pub(crate) credential: String,
    pub(crate) body: String,
    /// Another server, to which clients are to be led.
    pub(crate) lure: String,
}

struct State {
    asked: AtomicBool,
    lure: AtomicU16,
}

pub(crate) struct Listener {
    port: u16,
    state: Arc<State>,
}

impl Listener {
    pub(crate) async fn start(answer: fn(&Asked) -> Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(State { asked: AtomicBool::new(false), lure: AtomicU16::new(1) });
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.asked.store(true, Ordering::Relaxed);
                let shared = shared.clone();
                tokio::spawn(async move {
                    // A client that goes away is no failure of the server.
                    let _ = serve(stream, answer, &shared).await;
                });
            }
        });
        Self { port, state }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn lure_to(&self, port: u16) {
        self.state.lure.store(port, Ordering::Relaxed);
    }

    pub(crate) fn was_asked(&self) -> bool {
        self.state.asked.load(Ordering::Relaxed)
    }
}

async fn serve(mut stream: TcpStream, answer: fn(&Asked) -> Answer, state: &State) -> std::io::Result<()> {
    let Some(mut asked) = read(&mut stream).await? else { return Ok(()) };
    asked.lure = format!("http://127.0.0.1:{}/scim/v2", state.lure.load(Ordering::Relaxed));
    match answer(&asked) {
        Answer::Bytes(bytes) => stream.write_all(&bytes).await?,
        Answer::Endless(first, then) => {
            stream.write_all(&first).await?;
            loop {
                stream.write_all(&then).await?;
            }
        }
        Answer::Slowly(bytes) => {
            for byte in bytes {
                stream.write_all(&[byte]).await?;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        Answer::Silence => tokio::time::sleep(Duration::from_secs(60)).await,
    }
    stream.shutdown().await
}

/// Reads one request with its body.
async fn read(stream: &mut TcpStream) -> std::io::Result<Option<Asked>> {
    let mut bytes = Vec::new();
    let mut piece = vec![0; 16 * 1024];
    let head_ends = loop {
        let count = stream.read(&mut piece).await?;
        if count == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(&piece[..count]);
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_ends]).into_owned();
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
        line.split_once(':').map(|(_, value)| value.trim().to_owned())
    };
    let length: usize = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while bytes.len() < head_ends + length {
        let count = stream.read(&mut piece).await?;
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(&piece[..count]);
    }
    let mut words = head.split(' ');
    Ok(Some(Asked {
        method: words.next().unwrap_or_default().to_owned(),
        path: words.next().unwrap_or_default().trim_start_matches("/scim/v2").to_owned(),
        credential: header("authorization").unwrap_or_default(),
        body: String::from_utf8_lossy(&bytes[head_ends..]).into_owned(),
        lure: String::new(),
    }))
}
