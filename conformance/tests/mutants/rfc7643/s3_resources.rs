//! Mutants for the checks of RFC 7643 §3: resources and their common attributes.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::s8_7_schema_tables::schema_has;
use crate::deviation::{Answered, Asked, Deviation, Mutant, mutant, on_answer, on_request, with_memory};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = schemas();
    mutants.extend(identifiers());
    mutants.extend(meta());
    mutants
}

/// Whether the request creates a resource whose externalId begins like that.
fn creates(asked: &Asked, beginning: &str) -> bool {
    asked.is_type("POST") && asked.json()["externalId"].as_str().is_some_and(|id| id.starts_with(beginning))
}

/// What a GET of a user without a name to show has in its `meta`.
fn meta_shows(change: fn(&mut serde_json::Value)) -> Deviation {
    on_answer(move |asked, answered| {
        let user = answered.json();
        if asked.is_one("GET") && asked.path.starts_with("/Users") && user["meta"].is_object() && user["displayName"].is_null() {
            answered.edit(|body| change(&mut body["meta"]));
        }
    })
}

fn schemas() -> Vec<Mutant> {
    vec![
        mutant(
            "7643-3-schemas",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.starts_with("/Gadgets") && answered.json()["lent"] == true {
                    answered.edit(|body| body["schemas"] = json!([]));
                }
            }),
        ),
        mutant(
            "7643-3-duplicate-schemas",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Users") && asked.json()["schemas"] == json!([USER, USER]) {
                    *answered = Answered::with(201, json!({ "id": "twice", "schemas": [USER, USER] }));
                }
            }),
        ),
        mutant(
            "7643-3-unknown-schemas",
            on_answer(|asked, answered| {
                let sent = asked.json()["schemas"].clone();
                if asked.is("POST", "/Users") && sent[1] == "urn:example:params:scim:schemas:no-such-schema" {
                    *answered = Answered::with(201, json!({ "id": "unknown", "schemas": sent }));
                }
            }),
        ),
        // The first URN is taken for that of the base schema.
        mutant(
            "7643-3-schemas-order",
            on_request(|asked| {
                let is_first = asked.json()["schemas"][0] == ENTERPRISE;
                (asked.is("POST", "/Users") && is_first).then(|| Answered::error(400, "invalidSyntax"))
            }),
        ),
        mutant(
            "7643-3-common-attributes",
            on_answer(|asked, answered| {
                let is_common = answered.json()["externalId"].as_str().is_some_and(|id| id.starts_with("common-"));
                if asked.is_one("GET") && asked.path.starts_with("/Gadgets") && is_common {
                    answered.remove("meta");
                }
            }),
        ),
        // The attributes of the extension stand at the top.
        mutant(
            "7643-3-extended-attributes",
            on_answer(|asked, answered| {
                let body = answered.json();
                let extension = body[ENTERPRISE].as_object();
                // Only where there is one attribute, or more checks would see what they are not about.
                if asked.is_one("GET") && extension.is_some_and(|members| members.len() == 1 && members.contains_key("employeeNumber")) {
                    answered.edit(|body| {
                        let number = body[ENTERPRISE]["employeeNumber"].clone();
                        body["employeeNumber"] = number;
                    });
                }
            }),
        ),
        mutant(
            "7643-3.3-unused-extensions",
            on_answer(|asked, answered| {
                let has_none = answered.json()[ENTERPRISE].is_null();
                if asked.is_one("GET") && asked.path.starts_with("/Users") && answered.status == 200 && has_none {
                    answered.edit(|body| body["schemas"] = json!([USER, ENTERPRISE]));
                }
            }),
        ),
        mutant("7643-3.1-listed-attributes", schema_has(USER, "/attributes/2/name", json!("externalId"))),
        mutant(
            "7643-3.2-types",
            on_request(|asked| (asked.is_one("DELETE") && asked.path.starts_with("/Gadgets")).then(|| Answered::error(501, ""))),
        ),
    ]
}

