"""The command ``runpages``."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from io import TextIOWrapper

from .garbage import collection

MISSING = 2


def main() -> None:
    """Run the command line; without the libraries it needs, say which one to install."""
    _open_streams()
    # What is alive at the end need not be looked through once more: the system takes all of it back.
    atexit.register(gc.freeze)
    try:
        with collection(wanted=False):
            from .command import runpages
    except ModuleNotFoundError as error:
        if (error.name or "runpages").partition(".")[0].startswith("runpages"):
            raise
        sys.stderr.write(
            f"runpages: the command line needs {error.name}, which is not installed.\n"
            "Logging works without it. For the rest: pip install runpages\n"
        )
        sys.exit(MISSING)
    except KeyboardInterrupt:  # A later one is reported by the commands.
        from signal import SIGINT

        sys.exit(128 + SIGINT)
    # In an encoding without a character, a mark stands for it.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    # Without a terminal click leaves colours out by itself.
    runpages(prog_name="runpages", color=False if os.environ.get("NO_COLOR") else None)


def _open_streams() -> None:
    """Give a process whose standard streams are closed, as some daemons have them, streams that hold nothing."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode)  # noqa: SIM115 - for as long as the process is there
            if stream.fileno() == number:  # Programs that are started have it as well.
                os.set_inheritable(number, True)
            setattr(sys, name, stream)
