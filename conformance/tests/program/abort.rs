//! A run that is aborted leaves nothing: at once where it can still act, with `--clean` where it could not (T36).

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::server::{TOKEN, correct, names, program};

/// Starts a run and waits until it has judged some checks.
async fn under_way(url: &str, state: &std::path::Path) -> Child {
    let mut child = program(url, state).args(["--yes", "--verbose"]).spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    for _ in 0..12 {
        lines.next_line().await.expect("output").expect("the run goes on");
    }
    // What it writes from now on is read, so that it never waits.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    child
}

async fn signal(child: &Child, name: &str) {
    let pid = child.id().expect("it runs");
    let status = Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]).status().await.expect("a shell");
    assert!(status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_removes_what_it_has_created() {
    for name in ["INT", "TERM"] {
        let (url, state) = (correct().await, tempfile::tempdir().expect("a folder"));
        let child = under_way(&url, state.path()).await;
        signal(&child, name).await;
        let finished = tokio::time::timeout(Duration::from_secs(60), child.wait_with_output()).await.expect("it ends").expect("it ran");
        let said = String::from_utf8_lossy(&finished.stderr).into_owned();
        assert_eq!(finished.status.code(), Some(2), "{said}");
        assert!(said.contains("what was created has been removed"), "{said}");
        assert_eq!(names(&url).await, ["bjensen"], "after {name}");
        let journals = std::fs::read_dir(state.path().join("scim-conformance")).expect("the folder of the journals").count();
        assert_eq!(journals, 0, "nothing is left, so no journal is");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_run_has_left_is_removed_by_the_next() {
    let (url, state) = (correct().await, tempfile::tempdir().expect("a folder"));
    let mut child = under_way(&url, state.path()).await;
    child.kill().await.expect("it runs");
    // Also what no journal knows: a resource with the mark, and one that only mentions it.
    for user in ["scim-conformance-old-1@example.com", "not-scim-conformance-old-1@example.com"] {
        let body = serde_json::json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": user });
        reqwest::Client::new().post(format!("{url}/Users")).bearer_auth(TOKEN).json(&body).send().await.expect("an answer");
    }
    let finished = program(&url, state.path()).args(["--yes", "--clean"]).output().await.expect("it runs");
    assert_eq!(finished.status.code(), Some(0), "{}", String::from_utf8_lossy(&finished.stderr));
    assert_eq!(names(&url).await, ["bjensen", "not-scim-conformance-old-1@example.com"]);
    let journals = std::fs::read_dir(state.path().join("scim-conformance")).expect("the folder of the journals").count();
    assert_eq!(journals, 0, "the journals have been worked off");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_output_nobody_reads_ends_and_leaves_nothing() {
    let (url, state) = (correct().await, tempfile::tempdir().expect("a folder"));
    let mut child = program(&url, state.path()).args(["--yes", "--verbose"]).spawn().expect("the program starts");
    // As behind `| head -1`.
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    lines.next_line().await.expect("output").expect("the run begins");
    drop(lines);
    let finished = tokio::time::timeout(Duration::from_secs(60), child.wait_with_output()).await.expect("it ends").expect("it ran");
    let said = String::from_utf8_lossy(&finished.stderr).into_owned();
    assert_eq!(finished.status.code(), Some(2), "{said}");
    assert_eq!(said, "scim-conformance: nobody reads the output any more; what was created has been removed\n");
    assert_eq!(names(&url).await, ["bjensen"]);
}
