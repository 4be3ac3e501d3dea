"""A disk that is full: no file of this process may grow above a size, so writes come back short, as on a real one."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def file_size(size: int) -> Iterator[None]:
    """Within, a write that would go beyond `size` bytes takes what fits, and one that begins there fails."""
    assert signal.getsignal(signal.SIGXFSZ) == signal.SIG_IGN, "CPython ignores it, or this process would be killed"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
