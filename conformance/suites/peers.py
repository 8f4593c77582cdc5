"""Runs our own suite, scim-conformance, against two public servers that nobody here wrote, and writes docs/peers.md.

- scim2-server (PyPI), by its own command.
- scimmy-routers (npm) in the minimal Express app of `peers/server.js`.

Both are installed in `target/peers` as `peers/` pins them. Every deviation from the RFCs that the suite reports is judged by hand against
their text, in `peers/judgements.tsv`: one that is not judged, and a judgement of what is reported no more, both fail.

Usage: peers.py [--target-dir target] [--profile debug|release] [SERVER ...]        (SERVER: scim2-server, scimmy-routers)
"""

import argparse
import csv
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from openapi import node_modules
from run import HERE, ROOT, TOKEN, Server, environment, free_port

PEERS = HERE / "peers"
DOCUMENT = ROOT / "docs" / "peers.md"
VERDICTS = ("passed", "failed", "blocked", "skipped", "recorded")
LEVELS = ("MUST", "SHOULD", "MAY")
# How much of a body the document shows.
SHOWN = 360

# What is told of each server, and how.
SERVERS = {
    "scim2-server": "PyPI. Its own command, with PRECIS and with cursors, which it does not announce unless it is told to "
    "(`conformance/suites/peers/service-provider-config.json`).",
    "scimmy-routers": "npm. A minimal Express app with an in-memory store (`conformance/suites/peers/server.js`). "
    "Schemas, filters, PATCH, bulk, paging and errors are those of scimmy and scimmy-routers.",
}


class Peer(Server):
    """One of the peers, on a port and in a folder of its own."""

    def __init__(self, name: str, installed: Path, folder: Path):
        self.name, self.folder, self.port, self.token = name, folder, free_port(), TOKEN
        self.log = (folder / f"{name}.log").open("w+")
        if name == "scim2-server":
            self.url = f"http://127.0.0.1:{self.port}/v2"
            config = PEERS / "service-provider-config.json"
            words = ["--port", self.port, "--bearer-token", TOKEN, "--precis", "--service-provider-config", config]
            self.start([installed / "bin" / "scim2-server", *words])
        else:
            self.url = f"http://127.0.0.1:{self.port}/scim"
            node = node_modules(installed, PEERS)
            # Beside its modules, where Node.js looks for them.
            app = shutil.copy(PEERS / "server.js", installed / "server.js")
            self.start([node, app, self.port], SCIM_TOKEN=TOKEN, NODE_ENV="production")
        self.wait()


def install(target: Path) -> Path:
    """The virtual environment of the peers."""
    folder, wanted = target / "peers", PEERS / "requirements.txt"
    known = folder / "installed.txt"
    if not known.is_file() or known.read_bytes() != wanted.read_bytes():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "-r", wanted], check=True)
        shutil.copy(wanted, known)
    return folder.resolve()


def version(name: str) -> str:
    """As it is pinned."""
    if name == "scim2-server":
        return re.search(r"^scim2-server==(\S+)$", (PEERS / "requirements.txt").read_text(), re.M)[1]
    pinned = json.loads((PEERS / "package.json").read_text())["dependencies"]
    return f"{pinned[name]} with scimmy {pinned['scimmy']} and Express {pinned['express']}"


def suite(peer: Peer, binaries: Path, *words: str) -> dict:
    """The report of a run."""
    report = peer.folder / "report.json"
    started = time.monotonic()
    output = subprocess.run(
        [str(binaries / "scim-conformance"), peer.url, *words, "--yes", "--strict", "--seed", "peers",
         "--report", "json", "--output", str(report)],
        env=environment(SCIM_TOKEN=peer.token, XDG_STATE_HOME=str(peer.folder)), capture_output=True, text=True, timeout=1800,
    )
    if output.returncode not in (0, 1):
        raise SystemExit(f"scim-conformance could not run on {peer.name}:\n{output.stdout}\n{output.stderr}")
    whole = json.loads(report.read_text())
    if whole["ended early"]:
        raise SystemExit(f"not all checks have run on {peer.name}: {whole['ended early']}")
    print(f"{' '.join(['scim-conformance', *words[:2]])} against {peer.name}: {len(whole['checks'])} checks ({time.monotonic() - started:.1f}s)")
    return whole


