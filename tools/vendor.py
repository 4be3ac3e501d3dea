"""The browser files that the built-in theme has from npm, each held by a hash.

    python tools/vendor.py            fetch the locked files again and verify them; needs npm and its registry
    python tools/vendor.py --check    compare the files that are here with the lock; needs neither
    python tools/vendor.py --lock NAME VERSION [FROM=TO ...]    lock a package, or another version of it

Nothing is installed and no script of a package is run: `npm pack` only brings the archive.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zlib
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256, sha512
from io import BytesIO
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).parent.parent / "themes" / "runpages_themes" / "default" / "vendor"
LOCK = "vendor.lock.json"
OURS = {LOCK, "plotly.css"}
"""What lies among the vendored files and is made here."""
_NAME = re.compile(r"(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*")
_VERSION = re.compile(r"\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?")
_SECONDS = 300


class VendorError(Exception):
    """What went wrong, where, and what to do."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a package: its path in the package, its path below `vendor/`, and the hash of its bytes."""

    source: str
    target: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Package:
    """An entry of the lock."""

    name: str
    version: str
    integrity: str
    licence: str
    files: tuple[File, ...]


# --- the lock ----------------------------------------------------------------------------------------------


def read_lock(folder: Path) -> list[Package]:
    """The packages that the lock of a folder names."""
    place = folder / LOCK
    try:
        return [_package(entry) for entry in json.loads(place.read_text("utf-8"))]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise VendorError(f"{place} cannot be read ({error!r}); take it from git again") from error


def _package(entry: Mapping[str, Any]) -> Package:
    files = tuple(File(one["from"], one["to"], one["sha256"]) for one in entry["files"])
    return Package(entry["name"], entry["version"], entry["integrity"], entry["licence"], files)


def write_lock(folder: Path, packages: Sequence[Package]) -> None:
    """Write the packages as the lock of a folder, in the order of their names."""
    entries = [
        {
            "name": one.name,
            "version": one.version,
            "integrity": one.integrity,
            "licence": one.licence,
            "files": [{"from": file.source, "to": file.target, "sha256": file.sha256} for file in one.files],
        }
        for one in sorted(packages, key=lambda one: one.name)
    ]
    (folder / LOCK).write_text(json.dumps(entries, indent=2) + "\n", "utf-8")


# --- archives ----------------------------------------------------------------------------------------------


def pack(name: str, version: str) -> bytes:
    """The archive of one version of a package, by `npm pack` in a temporary folder."""
    if not (_NAME.fullmatch(name) and _VERSION.fullmatch(version)):  # npm takes a path or an address for a name, too.
        raise VendorError(f"{name}@{version}: not a package of npm with an exact version, such as some-name@1.2.3")
    npm = shutil.which("npm")
    if npm is None:
        raise VendorError("npm is not there; install Node.js, or use --check, which works without")
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", f"{name}@{version}", "--json", "--ignore-scripts"]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise VendorError(f"npm pack {name}@{version} took over {_SECONDS} s; is the registry there?") from error
        archives = list(Path(folder).glob("*.tgz"))
        if done.returncode or len(archives) != 1:
            raise VendorError(f"npm pack {name}@{version} ended with {done.returncode}:\n{done.stderr.strip()}")
        return archives[0].read_bytes()


def integrity(archive: bytes) -> str:
    """The hash of an archive, as npm spells it."""
    return f"sha512-{b64encode(sha512(archive).digest()).decode()}"


def check_path(path: str, where: str) -> None:
    """Refuse a path that is not plainly below the folder that it is relative to."""
    if "\\" in path or "\0" in path or any(part in {"", ".", ".."} for part in path.split("/")):
        raise VendorError(f"{where}: the path {path!r} leaves its folder; do not use this package")


def extract(archive: bytes, wanted: Collection[str], where: str) -> dict[str, bytes]:
    """The bytes of the wanted files of a package, by their paths in it; nothing is written.

    An archive is refused as a whole if one of its names is unsafe, or one of its members no file or folder.
    """
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=BytesIO(archive), mode="r:gz") as members:
            for member in members:
                check_path(member.name, where)
                if not (member.isreg() or member.isdir()):
                    raise VendorError(f"{where}: {member.name!r} is no regular file; do not use this package")
                path = member.name.removeprefix("package/")
                content = members.extractfile(member)
                if content is None or path == member.name or path not in wanted:
                    continue
                if path in found:
                    raise VendorError(f"{where}: {path!r} is there twice; do not use this package")
                found[path] = content.read()
    except (tarfile.TarError, zlib.error, OSError, EOFError) as error:
        raise VendorError(f"{where}: not an archive of npm ({error})") from error
    if missing := sorted(set(wanted) - found.keys()):
        raise VendorError(f"{where}: there is no {', '.join(missing)} in it; lock the files it has, with FROM=TO")
    return found


