"""Runs our own suite, scim-conformance, against the in-memory server, the standalone server on SQLite, and Tribe.

Every MUST and SHOULD passes, also those of limits and of the vendors' profiles, and the whole takes less than three minutes. Where a server
leaves the RFC on purpose, `expected/conformance-<server>.json` names the check and the reason; a check that is named there and passes fails, too.

Usage: conformance.py [--target-dir target] [--profile debug|release] [SERVER ...]        (SERVER: memory, standalone, tribe)
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from run import HERE, ROOT, Server, environment

# How long all servers together may take, in seconds.
IN_TIME = 180


def expected(server: str) -> dict[str, str]:
    """The checks that are meant to fail, each with the reason."""
    path = HERE / "expected" / f"conformance-{server}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def suite(server: Server, binaries: Path, folder: Path, *words: str) -> bool:
    """One run; its requirements by level, and whether all that should pass has passed."""
    report, token = folder / "report.json", {"SCIM_TOKEN": server.token, "SCIM_SECOND_TOKEN": server.second_token}
    started = time.monotonic()
    output = subprocess.run(
        [str(binaries / "scim-conformance"), server.url, *words, "--yes", "--strict", "--report", "json", "--output", str(report)],
        env=environment(**token, XDG_STATE_HOME=str(folder)), capture_output=True, text=True, timeout=600,
    )
    took = time.monotonic() - started
    if output.returncode not in (0, 1):
        raise SystemExit(f"scim-conformance could not run on {server.name}:\n{output.stdout}\n{output.stderr}")
    whole = json.loads(report.read_text())
    wrong = {check["id"] for check in whole["checks"] if check["gravity"] in ("MUST", "SHOULD") or check["verdict"]["is"] == "blocked"}
    meant = set(expected(server.name)) & {check["id"] for check in whole["checks"]}
    counts = whole["requirements"].items()
    told = ", ".join(f"{level} {verdicts.get('passed', 0)} of {sum(verdicts.values())} passed" for level, verdicts in counts)
    print(f"{' '.join(['scim-conformance', *words])} against {server.name}: {told} ({took:.1f}s)")
    for check in sorted(meant - wrong):
        print(f"  NO LONGER FAILS {check}")
    if wrong - meant:
        print(output.stdout)
        print(f"  UNEXPECTED {' '.join(sorted(wrong - meant))}")
    return wrong == meant


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--target-dir", type=Path, default=Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")))
    parser.add_argument("--profile", default="debug")
    parser.add_argument("servers", nargs="*", default=["memory", "standalone", "tribe"])
    arguments = parser.parse_args()
    binaries = (arguments.target_dir / arguments.profile).resolve()
    program = str(binaries / "scim-conformance")
    listed = subprocess.run([program, "--list", "--report", "json"], capture_output=True, text=True, check=True).stdout
    profiles = sorted({check["profile"] for check in json.loads(listed) if check["profile"]})
    started, passed = time.monotonic(), True
    for name in arguments.servers:
        # A server that serves the RFCs, and one for each vendor whose clients are checked.
        for profile in [None, *profiles]:
            with tempfile.TemporaryDirectory(prefix="scim-conformance-") as folder:
                server = Server(name, binaries, Path(folder), profile)
                try:
                    words = ["--profile", profile, f"{profile}-"] if profile else ["--limits"]
                    passed &= suite(server, binaries, Path(folder), *words)
                finally:
                    server.stop()
    took = time.monotonic() - started
    print(f"all servers: {took:.1f}s")
    if took > IN_TIME:
        sys.exit(f"the suite took {took:.0f}s: it may take {IN_TIME}s")
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
