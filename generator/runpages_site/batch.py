"""What a worker does with a batch of runs: each is rendered, and travels from and to storage where it lies there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from runpages.format.discovery import RunFolder

from .errors import OutputError
from .render import Job, Rendered, render_run
from .write.writer import check_reached


def render_batch(job: Job, runs: Sequence[RunFolder]) -> list[Rendered]:
    """Render some runs. Raises BuildError where the site cannot be written, or the theme has a mistake."""
    if job.target is None:
        check_reached(job.folder)
    if job.origin is None:
        # A run of another tool may lie in the folder that was named, which may be a relative one.
        check_reached(os.path.dirname(os.path.dirname(os.path.abspath(runs[0].path))))
    if job.origin is None and job.target is None:
        return [render_run(job, run) for run in runs]
    return [_render_stored(job, run) for run in runs]


def _render_stored(job: Job, run: RunFolder) -> Rendered:
    """The same where the workspace or the site is in storage: the run is fetched, and what is written is put there."""
    from .storage.stored_workspace import fetched

    site = job.folder if job.target is None else None
    with _room_here(job), fetched(job.origin, run, site) as here:
        if job.target is None:
            return render_run(job, here)
        with job.target.folder() as folder:
            rendered = render_run(replace(job, folder=folder, fresh=True), here)
            changed = 0 if rendered.line is None else job.target.put_run(folder, rendered[:2])
            return rendered._replace(changed=changed)


@contextmanager
def _room_here(job: Job) -> Iterator[None]:
    """Say of which machine the disk is full: that of one worker stops no other, as that of the site would."""
    try:
        yield
    except (OSError, OutputError) as error:
        if job.target is None and isinstance(error, OutputError):
            raise
        from platform import node

        why = error.strerror or error if isinstance(error, OSError) else error
        raise RuntimeError(f"on {node()}: {why}. Free some space there for temporary files") from None
