"""Makes the pictures of docs/: what scim-conformance shows on the terminal and in its HTML report of a server with some faults.

Needs Chromium, and a build: cargo build -p conformance --all-features --bins --example careless

Usage: pictures.py [--folder docs] [--target-dir target] [--chromium chromium] [--all]
"""

import argparse
import fcntl
import html
import os
import pty
import re
import socket
import struct
import subprocess
import tempfile
import termios
import time
from pathlib import Path

from run import ROOT, environment, free_port

TOKEN = "token-of-the-pictures"
COLUMNS = 118
SECTIONS = ["3.3", "3.12", "7644-4", "beyond-races"]
TINTS = {"0": "", "1": "font-weight:600;color:#fff", "2": "color:#8b949e", "32": "color:#56d364", "33": "color:#e3b341", "1;31": "font-weight:600;color:#ff7b72"}


def on_terminal(command: list[str], folder: Path) -> str:
    """What the command writes if it is called on a terminal."""
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    variables = environment(SCIM_TOKEN=TOKEN, XDG_STATE_HOME=str(folder), TERM="xterm-256color")
    # The progress bar is gone at the end: it goes elsewhere.
    process = subprocess.Popen(command, stdin=side, stdout=side, stderr=subprocess.DEVNULL, env=variables)
    os.close(side)
    written = b""
    while True:
        try:
            piece = os.read(main, 65536)
        except OSError:
            break
        if not piece:
            break
        written += piece
    os.close(main)
    if process.wait() != 1:
        raise SystemExit(f"the run has not failed as it should:\n{written.decode()}")
    return written.decode().replace("\r\n", "\n")


def page_of(text: str) -> str:
    """A terminal with that text, as a page."""
    pieces = re.split(r"\x1b\[([0-9;]*)m", text)
    body = html.escape(pieces[0])
    for code, piece in zip(pieces[1::2], pieces[2::2]):
        body += f'<span style="{TINTS[code]}">{html.escape(piece)}</span>'
    style = f"margin:0;padding:24px 28px;background:#0d1117;color:#d2d9e0;font:15px/1.5 'DejaVu Sans Mono',monospace;width:{COLUMNS}ch"
    return f'<!doctype html><meta charset="utf-8"><body style="margin:0;background:#0d1117"><pre style="{style}">{body}</pre>'


def shoot(arguments: argparse.Namespace, page: Path, picture: str, width: int, height: int, dark: bool = False) -> None:
    command = [arguments.chromium, "--headless", "--no-sandbox", "--hide-scrollbars", f"--screenshot={arguments.folder / picture}", f"--window-size={width},{height}"]
    command += ["--blink-settings=preferredColorScheme=0"] if dark else []
    subprocess.run([*command, page.as_uri()], check=True, capture_output=True, timeout=120)
    print(arguments.folder / picture)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, default=ROOT / "docs")
    parser.add_argument("--target-dir", type=Path, default=Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")))
    parser.add_argument("--chromium", default="chromium")
    parser.add_argument("--all", action="store_true", help="also in the dark, and as a phone shows them")
    arguments = parser.parse_args()
    arguments.folder = arguments.folder.resolve()
    binaries, port = (arguments.target_dir / "debug").resolve(), free_port()
    with tempfile.TemporaryDirectory(prefix="scim-pictures-") as temporary:
        folder = Path(temporary)
        server = subprocess.Popen([binaries / "examples" / "careless", f"127.0.0.1:{port}"], env=environment(SCIM_TOKEN=TOKEN))
        try:
            for _ in range(100):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            report, terminal = folder / "report.html", folder / "terminal.html"
            command = [str(binaries / "scim-conformance"), f"http://127.0.0.1:{port}/scim/v2", *SECTIONS, "--yes"]
            text = on_terminal([*command, "--report", "html", "--output", str(report)], folder)
        finally:
            server.terminate()
            server.wait(15)
        # The head of the run, the first failures, and the end.
        lines = text.split("\n")
        middle = next(number for number, line in enumerate(lines) if number > 26 and not line)
        end = max(number for number, line in enumerate(lines) if "requirements" in line and "\x1b" in line)
        shown = lines if arguments.all else [*lines[:middle], "", "\x1b[2m…\x1b[0m", "", *lines[end:]]
        terminal.write_text(page_of("\n".join(shown).rstrip() + "\n"))
        # So many lines of 15 px and the padding.
        shoot(arguments, terminal, "conformance-terminal.png", 1130, int(len("\n".join(shown).rstrip().split("\n")) * 22.5) + 50)
        shoot(arguments, report, "conformance-report.png", 1100, 1500)
        if arguments.all:
            shoot(arguments, report, "conformance-report-dark.png", 1100, 1500, dark=True)
            shoot(arguments, report, "conformance-report-phone.png", 500, 1800)
            shoot(arguments, report, "conformance-report-phone-dark.png", 500, 1800, dark=True)


if __name__ == "__main__":
    main()
