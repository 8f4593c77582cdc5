"""Runs two public suites that nobody here wrote, scim2-tester (through scim2-cli) and scim-sanity, against our servers.

Every finding of a suite must stand in `expected/<server>.json` with our answer and the clause that decides it, and every expected
finding must still occur: an unexpected finding and an expected one that is gone both fail.

Usage: run.py [--target-dir target] [--profile debug|release] [SERVER ...]        (SERVER: hello, standalone, tribe)
"""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BIN = Path(sys.executable).parent
TOKEN = "suite-token-of-one-run"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(**more: str) -> dict[str, str]:
    """The environment without proxies: all traffic stays on the loopback."""
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return clean | more


class Server:
    """One of our servers, on a port and in a folder of its own; `database` is that of `postgres`, `rate` what Tribe takes of a token."""

    def __init__(self, name: str, binaries: Path, folder: Path, profile: str | None = None, database: str = "", rate: int = 100):
        self.name, self.folder, self.second_token = name, folder, ""
        # The leniency for the clients of a vendor; vendors without one of their own have it in the most lenient.
        profile = profile if profile in (None, "entra", "okta") else "lenient"
        self.port = free_port()
        self.url, self.token = f"http://127.0.0.1:{self.port}/scim/v2", TOKEN
        self.log = (folder / f"{name}.log").open("w+")
        address = f"127.0.0.1:{self.port}"
        if name == "hello":
            self.start([binaries / "examples" / "hello", address], SCIM_TOKEN=TOKEN)
        elif name in ("memory", "standalone", "postgres"):
            database = {"memory": [], "standalone": ["--database-url", f"sqlite://{folder}/standalone.db?mode=rwc"]}.get(name, ["--database-url", database])
            words = ["--listen", address, "--token", TOKEN, "--profile", profile or "rfc", "--open-discovery", *database]
            self.start([binaries / "examples" / "standalone", *words])
        elif name == "tribe":
            tribe = binaries / "tribe-app"
            database = {"DATABASE_URL": f"sqlite://{folder}/tribe.db?mode=rwc"}
            call = lambda *words: subprocess.run([tribe, *words], cwd=folder, env=environment(**database), check=True, capture_output=True, text=True).stdout
            call("tenant", "create", "suite")
            call("tenant", "create", "other")
            token = lambda tenant: json.loads(call("token", "create", "--tenant", tenant, "--json"))["token"]
            self.token, self.second_token = token("suite"), token("other")
            self.start([tribe, "serve", "--listen", address, "--no-demo", "--requests-per-second", str(rate)], **database)
        else:
            raise SystemExit(f"there is no server {name}")
        self.wait()

    def start(self, command: list, **variables: str) -> None:
        self.command, self.variables = [str(word) for word in command], variables
        self.process = subprocess.Popen(self.command, cwd=self.folder, stdout=self.log, stderr=self.log, env=environment(**variables))

    def kill_and_restart(self) -> None:
        self.process.kill()
        self.process.wait()
        self.start(self.command, **self.variables)
        self.wait()

    def wait(self) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(f"{self.url}/ServiceProviderConfig", headers={"Authorization": f"Bearer {self.token}"})
        for _ in range(200):
            if self.process.poll() is not None:
                break
            try:
                if opener.open(request, timeout=5).status == 200:
                    return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        self.log.seek(0)
        raise SystemExit(f"{self.name} did not start:\n{self.log.read()}")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise SystemExit(f"{self.name} did not stop on SIGTERM within 15 s")
        finally:
            self.log.close()


def scim2_tester(server: Server) -> tuple[list[str], int]:
    """Findings of scim2-tester: `title: reason`. Tribe's users need an e-mail address as userName, which its driver gives them."""
    command = [sys.executable, HERE / "tester_with_emails.py"] if server.name == "tribe" else [BIN / "scim2"]
    output = subprocess.run(
        [str(word) for word in command] + ["-u", server.url, "test"],
        env=environment(SCIM_CLI_HEADERS=f"Authorization: Bearer {server.token}", NO_COLOR="1"),
        capture_output=True, text=True, timeout=600,
    )
    findings, good, current = [], 0, None
    for line in re.sub(r"\x1b\[[0-9;]*m", "", output.stdout).splitlines():
        found = re.match(r"(SUCCESS|COMPLIANT|ACCEPTABLE|DEVIATION|ERROR|CRITICAL|SKIPPED) (\S.*)", line)
        if found:
            current = None
            if found[1] in ("SUCCESS", "COMPLIANT", "ACCEPTABLE", "SKIPPED"):
                good += found[1] != "SKIPPED"
            else:
                findings.append(f"{found[2]}:")
                current = len(findings) - 1
        elif current is not None:
            findings[current] += " " + line.strip()
    if good == 0:
        raise SystemExit(f"scim2-tester checked nothing on {server.name}:\n{output.stdout}\n{output.stderr}")
    return findings, good


def scim_sanity(server: Server) -> tuple[list[str], int]:
    """Findings of `scim-sanity probe --strict`: `name: message`."""
    output = subprocess.run(
        [str(BIN / "scim-sanity"), "probe", server.url, "--token", server.token, "--strict", "--json-output", "--i-accept-side-effects"]
        + (["--user-domain", "suite.example"] if server.name == "tribe" else []),
        env=environment(), capture_output=True, text=True, timeout=600,
    )
    try:
        results = json.loads(output.stdout)["results"]
    except (ValueError, KeyError) as error:
        raise SystemExit(f"scim-sanity gave no report on {server.name} ({error}):\n{output.stdout}\n{output.stderr}")
    good = sum(result["status"] == "pass" for result in results)
    if good == 0:
        raise SystemExit(f"scim-sanity checked nothing on {server.name}:\n{output.stdout}")
    return [f"{result['name']}: {result['message']}" for result in results if result["status"] in ("fail", "error", "warning")], good


def judge(server: str, suite: str, findings: list[str], good: int) -> bool:
    """Compares with the list of expected findings: each a pattern, our answer and the clause."""
    path = HERE / "expected" / f"{server}.json"
    entries = [entry for entry in json.loads(path.read_text()) if entry["suite"] == suite]
    open_entries, unexpected = {entry["finding"]: entry for entry in entries}, []
    for finding in findings:
        matching = [pattern for pattern in (entry["finding"] for entry in entries) if re.search(pattern, finding)]
        for pattern in matching:
            open_entries.pop(pattern, None)
        if not matching:
            unexpected.append(finding)
    for finding in unexpected:
        print(f"  UNEXPECTED {finding}")
    for pattern in open_entries:
        print(f"  NO LONGER OCCURS {pattern}")
    print(f"{suite} against {server}: {good} good, {len(findings)} findings, {len(unexpected)} unexpected, {len(open_entries)} expected but gone")
    return not unexpected and not open_entries


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--target-dir", type=Path, default=Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")))
    parser.add_argument("--profile", default="debug")
    parser.add_argument("servers", nargs="*", default=["hello", "standalone", "tribe"])
    arguments = parser.parse_args()
    passed = True
    for name in arguments.servers:
        with tempfile.TemporaryDirectory(prefix="scim-suite-") as folder:
            server = Server(name, (arguments.target_dir / arguments.profile).resolve(), Path(folder))
            try:
                for suite, run in (("scim2-tester", scim2_tester), ("scim-sanity", scim_sanity)):
                    passed &= judge(name, suite, *run(server))
            finally:
                server.stop()
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
