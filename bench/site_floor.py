"""What the machine allows, as programs of their own: `site_floor.py walk FOLDER`, `site_floor.py parse FOLDER`.

`walk` lists every folder and asks for the facts of every file; `parse` reads every metrics.csv with `csv.DictReader`
into {name: [(step, value)]}. Little is imported, since the start of the interpreter is measured too.
"""

from __future__ import annotations

import os
import sys


def walk(folder: str) -> int:
    """One scandir a folder and one stat a file; the number of files."""
    files = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                files += walk(entry.path)
            else:
                entry.stat(follow_symlinks=False)
                files += 1
    return files


def parse(folder: str) -> int:
    """Read every run's points, one run after the other; the number of points."""
    import glob

    return sum(_points(path) for path in glob.iglob(f"{glob.escape(folder)}/*/*/metrics.csv"))


def _points(path: str) -> int:
    import csv

    found: dict[str, list[tuple[int, float]]] = {}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["name"], []).append((int(row["step"]), float(row["value"])))
    return sum(map(len, found.values()))


if __name__ == "__main__":
    print({"walk": walk, "parse": parse}[sys.argv[1]](sys.argv[2]))
