//! The simulated provisioning service, in process against the in-memory server: a correct one, ones with a fault, ones with trouble.

#[path = "mutants/deviation.rs"]
mod deviation;
#[allow(dead_code, reason = "the mutants use all of it")]
#[path = "mutants/server.rs"]
mod server;

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use conformance::model::Model;
use conformance::simulate::{self, Dialect, Outcome, Simulation};
use conformance::target::Target;
use scim_server::{MemoryStores, Profile, Registry, ResourceTypeDeclaration, ScimServer, StaticTokens, TenantId};
use serde_json::{Value, json};
use tokio::process::Command;

use deviation::{Answered, Asked, Deviation, on_answer, on_request};
use server::{BASE, InProcess, tokens};

const MARK: &str = "scim-conformance-simulated";

fn small() -> Simulation {
    Simulation {
        service: Dialect::Entra,
        url: BASE.into(),
        users: 60,
        groups: 6,
        users_only: false,
        csv: None,
        cycles: 2,
        connections: 16,
        rate: None,
        keep: false,
    }
}

async fn target(deviation: &Deviation, mark: &str) -> Target {
    let server = InProcess::new(Profile::ENTRA, None, deviation.hooks()).await;
    Target::new(BASE, Arc::new(server), tokens(), mark)
}

async fn run(simulation: &Simulation, deviation: Deviation) -> Outcome {
    let target = target(&deviation, MARK).await;
    let model = Model::discover(&target).await.expect("the server says what it is");
    simulate::run(simulation, &target, &model).await.expect("it runs")
}

