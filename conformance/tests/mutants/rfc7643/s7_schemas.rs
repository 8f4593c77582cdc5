//! Mutants for the checks of RFC 7643 §7: the representation of schemas.

use serde_json::{Value, json};

use super::s8_7_schema_tables::schema_has;
use crate::deviation::{Answered, Asked, Mutant, mutant, on_answer, on_request};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GADGET: &str = "urn:example:params:scim:schemas:2.0:Gadget";

pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = documents();
    mutants.extend(meanings());
    mutants
}

fn documents() -> Vec<Mutant> {
    vec![
        mutant(
            "7643-7-schema-of-each-urn",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.starts_with("/Gadgets") && answered.status == 200 {
                    answered.edit(|body| body["schemas"] = json!([GADGET, "urn:example:Hidden"]));
                }
            }),
        )
        .also(&[("7643-3-schemas", "a URN that no resource type has is no URN of the resource")]),
        mutant(
            "7643-7-read-only",
            on_request(|asked| {
                let deletes = asked.method == "DELETE" && asked.path.starts_with("/Schemas/");
                deletes.then(|| Answered::empty(204))
            }),
        ),
        mutant(
            "7643-7-schemas",
            on_answer(|asked, answered| {
                if asked.is("GET", "/Schemas") && answered.status == 200 {
                    answered.remove("schemas");
                }
            }),
        ),
        mutant(
            "7643-7-nested",
            schema_has(
                "urn:ietf:params:scim:schemas:core:2.0:Schema",
                "/attributes/3/subAttributes",
                json!([{ "name": "name", "type": "string", "multiValued": false, "description": "The name" }]),
            ),
        ),
        mutant("7643-7-members", schema_has(GADGET, "/attributes/0/mutability", json!("readwrite"))),
        mutant("7643-7-sub-attributes", schema_has(USER, "/attributes/1/subAttributes", json!([]))),
        mutant(
            "7643-7-group-references",
            on_answer(|asked, answered| {
                if asked.is("GET", "/Schemas") {
                    answered.edit_list(|schemas| {
                        let user = schemas.iter_mut().find(|schema| schema["id"] == USER).expect("the schema of users");
                        let attributes = user["attributes"].as_array_mut().expect("attributes");
                        let groups = attributes.iter_mut().find(|attribute| attribute["name"] == "groups").expect("groups");
                        let parts = groups["subAttributes"].as_array_mut().expect("sub-attributes");
                        parts.iter_mut().filter(|part| part["name"] == "$ref").for_each(|part| part["referenceTypes"] = json!(["User"]));
                    });
                }
            }),
        ),
        mutant("7643-7-names", schema_has(GADGET, "/attributes/1/description", Value::Null)),
    ]
}

/// Whether the body of a request has a text of which that holds, at whatever place.
fn has_text(asked: &Asked, beginning: &str) -> bool {
    String::from_utf8_lossy(&asked.body).contains(&format!("\"{beginning}"))
}

fn meanings() -> Vec<Mutant> {
    vec![
        // The filter finds values that differ in case.
        mutant(
            "7643-7-case-exact-filter",
            on_request(|asked| {
                if asked.is("GET", "/Gadgets") && asked.query.contains("%22aBc-") {
                    asked.query = asked.query.replace("%22aBc-", "%22AbC-");
                }
                None
            }),
        ),
        mutant(
            "7643-7-case-kept",
            on_request(|asked| {
                if asked.is_type("POST") && has_text(asked, "KeePs-") {
                    asked.body = String::from_utf8_lossy(&asked.body).replace("KeePs-", "keeps-").into_bytes();
                }
                None
            }),
        ),
        mutant(
            "7643-7-case-altered",
            on_request(|asked| {
                if asked.is_type("POST") && has_text(asked, "McMixed") {
                    asked.body = String::from_utf8_lossy(&asked.body).replace("McMixed", "mcmixed").into_bytes();
                }
                None
            }),
        ),
        // PUT takes over the resource type of the client.
        mutant(
            "7643-7-mutability-read-only",
            on_answer(|asked, answered| {
                if asked.is_one("PUT") && asked.json()["meta"]["resourceType"] == "Another" && answered.status == 200 {
                    answered.edit(|body| body["meta"]["resourceType"] = "Another".into());
                }
            }),
        ),
        mutant(
            "7643-7-mutability-read-write",
            on_request(|asked| {
                if asked.is_one("PUT") && has_text(asked, "changed scim") {
                    asked.edit(|body| body["displayName"] = "as before".into());
                }
                None
            }),
        ),
        mutant(
            "7643-7-mutability-immutable",
            on_answer(|asked, answered| {
                if asked.is_one("PUT") && has_text(asked, "fixed-") && answered.is_scim_type("mutability") {
                    *answered = Answered::with(200, asked.json());
                }
            }),
        ),
        mutant(
            "7643-7-write-only",
            on_answer(|asked, answered| {
                if asked.is_one("PUT") && has_text(asked, "Pw-3!") {
                    answered.edit(|body| body["password"] = "$2b$10$abcdefghijklmnopqrstuv".into());
                }
            }),
        ),
        mutant(
            "7643-7-returned-always",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.parameter("attributes").as_deref() == Some("externalId") {
                    answered.remove("label");
                }
            }),
        ),
        mutant(
            "7643-7-returned-default",
            on_answer(|asked, answered| {
                let is_few = answered.json()["displayName"].as_str().is_some_and(|name| name.starts_with("few "));
                if asked.is_one("GET") && asked.parameter("attributes").as_deref() == Some("displayName") && is_few {
                    answered.edit(|body| body["nickName"] = "nobody has asked for it".into());
                }
            }),
        ),
        mutant(
            "7643-7-returned-request",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Gadgets") && asked.json()["remark"].is_string() {
                    answered.remove("remark");
                }
            }),
        ),
        mutant(
            "7643-7-uniqueness-status",
            on_answer(|asked, answered| {
                if asked.is_one("PUT") && has_text(asked, "rival-") && answered.status == 409 {
                    *answered = Answered::error(400, "invalidValue");
                }
            }),
        ),
        mutant(
            "7643-7-uniqueness-none",
            on_answer(|asked, answered| {
                let is_second = asked.json()["externalId"].as_str().is_some_and(|id| id.starts_with("twin-"));
                if asked.is_type("POST") && has_text(asked, "shared ") && is_second {
                    *answered = Answered::error(409, "uniqueness");
                }
            }),
        ),
        mutant(
            "7643-7-uniqueness-server",
            on_answer(|asked, answered| {
                if asked.is_type("POST") && has_text(asked, "server-") && answered.status == 409 {
                    *answered = Answered::with(201, json!({ "id": "a-second-one" }));
                }
            }),
        ),
    ]
}
