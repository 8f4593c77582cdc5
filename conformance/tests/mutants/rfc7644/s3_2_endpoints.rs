//! Mutants for the checks of RFC 7644 §3.2: endpoints and HTTP methods.

use serde_json::json;

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.2-plural-endpoints",
            on_answer(|asked, answered| {
                if asked.is("GET", "/ResourceTypes") {
                    answered.edit_list(|types| {
                        for kind in types.iter_mut().filter(|kind| kind["name"] == "Gadget") {
                            kind["endpoint"] = "/Gear".into();
                        }
                    });
                }
            }),
        )
        .also(&[("7644-4-endpoints-reachable", "there is nothing at that endpoint")]),
        mutant(
            "7644-3.2-get",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.parameter("attributes").is_some() && answered.json()["displayName"] == "in part" {
                    *answered = Answered::error(400, "");
                }
            }),
        ),
        mutant(
            "7644-3.2-post",
            on_request(|asked| {
                (asked.is_type("POST") && asked.json()["displayName"] == "created with POST").then(|| Answered::error(405, ""))
            }),
        ),
        mutant("7644-3.2-methods", on_request(|asked| asked.is("GET", "/Bulk").then(|| Answered::with(200, json!({}))))),
        mutant(
            "7644-3.2-json",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.starts_with("/Gadgets") && answered.json()["maker"] == "set later" {
                    answered.body = b"<gadget/>".to_vec();
                }
            }),
        ),
        mutant(
            "7644-3.2-error-status",
            on_answer(|asked, answered| {
                if asked.path.ends_with("-nothing") {
                    answered.status = 200;
                }
            }),
        ),
    ]
}