/// The differences as `attribute: directory/server`, each once.
fn kinds(outcome: &Outcome) -> Vec<String> {
    let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".into());
    let mut kinds: Vec<String> = (outcome.differences.iter())
        .map(|found| match found.attribute.as_deref() {
            Some(attribute) => attribute.rsplit(':').next().unwrap_or_default().to_owned(),
            None => format!("{}/{}", word(&found.directory), word(&found.server)),
        })
        .collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

#[tokio::test]
async fn a_correct_server_holds_in_the_end_what_the_directory_has() {
    for service in [Dialect::Entra, Dialect::EntraOptscim] {
        let simulation = Simulation { service, ..small() };
        let target = target(&Deviation::default(), MARK).await;
        let model = Model::discover(&target).await.expect("the server says what it is");
        let outcome = simulate::run(&simulation, &target, &model).await.expect("it runs");
        assert_eq!(outcome.differences, [], "{service:?}");
        assert!(outcome.is_good() && outcome.figures.retries().is_empty(), "{outcome:?}");
        let asked: Vec<&str> = outcome.figures.latencies().iter().map(|(kind, _)| *kind).collect();
        for kind in [
            "probe",
            "match user",
            "create user",
            "read user",
            "update user",
            "delete user",
            "match group",
            "create group",
            "read group",
            "update group",
            "delete group",
            "set manager",
            "add members",
            "remove members",
            "list",
            "read members",
            "all",
        ] {
            assert!(asked.contains(&kind), "{kind} is missing in {asked:?}");
        }
        let stretches: Vec<&str> = outcome.figures.stretches().iter().map(|stretch| stretch.name.as_str()).collect();
        assert_eq!(stretches, ["initial cycle", "cycle 1", "cycle 2", "comparison"]);
        assert!(target.left_over().len() > 60, "what was created is known");
        assert_eq!(simulate::remove(&target, 16).await, 0, "and can be removed");
    }
}

/// The operation of a PATCH on that path, if there is one.
fn on_path(asked: &Asked, path: &str) -> bool {
    asked.method == "PATCH" && asked.operations().iter().any(|operation| operation["path"] == path)
}

#[tokio::test]
async fn a_fault_of_the_server_is_named() {
    let done = || Some(Answered::with(200, json!({})));
    let faults: Vec<(&str, Deviation, &[&str])> = vec![
        (
            "loses a member of each batch",
            on_request(|asked| {
                if on_path(asked, "members") {
                    asked.edit(|body| drop(body["Operations"][0]["value"].as_array_mut().and_then(Vec::pop)));
                }
                None
            }),
            &["members"],
        ),
        ("ignores a disable", on_request(move |asked| if on_path(asked, "active") { done() } else { None }), &["active"]),
        (
            "keeps a deleted user",
            on_request(|asked| (asked.is_one("DELETE") && asked.path.starts_with("/Users")).then(|| Answered::empty(204))),
            &["deleted/there", "members"],
        ),
        (
            "keeps a deleted group",
            on_request(|asked| (asked.is_one("DELETE") && asked.path.starts_with("/Groups")).then(|| Answered::empty(204))),
            &["deleted/there"],
        ),
        (
            "ignores the manager",
            on_request(move |asked| {
                if asked.operations().iter().any(|o| o["path"].as_str().is_some_and(|p| p.ends_with(":manager"))) { done() } else { None }
            }),
            &["manager"],
        ),
        (
            "ignores a new group name",
            on_request(move |asked| if asked.path.starts_with("/Groups") && on_path(asked, "displayName") { done() } else { None }),
            &["displayName"],
        ),
        (
            "forgets the street on the way out",
            on_answer(|_, answered| {
                answered.each_resource(|resource| {
                    if let Some(address) =
                        resource["addresses"].as_array_mut().and_then(|all| all.first_mut()).and_then(Value::as_object_mut)
                    {
                        address.shift_remove("streetAddress");
                    }
                });
            }),
            &["addresses[type eq \"work\"].streetAddress"],
        ),
    ];
    for (name, deviation, expected) in faults {
        let outcome = run(&small(), deviation).await;
        assert!(!outcome.is_good(), "{name}");
        // The first one must be there; the others follow from it.
        let found = kinds(&outcome);
        let is_expected = |kind: &String| expected.contains(&kind.as_str());
        assert!(found.iter().any(|kind| kind == expected[0]) && found.iter().all(is_expected), "{name}: {:#?}", outcome.differences);
    }
}

#[tokio::test]
async fn trouble_of_the_server_leaves_no_difference() {
    let (asked, answered) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let trouble = on_request(move |_| {
        let turn = asked.fetch_add(1, Ordering::Relaxed);
        let mut refusal = Answered::error(if turn % 2 == 0 { 429 } else { 503 }, "");
        refusal.set_header("Retry-After", "0");
        (turn > 30 && turn % 7 == 0).then_some(refusal)
    })
    // The server has done it, and the answer is lost.
    .and_answer(move |_, answer| {
        let turn = answered.fetch_add(1, Ordering::Relaxed);
        if turn > 30 && turn % 11 == 0 {
            *answer = Answered::error(502, "");
        }
    });
    let outcome = run(&small(), trouble).await;
    assert_eq!(outcome.differences, []);
    assert!(outcome.is_good(), "{:?}", outcome.escrow);
    for reason in ["429", "502", "503"] {
        assert!(outcome.figures.retries().get(reason).is_some_and(|count| *count > 3), "{reason} in {:?}", outcome.figures.retries());
    }
}

#[tokio::test]
async fn what_is_refused_for_a_while_is_tried_again_later() {
    let refused = AtomicUsize::new(0);
    let outcome = run(
        &small(),
        on_request(move |asked| {
            let refuses = asked.is_type("POST") && refused.fetch_add(1, Ordering::Relaxed) < 20;
            refuses.then(|| Answered::error(400, "invalidValue"))
        }),
    )
    .await;
    assert_eq!(outcome.differences, []);
    assert!(outcome.is_good(), "{:?}", outcome.escrow);
    let last = &outcome.figures.stretches()[3];
    assert_eq!(last.name, "retries");
}

#[tokio::test]
async fn what_is_always_refused_stays_in_escrow_and_is_a_difference() {
    let outcome = run(
        &Simulation { cycles: 0, ..small() },
        on_request(|asked| {
            let refuses = asked.is("POST", "/Groups") && asked.json()["displayName"].as_str().is_some_and(|name| name.contains("España"));
            refuses.then(|| Answered::error(400, "invalidValue"))
        }),
    )
    .await;
    assert!(!outcome.is_good());
    assert_eq!(outcome.escrow.len(), 1, "{:?}", outcome.escrow);
    assert!(outcome.escrow[0].contains("Ventas España 3: create group: 400 as the mutant has it"), "{:?}", outcome.escrow);
    assert_eq!(kinds(&outcome), ["there/nothing"]);
}

#[tokio::test]
async fn a_credential_that_is_not_accepted_any_more_ends_the_job() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let outcome = run(&small(), on_request(move |_| (count.fetch_add(1, Ordering::Relaxed) > 100).then(|| Answered::error(401, "")))).await;
    assert!(outcome.ended.as_deref().is_some_and(|reason| reason.contains("401")), "{:?}", outcome.ended);
    assert!(!outcome.is_good());
    assert!(asked.load(Ordering::Relaxed) < 101 + 40, "no more is sent than was under way");
}

