//! Every example request of RFC 7644 §3 (`fixtures/rfc7644`), on the memory store.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::server;
use crate::support::verdict::judge;
use crate::support::world::{World, reread};

#[tokio::test]
async fn every_example_request_is_answered_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/rfc7644");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the fixtures are there")
        .map(|entry| entry.expect("an entry can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    assert_eq!(files.len(), 66, "the examples of §3");
    let mut wrong = Vec::new();
    for file in files {
        let name = file.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).expect("a fixture is text");
        let example: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let failures = run(&example).await;
        match example["pending"].as_str() {
            None => wrong.extend(failures.into_iter().map(|failure| format!("{name}: {failure}"))),
            Some(subject) if failures.is_empty() => wrong.push(format!("{name} passes although it is pending ({subject})")),
            Some(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

async fn run(example: &Value) -> Vec<String> {
    let server = server();
    let mut world = match World::create(&server, example).await {
        Ok(world) => world,
        Err(reason) => return vec![reason],
    };
    for request in example["before"].as_array().into_iter().flatten() {
        let answer = world.take(&server, request).await;
        if answer.status >= 300 {
            return vec![format!("a request before it was refused: {} {}", answer.status, answer.body)];
        }
    }
    let before = world.read(&server).await;
    let answer = world.take(&server, &example["request"]).await;
    let after = world.read(&server).await;
    let mut wrong = judge(&world.fill(&example["expect"]), &answer, &before, &after);
    wrong.extend(reread(&server, &example["request"], &answer).await);
    wrong
}