fn identifiers() -> Vec<Mutant> {
    vec![
        mutant(
            "7643-3.1-assigned",
            on_answer(|asked, answered| {
                if creates(asked, "assigned-") && asked.path == "/Gadgets" {
                    answered.edit(|body| body["meta"]["created"] = json!(null));
                }
            }),
        ),
        mutant(
            "7643-3.1-id-in-each-representation",
            on_answer(|asked, answered| {
                if asked.is("GET", "/Users") && asked.parameter("attributes").as_deref() == Some("displayName") {
                    answered.edit_list(|found| found.iter_mut().for_each(|resource| resource["id"] = "".into()));
                }
            }),
        ),
        // Each type counts for itself.
        mutant(
            "7643-3.1-id-is-unique",
            on_answer(|asked, answered| {
                if creates(asked, "unique-") {
                    answered.edit(|body| body["id"] = "1".into());
                }
            }),
        ),
        mutant(
            "7643-3.1-id-is-stable",
            on_answer(|asked, answered| {
                if asked.is_one("PUT") && asked.json()["externalId"].as_str().is_some_and(|id| id.starts_with("stable-")) {
                    answered.edit(|body| body["id"] = "2".into());
                }
            }),
        ),
        mutant(
            "7643-3.1-id-without-bulk-id",
            on_answer(|asked, answered| {
                if creates(asked, "plain-") {
                    answered.edit(|body| body["id"] = format!("bulkId:{}", body["id"].as_str().unwrap_or_default()).into());
                }
            }),
        ),
        mutant(
            "7643-3.1-id-characteristics",
            on_answer(|asked, answered| {
                let is_kept = answered.json()["externalId"].as_str().is_some_and(|id| id.starts_with("kept-"));
                if asked.is_one("GET") && asked.parameter("excludedAttributes").as_deref() == Some("id") && is_kept {
                    answered.remove("id");
                }
            }),
        ),
        mutant(
            "7643-3.1-external-id",
            on_answer(|asked, answered| {
                let is_own = answered.json()["externalId"].as_str().is_some_and(|id| id.starts_with("own-"));
                if asked.is_one("GET") && is_own {
                    answered.remove("externalId");
                }
            }),
        ),
        mutant(
            "7643-3.1-external-id-of-client",
            on_answer(|asked, answered| {
                let is_without = asked.json()["displayName"].as_str().is_some_and(|name| name.starts_with("without one"));
                if asked.is_type("POST") && is_without {
                    answered.edit(|body| body["externalId"] = body["id"].clone());
                }
            }),
        ),
        mutant(
            "7643-3.1-external-id-not-unique",
            with_memory(|| {
                let seen: Arc<Mutex<BTreeSet<String>>> = Arc::default();
                on_request(move |asked| {
                    let is_new =
                        !creates(asked, "shared-") || seen.lock().expect("no hook panics").insert(asked.json()["externalId"].to_string());
                    (!is_new).then(|| Answered::error(409, "uniqueness"))
                })
            }),
        ),
        mutant(
            "7643-3.1-external-id-characteristics",
            on_request(|asked| {
                if asked.is("GET", "/Users") && asked.query.contains("%22ExT-") {
                    asked.query = asked.query.replace("%22ExT-", "%22eXt-");
                }
                None
            }),
        ),
    ]
}

fn meta() -> Vec<Mutant> {
    vec![
        mutant(
            "7643-3.1-meta-ignored",
            on_answer(|asked, answered| {
                let sent = asked.json()["meta"].clone();
                if asked.is_one("PUT") && sent["location"] == "https://example.com/elsewhere" {
                    answered.edit(|body| body["meta"]["created"] = sent["created"].clone());
                }
            }),
        ),
        mutant(
            "7643-3.1-meta-read-only",
            on_answer(|asked, answered| {
                if asked.is_one("PATCH") && asked.operations().first().is_some_and(|operation| operation["path"] == "meta.created") {
                    *answered = Answered::empty(204);
                }
            }),
        ),
        mutant(
            "7643-3.1-resource-type",
            on_answer(|asked, answered| {
                let is_typed = answered.json()["externalId"].as_str().is_some_and(|id| id.starts_with("typed-"));
                if asked.is_one("GET") && is_typed {
                    answered.edit(|body| body["meta"]["resourceType"] = "Resource".into());
                }
            }),
        ),
        mutant(
            "7643-3.1-created",
            on_answer(|asked, answered| {
                let text = asked.json()["displayName"].as_str().map(ToOwned::to_owned).unwrap_or_default();
                if asked.is_one("PUT") && text.starts_with("created before") {
                    answered.edit(|body| body["meta"]["created"] = "2026-01-02T03:04:05Z".into());
                }
            }),
        ),
        // A new gadget was changed in the past; and a changed user was never changed.
        mutant(
            "7643-3.1-last-modified",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.starts_with("/Gadgets") && answered.json()["meta"]["lastModified"].is_string() {
                    answered.edit(|body| body["meta"]["lastModified"] = "2001-01-02T03:04:05.000Z".into());
                }
            }),
        ),
        mutant(
            "7643-3.1-last-modified",
            on_answer(|asked, answered| {
                let is_modified = answered.json()["displayName"].as_str().is_some_and(|name| name.starts_with("modified "));
                if asked.is_one("GET") && is_modified {
                    answered.edit(|body| body["meta"]["lastModified"] = "2001-01-02T03:04:05.000Z".into());
                }
            }),
        ),
        mutant(
            "7643-3.1-location",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && answered.status == 200 {
                    answered.set_header("content-location", "http://localhost/scim/v2/Users/another");
                }
            }),
        ),
        mutant("7643-3.1-version", meta_shows(|meta| meta["version"] = "W/\"another\"".into())),
        mutant(
            "7643-3.1-version-is-optional",
            meta_shows(|meta| {
                if let Some(members) = meta.as_object_mut() {
                    members.shift_remove("version");
                }
            }),
        ),
        mutant(
            "7643-3.1-weak-version",
            on_answer(|asked, answered| {
                if let Some(etag) = answered.header("etag").map(|etag| etag.replace("W/", "w/"))
                    && asked.is_one("GET")
                    && answered.json()["externalId"].as_str().is_some_and(|id| id.starts_with("tagged-"))
                {
                    answered.set_header("etag", &etag);
                    answered.edit(|body| body["meta"]["version"] = etag.into());
                }
            }),
        ),
    ]
}