/// What the service sends that has no id of the server in it, sorted.
async fn sent(mark: &str) -> Vec<String> {
    let log = Arc::new(Mutex::new(Vec::new()));
    let written = log.clone();
    let deviation = on_request(move |asked| {
        let line = match asked.method.as_str() {
            "GET" if asked.query.contains("filter=") => asked.query.clone(),
            "POST" => String::from_utf8_lossy(&asked.body).into_owned(),
            "PATCH" if !on_path(asked, "members") && !String::from_utf8_lossy(&asked.body).contains(":manager") => {
                String::from_utf8_lossy(&asked.body).into_owned()
            }
            _ => return None,
        };
        written.lock().expect("no test panics while it logs").push(line);
        None
    });
    let target = target(&deviation, mark).await;
    let model = Model::discover(&target).await.expect("the server says what it is");
    simulate::run(&small(), &target, &model).await.expect("it runs");
    let mut sent = std::mem::take(&mut *log.lock().expect("no test panics while it logs"));
    sent.sort();
    sent
}

#[tokio::test]
async fn the_same_seed_sends_the_same() {
    let first = sent("scim-conformance-seven").await;
    assert!(first.len() > 120, "{} requests", first.len());
    assert_eq!(first, sent("scim-conformance-seven").await);
    let other: Vec<String> = sent("scim-conformance-eight").await.iter().map(|line| line.replace("-eight", "-seven")).collect();
    assert_ne!(first, other);
}

/// A server on a port of its own.
async fn listening(registry: Registry, profile: Profile) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/scim/v2", listener.local_addr().expect("an address"));
    let tokens = StaticTokens::new().with(TOKEN, TenantId::new("acme"), profile);
    tokio::spawn(ScimServer::new(registry, MemoryStores::new(), tokens).serve(listener, std::future::pending()));
    url
}

const TOKEN: &str = "token-of-a-simulation";

/// Runs the program; its exit code, its output, and what it said.
async fn program(words: &[&str], state: &std::path::Path) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_scim-conformance"))
        .args(words)
        .env("SCIM_TOKEN", TOKEN)
        .env("XDG_STATE_HOME", state)
        .env("NO_PROXY", "*")
        .stdin(Stdio::null())
        .output()
        .await
        .expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (output, said) = (text(&output.stdout), (output.status.code(), text(&output.stderr)));
    assert!(!output.contains(TOKEN) && !said.1.contains(TOKEN), "the token is never shown");
    (said.0, output, said.1)
}

