//! What a person expects of a program: exit codes, words that choose, reports, no colour in a file.

use serde_json::Value;

use crate::server::{TOKEN, correct, names, program, run, with_faults};

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_tells_passed_from_failed_and_from_could_not_run() {
    let (correct, faulty) = (correct().await, with_faults().await);
    for (url, words, code, said) in [
        (&correct, vec!["3.3"], 0, "passed  ("),
        (&faulty, vec!["3.3"], 1, "failed: 2 × MUST"),
        // A SHOULD fails a run only if the person is strict.
        (&faulty, vec!["7644-4-filter-forbidden"], 0, "passed: 1 × SHOULD"),
        (&faulty, vec!["7644-4-filter-forbidden", "--strict"], 1, "failed: 1 × SHOULD"),
        (&faulty, vec!["3.3", "--fail-fast"], 1, "stopped at the first failure"),
        (&correct, vec!["7644-3.3-no-such-check"], 2, "is called `7644-3.3-no-such-check`: see --list"),
        (&correct, vec!["--profile", "acme"], 2, "there is no profile `acme`"),
        (&correct, vec!["--token-env", "NO_SUCH_VARIABLE"], 2, "is the token right?"),
        (&correct.replace("v2", "v3"), vec![], 2, "no SCIM server is there"),
        (&"http://127.0.0.1:1/scim/v2".to_owned(), vec![], 2, "Connection refused"),
        (&"https://me:secret@127.0.0.1:1/".to_owned(), vec![], 2, "the base URL has no user"),
    ] {
        let answer = run(url, &words).await;
        assert_eq!(answer.code, Some(code), "{words:?}\n{}{}", answer.output, answer.errors);
        assert!(format!("{}{}", answer.output, answer.errors).contains(said), "{words:?}: {said}\n{}{}", answer.output, answer.errors);
    }
    assert_eq!([names(&correct).await, names(&faulty).await], [["bjensen"], ["bjensen"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_changed_without_a_yes() {
    let (url, state) = (correct().await, tempfile::tempdir().expect("a folder"));
    let finished = program(&url, state.path()).output().await.expect("it runs");
    assert_eq!(finished.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&finished.stderr).contains("say --yes if that may be"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_says_what_was_sent_what_came_what_was_expected_and_why_it_matters() {
    let url = with_faults().await;
    let said = run(&url, &["7644-3.3-duplicate", "--seed", "x"]).await.output.replace(&url, "URL");
    let said: Vec<&str> = said.split(" (1 check, ").collect();
    insta::assert_snapshot!(said[0], @r#"
    scim-conformance 0.1.0 on URL
      checks   1
      types    User (/Users), Group (/Groups)
      mark     scim-conformance-x

    failed   7644-3.3-duplicate  RFC 7644 §3.3 MUST
      “the service provider MUST return HTTP status code 409 (Conflict) with a "scimType" error code of "uniqueness"”
      sent     POST /Users
               {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"scim-conformance-x-1@example.com"}
      came     400
               {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","detail":"user exists"}
      expected error 409 uniqueness
      but      status 400
      why      a client that matches users after a conflict makes duplicates, or stops

    1 requirement
               passed  failed  blocked  skipped  recorded
      MUST          0       1        0        0         0
      SHOULD        0       0        0        0         0
      MAY           0       0        0        0         0

    failed: 1 × MUST
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_is_explained_with_lines_that_repeat_it() {
    let (url, state) = (correct().await, tempfile::tempdir().expect("a folder"));
    let mut program = program(&url, state.path());
    program
        .args(["--yes", "--explain", "7644-3.3-location-header", "--seed", "x"])
        .args(["--token-env", "MY_TOKEN"])
        .env_remove("SCIM_TOKEN")
        .env("MY_TOKEN", TOKEN);
    let finished = program.output().await.expect("it runs");
    let output = String::from_utf8_lossy(&finished.stdout).into_owned();
    let lines: Vec<&str> = output.lines().filter_map(|line| line.strip_prefix("  repeat   ")).collect();
    let name = "scim-conformance-x-1@example.com";
    let (accept, token) = ("-H 'Accept: application/scim+json'", "-H \"Authorization: Bearer $MY_TOKEN\"");
    let body = format!(r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{name}"}}"#);
    let post = format!("curl -i -X POST {accept} -H 'Content-Type: application/scim+json' {token} --data-raw '{body}' '{url}/Users'");
    assert_eq!(lines[0], post);
    assert_eq!(lines.len(), 2, "{output}");
    assert!(lines[1].starts_with(&format!("curl -i {accept} {token} '{url}/Users/")), "{}", lines[1]);
    assert!(!output.contains(TOKEN) && output.contains("verdict  passed"), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_report_tells_the_failures() {
    let url = with_faults().await;
    for (format, begins) in [("json", "{"), ("junit", "<?xml"), ("html", "<!doctype html>"), ("markdown", "# SCIM conformance of ")] {
        let said = run(&url, &["3.3", "--report", format]).await;
        assert_eq!((said.code, said.errors.as_str()), (Some(1), ""));
        assert!(said.output.starts_with(begins), "{format}: nothing but the report\n{}", said.output);
        for told in ["7644-3.3-duplicate", "7644-3.3-location-header", "uniqueness"] {
            assert!(said.output.contains(told), "{format} does not tell {told}");
        }
        if format == "json" {
            let report: Value = serde_json::from_str(&said.output).expect("JSON");
            let failed = report["checks"].as_array().expect("the checks").iter().filter(|check| check["verdict"]["is"] == "failed");
            assert_eq!(failed.map(|check| &check["id"]).collect::<Vec<_>>(), ["7644-3.3-location-header", "7644-3.3-duplicate"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_are_listed_and_explained_without_a_server() {
    let state = tempfile::tempdir().expect("a folder");
    for (words, told) in [
        (vec!["--list"], "7644-3.3-duplicate"),
        (vec!["--list", "7644-3.3"], "RFC 7644 §3.3\n  MUST   7644-3.3-created"),
        (vec!["--explain", "7644-3.12-payload-too-large"], "needs    bulk.supported"),
    ] {
        let mut program = tokio::process::Command::new(env!("CARGO_BIN_EXE_scim-conformance"));
        let finished = program.args(&words).env("XDG_STATE_HOME", state.path()).output().await.expect("it runs");
        let output = String::from_utf8_lossy(&finished.stdout).into_owned();
        assert_eq!(finished.status.code(), Some(0), "{words:?}");
        assert!(output.contains(told), "{words:?}\n{output}");
        assert!(!output.contains('\u{1b}'), "colour in a file");
    }
}
