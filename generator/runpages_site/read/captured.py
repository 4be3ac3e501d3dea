"""Reads what was captured of a run when it began, for a comparison: its environment, and which files its code had."""

from __future__ import annotations

import os
import time

from runpages.format.records import RunRecord

from ..comparison.member import Captured
from . import previews, run_folder


def read_captured(folder: str) -> Captured:
    """What was captured of the run in a folder."""
    return captured(run_folder.read_head(folder, now=time.time()))


def captured(record: RunRecord) -> Captured:
    """What was captured of a run that lies in a folder."""
    snapshot = record.snapshot
    files = snapshot and previews.read_checksums(os.path.join(record.folder, snapshot.file))
    return environment(record)._replace(files=files)


def environment(record: RunRecord) -> Captured:
    """What was captured of a run beside its code."""
    host = record.owner.get("host")
    return Captured({**record.environment, "host": host} if isinstance(host, str) else record.environment)
