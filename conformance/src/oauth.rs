//! A token by client credentials (RFC 6749 §4.4).

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::target::{Request, Transport};

/// What to ask a token for.
#[derive(Clone)]
pub struct ClientCredentials {
    /// The token endpoint.
    pub token_url: String,
    /// The id of the client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The scope.
    pub scope: Option<String>,
}

impl std::fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientCredentials").field("token_url", &self.token_url).field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl ClientCredentials {
    /// Asks for a token.
    ///
    /// # Errors
    /// Says why there is none, without the secret.
    pub async fn token(&self, transport: &dyn Transport) -> Result<String, String> {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let (id, secret) = (encoded(&self.client_id), encoded(&self.client_secret));
        let mut body = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        if let Some(scope) = &self.scope {
            body += &format!("&scope={}", encoded(scope));
        }
        let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let request = Request { method: "POST".into(), url: self.token_url.clone(), headers, body: Some(body.into_bytes()) };
        let answer = transport.send(request).await.map_err(|reason| format!("the token endpoint: {reason}"))?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        // Only the short word of RFC 6749 §5.2 is shown: a description could repeat what was sent.
        let word =
            body["error"].as_str().filter(|word| word.len() < 40 && !word.contains(&self.client_secret)).unwrap_or("no access_token");
        body["access_token"]
            .as_str()
            .filter(|token| !token.is_empty())
            .map(ToOwned::to_owned)
            .ok_or_else(|| format!("the token endpoint answers {} with {}", answer.status, word.escape_debug()))
    }
}
