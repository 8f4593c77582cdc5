//! Mutants for the checks of RFC 7643 §1.2 and §2: attributes, their data types and their values.

use serde_json::{Value, json};

use super::s8_7_schema_tables::schema_has;
use crate::deviation::{Answered, Asked, Mutant, mutant, on_answer, on_request};

const GADGET: &str = "urn:example:params:scim:schemas:2.0:Gadget";

pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = names_and_defaults();
    mutants.extend(data_types());
    mutants.extend(several_values());
    mutants
}

/// Whether the body of a request has that in it.
fn says(asked: &Asked, text: &str) -> bool {
    String::from_utf8_lossy(&asked.body).contains(text)
}

/// The resource is stored as it was sent, whatever the server thinks of it.
fn as_sent(asked: &Asked) -> Answered {
    let mut body = asked.json();
    body["id"] = "as-it-was-sent".into();
    Answered::with(201, body)
}

fn names_and_defaults() -> Vec<Mutant> {
    vec![
        mutant(
            "7643-1.2-schemas",
            on_answer(|asked, answered| {
                if asked.is("GET", "/Schemas") && asked.query.is_empty() {
                    answered.edit(|body| *body = body["Resources"][0].clone());
                }
            }),
        )
        .also(&[("7644-4-schemas-list", "it is no list"), ("7644-4-list-response", "it is no list")]),
        mutant(
            "7643-1.2-simple",
            schema_has(
                GADGET,
                "/attributes/0/subAttributes",
                json!([{ "name": "x", "type": "string", "multiValued": false, "description": "x" }]),
            ),
        )
        .also(&[("7643-7-members", "subAttributes are there for complex attributes only")]),
        // Members are looked up by the exact name.
        mutant(
            "7643-2.1-names-without-case",
            on_request(|asked| {
                if asked.is_type("POST") && says(asked, "\"DISPLAYNAME\"") {
                    asked.edit(|body| {
                        body.as_object_mut().expect("an object").shift_remove("DISPLAYNAME");
                    });
                }
                None
            }),
        ),
        mutant(
            "7643-2.1-schemas-in-requests",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Users") && asked.json()["schemas"] == json!([]) && asked.json()["password"].is_null() {
                    *answered = as_sent(asked);
                }
            }),
        ),
        mutant("7643-2.1-name-syntax", schema_has(GADGET, "/attributes/0/name", json!("serial number"))),
        mutant(
            "7643-2.2-defaults",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Users") && says(asked, "{any}") {
                    *answered = Answered::error(400, "invalidValue");
                }
            }),
        ),
    ]
}

fn data_types() -> Vec<Mutant> {
    vec![
        mutant("7643-2.3-known-types", schema_has(GADGET, "/attributes/4/type", json!("code")))
            .also(&[("7643-7-members", "the values of `type` are listed there, too")]),
        mutant(
            "7643-2.3-representation",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.starts_with("/Gadgets") {
                    answered.edit(|body| {
                        if body["lent"] == true {
                            body["lent"] = "true".into();
                        }
                    });
                }
            }),
        ),
        mutant(
            "7643-2.3-wrong-types",
            on_request(|asked| (asked.is_type("POST") && asked.json()["displayName"] == 5).then(|| as_sent(asked))),
        )
        .also(&[("7644-3.12-wrong-type", "a wrong type is an invalid value")]),
        mutant(
            "7643-2.3.1-strings",
            on_answer(|asked, answered| {
                if asked.is_one("GET") {
                    answered.edit(|body| {
                        if let Some(text) = body["displayName"]
                            .as_str()
                            .filter(|text| text.starts_with("Žofie"))
                            .map(|text| text.replace(|c: char| !c.is_ascii(), "?"))
                        {
                            body["displayName"] = text.into();
                        }
                    });
                }
            }),
        ),
        mutant(
            "7643-2.3.1-canonical-values",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Users") && says(asked, "\"foo\"") {
                    *answered = Answered::error(400, "invalidValue");
                }
            }),
        ),
        // A boolean is compared with texts only.
        mutant(
            "7643-2.3.2-booleans",
            on_answer(|asked, answered| {
                let filter = asked.parameter("filter").unwrap_or_default();
                if filter.starts_with("id eq") && filter.ends_with("active eq true") {
                    answered.edit_list(Vec::clear);
                }
            }),
        ),
        mutant(
            "7643-2.3.5-date-times",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.starts_with("/Groups") && answered.status == 200 {
                    answered.edit(|body| body["meta"]["lastModified"] = "2026-01-02".into());
                }
            }),
        ),
        mutant(
            "7643-2.3.6-base64",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.starts_with("/Gadgets") {
                    answered.edit(|body| {
                        if body["picture"].is_string() {
                            body["picture"] = "AQID".into();
                        }
                    });
                }
            }),
        )
        .also(&[("7643-2.3.6-padding", "what comes back is not what was sent, with or without padding")]),
        mutant(
            "7643-2.3.6-padding",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Gadgets") && asked.json()["picture"].as_str().is_some_and(|text| !text.len().is_multiple_of(4)) {
                    *answered = Answered::error(400, "invalidValue");
                }
            }),
        ),
        mutant(
            "7643-2.3.6-case-exact",
            on_answer(|asked, answered| {
                if asked.parameter("filter").is_some_and(|filter| filter.starts_with("picture eq")) {
                    answered.edit(|body| body["totalResults"] = 1.into());
                }
            }),
        ),
        mutant(
            "7643-2.3.7-resolves",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.starts_with("/Groups") {
                    answered.edit(|body| {
                        if body["members"][0]["$ref"].is_string() {
                            body["members"][0]["$ref"] = "http://localhost/scim/v2/Users/nobody".into();
                        }
                    });
                }
            }),
        )
        .also(&[("7643-4.2-member-references", "it says the same of members")]),
        mutant("7643-2.3.7-case-exact", schema_has(GADGET, "/attributes/11/caseExact", json!(false))),
        mutant(
            "7643-2.3.7-integrity",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Groups") && says(asked, "no-such-member") {
                    *answered = as_sent(asked);
                }
            }),
        ),
        mutant(
            "7643-2.3.7-ref-is-optional",
            on_request(|asked| {
                let member = asked.json()["members"][0].clone();
                let lacks = member["type"] == "User" && member["$ref"].is_null();
                (asked.is("POST", "/Groups") && lacks).then(|| Answered::error(400, "invalidValue"))
            }),
        ),
        mutant(
            "7643-2.3.8-order",
            on_request(|asked| {
                let body = asked.json();
                let first = body.as_object().and_then(|members| members.keys().next().cloned());
                let is_other = first.is_some_and(|first| first != "schemas") && body["schemas"].is_array();
                (asked.is_type("POST") && is_other).then(|| Answered::error(400, "invalidSyntax"))
            }),
        ),
        mutant("7643-2.3.8-no-nesting", schema_has(GADGET, "/attributes/13/subAttributes/1/type", json!("complex")))
            .also(&[("7643-7-sub-attributes", "the nested attribute lists no parts of its own")]),
    ]
}

