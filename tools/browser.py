"""`python tools/browser.py`: print the Chromium that the tests drive, and get one first where there is none.

It is the program that RUNPAGES_CHROMIUM names, or one on the PATH, or the one that Playwright has downloaded. Where
there is none, or no font to write with, the system's package manager gets them, as root or with a sudo that asks for no
password. Where that brings no browser, Playwright downloads one. Exit code 1 where nothing helped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

NAMED = "RUNPAGES_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HEADLESS = "chromium-headless-shell"
HELP = (
    "The browser tests need Chromium and found none. On Debian: apt-get install chromium. On other systems: "
    f"python -m playwright install --with-deps chromium, or name the program in {NAMED}."
)
SECONDS = 600
# Browser and fonts are asked for apart: where one has another name, the other still comes.
PACKAGES = {
    "apt-get": (
        ["update", "-q"],
        ["install", "-q", "-y", "--no-install-recommends", "chromium"],
        ["install", "-q", "-y", "--no-install-recommends", "fontconfig", "fonts-liberation", "fonts-dejavu-core"],
    ),
    "dnf": (["install", "-y", "chromium"], ["install", "-y", "fontconfig", "liberation-fonts", "dejavu-sans-fonts"]),
    "zypper": (["-n", "install", "chromium"], ["-n", "install", "fontconfig", "liberation-fonts", "dejavu-fonts"]),
    "apk": (["add", "chromium"], ["add", "fontconfig", "font-liberation", "font-dejavu"]),
    "pacman": (["-Sy", "--noconfirm", "chromium", "fontconfig", "ttf-liberation", "ttf-dejavu"],),
}
_DOWNLOADED = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"


def find() -> str | None:
    """The Chromium to use; None where there is none that starts."""
    named = os.environ.get(NAMED)
    if named:
        return _started(named)
    return next(filter(None, map(_started, NAMES)), None) or _started(_output([sys.executable, "-c", _DOWNLOADED]))


def headless() -> str | None:
    """Chromium without windows, where Debian has installed it and no other is named: it needs a third of the time."""
    return (None if os.environ.get(NAMED) else _started(HEADLESS)) or find()


def _started(program: str) -> str | None:
    # A program on the PATH may be a note that says what to install.
    path = shutil.which(program)
    return path if path and _output([path, "--version"]) else None


def _output(command: list[str]) -> str:
    """What a command prints; nothing where it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _has_fonts() -> bool:
    return sys.platform != "linux" or bool(_output(["fc-list"]))


def _as_root() -> list[str] | None:
    """What stands before a command that changes the system; None where this user may not."""
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "-n"]
    return (
        sudo if shutil.which("sudo") and subprocess.run([*sudo, "true"], capture_output=True).returncode == 0 else None
    )


def _of_the_system(root: list[str] | None) -> Iterator[list[str]]:
    manager = next(filter(shutil.which, PACKAGES), None)
    if root is not None and manager:
        keep = ["env", "DEBIAN_FRONTEND=noninteractive"] if manager == "apt-get" else []
        yield from ([*root, *keep, manager, *arguments] for arguments in PACKAGES[manager])


def _of_playwright(root: list[str] | None) -> list[str]:
    libraries = ["--with-deps"] if root is not None and shutil.which("apt-get") else []
    return [sys.executable, "-m", "playwright", "install", *libraries, "chromium"]


def _run(command: list[str]) -> None:
    print("+", *command, file=sys.stderr, flush=True)
    try:
        subprocess.run(command, stdout=sys.stderr, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)


def main() -> int:
    """Find a browser, or get one; returns the exit code."""
    found, named = find(), os.environ.get(NAMED)
    if named and not found:
        print(f"{NAMED}={named} is no Chromium that starts.", file=sys.stderr)
        return 1
    if not (found and _has_fonts()):
        root = _as_root()
        for command in _of_the_system(root):
            _run(command)
        if not find():
            _run(_of_playwright(root))
        found = find()
    print(found or HELP, file=sys.stdout if found else sys.stderr)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