def steady(text: str) -> str:
    """Without what differs in every run: ports, ids, times, versions."""
    text = re.sub(r"http://127\.0\.0\.1:\d+", "http://peer", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32,64}\b", "ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", "TIME", text)
    return re.sub(r"scim-conformance-peers-\d+", "NAME", text)


def short(text: str) -> str:
    text = " ".join(steady(text).split())
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def cell(text: str) -> str:
    """A text of a server that cannot become markup or leave its cell."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", text)


def code(text: str) -> str:
    # A vertical bar ends the cell even within code, and nothing within code can be escaped.
    return f"<code>{text.replace('&', '&amp;').replace('<', '&lt;').replace('|', '&#124;').replace('*', '&#42;').replace('_', '&#95;')}</code>"


def findings(check: dict) -> list[dict]:
    """What does not hold: the check's own finding, and what is said of single requirements."""
    found = []
    for row in [{"verdict": check["verdict"]}, *check["rows"]]:
        one = row["verdict"]
        if one["is"] == "failed" and all((one["expected"], one["came"]) != (known["expected"], known["came"]) for known in found):
            found.append(one)
    return found


def told(finding: dict) -> str:
    exchange, lines = finding["exchange"], []
    if exchange:
        sent, came = exchange["sent"], exchange["came"]
        lines.append(f"sent {code(short(sent['method'] + ' ' + sent['path'] + ' ' + (sent['body'] or '')))}")
        lines.append(f"came {code(short(came['error'] if 'error' in came else str(came['status']) + ' ' + came['body']))}")
    lines.append(f"expected {cell(short(finding['expected']))}, but {cell(short(finding['came']))}")
    return "<br>".join(lines)


