//! A PostgreSQL server of one's own, to be killed.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::process::{Child, Command};

/// One on a port and in a folder of its own.
pub(crate) struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
    /// Root may not run it: then it runs as `postgres`.
    user: Option<(u32, u32)>,
    process: Child,
}

impl Postgres {
    pub(crate) async fn start() -> Result<Self, String> {
        let programs = programs().ok_or("PostgreSQL is not installed")?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
        let user = if is_root { Some(postgres_user().ok_or("there is no user `postgres`")?) } else { None };
        if let Some((user, group)) = user {
            chown(folder.path(), Some(user), Some(group)).map_err(|error| error.to_string())?;
        }
        let _ = std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        let port = listener.local_addr().map_err(|error| error.to_string())?.port();
        drop(listener);
        let mut initdb = Command::new(programs.join("initdb"));
        initdb.args(["-U", "scim", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-D"]).arg(folder.path().join("data"));
        let made = run_as(&mut initdb, user, folder.path()).stdout(Stdio::null()).status().await;
        if !made.is_ok_and(|status| status.success()) {
            return Err("initdb failed".into());
        }
        let process = spawn(&programs, &folder, port, user)?;
        let mut postgres = Self { folder, programs, port, user, process };
        postgres.wait().await?;
        Ok(postgres)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://scim@127.0.0.1:{}/postgres", self.port)
    }

    /// Kills the server and every process that it made.
    pub(crate) async fn kill(&mut self) {
        let Some(parent) = self.process.id() else { return };
        let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
        let mut kill = std::process::Command::new("kill");
        kill.arg("-9").arg(parent.to_string()).args(children.split_whitespace());
        // A child can have ended by itself meanwhile.
        let _ = kill.stderr(Stdio::null()).status();
        let _ = self.process.wait().await;
        for child in children.split_whitespace() {
            while Path::new(&format!("/proc/{child}/exe")).exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        let _ = std::fs::remove_file(self.folder.path().join("data/postmaster.pid"));
    }

    pub(crate) async fn start_again(&mut self) -> Result<(), String> {
        self.process = spawn(&self.programs, &self.folder, self.port, self.user)?;
        self.wait().await
    }

    /// Until it takes connections.
    async fn wait(&mut self) -> Result<(), String> {
        let started = Instant::now();
        let port = self.port.to_string();
        loop {
            let mut ready = Command::new(self.programs.join("pg_isready"));
            ready.args(["-q", "-h", "127.0.0.1", "-p", &port]);
            if ready.status().await.is_ok_and(|status| status.success()) {
                return Ok(());
            }
            if started.elapsed() > Duration::from_secs(60) {
                let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                return Err(format!("PostgreSQL does not start: {log}"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn spawn(programs: &Path, folder: &TempDir, port: u16, user: Option<(u32, u32)>) -> Result<Child, String> {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.path().join("log")).map_err(|error| error.to_string())?;
    let mut server = Command::new(programs.join("postgres"));
    server.arg("-D").arg(folder.path().join("data")).args(["-p", &port.to_string()]);
    server.args(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=100"]);
    server.arg("-c").arg(format!("unix_socket_directories={}", folder.path().display()));
    run_as(&mut server, user, folder.path()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
    server.spawn().map_err(|error| error.to_string())
}

fn run_as<'c>(command: &'c mut Command, user: Option<(u32, u32)>, folder: &Path) -> &'c mut Command {
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    command.current_dir(folder).stdin(Stdio::null())
}

/// Where Debian keeps the programs of its newest PostgreSQL.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    versions.filter_map(|version| Some(version.ok()?.path().join("bin"))).filter(|bin| bin.join("postgres").exists()).max()
}

fn postgres_user() -> Option<(u32, u32)> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.starts_with("postgres:"))?;
    let mut numbers = line.split(':').skip(2);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}
