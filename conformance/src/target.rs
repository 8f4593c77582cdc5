//! The server under test.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde_json::Value;

/// How much of an answer is read: a hostile server must not fill the memory.
const MAX_ANSWER: usize = 16 << 20;

/// The server under test and how to reach it.
pub(crate) struct Target {
    client: Client,
    base: String,
    token: Option<String>,
}

/// An answer of the target.
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: StatusCode,
    /// The media type, without its parameters.
    pub(crate) media_type: String,
    /// The header `WWW-Authenticate`.
    pub(crate) challenge: Option<String>,
    /// The body, if it is JSON.
    pub(crate) body: Option<Value>,
}

impl Target {
    /// A target below that base URL.
    pub(crate) fn new(base: &str, token: Option<&str>) -> Result<Self, String> {
        let url = reqwest::Url::parse(base).map_err(|error| format!("`{base}` is not a URL: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("`{base}` must begin with https:// or http://"));
        }
        let client = Client::builder().timeout(Duration::from_secs(30)).redirect(Policy::none()).build();
        let client = client.map_err(|error| format!("no HTTP client: {error}"))?;
        Ok(Self { client, base: base.trim_end_matches('/').to_owned(), token: token.map(ToOwned::to_owned) })
    }

    /// Reads a path below the base with the token.
    pub(crate) async fn get(&self, path: &str) -> Result<Answer, String> {
        self.ask(path, self.token.as_deref()).await
    }

    /// Reads a path below the base with a token that cannot be valid.
    pub(crate) async fn get_with_bad_token(&self, path: &str) -> Result<Answer, String> {
        self.ask(path, Some("scim-conformance-no-such-token")).await
    }

    async fn ask(&self, path: &str, token: Option<&str>) -> Result<Answer, String> {
        let mut request = self.client.get(format!("{}{path}", self.base));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let mut response = request.send().await.map_err(|error| format!("GET {path}: {}", error.without_url()))?;
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
        let media_type = header("content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let (status, challenge) = (response.status(), header("www-authenticate"));
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| format!("GET {path}: {}", error.without_url()))? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > MAX_ANSWER {
                return Err(format!("GET {path}: the answer is larger than {MAX_ANSWER} bytes"));
            }
        }
        Ok(Answer { status, media_type, challenge, body: serde_json::from_slice(&bytes).ok() })
    }
}
