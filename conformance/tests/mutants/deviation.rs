#![allow(dead_code, reason = "not every helper has a user in every state of the suite")]
//! Mutants: a correct server with one deviation, and the check that must see it.

use std::fmt;
use std::sync::Arc;

use conformance::target::Request;
use scim_server::{MemoryStores, ScimServer};
use serde_json::{Value, json};

use crate::server::{BASE, Setup};

/// A server with one deviation.
#[derive(Debug, Clone)]
pub(crate) struct Mutant {
    /// The id of the check that must fail.
    pub(crate) check: &'static str,
    /// The other checks that fail for the same reason, each with why.
    pub(crate) also: &'static [(&'static str, &'static str)],
    /// What is wrong with the server.
    pub(crate) deviation: Deviation,
}

/// A mutant that only one check sees.
pub(crate) fn mutant(check: &'static str, deviation: Deviation) -> Mutant {
    Mutant { check, also: &[], deviation }
}

impl Mutant {
    /// The other checks that fail, too, each with the reason; no more than five.
    pub(crate) fn also(self, also: &'static [(&'static str, &'static str)]) -> Self {
        Self { also, ..self }
    }
}

type OnRequest = Arc<dyn Fn(&mut Asked) -> Option<Answered> + Send + Sync>;
type OnAnswer = Arc<dyn Fn(&Asked, &mut Answered) + Send + Sync>;

/// What is changed before and behind the server.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    requests: Vec<OnRequest>,
    answers: Vec<OnAnswer>,
}

impl Hooks {
    /// Changes the request; or answers it in the place of the server.
    pub(crate) fn ask(&self, asked: &mut Asked) -> Option<Answered> {
        self.requests.iter().find_map(|hook| hook(asked))
    }

    /// Changes the answer.
    pub(crate) fn answer(&self, asked: &Asked, answered: &mut Answered) {
        self.answers.iter().for_each(|hook| hook(asked, answered));
    }

    /// Whether the hooks change anything about this exchange.
    pub(crate) fn touch(&self, (asked, answered): &(Asked, Answered)) -> bool {
        let (mut request, mut answer) = (asked.clone(), answered.clone());
        if self.ask(&mut request).is_some() || request != *asked {
            return true;
        }
        self.answer(asked, &mut answer);
        answer != *answered
    }
}

/// What is wrong with a server.
#[derive(Clone, Default)]
pub(crate) struct Deviation {
    /// How it is built.
    pub(crate) setup: Option<Setup>,
    /// What is changed before and behind it.
    hooks: Hooks,
    /// Makes hooks that remember something, anew for each run.
    with_memory: Option<Arc<dyn Fn() -> Deviation + Send + Sync>>,
    /// Whether the model of the server is read from the deviating one.
    pub(crate) in_discovery: bool,
}

impl fmt::Debug for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deviation")
    }
}

/// The answers are changed.
pub(crate) fn on_answer(hook: impl Fn(&Asked, &mut Answered) + Send + Sync + 'static) -> Deviation {
    Deviation::default().and_answer(hook)
}

/// The requests are changed, or answered in the place of the server where the hook gives an answer.
pub(crate) fn on_request(hook: impl Fn(&mut Asked) -> Option<Answered> + Send + Sync + 'static) -> Deviation {
    Deviation::default().and_request(hook)
}

/// The server is built in another way. Every check runs on it, and its discovery is read again.
pub(crate) fn built(setup: impl Fn(ScimServer<MemoryStores>) -> ScimServer<MemoryStores> + Send + Sync + 'static) -> Deviation {
    Deviation { setup: Some(Arc::new(setup)), in_discovery: true, ..Deviation::default() }
}

/// Hooks that remember something: they are made anew for each run. Every check runs on such a server, so use it where nothing else will do.
pub(crate) fn with_memory(make: impl Fn() -> Deviation + Send + Sync + 'static) -> Deviation {
    Deviation { with_memory: Some(Arc::new(make)), ..Deviation::default() }
}

impl Deviation {
    pub(crate) fn and_answer(mut self, hook: impl Fn(&Asked, &mut Answered) + Send + Sync + 'static) -> Self {
        self.hooks.answers.push(Arc::new(hook));
        self
    }

    pub(crate) fn and_request(mut self, hook: impl Fn(&mut Asked) -> Option<Answered> + Send + Sync + 'static) -> Self {
        self.hooks.requests.push(Arc::new(hook));
        self
    }

    /// The suite's own model of the server is read from the deviating server. Without it, the model is that of the correct server, and
    /// only what a check itself asks deviates: enough for checks that read discovery in their conversation.
    pub(crate) fn seen_in_discovery(self) -> Self {
        Self { in_discovery: true, ..self }
    }

    /// The hooks of one run.
    pub(crate) fn hooks(&self) -> Hooks {
        self.with_memory.as_ref().map_or_else(|| self.hooks.clone(), |make| make().hooks)
    }

    /// Whether a conversation with the correct server tells what a conversation with this one would be: then a check whose conversation is
    /// not touched need not run again.
    pub(crate) fn is_plain(&self) -> bool {
        self.setup.is_none() && self.with_memory.is_none() && !self.in_discovery
    }
}

