//! A reverse proxy in front of a server.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};

/// HAProxy, until this is dropped.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    process: Child,
    _folder: TempDir,
}

impl Proxy {
    /// In front of that server, with no more settings than it needs.
    pub(crate) async fn start(server: SocketAddr) -> Self {
        let address = free_port().await;
        let folder = TempDir::new().expect("a temporary folder");
        let file = folder.path().join("haproxy.cfg");
        let settings = format!(
            "defaults\n  mode http\n  timeout connect 10s\n  timeout client 10s\n  timeout server 10s\n\
             frontend outside\n  bind {address}\n  default_backend inside\n\
             backend inside\n  server scim {server}\n"
        );
        std::fs::write(&file, settings).expect("the folder is ours");
        let mut process = Command::new("haproxy");
        process.arg("-db").arg("-f").arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
        let process = process.spawn().expect("haproxy is there: install the package `haproxy`");
        let proxy = Self { address, process, _folder: folder };
        for _ in 0..500 {
            if TcpStream::connect(address).await.is_ok() {
                return proxy;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("haproxy does not listen");
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Whether it has ended by itself does not matter any more.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An address on which nobody listens.
async fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.expect("a free port").local_addr().expect("it has an address")
}