fn several_values() -> Vec<Mutant> {
    vec![
        mutant(
            "7643-2.4-objects",
            on_request(|asked| (asked.is_type("POST") && asked.json()["emails"][0].is_string()).then(|| as_sent(asked))),
        ),
        mutant(
            "7643-2.4-one-primary",
            on_request(|asked| {
                let primary = |index: usize| asked.json()["emails"][index]["primary"] == true;
                (asked.is_type("POST") && primary(0) && primary(1)).then(|| as_sent(asked))
            }),
        ),
        mutant(
            "7643-2.4-primary-is-false",
            on_answer(|asked, answered| {
                if asked.parameter("filter").is_some_and(|filter| filter.contains("and primary eq false]")) {
                    answered.edit_list(Vec::clear);
                }
            }),
        ),
        mutant(
            "7643-2.4-display",
            on_answer(|asked, answered| {
                if asked.is_one("PATCH") && says(asked, "].display") {
                    *answered = Answered::error(400, "mutability");
                }
            }),
        ),
        mutant(
            "7643-2.4-types-of-one-value",
            on_answer(|asked, answered| {
                if asked.is_type("POST") && says(asked, "both-scim") {
                    answered.edit(|body| {
                        if let Some(both) = body["emails"].as_array_mut() {
                            both.truncate(1);
                        }
                    });
                }
            }),
        ),
        mutant(
            "7643-2.4-duplicates",
            on_answer(|asked, answered| {
                if asked.is_type("POST") && says(asked, "twice-") {
                    answered.edit(|body| body["emails"] = asked.json()["emails"].clone());
                }
            }),
        ),
        mutant("7643-2.4-recommended-values", schema_has(GADGET, "/attributes/5/canonicalValues", Value::Null)),
        // null is stored as a text.
        mutant(
            "7643-2.5-equivalent",
            on_request(|asked| {
                let sent = asked.json();
                let is_null = sent.as_object().is_some_and(|members| members.contains_key("displayName")) && sent["displayName"].is_null();
                if asked.is("POST", "/Users") && is_null {
                    asked.edit(|body| body["displayName"] = "null".into());
                }
                None
            }),
        ),
        // What is null in a PUT is left as it was.
        mutant(
            "7643-2.5-unassigns",
            on_request(|asked| {
                let sent = asked.json();
                let is_null = sent.as_object().is_some_and(|members| members.contains_key("displayName")) && sent["displayName"].is_null();
                if asked.is_one("PUT") && is_null {
                    asked.edit(|body| body["displayName"] = "to go".into());
                }
                None
            }),
        ),
        mutant(
            "7643-2.5-omitted",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.starts_with("/Users") && answered.status == 200 {
                    answered.edit(|body| {
                        if body["displayName"].is_null() && body["userName"].is_string() {
                            body["displayName"] = Value::Null;
                        }
                    });
                }
            }),
        ),
    ]
}