/// The names of all users.
async fn user_names(url: &str) -> Vec<String> {
    let answer = reqwest::Client::new().get(format!("{url}/Users")).bearer_auth(TOKEN).send().await.expect("an answer");
    let body: Value = serde_json::from_str(&answer.text().await.expect("a text")).expect("a list");
    let resources = body["Resources"].as_array().expect("a list").iter();
    resources.map(|user| user["userName"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_reports_and_removes_what_it_has_created() {
    let (url, state) = (listening(Registry::rfc7643(), Profile::ENTRA).await, tempfile::tempdir().expect("a folder"));
    let words = ["simulate", "entra", &url, "--users", "30", "--groups", "3", "--cycles", "1", "--yes", "--rate", "900"];
    let (code, output, said) = program(&words, state.path()).await;
    assert_eq!((code, said.as_str()), (Some(0), ""), "{output}");
    for told in ["30 people", "initial cycle", "p99", "sent again: nothing", "in escrow: 0", "differences: 0"] {
        let told = told.replace("30 people", "31 people");
        assert!(output.contains(&told), "{told} in\n{output}");
    }
    assert_eq!(user_names(&url).await, [""; 0]);
    let (code, output, _) = program(&[&words[..], &["--report", "json"]].concat(), state.path()).await;
    let report: Value = serde_json::from_str(&output).expect("JSON alone");
    assert_eq!((code, report["differences"].clone(), report["service"].clone()), (Some(0), json!([]), json!("entra")));
    assert!(report["milliseconds"]["all"]["p99"].as_f64().is_some_and(|p99| p99 > 0.0), "{report:#}");
    assert!(std::fs::read_dir(state.path().join("scim-conformance")).expect("the journals").next().is_none(), "no journal is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_come_from_a_csv_file_and_what_is_kept_is_cleaned_later() {
    let (url, state) = (listening(Registry::rfc7643(), Profile::ENTRA).await, tempfile::tempdir().expect("a folder"));
    let file = state.path().join("people.csv");
    std::fs::write(&file, "userPrincipalName,displayName,manager\nana@example.com,Ana,ben@example.com\nben@example.com,Ben,\n")
        .expect("a file");
    let file = file.to_str().expect("a path");
    let words = ["simulate", "entra", &url, "--csv", file, "--groups", "0", "--cycles", "0", "--seed", "csv", "--yes"];
    let (code, output, said) = program(&[&words[..], &["--keep"]].concat(), state.path()).await;
    assert_eq!((code, said.as_str()), (Some(0), ""), "{output}");
    let mut names = user_names(&url).await;
    names.sort();
    assert_eq!(names, ["scim-conformance-csv-ana@example.com", "scim-conformance-csv-ben@example.com"]);
    let (code, output, _) = program(&[&url, "--yes", "--clean"], state.path()).await;
    assert_eq!(code, Some(0), "{output}");
    assert_eq!(user_names(&url).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_run_says_why() {
    let users = Registry::new(Vec::new(), vec![ResourceTypeDeclaration::user()]).expect("users are well declared");
    let (url, state) = (listening(users, Profile::ENTRA).await, tempfile::tempdir().expect("a folder"));
    let few = ["simulate", "entra", &url, "--users", "9", "--cycles", "1", "--yes"];
    let told: BTreeMap<&str, Vec<&str>> = BTreeMap::from([
        ("has no Group: say --users-only", few.to_vec()),
        ("only the report json", [&few[..], &["--users-only", "--report", "junit"]].concat()),
        ("No such file", ["simulate", "entra", &url, "--csv", "/nowhere.csv", "--users-only", "--yes"].to_vec()),
        ("say --yes", ["simulate", "entra", &url, "--users-only"].to_vec()),
        ("cannot be used with", ["simulate", "entra", &url, "--users", "3", "--csv", "people.csv"].to_vec()),
    ]);
    for (reason, words) in told {
        let (code, output, said) = program(&words, state.path()).await;
        assert_eq!((code, output.as_str()), (Some(2), ""), "{words:?}");
        assert!(said.contains(reason), "{reason} in {said}");
    }
    let (code, output, _) = program(&[&few[..], &["--users-only"]].concat(), state.path()).await;
    assert_eq!(code, Some(0), "{output}");
    // A server that takes Azure's texts for what they are is not provisioned without the flag, and is with it.
    let strict = listening(Registry::rfc7643(), Profile::RFC).await;
    let words = |service: &'static str| {
        ["simulate", service, &strict, "--users", "20", "--groups", "2", "--cycles", "1", "--yes"].map(ToOwned::to_owned)
    };
    for (service, expected) in [("entra", 1), ("entra-optscim", 0)] {
        let words = words(service);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (code, output, _) = program(&words, state.path()).await;
        assert_eq!(code, Some(expected), "{service}: {output}");
    }
}
