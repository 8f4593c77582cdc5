//! Serving on an address of its own.

use std::time::Duration;

use poem::Server;
use poem::listener::TcpAcceptor;
use tokio::net::TcpListener;

use super::{StrictLines, endpoint};
use crate::{ScimServer, Stores};

/// The base path of a server that listens by itself.
const BASE_PATH: &str = "/scim/v2";

/// How long requests that were accepted may take after the signal to stop (T34).
const GRACE: Duration = Duration::from_secs(10);

/// How long a connection may stay idle (T24).
const IDLE: Duration = Duration::from_secs(60);

impl<S: Stores> ScimServer<S> {
    /// Serves under `/scim/v2` on that address, e.g. `127.0.0.1:8080`, until the process is told to stop. The OpenAPI document stands
    /// at `/openapi.json` and its page at `/openapi`, unless the feature `openapi` is off.
    ///
    /// This is plain HTTP: use it on the loopback or behind a proxy that speaks TLS (RFC 7644 §7.2).
    ///
    /// # Errors
    /// Fails if the address cannot be listened on.
    pub async fn listen(self, address: &str) -> std::io::Result<()> {
        self.serve(TcpListener::bind(address).await?, stop()).await
    }

    /// Serves under `/scim/v2` on a socket that is open already, until `stop` ends; requests under way are then answered.
    ///
    /// # Errors
    /// Fails if the socket cannot be used.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
        let address = listener.local_addr()?;
        let server = if self.has_public_url() { self } else { self.with_public_url(format!("http://{address}{BASE_PATH}")) };
        tracing::info!(%address, base = server.public_url(), "listening");
        #[cfg(feature = "openapi")]
        let application = super::openapi(&server).beside(endpoint(server).below(BASE_PATH));
        #[cfg(not(feature = "openapi"))]
        let application = endpoint(server).below(BASE_PATH);
        let acceptor = StrictLines(TcpAcceptor::from_tokio(listener)?);
        Server::new_with_acceptor(acceptor).idle_timeout(IDLE).run_with_graceful_shutdown(application, stop, Some(GRACE)).await
    }
}

/// Ends when the process gets SIGINT or SIGTERM. From this call on, not from the first time that it is awaited, these signals no
/// longer end the process at once.
///
/// # Panics
/// Outside of a tokio runtime.
pub fn stop() -> impl Future<Output = ()> + Send {
    #[cfg(unix)]
    let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    #[cfg(unix)]
    let interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
    async move {
        #[cfg(unix)]
        if let (Ok(mut terminate), Ok(mut interrupt)) = (terminate, interrupt) {
            tokio::select! {
                _ = terminate.recv() => return,
                _ = interrupt.recv() => return,
            }
        }
        // Without a signal to wait for the server runs on.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
