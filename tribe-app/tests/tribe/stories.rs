//! The stories of real clients (`fixtures/clients`), replayed: each request as the client sends it, each answer and employee as expected.
//! The format stands in `fixtures/clients/README.md`.

use std::collections::BTreeMap;
use std::path::Path;

use reqwest::Method;
use serde_json::Value;

use crate::support::{App, Database, TestTenant, on_each_engine};

on_each_engine!(every_story_of_every_client_goes_as_told);

async fn every_story_of_every_client_goes_as_told(database: Database) {
    let app = App::start(&database).await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/clients");
    let mut told = BTreeMap::new();
    for client in ["entra", "okta"] {
        for file in std::fs::read_dir(root.join(client)).unwrap() {
            let path = file.unwrap().path();
            let story: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap_or_else(|error| panic!("{path:?}: {error}"));
            tell(&app, &story).await;
            *told.entry(client).or_insert(0) += 1;
        }
    }
    assert!(told["entra"] >= 6 && told["okta"] >= 1, "{told:?}");
}

async fn tell(app: &App, story: &Value) {
    let tenant = app.tenant(text(&story["story"])).await;
    let mut bound: BTreeMap<String, String> = BTreeMap::new();
    for person in story["employees"].as_array().into_iter().flatten() {
        tenant.hire(text(&person["email"]), text(&person["name"]), &[]).await;
    }
    for step in story["steps"].as_array().unwrap() {
        let place = format!("{}, {}", text(&story["story"]), text(&step["name"]));
        play(&tenant, step, &mut bound, &place).await;
    }
}

async fn play(tenant: &TestTenant<'_>, step: &Value, bound: &mut BTreeMap<String, String>, place: &str) {
    let fill = |value: &Value| -> Value {
        let filled = bound.iter().fold(value.to_string(), |text, (name, id)| text.replace(&format!("{{{name}}}"), id));
        serde_json::from_str(&filled).unwrap()
    };
    let method = Method::from_bytes(text(&step["method"]).as_bytes()).unwrap();
    let path = fill(&step["path"]);
    let body = step.get("body").map(&fill);
    let token = step.get("token").map_or(tenant.token.as_str(), text);
    let answer = tenant.send_as(token, method, text(&path), body.as_ref()).await;

    let expect = fill(&step["expect"]);
    let statuses: Vec<u64> = expect["status"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
    assert!(statuses.contains(&answer.status.into()), "{place}: {} {}", answer.status, answer.body);
    if answer.status >= 400 {
        assert!(!text(&answer.body["detail"]).is_empty(), "{place}");
        assert_eq!(answer.body.get("scimType"), expect.get("scimType"), "{place}: {}", answer.body);
    }
    if let Some(list) = expect.get("list") {
        assert_eq!(answer.body["totalResults"], list["total"], "{place}: {}", answer.body);
        let ids: Vec<&Value> = answer.body["Resources"].as_array().unwrap().iter().map(|resource| &resource["id"]).collect();
        for id in list["ids"].as_array().into_iter().flatten() {
            assert!(ids.contains(&id), "{place}: {}", answer.body);
        }
    }
    if let Some(resource) = expect.get("resource") {
        contains(&answer.body, resource, place);
    }
    if let Some(employee) = expect.get("employee") {
        let found = tenant.employee(text(&employee["email"])).await.to_json();
        contains(&found, employee, place);
    }
    if let Some(number) = expect.get("employees") {
        assert_eq!(Some(tenant.employees().await.len() as u64), number.as_u64(), "{place}");
    }
    for (name, pointer) in step["bind"].as_object().into_iter().flatten() {
        bound.insert(name.clone(), text(answer.body.pointer(text(pointer)).unwrap()).to_owned());
    }
}

/// Everything that is expected is there; `absent` lists what must not be.
#[track_caller]
fn contains(found: &Value, expected: &Value, place: &str) {
    match expected {
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value) {
                    ("absent", Value::Array(names)) => {
                        for name in names {
                            assert!(found.get(text(name)).is_none(), "{place}: {name} is in {found}");
                        }
                    }
                    _ => contains(found.get(name).unwrap_or_else(|| panic!("{place}: {name} is missing in {found}")), value, place),
                }
            }
        }
        Value::Array(items) => {
            assert_eq!(found.as_array().map(Vec::len), Some(items.len()), "{place}: {found}");
            for (index, item) in items.iter().enumerate() {
                contains(&found[index], item, place);
            }
        }
        simple => assert_eq!(found, simple, "{place}"),
    }
}

#[track_caller]
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} should be a text"))
}
