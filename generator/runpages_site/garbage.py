"""When garbage is looked for: where all that is made is needed to the end, it takes a sixth of the time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection(*, wanted: bool) -> Iterator[None]:
    """Look for garbage in cycles meanwhile, or not."""
    was = gc.isenabled()
    (gc.enable if wanted else gc.disable)()
    try:
        yield
    finally:
        (gc.enable if was else gc.disable)()
