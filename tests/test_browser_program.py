"""Before the tests, `tools/browser.py` finds the browser that they drive, or gets one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent.parent / "tools" / "browser.py"
STARTS = "#!/bin/sh\necho Chromium 1\n"
PLAYWRIGHT = """
import pathlib, sys
place = pathlib.Path(__file__).parent
with (place.parent / "called").open("a") as file:
    print("playwright", *sys.argv[1:], file=file)
if (place / "works").exists():
    program = pathlib.Path(__file__).parent / "chrome"
    program.write_text("#!/bin/sh\\necho Chromium 1\\n")
    program.chmod(0o755)
"""
DOWNLOADED = """
import pathlib
class chromium: executable_path = str(pathlib.Path(__file__).parent / "chrome")
class sync_playwright:
    chromium = chromium
    def __enter__(self): return self
    def __exit__(self, *error): pass
"""


class Machine:
    """A PATH with nothing but what a test puts there; `called` are the commands that changed the system."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.add("env", '#!/bin/sh\nexec /usr/bin/env "$@"\n')
        self.add("true", "#!/bin/sh\n")
        self.add("sudo", '#!/bin/sh\nshift\nexec "$@"\n')
        self.add("fc-list", "#!/bin/sh\necho Sans\n")
        playwright = place / "playwright"
        playwright.mkdir()
        (playwright / "__init__.py").touch()
        (playwright / "__main__.py").write_text(PLAYWRIGHT)
        (playwright / "sync_api.py").write_text(DOWNLOADED)

    def add(self, name: str, text: str) -> Path:
        program = self.place / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
        return program

    def add_manager(self, name: str, brings: str = "") -> None:
        """A package manager that brings a program, or fails."""
        made = self.place / "bin" / brings
        bring = f"printf '#!/bin/sh\\necho Chromium 1\\n' > {made}; /bin/chmod +x {made}" if brings else "exit 1"
        self.add(name, f'#!/bin/sh\necho {name} "$@" >> {self.place}/called\n{bring}\n')

    def get(self, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if name != "RUNPAGES_CHROMIUM"}
        mine = {"PATH": str(self.place / "bin"), "PYTHONPATH": str(self.place)}
        return subprocess.run(
            [sys.executable, PROGRAM], env=kept | mine | environment, capture_output=True, text=True, timeout=60
        )

    @property
    def called(self) -> list[str]:
        record = self.place / "called"
        return record.read_text().splitlines() if record.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_one_that_is_there_is_taken(machine: Machine, name: str) -> None:
    program = machine.add(name, STARTS)
    machine.add_manager("apt-get")
    assert machine.get().stdout == f"{program}\n"
    assert machine.called == []


def test_the_one_that_is_named_comes_first(machine: Machine) -> None:
    machine.add("chromium", STARTS)
    named = machine.add("other", STARTS)
    assert machine.get(RUNPAGES_CHROMIUM=str(named)).stdout == f"{named}\n"


def test_one_without_windows_is_driven_where_there_is_one_and_no_other_is_named(machine: Machine) -> None:
    def driven(**environment: str) -> str:
        kept = {name: value for name, value in os.environ.items() if name != "RUNPAGES_CHROMIUM"}
        command = [sys.executable, "-c", "from tools.browser import headless; print(headless())"]
        mine = {"PATH": str(machine.place / "bin")}
        done = subprocess.run(command, cwd=PROGRAM.parents[1], env=kept | mine | environment, capture_output=True)
        return done.stdout.decode().strip()

    usual = machine.add("chromium", STARTS)
    assert driven() == str(usual)
    headless = machine.add("chromium-headless-shell", STARTS)
    assert driven() == str(headless)
    assert driven(RUNPAGES_CHROMIUM=str(usual)) == str(usual)


def test_a_wrong_name_is_an_error_and_installs_nothing(machine: Machine) -> None:
    machine.add_manager("apt-get", "chromium")
    done = machine.get(RUNPAGES_CHROMIUM="/no/such/program")
    assert (done.returncode, done.stderr) == (1, "RUNPAGES_CHROMIUM=/no/such/program is no Chromium that starts.\n")
    assert machine.called == []


@pytest.mark.parametrize(
    ("manager", "first"),
    [
        ("apt-get", "apt-get update -q"),
        ("dnf", "dnf install -y chromium"),
        ("zypper", "zypper -n install chromium"),
        ("apk", "apk add chromium"),
        ("pacman", "pacman -Sy --noconfirm chromium fontconfig ttf-liberation ttf-dejavu"),
    ],
)
def test_the_system_gets_it(machine: Machine, manager: str, first: str) -> None:
    machine.add_manager(manager, "chromium")
    done = machine.get()
    assert (done.returncode, done.stdout) == (0, f"{machine.place}/bin/chromium\n")
    assert machine.called[0] == first
    assert not any(line.startswith("playwright") for line in machine.called)


def test_a_program_that_only_says_what_to_install_is_none(machine: Machine) -> None:
    machine.add("chromium-browser", "#!/bin/sh\necho install the snap >&2\nexit 1\n")
    machine.add_manager("apt-get", "chromium")
    assert machine.get().stdout == f"{machine.place}/bin/chromium\n"


def test_a_browser_without_a_font_gets_fonts(machine: Machine) -> None:
    machine.add("chromium", STARTS)
    machine.add("fc-list", "#!/bin/sh\n")
    machine.add_manager("apt-get", "chromium")
    assert machine.get().returncode == 0
    assert any("fonts-liberation" in line for line in machine.called)


def test_where_the_system_has_none_playwright_downloads_it(machine: Machine) -> None:
    machine.add_manager("apt-get")
    (machine.place / "playwright" / "works").touch()
    done = machine.get()
    assert (done.returncode, done.stdout) == (0, f"{machine.place}/playwright/chrome\n")
    assert machine.called[-1] == "playwright install --with-deps chromium"
    before = machine.called
    assert machine.get().stdout == done.stdout, "it is there now"
    assert machine.called == before


def test_who_may_not_install_gets_the_download(machine: Machine) -> None:
    machine.add("sudo", "#!/bin/sh\nexit 1\n")
    machine.add_manager("apt-get", "chromium")
    (machine.place / "playwright" / "works").touch()
    command = [sys.executable, "-c", f"import os, runpy; os.geteuid = lambda: 7; runpy.run_path({str(PROGRAM)!r}, "]
    command[-1] += "run_name='__main__')"
    environment = {"PATH": str(machine.place / "bin"), "PYTHONPATH": str(machine.place)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout == f"{machine.place}/playwright/chrome\n"
    assert machine.called == ["playwright install chromium"]


def test_where_nothing_helps_it_says_what_to_do(machine: Machine) -> None:
    machine.add_manager("apt-get")
    done = machine.get()
    assert (done.returncode, done.stdout) == (1, "")
    assert "apt-get install chromium" in done.stderr.splitlines()[-1]
    assert "RUNPAGES_CHROMIUM" in done.stderr.splitlines()[-1]
