//! The servers that the program is run against, and how it is called.

use std::path::Path;
use std::process::{Output, Stdio};

use poem::listener::TcpAcceptor;
use poem::{Endpoint, EndpointExt, IntoResponse};
use scim_server::http::BelowBase;
use scim_server::{MemoryStores, Profile, Registry, ScimServer, StaticTokens, TenantId};
use serde_json::Value;
use tokio::process::Command;

use crate::careless::careless;

pub(crate) const TOKEN: &str = "token-that-nobody-may-see-51c9";

/// A correct server on a port of its own, with one user that nobody may touch.
pub(crate) async fn correct() -> String {
    start(|endpoint| endpoint).await
}

/// The same with some faults.
pub(crate) async fn with_faults() -> String {
    start(|endpoint| endpoint.around(careless)).await
}

/// Anything below `/scim/v2` and around it.
pub(crate) async fn start<E>(around: impl FnOnce(BelowBase<MemoryStores>) -> E) -> String
where
    E: Endpoint<Output: IntoResponse> + 'static,
{
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("the runtime can use it");
    let url = format!("http://{}/scim/v2", listener.local_addr().expect("an address"));
    let tokens = StaticTokens::new().with(TOKEN, TenantId::new("acme"), Profile::RFC);
    let server = ScimServer::new(Registry::rfc7643(), MemoryStores::new(), tokens).with_public_url(&url);
    let application = around(scim_server::http::endpoint(server).below("/scim/v2"));
    tokio::spawn(poem::Server::new_with_acceptor(TcpAcceptor::from_std(listener).expect("a listener")).run(application));
    let body = serde_json::json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bjensen" });
    let created = reqwest::Client::new().post(format!("{url}/Users")).bearer_auth(TOKEN).json(&body).send().await.expect("an answer");
    assert_eq!(created.status().as_u16(), 201);
    url
}

/// The names of all users and groups.
pub(crate) async fn names(url: &str) -> Vec<String> {
    let mut names = Vec::new();
    for endpoint in ["Users", "Groups"] {
        let answer = reqwest::Client::new().get(format!("{url}/{endpoint}")).bearer_auth(TOKEN).send().await.expect("an answer");
        let body: Value = answer.json().await.expect("a list");
        let resources = body["Resources"].as_array().expect("a list").iter();
        names.extend(
            resources.map(|resource| resource["userName"].as_str().or(resource["displayName"].as_str()).unwrap_or_default().to_owned()),
        );
    }
    names
}

/// The program with its token, and its journals in that folder.
pub(crate) fn program(url: &str, state: &Path) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_scim-conformance"));
    program.arg(url).env("SCIM_TOKEN", TOKEN).env("XDG_STATE_HOME", state).env("NO_PROXY", "*");
    program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    program
}

/// What a run has said, and its exit code.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), output: text(&output.stdout), errors: text(&output.stderr) }
    }
}

/// One run with these words, which may change data.
pub(crate) async fn run(url: &str, words: &[&str]) -> Said {
    let state = tempfile::tempdir().expect("a folder");
    program(url, state.path()).arg("--yes").args(words).output().await.expect("it runs").into()
}
