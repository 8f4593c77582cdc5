//! The record of one request and its answer, without any secret.

use std::time::Duration;

use super::{Credential, Request, Response, Secrets, Variables};

/// How much of a body a record keeps.
const KEPT: usize = 64 * 1024;

/// What was sent.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// The path below the base, with its query; a URL where one was followed.
    pub path: String,
    /// The headers. The place of a token is taken by the name of its variable.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<String>,
}

/// What came.
#[derive(Debug, Clone)]
pub struct Came {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// One request and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// What was sent.
    pub sent: Sent,
    /// What came, or why nothing came.
    pub came: Result<Came, String>,
    /// How long it took.
    pub took: Duration,
}

impl Exchange {
    /// The header of the answer.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let came = self.came.as_ref().ok()?;
        came.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// One command that sends the same request; the token is taken from the environment.
    #[must_use]
    pub fn curl(&self, base: &str) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let url = if self.sent.path.starts_with("http") { self.sent.path.clone() } else { format!("{base}{}", self.sent.path) };
        let mut command = match self.sent.method.as_str() {
            "GET" => "curl -i".to_owned(),
            "HEAD" => "curl -I".to_owned(),
            method => format!("curl -i -X {method}"),
        };
        for (name, value) in &self.sent.headers {
            // Double quotes only where the shell puts in the token: other values may be a server's. `Name;` is a header of no value.
            let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
            command += &if name == "Authorization" { format!(" -H \"{header}\"") } else { format!(" -H {}", quoted(&header)) };
        }
        if let Some(body) = &self.sent.body {
            command += &format!(" --data-raw {}", quoted(body));
        }
        format!("{command} {}", quoted(&url))
    }
}

/// The record of a request, before its credential is added: the name of its variable stands for a token that there is.
pub(super) fn sent(request: &Request, path: &str, credential: Credential, variables: Option<&Variables>, secrets: &Secrets) -> Sent {
    let mut headers: Vec<(String, String)> = request.headers.iter().map(|(name, value)| (name.clone(), secrets.redact(value))).collect();
    let shown = variables.and_then(|variables| match credential {
        Credential::Own | Credential::Bare => Some(format!("${}", variables.own)),
        Credential::Second => Some(format!("${}", variables.second)),
        Credential::ReadOnly => Some(format!("${}", variables.read_only)),
        Credential::Wrong => Some(super::WRONG_TOKEN.to_owned()),
        Credential::None => None,
    });
    if let Some(shown) = shown {
        let scheme = if credential == Credential::Bare { "" } else { "Bearer " };
        headers.push(("Authorization".into(), format!("{scheme}{shown}")));
    }
    Sent {
        method: request.method.clone(),
        path: secrets.redact(path),
        headers,
        body: request.body.as_deref().map(|body| text(body, secrets)),
    }
}

/// The record of the whole.
pub(super) fn record(sent: Sent, outcome: &Result<Response, String>, took: Duration, secrets: &Secrets) -> Exchange {
    let came = outcome.as_ref().map_err(Clone::clone).map(|answer| Came {
        status: answer.status,
        headers: answer.headers.iter().map(|(name, value)| (secrets.redact(name), secrets.redact(value))).collect(),
        body: text(&answer.body, secrets),
    });
    Exchange { sent, came, took }
}

fn text(body: &[u8], secrets: &Secrets) -> String {
    // The whole is cleaned before it is cut, or a cut could leave half a secret.
    let mut text = secrets.redact(&String::from_utf8_lossy(body));
    if text.len() > KEPT {
        let end = (0..=KEPT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curl_line_quotes_what_the_shell_would_read_and_names_the_token_only() {
        let request = Request {
            method: "POST".into(),
            url: "/Users".into(),
            headers: vec![("If-Match".into(), "$SCIM$(reboot)".into()), ("User-Agent".into(), String::new())],
            body: Some(br#"{"nickName":"O'Malley s3cret"}"#.to_vec()),
        };
        let secrets = Secrets::new(["s3cret".into()]);
        let sent = sent(&request, "/Users", Credential::Own, Some(&Variables::default()), &secrets);
        let exchange = Exchange { sent, came: Err("refused".into()), took: Duration::ZERO };
        assert_eq!(
            exchange.curl("https://scim.example.com/v2"),
            "curl -i -X POST -H 'If-Match: $SCIM$(reboot)' -H 'User-Agent;' -H \"Authorization: Bearer $SCIM_TOKEN\" \
             --data-raw '{\"nickName\":\"O'\\''Malley ***\"}' 'https://scim.example.com/v2/Users'"
        );
    }
}
