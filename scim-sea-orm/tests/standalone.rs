//! `standalone` on the command line: it serves, it takes care of its database, and it never prints a secret.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

const TOKEN: &str = "hidden-token";

/// The program as it is now: tests do not build examples. It is built as `./test` builds it, so nothing is built twice.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    let tests = std::env::current_exe().expect("a test is a program");
    let folder = tests.parent().and_then(Path::parent).expect("target/PROFILE/deps");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--workspace", "--all-features", "--example", "standalone"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    build.arg("--target-dir").arg(folder.parent().expect("target/PROFILE"));
    if folder.ends_with("release") {
        build.arg("--release");
    }
    assert!(build.status().expect("cargo is there").success());
    folder.join("examples/standalone")
});

fn standalone(arguments: &[&str]) -> Command {
    let mut command = Command::new(&*PROGRAM);
    command.args(arguments).env_clear().stdin(Stdio::null());
    command
}

struct Printed {
    succeeded: bool,
    out: String,
    err: String,
}

fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Printed {
    let Output { status, stdout, stderr } = standalone(arguments).envs(environment.iter().copied()).output().expect("it is built");
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    Printed { succeeded: status.success(), out: text(stdout), err: text(stderr) }
}

/// A server, which ends with the value.
struct Serving {
    process: Child,
    base: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn serve(arguments: &[&str], url: &str) -> Serving {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
    let address = format!("127.0.0.1:{port}");
    let process = standalone(arguments)
        .envs([("SCIM_LISTEN", address.as_str()), ("SCIM_TOKEN", TOKEN), ("DATABASE_URL", url)])
        .stderr(Stdio::null())
        .spawn()
        .expect("it is built");
    let serving = Serving { process, base: format!("http://{address}/scim/v2") };
    for _ in 0..400 {
        if tokio::net::TcpStream::connect(&address).await.is_ok() {
            return serving;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it never listens");
}

async fn post(serving: &Serving, endpoint: &str, body: Value) {
    let request = reqwest::Client::new().post(format!("{}/{endpoint}", serving.base)).bearer_auth(TOKEN).json(&body);
    assert_eq!(request.send().await.expect("it answers").status(), 201);
}

fn file(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().expect("a temporary folder has a plain name").to_owned()
}

#[tokio::test]
async fn it_serves_with_and_without_the_word_and_takes_care_of_its_database() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}?mode=rwc", file(&folder, "scim.db"));
    for (arguments, name) in [(&[][..], "ana"), (&["serve"][..], "ben")] {
        let serving = serve(arguments, &url).await;
        post(&serving, "Users", json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name})).await;
        // While it is in use:
        let backup = file(&folder, &format!("{name}.db"));
        let printed = run(&["backup", &backup], &[("DATABASE_URL", &url)]);
        assert!(printed.succeeded && Path::new(&backup).exists(), "{}", printed.err);
    }
    let database = [("DATABASE_URL", url.as_str())];
    let checked = run(&["check"], &database);
    assert!(checked.succeeded && checked.out.starts_with("2 resources, "), "{} {}", checked.out, checked.err);
    let restored = format!("sqlite://{}", file(&folder, "ana.db"));
    assert!(run(&["check", "--database-url", &restored], &[]).out.starts_with("1 resources, "));

    let explained = run(&["explain", r#"userName eq "hidden-name""#], &database);
    assert!(explained.succeeded && explained.out.starts_with("answered by the index alone"), "{} {}", explained.out, explained.err);
    assert!(explained.out.contains("scim_value") && !explained.out.contains("hidden"), "{}", explained.out);
    let explained = run(&["explain", r#"nickName eq "x""#, "--type", "User", "--sort", "name.familyName", "--descending"], &database);
    assert!(explained.succeeded && explained.out.starts_with("answered by a look at every document"), "{}", explained.out);
    for (arguments, reason) in [
        (&["explain", "userName eq"][..], "userName eq"),
        (&["explain", "--type", "Robot"], "there is no resource type `Robot`"),
        (&["explain", "--sort", "robots"], "`robots` is no attribute of `User`"),
        (&["explain", "--sort", "userName pr or title"], "is no attribute of `User`"),
    ] {
        let refused = run(arguments, &database);
        assert!(!refused.succeeded && refused.err.contains(reason), "{arguments:?}: {}", refused.err);
    }

    let all = [("DATABASE_URL", url.as_str()), ("SCIM_INDEXED", "all")];
    let refused = run(&["check"], &all);
    assert!(!refused.succeeded && refused.err.contains("`reindex`"), "{}", refused.err);
    assert!(run(&["reindex"], &all).succeeded);
    assert!(run(&["check"], &all).succeeded);
    assert!(!run(&["check"], &database).succeeded);
    assert!(run(&["reindex", "--indexed", "title,nickName"], &database).succeeded);
    assert!(run(&["check", "--indexed", "title,nickName"], &database).succeeded);
    let searchable = ["--searchable", "displayName, emails.value"];
    assert!(run(&[&["reindex"][..], &searchable].concat(), &database).succeeded);
    let explained = run(&[&["explain", r#"displayName co "hidden""#][..], &searchable].concat(), &database);
    assert!(explained.succeeded && explained.out.contains("`displayName` is searched by the trigram index"), "{}", explained.out);
    assert!(explained.out.contains("scim_trigram") && !explained.out.contains("hidden"), "{}", explained.out);
    let refused = run(&["check", "--searchable", "robots"], &database);
    assert!(!refused.succeeded && refused.err.contains("`robots` cannot be searchable"), "{}", refused.err);
    assert!(run(&["reindex"], &database).succeeded);

    let export = file(&folder, "export.jsonl");
    let exported = run(&["export", &export], &database);
    assert!(exported.succeeded && exported.err.contains("2 resources and 0 elements are exported"), "{}", exported.err);
    assert!(!run(&["export", &export], &database).succeeded, "the file is there");
    let whole = std::fs::read_to_string(&export).expect("it is there");
    assert_eq!(run(&["export", "-"], &database).out, whole);
    let copy = format!("sqlite://{}?mode=rwc", file(&folder, "copy.db"));
    let journal = file(&folder, "copy.db-wal");
    let imported = run(&["import", &export, "--database-url", &copy], &[]);
    assert!(imported.succeeded && imported.err.contains("2 resources and 0 elements are imported"), "{}", imported.err);
    assert!(!Path::new(&journal).exists(), "all of it is in the file");
    assert_eq!(run(&["export", "-", "--database-url", &copy], &[]).out, whole);
    let again = run(&["import", &export, "--database-url", &copy], &[]);
    assert!(!again.succeeded && again.err.contains("has resources already"), "{}", again.err);
}

#[test]
fn no_secret_is_printed_whatever_goes_wrong() {
    let password = "hidden-password";
    let urls = [
        "postgres://scim:hidden-password@127.0.0.1:1/none",
        "postgres://scim:hidden-password@127.0.0.1:port/none",
        "postgres://scim:hidden-password@127.0.0.1:1/none?sslmode=hidden-password",
        "postgres://scim:hidden-password@[::1/none",
        "postgres://scim:hidden-password@",
        "mysql://scim:hidden-password@127.0.0.1:1/none",
        "mysql://scim:hidden-password@127.0.0.1:port/none",
        "mysql://scim:hidden-password@127.0.0.1:1/none?ssl-mode=hidden-password",
        "mysql://scim:hidden-password@127.0.0.1:1/none?hidden-password=1",
        "robot://scim:hidden-password@127.0.0.1:1/none",
        "hidden-password",
        "sqlite://none?mode=hidden-password",
        "sqlite://none?hidden-password=1",
    ];
    for url in urls {
        for arguments in [&["check"][..], &["explain"], &[], &["reindex"], &["--help"], &["check", "--help"]] {
            let environment = [
                ("DATABASE_URL", url),
                ("SCIM_REPLICA_URL", url),
                ("SCIM_TOKEN", TOKEN),
                ("SCIM_ACQUIRE_TIMEOUT", "300"),
                ("SCIM_LISTEN", "127.0.0.1:1"),
            ];
            let printed = run(arguments, &environment);
            let text = printed.out + &printed.err;
            assert!(!text.contains(password) && !text.contains(TOKEN), "{url}, {arguments:?}: {text}");
            assert!(!text.is_empty(), "{url}, {arguments:?}: it says why");
            assert_eq!(printed.succeeded, arguments.contains(&"--help"), "{url}, {arguments:?}: {text}");
        }
    }
}

#[test]
fn what_it_cannot_do_it_says() {
    for (arguments, reason) in [
        (&[][..], "set SCIM_TOKEN"),
        (&["serve"], "set SCIM_TOKEN"),
        (&["check"], "name the database"),
        (&["export", "file"], "name the database"),
        (&["robot"], "unrecognized subcommand"),
        (&["--listen", "127.0.0.1:0", "check"], "cannot be used with"),
        (&["check", "--indexed", ""], "name attributes"),
        (&["check", "--connections", "0"], "connections"),
        (&["import", "missing", "--database-url", "sqlite::memory:"], "missing: "),
    ] {
        let printed = run(arguments, &[]);
        assert!(!printed.succeeded && printed.err.contains(reason), "{arguments:?}: {}", printed.err);
    }
}
