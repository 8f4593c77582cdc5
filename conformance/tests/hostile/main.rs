//! A hostile server cannot harm who tests it (T36): the program ends in time with a finding or a reason, does not panic, follows nobody to
//! another server, writes no control character to the terminal, and no output has the token.

mod behaviour;
mod listener;

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use behaviour::{BEHAVIOURS, Behaviour};
use listener::Listener;
use tokio::process::Command;
use tokio::task::JoinSet;

/// What must appear nowhere.
const TOKEN: &str = "token-that-nobody-may-see-7f3a";

/// How long one run may take, with its end.
const IN_TIME: Duration = Duration::from_secs(90);

/// What a run has written.
struct Written {
    code: Option<i32>,
    took: Duration,
    output: String,
    /// The report and whatever stands in the folder of the journals.
    files: String,
}

async fn run(behaviour: &'static Behaviour, format: &str) -> (Written, bool) {
    let (server, other) = (Listener::start(behaviour.answer).await, Listener::start(behaviour::nothing).await);
    server.lure_to(other.port());
    let folder = tempfile::tempdir().expect("a folder");
    let report = folder.path().join("report");
    let started = Instant::now();
    let mut program = Command::new(env!("CARGO_BIN_EXE_scim-conformance"));
    program
        .arg(format!("http://127.0.0.1:{}/scim/v2", server.port()))
        .args(["--yes", "--verbose", "--timeout", "1", "--run-timeout", "3", "--report", format, "--output"])
        .arg(&report)
        .env("SCIM_TOKEN", TOKEN)
        .env("XDG_STATE_HOME", folder.path())
        .env("NO_PROXY", "*")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let finished = tokio::time::timeout(IN_TIME, program.output()).await.unwrap_or_else(|_| panic!("{}: no end", behaviour.name));
    let finished = finished.expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut files = String::new();
    read_all(folder.path(), &mut files);
    let output = text(&finished.stdout) + &text(&finished.stderr);
    (Written { code: finished.status.code(), took: started.elapsed(), output, files }, other.was_asked())
}

fn read_all(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).expect("the folder can be read").flatten() {
        if entry.path().is_dir() {
            read_all(&entry.path(), text);
        } else {
            *text += &String::from_utf8_lossy(&std::fs::read(entry.path()).expect("the file can be read"));
        }
    }
}

fn judge(name: &str, written: &Written, led_away: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut say = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{name}: {what} (code {:?}, {:?})\n{}", written.code, written.took, written.output));
        }
    };
    say(matches!(written.code, Some(1 | 2)), "it ends neither with a finding nor with a reason");
    say(!written.output.contains("panicked"), "it panics");
    say(!written.output.contains(TOKEN) && !written.files.contains(TOKEN), "the token is written");
    say(!written.output.chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}'), "control characters reach the terminal");
    say(!led_away, "another server was asked");
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn no_behaviour_of_a_server_does_harm() {
    assert!(BEHAVIOURS.len() >= 40, "{} behaviours", BEHAVIOURS.len());
    let mut running = JoinSet::new();
    let places = std::sync::Arc::new(tokio::sync::Semaphore::new(16));
    for (behaviour, format) in BEHAVIOURS.iter().zip(["html", "json", "junit", "markdown"].into_iter().cycle()) {
        let places = places.clone();
        running.spawn(async move {
            let _place = places.acquire().await;
            let (written, led_away) = run(behaviour, format).await;
            judge(behaviour.name, &written, led_away)
        });
    }
    let wrong: Vec<String> = running.join_all().await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_judge_sees_each_harm() {
    let written = |code, output: &str, files: &str| Written {
        code: Some(code),
        took: Duration::ZERO,
        output: output.to_owned(),
        files: files.to_owned(),
    };
    assert_eq!(judge("harmless", &written(1, "failed\n", "{}"), false), Vec::<String>::new());
    for (harm, written, led_away) in [
        ("passes", written(0, "", ""), false),
        ("panics", written(101, "thread 'main' panicked at x.rs", ""), false),
        ("prints the token", written(1, TOKEN, ""), false),
        ("reports the token", written(1, "", &format!("<p>{TOKEN}</p>")), false),
        ("clears the terminal", written(1, "\u{1b}[2J", ""), false),
        ("turns the terminal round", written(1, "\u{202e}", ""), false),
        ("is led away", written(1, "", ""), true),
    ] {
        assert!(!judge(harm, &written, led_away).is_empty(), "{harm}");
    }
}

#[tokio::test]
async fn a_listener_notices_that_it_was_asked() {
    let listener = Listener::start(behaviour::nothing).await;
    assert!(!listener.was_asked());
    let url = format!("http://127.0.0.1:{}/scim/v2/Users", listener.port());
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    assert_eq!(client.get(url).send().await.expect("an answer").status().as_u16(), 200);
    assert!(listener.was_asked());
}
