//! The commands as they are typed: what they print, and in JSON what scripts read.

use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Database, on_each_engine};

on_each_engine!(
    employees_are_made_shown_blocked_and_given_roles,
    tokens_are_made_listed_and_revoked_and_the_link_is_switched,
    every_option_is_an_environment_variable_too,
    mistakes_are_told_in_words_and_end_with_a_failure
);

/// The program with its database, in a folder of its own.
struct Shell {
    folder: TempDir,
    database_url: String,
}

impl Shell {
    fn new(database: &Database) -> Self {
        Self { folder: TempDir::new().unwrap(), database_url: database.url.clone() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tribe-app"));
        command.current_dir(self.folder.path()).args(arguments).env("TRIBE_LOG", "warn").env("DATABASE_URL", &self.database_url);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    #[track_caller]
    fn text(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    fn fails(&self, arguments: &[&str], words: &str) {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(words), "{arguments:?}: {said}");
    }
}

async fn employees_are_made_shown_blocked_and_given_roles(database: Database) {
    let shell = Shell::new(&database);
    shell.json(&["tenant", "create", "acme"]);
    let made = shell.json(&[
        "employee",
        "create",
        "--tenant",
        "acme",
        "--email",
        "ana@example.com",
        "--name",
        "Ana Diaz",
        "--role",
        "sales",
        "--role",
        "admin",
    ]);
    let id = made["id"].as_str().unwrap().to_owned();
    let expected = json!({
        "id": id, "email": "ana@example.com", "username": "ana@example.com", "displayName": "Ana Diaz",
        "blocked": false, "blockedBy": [], "linked": false, "externalId": null, "roles": ["admin", "sales"], "drift": [],
        "conflicts": [], "fields": {},
    });
    assert_eq!(made, expected);
    let by_email = ["--tenant", "acme", "--email", "ANA@example.com"];
    let by_id = ["--tenant", "acme", "--id", &id];
    assert_eq!(shell.json(&[&["employee", "show"][..], &by_email].concat()), expected);
    assert_eq!(shell.json(&[&["employee", "show"][..], &by_id].concat()), expected);
    assert_eq!(shell.json(&["employee", "list", "--tenant", "acme"]), json!([expected]));

    let blocked = shell.json(&[&["employee", "block"][..], &by_email].concat());
    assert_eq!((&blocked["blocked"], &blocked["blockedBy"]), (&json!(true), &json!(["tribe"])));
    let free = shell.json(&[&["employee", "unblock"][..], &by_id].concat());
    assert_eq!((&free["blocked"], &free["blockedBy"]), (&json!(false), &json!([])));
    let granted = shell.json(&[&["employee", "grant", "--role", "support"][..], &by_email].concat());
    assert_eq!(granted["roles"], json!(["admin", "sales", "support"]));
    assert!(shell.text(&[&["employee", "show"][..], &by_email].concat()).starts_with("Ana Diaz <ana@example.com>\n"));
    assert!(shell.text(&["employee", "list", "--tenant", "acme"]).contains("not linked"));
}

async fn tokens_are_made_listed_and_revoked_and_the_link_is_switched(database: Database) {
    let shell = Shell::new(&database);
    shell.json(&["tenant", "create", "acme"]);
    let status = |active: bool, tokens: u64| {
        let status = shell.json(&["link", "status", "--tenant", "acme"]);
        assert_eq!((&status["active"], &status["activeTokens"]), (&json!(active), &json!(tokens)), "{status}");
    };
    status(false, 0);
    let made = shell.json(&["token", "create", "--tenant", "acme", "--label", "Azure of acme"]);
    assert_eq!(made["tenantUrl"], "http://127.0.0.1:3000/scim/v2");
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("tribe_"));
    status(true, 1);
    let listed = shell.json(&["token", "list", "--tenant", "acme"]);
    assert_eq!(
        (&listed[0]["label"], &listed[0]["state"], &listed[0]["lastUsed"]),
        (&json!("Azure of acme"), &json!("active"), &json!(null))
    );
    assert!(!listed.to_string().contains(token));
    assert_eq!(shell.json(&["link", "deactivate", "--tenant", "acme"])["active"], json!(false));
    assert_eq!(shell.json(&["link", "activate", "--tenant", "acme"])["active"], json!(true));
    let id = listed[0]["id"].as_str().unwrap();
    assert_eq!(shell.json(&["token", "revoke", "--tenant", "acme", "--id", id])["state"], "revoked");
    status(true, 0);
    assert_eq!(shell.json(&["token", "list", "--tenant", "acme"])[0]["state"], "revoked");
    let elsewhere = shell.json(&["token", "create", "--tenant", "acme", "--public-url", "https://tribe.example.com"]);
    assert_eq!(elsewhere["tenantUrl"], "https://tribe.example.com/scim/v2");
}

async fn every_option_is_an_environment_variable_too(database: Database) {
    let shell = Shell::new(&database);
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = shell.command(arguments);
        command.envs(variables.iter().copied());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let tenant = [("TRIBE_TENANT", "acme"), ("TRIBE_JSON", "true")];
    run(&["tenant", "create"], &tenant);
    let person = [("TRIBE_EMAIL", "ana@example.com"), ("TRIBE_NAME", "Ana"), ("TRIBE_ROLE", "sales,admin")];
    let made: Value = serde_json::from_str(&run(&["employee", "create"], &[&tenant[..], &person].concat())).unwrap();
    assert_eq!(made["roles"], json!(["admin", "sales"]));
    let shown: Value = serde_json::from_str(&run(&["employee", "show"], &[&tenant[..], &person[..1]].concat())).unwrap();
    assert_eq!(shown, made);
    let token: Value = serde_json::from_str(&run(
        &["token", "create"],
        &[&tenant[..], &[("TRIBE_LABEL", "x"), ("TRIBE_PUBLIC_URL", "https://tribe.example.com")]].concat(),
    ))
    .unwrap();
    assert_eq!(token["tenantUrl"], "https://tribe.example.com/scim/v2");
    assert!(!shell.folder.path().join("tribe.db").exists());
}

/// RFC: 7644-7.2-01 7644-7.4-02
async fn mistakes_are_told_in_words_and_end_with_a_failure(database: Database) {
    let shell = Shell::new(&database);
    shell.fails(&["link", "status", "--tenant", "acme"], "there is no tenant `acme`");
    shell.json(&["tenant", "create", "acme"]);
    shell.fails(&["tenant", "create", "ACME"], "there is a tenant `ACME` already");
    shell.fails(&["tenant", "create", " "], "a tenant's name must have 1 to 64 visible characters");
    shell.json(&["employee", "create", "--tenant", "acme", "--email", "ana@example.com", "--name", "Ana"]);
    shell.fails(
        &["employee", "create", "--tenant", "acme", "--email", "Ana@Example.com", "--name", "B"],
        "has the e-mail address or username",
    );
    shell.fails(&["employee", "create", "--tenant", "acme", "--email", "ana", "--name", "B"], "`ana` is not an e-mail address");
    shell.fails(&["employee", "show", "--tenant", "acme", "--email", "ben@example.com"], "there is no employee `ben@example.com`");
    shell.fails(&["employee", "show", "--tenant", "acme"], "--email");
    shell.fails(&["token", "revoke", "--tenant", "acme", "--id", "1"], "there is no token `1`");
    shell.fails(&["serve", "--listen", "0.0.0.0:0"], "plain HTTP");
    shell.fails(&["serve", "--listen", "0.0.0.0:0", "--behind-proxy", "nginx"], "--public-url");
    let in_the_clear = ["--public-url", "http://tribe.example.com"];
    shell.fails(&[&["serve", "--listen", "0.0.0.0:0", "--behind-proxy", "nginx"], &in_the_clear[..]].concat(), "with TLS");
    shell.fails(&["serve", "--listen", "127.0.0.1:0", "--public-url", "tribe"], "is not a URL");
    shell.fails(&["tenant", "list", "--database-url", "oracle://x"], "is not the URL of a database that this build can open");
    assert_eq!(shell.json(&["tenant", "list"]).as_array().unwrap().len(), 1);
}
