//! Server processes: this program itself, told to serve.

use std::process::{ExitCode, Stdio};
use std::sync::Arc;

use scim_sea_orm::{Options, SqlStores};
use scim_server::{Profile, Registry, ScimServer, StaticTokens, TenantId};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::client::{Client, TOKEN};

/// The tenant of every ordeal.
pub(crate) const TENANT: &str = "ordeal";

/// Serves the database until the standard input ends. Tells the port in its first line.
pub(crate) async fn serve(url: &str) -> ExitCode {
    tokio::spawn(async {
        // Whoever started this process is gone: so is its need.
        let mut rest = Vec::new();
        let _ = tokio::io::stdin().read_to_end(&mut rest).await;
        std::process::exit(0);
    });
    let registry = Arc::new(Registry::rfc7643());
    let stores = match SqlStores::connect(&Options::new(url), registry.clone()).await {
        Ok(stores) => stores,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let tokens = StaticTokens::new().with(TOKEN, TenantId::new(TENANT), Profile::RFC);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("{}", listener.local_addr().expect("a bound socket has an address").port());
    let server = ScimServer::new(registry, stores, tokens);
    match server.serve(listener, scim_server::http::stop()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// A server process.
pub(crate) struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts one and waits until it listens.
    pub(crate) async fn start(url: &str) -> Result<Self, String> {
        Self::start_with(url, &[], &[]).await
    }

    /// Starts one below another program (`strace …`), with these variables of the environment.
    pub(crate) async fn start_with(url: &str, below: &[&str], environment: &[(&str, &str)]) -> Result<Self, String> {
        let own = std::env::current_exe().expect("this program is a file");
        let mut command = match below {
            [] => Command::new(&own),
            [program, arguments @ ..] => {
                let mut command = Command::new(program);
                command.args(arguments).arg(&own);
                command
            }
        };
        command.args(["--serve", url]).envs(environment.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| format!("the server does not start: {error}"))?;
        let stdout = child.stdout.take().ok_or("the server has no output")?;
        let line = BufReader::new(stdout).lines().next_line().await.ok().flatten().ok_or("the server ended at its start")?;
        let port = line.parse().map_err(|_| format!("the server says {line}"))?;
        Ok(Self { child, port })
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.port)
    }

    /// Ends it at once, as `kill -9` does.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("one's own child can be killed");
    }

    /// Lets it end by itself.
    pub(crate) async fn end(mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait().await;
    }
}
