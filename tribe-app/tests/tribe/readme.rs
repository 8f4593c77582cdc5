//! The first minutes: `serve` on an empty database, and the lines of the README, typed into a shell.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

const README: &str = include_str!("../../../README.md");
const STEPS: &str = include_str!("../../src/command/demo.sh");

/// `tribe-app serve`, stopped at the end.
struct Serving {
    child: Child,
    said: String,
}

impl Serving {
    /// Starts it and reads what it prints up to the line with that word.
    fn start(folder: &TempDir, arguments: &[&str], until: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tribe-app"))
            .args(arguments)
            .env("TRIBE_LISTEN", "127.0.0.1:0")
            .current_dir(folder.path())
            .env_remove("DATABASE_URL")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        while !said.contains(until) {
            assert!(lines.read_line(&mut said).unwrap() > 0, "it ended with {said}");
        }
        Self { child, said }
    }

    fn after(&self, words: &str) -> &str {
        self.said.lines().find_map(|line| line.strip_prefix(words)).unwrap().trim()
    }

    /// SIGTERM, and what the log has.
    fn stop(mut self) -> String {
        let told = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(told.success() && self.child.wait().unwrap().success(), "it stops gracefully");
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        log
    }
}

/// The block of the README that begins with that fence.
fn block(fence: &str) -> &'static str {
    README.split_once(fence).and_then(|(_, rest)| rest.split_once("\n```")).map(|(block, _)| block.trim()).unwrap()
}

#[test]
fn the_lines_of_the_readme_print_what_the_readme_says() {
    let folder = TempDir::new().unwrap();
    let serving = Serving::start(&folder, &["serve"], "employee list");
    let (url, token) = (serving.after("Tenant URL:").to_owned(), serving.after("Secret Token:").to_owned());
    assert!(block("```sh steps").ends_with(STEPS.trim()) && serving.said.contains(STEPS.trim()));
    assert_eq!(STEPS.matches("curl ").count(), 5);

    let script = format!("exec 2>&1\nexport no_proxy='*'\nURL={url}\nAUTH='Authorization: Bearer {token}'\n{STEPS}");
    let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let id = printed.split_once("\"id\":\"").unwrap().1.split_once('"').unwrap().0;
    assert_eq!(id.len(), 36);
    assert_eq!(printed.replace(id, "…").trim(), block("```text printed"));

    let log = serving.stop();
    assert!(log.contains("PATCH") && !log.contains(&token) && !log.contains("ana.diaz") && !log.contains("nobody"), "{log}");
    let list = Command::new(env!("CARGO_BIN_EXE_tribe-app"))
        .args(["employee", "list", "--tenant", "demo", "--json"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let employees: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    assert_eq!(employees[0]["blockedBy"], serde_json::json!(["azure"]));
    assert_eq!(employees[0]["fields"]["title"], "Account Manager");
}

#[test]
fn the_demo_is_made_once_and_not_with_no_demo_and_the_url_is_remembered() {
    let folder = TempDir::new().unwrap();
    let first = Serving::start(&folder, &["serve", "--no-demo", "--public-url", "https://tribe.example.com"], "tenant create");
    assert!(!first.said.contains("tribe_"));
    first.stop();
    let second = Serving::start(&folder, &["serve", "--public-url", "https://tribe.example.com"], "employee list");
    assert_eq!(second.after("Tenant URL:"), "https://tribe.example.com/scim/v2");
    second.stop();
    let status = Command::new(env!("CARGO_BIN_EXE_tribe-app"))
        .args(["link", "status", "--tenant", "demo"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(String::from_utf8(status.stdout).unwrap().contains("https://tribe.example.com/scim/v2"));
    let tenants = Command::new(env!("CARGO_BIN_EXE_tribe-app")).args(["tenant", "list"]).current_dir(folder.path()).output().unwrap();
    assert_eq!(String::from_utf8(tenants.stdout).unwrap(), "demo\n");
}

#[test]
fn without_a_command_it_serves() {
    let folder = TempDir::new().unwrap();
    let serving = Serving::start(&folder, &[], "employee list");
    assert!(serving.after("Tenant URL:").starts_with("http://127.0.0.1:"));
    serving.stop();
}
