"""Publishes as users do, to each kind of destination, and looks at what a reader would find there.

`python -m tests.generator.published --kills 200` kills publishes at random moments, shared out among the kinds, and
checks the links of the live site each time, and that the next publish ends the job.
"""

from __future__ import annotations

import argparse
import getpass
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

from runpages_site.check.site import check
from tests.servers import listening
from tests.unmeasured import unmeasured

COMMAND = [sys.executable, "-c", "import sys; from runpages_site.cli import main; sys.argv[0] = 'runpages'; main()"]
KINDS = ("folder", "git", "rsync", "zip")


def add_run(workspace: Path, name: str, loss: float = 0.25, experiment: str = "demo") -> Path:
    folder = workspace / experiment / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.csv").write_text(f"name,step,value\nloss,0,0.5\nloss,1,{loss}\n")
    return folder


def destination(kind: str, folder: Path) -> str:
    """What to name on the command line for a destination in a folder; that of rsync is on the machine `loopback`."""
    if kind == "git":
        place = folder / "site.git"
        if not place.exists():
            subprocess.run(["git", "init", "-q", "--bare", place], check=True)
        return f"{place}#gh-pages"
    return {"folder": f"{folder}/site", "rsync": f"loopback:{folder}/site", "zip": f"{folder}/site.zip"}[kind]


@contextmanager
def live(kind: str, folder: Path) -> Iterator[Path | None]:
    """What readers get of a destination, as a folder; None while there is none."""
    with tempfile.TemporaryDirectory() as copy:
        if kind in ("folder", "rsync"):
            yield folder / "site" if (folder / "site" / "index.html").is_file() else None
        elif kind == "zip":
            if (folder / "site.zip").exists():
                with ZipFile(folder / "site.zip") as archive:
                    archive.extractall(copy)
            yield Path(copy) if os.listdir(copy) else None
        else:
            git = ["git", "--git-dir", f"{folder}/site.git", "--work-tree", copy]
            done = subprocess.run([*git, "checkout", "-q", "-f", "gh-pages"], capture_output=True, env=unmeasured())
            yield Path(copy) if done.returncode == 0 else None


def runs(kind: str, folder: Path) -> set[str]:
    """The runs that have a page; every link of the site leads somewhere."""
    with live(kind, folder) as site:
        assert site is not None
        assert check(site).problems == []
        return {path.stem for path in site.glob("e/*/*.html") if path.stem != "index"}


def broken(kind: str, folder: Path) -> list[str]:
    """What a reader of the live site would run into, also in the middle of a publish."""
    with live(kind, folder) as site:
        return [] if site is None else [one.message for one in check(site).problems if "manifest" not in one.message]


@contextmanager
def loopback() -> Iterator[Path]:
    """A real sshd on this machine, known to ssh and rsync as `loopback`; yields the folder of its keys and settings."""
    # In a folder of its own, since the path of the socket of a connection may have 108 bytes.
    with tempfile.TemporaryDirectory(prefix="ssh-") as place:
        folder = Path(place)
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        program = shutil.which("sshd") or "/usr/sbin/sshd"

        def command(port: int) -> list[str | Path]:
            (folder / "sshd").write_text(
                f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/user.pub\n"
                # Each call of rsync starts a shell, which would read the profile of the user.
                f"PidFile {folder}/pid\nSetEnv HOME={folder}\nUsePAM no\nStrictModes no\nSubsystem sftp internal-sftp\n"
                "PermitRootLogin prohibit-password\nMaxStartups 100\n"
            )
            return [program, "-D", "-f", folder / "sshd"]

        with listening(command, folder / "sshd.log") as port:
            (folder / "ssh").write_text(
                f"Host loopback\n HostName 127.0.0.1\n Port {port}\n User {getpass.getuser()}\n"
                f" IdentityFile {folder}/user\n StrictHostKeyChecking no\n"
                f" UserKnownHostsFile {folder}/known\n LogLevel ERROR\n"
                f" ControlMaster auto\n ControlPath {folder}/%C\n ControlPersist 60\n"
            )
            with _connected(folder):
                yield folder


@contextmanager
def _connected(folder: Path) -> Iterator[None]:
    """A connection to `loopback` that ssh and rsync share."""
    os.environ["RSYNC_RSH"] = f"ssh -F {folder}/ssh"
    ssh = ["ssh", "-F", str(folder / "ssh")]
    said = folder / "said"  # A file, since the connection that stays open would keep a pipe open, too.
    try:
        with said.open("w") as stderr:
            done = subprocess.run([*ssh, "loopback", "true"], stdout=stderr, stderr=stderr)
        assert done.returncode == 0, f"no connection by ssh: {said.read_text()}{(folder / 'sshd.log').read_text()}"
        yield
    finally:
        del os.environ["RSYNC_RSH"]
        subprocess.run([*ssh, "-O", "exit", "loopback"], capture_output=True)


# --- kills -----------------------------------------------------------------------------------------------


def kill(kind: str, folder: Path, workspace: Path, chance: random.Random, longest: float) -> list[str]:
    """Change the workspace, publish it, and kill that at a random moment; what is broken then."""
    names = sorted(path.name for path in (workspace / "demo").iterdir())
    add_run(workspace, f"r{len(names) + chance.randrange(10**6)}", chance.random())
    if len(names) > 6:
        shutil.rmtree(workspace / "demo" / chance.choice(names))
    add_run(workspace, chance.choice(names), chance.random())
    command = [*COMMAND, "publish", destination(kind, folder), str(workspace), "--mirror", "-q"]
    process = subprocess.Popen(command, env=unmeasured(), start_new_session=True, stderr=subprocess.DEVNULL)
    time.sleep(chance.random() * longest)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return broken(kind, folder)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.generator.published", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="in all, shared out among the kinds")
    parser.add_argument("kinds", nargs="*", default=KINDS, metavar="KIND", help="default: all")
    given = parser.parse_args()
    kills = given.kills // len(given.kinds)
    with loopback():
        for kind in given.kinds:
            with tempfile.TemporaryDirectory() as place:
                folder, workspace, chance = Path(place), Path(place, "runs"), random.Random(kind)
                add_run(workspace, "r0")
                command = [*COMMAND, "publish", destination(kind, folder), str(workspace), "-q", "--mirror"]
                subprocess.run(command, check=True)
                began = time.perf_counter()
                subprocess.run(command, check=True)
                longest = 1.2 * (time.perf_counter() - began)
                faults = []
                for at in range(kills):
                    faults += kill(kind, folder, workspace, chance, longest)
                    if at % 10 == 9:
                        subprocess.run(command, check=True)
                        assert runs(kind, folder) == {path.name for path in (workspace / "demo").iterdir()}
                print(f"{kind}: {kills} kills, {len(faults)} broken links", *faults[:5], sep="\n  ", flush=True)


if __name__ == "__main__":
    main()