# --- what the command does -----------------------------------------------------------------------------------


def fetched(package: Package, archive: bytes) -> dict[str, bytes]:
    """The files of a package by their places below `vendor/`, all of them as the lock says."""
    where = f"{package.name}@{package.version}"
    if (other := integrity(archive)) != package.integrity:
        raise VendorError(f"{where}: the archive is not the locked one: {other}, locked is {package.integrity}")
    contents = extract(archive, [file.source for file in package.files], where)
    for file in package.files:
        check_path(file.target, where)
        if (other := sha256(contents[file.source]).hexdigest()) != file.sha256:
            raise VendorError(f"{where}: {file.source} is not the locked one: {other}, locked is {file.sha256}")
    return {file.target: contents[file.source] for file in package.files}


def locked(name: str, version: str, files: Mapping[str, str], archive: bytes) -> Package:
    """The entry of a package, with the hashes that an archive has."""
    where = f"{name}@{version}"
    contents = extract(archive, {*files, "package.json"}, where)
    for target in files.values():
        check_path(target, where)
    licence = json.loads(contents["package.json"]).get("license")
    if not isinstance(licence, str):
        raise VendorError(f"{where}: its package.json names no licence; do not use this package")
    hashed = (File(source, target, sha256(contents[source]).hexdigest()) for source, target in files.items())
    return Package(name, version, integrity(archive), licence, tuple(hashed))


def faults(packages: Sequence[Package], folder: Path) -> Iterator[str]:
    """How the files of a folder differ from the lock."""
    expected = {file.target: file.sha256 for package in packages for file in package.files}
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()}
    for place in sorted(expected.keys() | there.keys() - OURS):
        if place not in there:
            yield f"{place} is missing; run python tools/vendor.py"
        elif place not in expected:
            yield f"{place} is not in {LOCK}; remove it, or lock its package"
        elif sha256(there[place].read_bytes()).hexdigest() != expected[place]:
            yield f"{place} is not the locked file; run python tools/vendor.py"


def fetch(folder: Path) -> None:
    """Bring all locked files; none is written before all are verified."""
    contents: dict[str, bytes] = {}
    for package in read_lock(folder):
        contents |= fetched(package, pack(package.name, package.version))
    for target, data in contents.items():
        place = folder / target
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def lock(folder: Path, name: str, version: str, pairs: Sequence[str]) -> None:
    """Put a package into the lock; one that is there keeps its files if no pairs are given."""
    packages = {one.name: one for one in read_lock(folder)} if (folder / LOCK).exists() else {}
    files = {source: target for source, _, target in (pair.partition("=") for pair in pairs)}
    if not files and name in packages:
        files = {file.source: file.target for file in packages[name].files}
    if not files:
        raise VendorError(f"{name} is not in the lock yet; say which files it is to bring, as FROM=TO")
    packages[name] = locked(name, version, files, pack(name, version))
    write_lock(folder, list(packages.values()))


def run(options: argparse.Namespace) -> str:
    """Do what the command line says; what there is to tell."""
    if options.lock:
        name, version = options.lock
        lock(VENDOR, name, version, options.files)
        return f"{LOCK} is written; fetch the files now: python tools/vendor.py"
    if not options.check:
        fetch(VENDOR)
    packages = read_lock(VENDOR)
    if wrong := list(faults(packages, VENDOR)):
        raise VendorError("\n".join(wrong))
    return f"{sum(len(one.files) for one in packages)} files of {len(packages)} packages are as locked"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Fetch and verify the browser files that come from npm.")
    parser.add_argument("--check", action="store_true", help="compare the files that are here with the lock, offline")
    parser.add_argument("--lock", nargs=2, metavar=("NAME", "VERSION"), help="lock a version of a package")
    parser.add_argument("files", nargs="*", metavar="FROM=TO", help="its files: path in the package, path in vendor/")
    options = parser.parse_args()
    if options.files and not options.lock:
        parser.error("FROM=TO belongs to --lock NAME VERSION")
    try:
        print(run(options))
    except VendorError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
