"""When garbage is looked for: where all that is made is needed to the end, it takes a sixth of the time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class _Wishes:
    """How many threads are at work that want it one way or the other."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.count = 0
        self.before = True


_WISHES = _Wishes()


@contextmanager
def collection(*, wanted: bool) -> Iterator[None]:
    """Look for garbage in cycles meanwhile, or not; as the last thread leaves, it is as it was before the first."""
    with _WISHES.lock:
        was = gc.isenabled()
        if not _WISHES.count:
            _WISHES.before = was
        _WISHES.count += 1
        _switch(wanted)
    try:
        yield
    finally:
        with _WISHES.lock:
            _WISHES.count -= 1
            _switch(was if _WISHES.count else _WISHES.before)


def _switch(wanted: bool) -> None:
    (gc.enable if wanted else gc.disable)()
