//! An example as a process of its own, with a port of its own.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

const TOKEN: &str = "example-token";

/// A program that serves; it ends with the value.
pub(crate) struct Program {
    process: Child,
    address: String,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Program {
    /// Builds an example of this workspace as it is now (tests do not build examples), and starts it.
    pub(crate) async fn start(example: &str) -> Self {
        let test = std::env::current_exe().expect("a test is a program");
        let folder = test.parent().and_then(Path::parent).expect("target/PROFILE/deps");
        let mut build = Command::new(env!("CARGO"));
        // As `./test` builds it, so nothing is built twice.
        build.args(["build", "--quiet", "--workspace", "--all-features", "--example", example]).current_dir(env!("CARGO_MANIFEST_DIR"));
        build.arg("--target-dir").arg(folder.parent().expect("target/PROFILE"));
        if folder.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().expect("cargo is there").success());
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
        let address = format!("127.0.0.1:{port}");
        let mut command = Command::new(folder.join("examples").join(example));
        let process = command.arg(&address).env_clear().env("SCIM_TOKEN", TOKEN).stdin(Stdio::null()).spawn().expect("it is built");
        let program = Self { process, address };
        for _ in 0..400 {
            if tokio::net::TcpStream::connect(&program.address).await.is_ok() {
                return program;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{example} never listens");
    }

    /// Sends a request to a path, with the token, and reads status and body.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let method = method.parse().expect("a method of HTTP");
        let mut request = reqwest::Client::new().request(method, format!("http://{}{path}", self.address)).bearer_auth(TOKEN);
        if let Some(body) = body {
            request = request.header("content-type", "application/scim+json").body(body.to_string());
        }
        let answer = request.send().await.expect("it answers");
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.expect("the body can be read");
        (status, if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).expect("a body is JSON") })
    }

    /// Creates a resource and returns its id.
    pub(crate) async fn create(&self, path: &str, body: Value) -> String {
        let (status, answer) = self.send("POST", path, Some(&body)).await;
        assert_eq!(status, 201, "{answer}");
        answer["id"].as_str().expect("a resource has an id").to_owned()
    }
}
