//! Server processes: this program itself, told to serve.

use std::process::{ExitCode, Stdio};
use std::sync::Arc;

use poem::listener::TcpAcceptor;
use scim_sea_orm::{Options, SqlStores};
use scim_server::http::{RateLimits, endpoint, stop};
use scim_server::{Profile, Registry, ScimServer, StaticTokens, TenantId};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::client::{Client, OTHER_TOKEN, TOKEN};

/// The tenant of every ordeal.
pub(crate) const TENANT: &str = "ordeal";

/// The variable of the environment that lets a server limit how much it takes, as it does by default.
const LIMITED: &str = "ORDEAL_LIMITED";

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
    let tokens =
        StaticTokens::new().with(TOKEN, TenantId::new(TENANT), Profile::RFC).with(OTHER_TOKEN, TenantId::new("another"), Profile::RFC);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("{}", listener.local_addr().expect("a bound socket has an address").port());
    let server = ScimServer::new(registry, stores, tokens);
    let served = if std::env::var_os(LIMITED).is_some() {
        let application = endpoint(server).with_rate_limits(RateLimits::default()).below("/scim/v2");
        let acceptor = TcpAcceptor::from_tokio(listener).expect("an open socket");
        poem::Server::new_with_acceptor(acceptor).run_with_graceful_shutdown(application, stop(), None).await
    } else {
        server.serve(listener, stop()).await
    };
    match served {
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

    /// Starts one that limits how much it takes.
    pub(crate) async fn start_limited(url: &str) -> Result<Self, String> {
        Self::start_with(url, &[], &[(LIMITED, "1")]).await
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

    /// A client with that token, which asks from that address.
    pub(crate) fn client_of(&self, token: &'static str, address: [u8; 4]) -> Client {
        Client::of(self.port, token, address)
    }

    /// A figure of its memory in KiB, by its name in `/proc/…/status`.
    pub(crate) fn memory(&self, name: &str) -> Result<u64, String> {
        let status = std::fs::read_to_string(self.about("status")?).map_err(|error| error.to_string())?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).ok_or("no such figure")?;
        line.split_whitespace().next().and_then(|number| number.parse().ok()).ok_or_else(|| format!("{name} is {line}"))
    }

    /// Counts the peak of its memory anew.
    pub(crate) fn forget_peak(&self) -> Result<(), String> {
        std::fs::write(self.about("clear_refs")?, "5").map_err(|error| error.to_string())
    }

    fn about(&self, file: &str) -> Result<String, String> {
        let id = self.child.id().ok_or("the server has ended")?;
        Ok(format!("/proc/{id}/{file}"))
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