/// A request as the server gets it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Below the base, without the query.
    pub(crate) path: String,
    /// As it was sent, without the question mark.
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn of(request: Request) -> Self {
        let below = request.url.strip_prefix(BASE).unwrap_or(&request.url);
        let (path, query) = below.split_once('?').unwrap_or((below, ""));
        let (path, query) = (path.to_owned(), query.to_owned());
        Self { method: request.method, path, query, headers: request.headers, body: request.body.unwrap_or_default() }
    }

    /// What stands in the first line for the server.
    pub(crate) fn uri(&self) -> String {
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        format!("/scim/v2{}{query}", self.path)
    }

    /// Whether it is that method on that path.
    pub(crate) fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }

    /// Whether it is that method on one resource: `/Users/…`, not `.search`.
    pub(crate) fn is_one(&self, method: &str) -> bool {
        let mut segments = self.path.trim_start_matches('/').split('/');
        let kind = segments.next().unwrap_or_default();
        let id = segments.next().unwrap_or_default();
        self.method == method && self.is_data(kind) && !id.is_empty() && !id.starts_with('.') && segments.next().is_none()
    }

    /// Whether it is that method on the endpoint of a type: `/Users`, `/Groups`, `/Gadgets`.
    pub(crate) fn is_type(&self, method: &str) -> bool {
        self.method == method && self.is_data(self.path.trim_start_matches('/'))
    }

    fn is_data(&self, kind: &str) -> bool {
        ["Users", "Groups", "Gadgets"].contains(&kind)
    }

    /// The body as JSON; null if it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Changes the body, if it is a JSON object.
    pub(crate) fn edit(&mut self, change: impl FnOnce(&mut Value)) {
        if let Some(mut body) = serde_json::from_slice::<Value>(&self.body).ok().filter(Value::is_object) {
            let before = body.clone();
            change(&mut body);
            if body != before {
                self.body = body.to_string().into_bytes();
            }
        }
    }

    /// The operations of a PATCH or of a bulk request.
    pub(crate) fn operations(&self) -> Vec<Value> {
        self.json()["Operations"].as_array().cloned().unwrap_or_default()
    }

    /// The value of a query parameter, decoded.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.query.split('&').find_map(|part| {
            let (found, value) = part.split_once('=')?;
            let value = percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned();
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// Takes out a query parameter.
    pub(crate) fn remove_parameter(&mut self, name: &str) {
        let keeps = |part: &&str| !part.split('=').next().unwrap_or_default().eq_ignore_ascii_case(name);
        self.query = self.query.split('&').filter(keeps).collect::<Vec<_>>().join("&");
    }

    /// Adds a query parameter.
    pub(crate) fn add_parameter(&mut self, name: &str, value: &str) {
        let value = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
        let separator = if self.query.is_empty() { "" } else { "&" };
        self.query += &format!("{separator}{name}={value}");
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn remove_header(&mut self, name: &str) {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }
}

/// An answer as the client gets it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answered {
    /// An answer with a SCIM body.
    pub(crate) fn with(status: u16, body: Value) -> Self {
        let headers = vec![("content-type".into(), "application/scim+json".into())];
        Self { status, headers, body: body.to_string().into_bytes() }
    }

    /// An answer without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A correct Error message; without `scimType` where that is empty.
    pub(crate) fn error(status: u16, scim_type: &str) -> Self {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string(), "detail": "as the mutant has it",
        });
        if !scim_type.is_empty() {
            body["scimType"] = scim_type.into();
        }
        Self::with(status, body)
    }

    /// The body as JSON; null if it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Changes the body, if it is a JSON object.
    pub(crate) fn edit(&mut self, change: impl FnOnce(&mut Value)) {
        if let Some(mut body) = serde_json::from_slice::<Value>(&self.body).ok().filter(Value::is_object) {
            let before = body.clone();
            change(&mut body);
            if body != before {
                self.body = body.to_string().into_bytes();
            }
        }
    }

    /// Changes the resources of the list in the body, if it is one.
    pub(crate) fn edit_list(&mut self, change: impl FnOnce(&mut Vec<Value>)) {
        self.edit(|body| {
            if let Some(resources) = body.get_mut("Resources").and_then(Value::as_array_mut) {
                change(resources);
            }
        });
    }

    /// Changes the resource in the body, or each of the list in it.
    pub(crate) fn each_resource(&mut self, change: impl Fn(&mut Value)) {
        self.edit(|body| match body.get_mut("Resources").and_then(Value::as_array_mut) {
            Some(resources) => resources.iter_mut().for_each(change),
            None => change(body),
        });
    }

    /// Takes a member out of the resource in the body, or out of each of the list in it.
    pub(crate) fn remove(&mut self, name: &str) {
        self.each_resource(|resource| {
            if let Some(members) = resource.as_object_mut() {
                members.shift_remove(name);
            }
        });
    }

    pub(crate) fn is_error(&self) -> bool {
        self.status >= 400
    }

    /// Whether it is an error of that kind.
    pub(crate) fn is_scim_type(&self, scim_type: &str) -> bool {
        self.is_error() && self.json()["scimType"] == scim_type
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Sets a header in the place of any of its name.
    pub(crate) fn set_header(&mut self, name: &str, value: &str) {
        self.remove_header(name);
        self.headers.push((name.to_ascii_lowercase(), value.into()));
    }

    pub(crate) fn remove_header(&mut self, name: &str) {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }
}