def judgements() -> dict[tuple[str, str], str]:
    with (PEERS / "judgements.tsv").open(newline="") as file:
        return {(row["server"], row["check"]): row["judgement"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}


def profiles(binaries: Path) -> dict[str, str]:
    """The checks of vendors' clients, each with its profile."""
    listed = subprocess.run([binaries / "scim-conformance", "--list", "--report", "json"], capture_output=True, text=True, check=True).stdout
    return {check["id"]: check["profile"] for check in json.loads(listed) if check["profile"]}


def vendors(checks: list[dict], profile_of: dict[str, str]) -> str:
    """What clients do that the server does not serve. Mostly it may refuse it: it is no deviation, and is not judged."""
    text = "\n### What vendors' clients do\n\n| profile | checks | served | not served | other |\n|---|---:|---:|---:|---:|\n"
    for profile in sorted({profile_of[check["id"]] for check in checks}):
        of = [check["verdict"]["is"] for check in checks if profile_of[check["id"]] == profile]
        passed, failed = of.count("passed"), of.count("failed")
        text += f"| {profile} | {len(of)} | {passed} | {failed} | {len(of) - passed - failed} |\n"
    lines = []
    for check in checks:
        if check["verdict"]["is"] == "failed":
            finding = check["verdict"]
            lines.append(f"| {check['id']} ({check['level']}) | {cell(check['clause'])} | expected {cell(short(finding['expected']))}, but {cell(short(finding['came']))} |\n")
    return text + "\n| not served | what the client does | what came |\n|---|---|---|\n" + "".join(lines)


def is_warning(check: dict) -> bool:
    return check["verdict"]["is"] == "failed" and all(finding["warning"] for finding in findings(check))


def counted(checks: list[dict]) -> str:
    """The checks by level and verdict."""
    lines = ["| checks | passed | failed | warnings | blocked | skipped | recorded |", "|---|---:|---:|---:|---:|---:|---:|"]
    for level in LEVELS:
        of = [check for check in checks if check["level"] == level]
        number = {word: sum(check["verdict"]["is"] == word for check in of) for word in VERDICTS}
        warned = sum(map(is_warning, of))
        cells = (number["passed"], number["failed"] - warned, warned, number["blocked"], number["skipped"], number["recorded"])
        lines.append(f"| {level} | " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def table(title: str, checks: list[dict], judgement) -> str:
    if not checks:
        return ""
    text = f"\n### {title}: {len(checks)}\n\n| check | clause | exchange | judgement |\n|---|---|---|---|\n"
    for check in checks:
        found = findings(check) or [check["verdict"]]
        exchange = "<br><br>".join(told(finding) for finding in found)
        text += f"| {check['id']} ({check['level']}) | {cell(check['clause'])} | {exchange} | {cell(judgement(check))} |\n"
    return text


def chapter(name: str, report: dict, judged: dict[tuple[str, str], str]) -> str:
    checks, requirements = report["checks"], report["requirements"]
    text = f"## {name} {version(name)}\n\n{SERVERS[name]}\n\n{counted(checks)}\n"
    text += "| requirements | " + " | ".join(VERDICTS) + " |\n|---|" + "---:|" * len(VERDICTS) + "\n"
    for level in LEVELS:
        text += f"| {level} | " + " | ".join(str(requirements.get(level, {}).get(word, 0)) for word in VERDICTS) + " |\n"
    judgement = lambda check: judged.get((name, check["id"]), "NOT JUDGED")
    failed = [check for check in checks if check["verdict"]["is"] == "failed"]
    text += table("Deviations", [check for check in failed if not is_warning(check)], judgement)
    text += table("Warnings, where the text leaves room", [check for check in failed if is_warning(check)], judgement)
    text += table("Not decided, because an earlier step went wrong", [check for check in checks if check["verdict"]["is"] == "blocked"], judgement)
    skipped: dict[str, int] = {}
    for check in checks:
        if check["verdict"]["is"] == "skipped":
            reason = cell(short(check["verdict"]["reason"]))
            skipped[reason] = skipped.get(reason, 0) + 1
    return text + "\n### Does not apply\n\n" + "".join(f"- {reason}: {number}\n" for reason, number in sorted(skipped.items()))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--target-dir", type=Path, default=Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")))
    parser.add_argument("--profile", default="debug")
    parser.add_argument("servers", nargs="*", default=list(SERVERS))
    arguments = parser.parse_args()
    installed, binaries = install(arguments.target_dir), (arguments.target_dir / arguments.profile).resolve()
    judged, profile_of, chapters, passed = judgements(), profiles(binaries), [], True
    for name in arguments.servers:
        with tempfile.TemporaryDirectory(prefix="scim-peers-") as folder:
            peer = Peer(name, installed, Path(folder))
            try:
                report = suite(peer, binaries)
                of_vendors = suite(peer, binaries, "--profile", "all", *(f"{profile}-" for profile in sorted(set(profile_of.values()))))
            finally:
                peer.stop()
        reported = {check["id"] for check in report["checks"] if check["verdict"]["is"] in ("failed", "blocked")}
        known = {check for server, check in judged if server == name}
        for check in sorted(reported - known):
            print(f"  NOT JUDGED {check}")
        for check in sorted(known - reported):
            print(f"  NO LONGER REPORTED {check}")
        passed &= reported == known
        chapters.append(chapter(name, report, judged) + vendors(of_vendors["checks"], profile_of))
    if arguments.servers == list(SERVERS):
        head = (PEERS / "head.md").read_text().replace("{DATE}", datetime.date.today().isoformat())
        DOCUMENT.write_text(head + "\n" + "\n".join(chapters))
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
