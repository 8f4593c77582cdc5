"""Runs `scim-conformance simulate entra` against our servers: in the end each holds what the directory has, or this fails.

With --kills the servers that keep their data are killed (SIGKILL) and restarted that often while it runs, and the end is the same.
`postgres` is the standalone server on a database of its own, made on the server of SCIM_TEST_POSTGRES: call it through `./databases`.

Usage: simulate.py [--target-dir target] [--profile debug|release] [--users 300] [--groups 20] [--cycles 2] [--connections 16] [--kills 0]
                   [SERVER ...]                                                  (SERVER: memory, standalone, postgres, tribe)
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from run import ROOT, Server, environment

# What Tribe takes of each token; by default it is 100.
REQUESTS_PER_SECOND = 2_000

# The stretches that are the service's own work.
AFTERWARDS = "comparison"


def postgres() -> str:
    """A fresh database, by its URL."""
    url = os.environ.get("SCIM_TEST_POSTGRES")
    if not url:
        raise SystemExit("SCIM_TEST_POSTGRES names no server: call this through ./databases")
    name = f"scim_simulate_{os.getpid()}_{time.monotonic_ns()}"
    subprocess.run(["psql", "--quiet", url, "--command", f"create database {name}"], check=True)
    return f"{url.rpartition('/')[0]}/{name}"


def drop(url: str) -> None:
    server, _, name = url.rpartition("/")
    subprocess.run(["psql", "--quiet", f"{server}/postgres", "--command", f"drop database if exists {name} with (force)"], check=True)


def simulate(server: Server, binaries: Path, folder: Path, arguments: argparse.Namespace) -> bool:
    """One run; its figures, and whether there was no difference."""
    report, kills = folder / "report.json", arguments.kills if server.name != "memory" else 0
    words = ["--users", str(arguments.users), "--cycles", str(arguments.cycles), "--connections", str(arguments.connections)]
    words += ["--users-only"] if server.name == "tribe" else ["--groups", str(arguments.groups)]
    words += ["--seed", arguments.seed, "--run-timeout", "7200", "--yes", "--report", "json", "--output", str(report)]
    process = subprocess.Popen(
        [str(binaries / "scim-conformance"), "simulate", "entra", server.url, *words],
        env=environment(SCIM_TOKEN=server.token, XDG_STATE_HOME=str(folder)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    chance, killed = random.Random(arguments.seed), 0
    # The kills fall into the first half of the time that the run would take at 1,000 requests a second.
    expected = arguments.users * 4 / 1000
    while killed < kills and process.poll() is None:
        try:
            process.wait(expected / 2 / kills * chance.uniform(0.5, 1.5))
        except subprocess.TimeoutExpired:
            server.kill_and_restart()
            killed += 1
    output = process.communicate()[0]
    if not report.exists():
        raise SystemExit(f"the simulation could not run on {server.name}:\n{output}")
    whole = json.loads(report.read_text())
    work = [stretch for stretch in whole["stretches"] if stretch["name"] != AFTERWARDS]
    requests, seconds = sum(stretch["requests"] for stretch in work), sum(stretch["seconds"] for stretch in work)
    times, retries = whole["milliseconds"]["all"], ", ".join(f"{count} after {reason}" for reason, count in whole["retries"].items())
    print(
        f"simulate entra against {server.name}: {whole['people']} people, {whole['groups']} groups, {requests} requests in {seconds:.1f}s, "
        f"{requests / seconds:.0f} a second, p50 {times['p50']:.1f} ms, p95 {times['p95']:.1f} ms, p99 {times['p99']:.1f} ms, "
        f"max {times['max']:.0f} ms; killed {killed} times; sent again: {retries or 'nothing'}; differences: {len(whole['differences'])}",
        flush=True,
    )
    if process.returncode != 0 or killed < kills:
        print(output)
        print(f"  exit code {process.returncode}, {killed} of {kills} kills")
    return process.returncode == 0 and killed == kills


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--target-dir", type=Path, default=Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")))
    parser.add_argument("--profile", default="debug")
    parser.add_argument("--users", type=int, default=300)
    parser.add_argument("--groups", type=int, default=20)
    parser.add_argument("--cycles", type=int, default=2)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", default="suite")
    parser.add_argument("servers", nargs="*", default=["memory", "standalone", "tribe"])
    arguments = parser.parse_args()
    binaries, passed = (arguments.target_dir / arguments.profile).resolve(), True
    for name in arguments.servers:
        database = postgres() if name == "postgres" else ""
        with tempfile.TemporaryDirectory(prefix="scim-simulate-") as folder:
            server = Server(name, binaries, Path(folder), "entra", database, REQUESTS_PER_SECOND)
            try:
                passed &= simulate(server, binaries, Path(folder), arguments)
            finally:
                server.stop()
                if database:
                    drop(database)
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
