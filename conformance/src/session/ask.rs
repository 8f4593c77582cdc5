//! A request under construction.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{Answer, Session, resource};
use crate::check::{Finding, Outcome, Stop};
use crate::target::{Created, Credential, Request, TIME_IS_OVER};

/// What stays as it is in a query value or a path segment: RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The text, percent-encoded.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// A request that is not sent yet: see [`Session::ask`].
#[derive(Debug)]
#[must_use = "a request has to be sent"]
pub struct Ask {
    session: Session,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    credential: Credential,
}

impl Ask {
    pub(super) fn new(session: Session, method: &str, path: String) -> Self {
        let headers = vec![("Accept".into(), "application/scim+json".into())];
        Self { session, method: method.into(), path, headers, body: None, credential: Credential::Own }
    }

    /// With that query parameter, percent-encoded: a blank as `%20`, a plus as `%2B`.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.path.push(if self.path.contains('?') { '&' } else { '?' });
        self.path += &format!("{}={}", encoded(name), encoded(value));
        self
    }

    /// With that header instead of any other of its name. An empty value leaves the header out.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        if !value.is_empty() {
            self.headers.push((name.into(), value.into()));
        }
        self
    }

    /// With that header instead of any other of its name, and nothing in it.
    pub fn empty_header(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.into(), String::new()));
        self
    }

    /// With that body as SCIM JSON.
    pub fn json(self, body: Value) -> Self {
        self.text(body.to_string())
    }

    /// With a PatchOp message of these operations.
    pub fn patch(self, operations: Value) -> Self {
        self.json(json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations }))
    }

    /// With that text as the body, said to be SCIM JSON unless a header says otherwise.
    pub fn text(self, body: impl Into<String>) -> Self {
        self.bytes(body.into().into_bytes())
    }

    /// With these bytes as the body, said to be SCIM JSON unless a header says otherwise.
    pub fn bytes(mut self, body: Vec<u8>) -> Self {
        self.body = Some(body);
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            self.headers.push(("Content-Type".into(), "application/scim+json".into()));
        }
        self
    }

    /// In another name than with the token of the run.
    pub fn credential(self, credential: Credential) -> Self {
        Self { credential, ..self }
    }

    /// Sends it. What it creates is noted, to be removed after the check.
    ///
    /// # Errors
    /// [`Stop::Failed`] if no answer comes: a server answers every request.
    pub async fn send(self) -> Outcome<Answer> {
        let Self { session, method, path, headers, body, credential } = self;
        let request = Request { method: method.clone(), url: path.clone(), headers, body };
        let (exchange, outcome) = session.target().send(request, credential).await;
        session.record(exchange.clone());
        let response = outcome.map_err(|reason| {
            if reason == TIME_IS_OVER {
                return Stop::Skipped(reason);
            }
            let expected = "an answer to the request".to_owned();
            Stop::Failed(Box::new(Finding { expected, came: reason, exchange: Some(exchange.clone()), warning: false }))
        })?;
        let answer = Answer::new(response, exchange);
        note_effect(&session, &method, &path, credential, &answer);
        Ok(answer)
    }
}

/// The path below the base URL of a location, also of one that leaves out scheme and host.
fn below<'a>(base: &str, location: &'a str) -> Option<&'a str> {
    let path_of_base = base.match_indices('/').nth(2).map_or("", |(start, _)| &base[start..]);
    location.strip_prefix(base).or_else(|| location.strip_prefix(path_of_base)).filter(|path| path.starts_with('/'))
}

/// Notes what an answer says to have been created or removed.
fn note_effect(session: &Session, method: &str, path: &str, credential: Credential, answer: &Answer) {
    if !(200..300).contains(&answer.status) {
        return;
    }
    // What a client created that should not have been able to is of the tenant of the run.
    let credential = if credential == Credential::Second { Credential::Second } else { Credential::Own };
    let note_created = |path: String| session.note_created(Created { path, credential });
    let path = path.split('?').next().unwrap_or_default();
    let body = answer.body.as_ref().unwrap_or(&Value::Null);
    match method {
        "POST" if path.ends_with("/.search") => {}
        "POST" if path == "/Bulk" => {
            let operations = body["Operations"].as_array().map(Vec::as_slice).unwrap_or_default();
            for operation in operations.iter().filter(|operation| operation["method"] == "POST") {
                if let Some(path) = below(session.base(), operation["location"].as_str().unwrap_or_default()) {
                    note_created(path.to_owned());
                }
            }
        }
        "POST" => {
            if let Some(id) = body["id"].as_str().filter(|id| !id.is_empty()) {
                note_created(resource::path(path, id));
            }
        }
        // A server that creates with PUT is wrong, and is left as it was all the same.
        "PUT" if answer.status == 201 => note_created(path.to_owned()),
        "DELETE" => session.note_removed(path),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::below;

    #[test]
    fn a_location_is_below_the_base_with_and_without_its_host() {
        for (base, location, expected) in [
            ("http://a/scim", "http://a/scim/Users/1", Some("/Users/1")),
            ("http://a/scim", "/scim/Users/1", Some("/Users/1")),
            ("http://a", "http://a/Users/1", Some("/Users/1")),
            ("http://a", "/Users/1", Some("/Users/1")),
            ("http://a/scim", "http://b/scim/Users/1", None),
            ("http://a/scim", "/other/Users/1", None),
            ("http://a/scim", "http://a/scim", None),
            ("http://a", "", None),
        ] {
            assert_eq!(below(base, location), expected, "{location} below {base}");
        }
    }
}
