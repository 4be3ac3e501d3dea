"""Measure a snapshot of a folder, beside `python -m zipfile -c` of the same: `python bench/snapshot.py`.

Each is a whole process, with the start of the interpreter. Both take turns, and who comes first changes with each
round. Needs the standard library and an installed runpages.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

FILES, MB = 2_000, 50
OURS = """
import sys, runpages
with runpages.start("bench", root=sys.argv[1], capture=False, outputs=False) as run:
    run.take_snapshot(sys.argv[2])
"""


class Row(NamedTuple):
    """One round: the seconds of both, and the sizes of their zips in bytes."""

    ours: float
    zipfile: float
    size: int
    zipfile_size: int

    @property
    def ratio(self) -> float:
        """Our time over that of `zipfile`."""
        return self.ours / self.zipfile


def write_folder(folder: Path, *, pictures: int) -> Path:
    """As many files in a hundred folders: words that repeat as those of code do, pictures of noise, an ignore file."""
    chance = random.Random(0)
    letters = "abcdefghijklmnopqrstuvwxyz_"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 12))) for _ in range(3_000)]
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    size = MB * 1_000_000 // FILES
    for number in range(FILES - 1):
        place = folder / f"part{number % 100:02d}"
        place.mkdir(parents=True, exist_ok=True)
        if number < pictures:
            (place / f"picture{number}.png").write_bytes(chance.randbytes(size))
        else:
            text = " ".join(chance.choices(words, weights, k=size // 4))
            (place / f"module{number}.py").write_text(text[:size], encoding="utf-8")
    # What a project of some years leaves out; here it matches nothing.
    lines = ["*.log", "*.tmp", "/build/", "dist/", "data/**", "!data/README.md", "*.egg-info/", ".coverage", "*.ckpt"]
    (folder / ".gitignore").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def measure(folder: Path, space: Path, *, first: bool) -> Row:
    """One round; `first` says that ours goes first."""
    target, root = space / "peer.zip", space / "runs"
    commands = {"zipfile": ["-m", "zipfile", "-c", target, folder], "ours": ["-c", OURS, root, folder]}
    took = {}
    for name in sorted(commands, reverse=not first):
        start = time.perf_counter()
        subprocess.run([sys.executable, *map(str, commands[name])], check=True)
        took[name] = time.perf_counter() - start
    (own,) = root.glob("*/*/snapshot.zip")
    row = Row(took["ours"], took["zipfile"], own.stat().st_size, target.stat().st_size)
    target.unlink()
    own.parent.rename(space / f"done-{time.monotonic_ns()}")
    return row


def table(found: dict[str, list[Row]]) -> str:
    """The medians as a Markdown table; the ratio is the median of the ratios within a round."""
    lines = [
        "| folder | runpages, s | `zipfile`, s | ratio | runpages, MB | `zipfile`, MB |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for title, rows in found.items():
        ours, peer, size, peer_size = (statistics.median(column) for column in zip(*rows, strict=True))
        ratio = statistics.median(row.ratio for row in rows)
        lines.append(f"| {title} | {ours:.2f} | {peer:.2f} | {ratio:.2f} | {size / 1e6:.1f} | {peer_size / 1e6:.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="the disk to measure on")
    parser.add_argument("--json", type=Path, help="the figures of each round as well")
    options = parser.parse_args()
    found: dict[str, list[Row]] = {}
    for title, pictures in (("source code", 0), ("half of it pictures", FILES // 2)):
        with tempfile.TemporaryDirectory(dir=options.folder) as name:
            folder = write_folder(Path(name, "code"), pictures=pictures)
            measure(folder, Path(name), first=True)  # Reads all files once.
            found[title] = [measure(folder, Path(name), first=bool(turn % 2)) for turn in range(options.rounds)]
    print(f"A snapshot of {FILES:,} files, {MB} MB, {options.rounds} rounds, medians:\n\n{table(found)}")
    if options.json:
        plain = {title: [row._asdict() for row in rows] for title, rows in found.items()}
        options.json.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
