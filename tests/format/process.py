"""Processes that do something at the same moment."""

from __future__ import annotations

import subprocess
import sys


def together(script: str, count: int, *args: str) -> list[list[str]]:
    """Run a script in `count` processes that begin at once; returns the lines that each printed.

    In the script `wait()` returns when all have come so far, `argv` holds the arguments.
    """
    code = f"import sys\nargv = sys.argv[1:]\ndef wait():\n    print(flush=True); sys.stdin.read(1)\n{script}"
    command = [sys.executable, "-c", code, *args]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(count)
    ]
    try:
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "\n"
        for process in running:
            assert process.stdin is not None
            process.stdin.write("!")
            process.stdin.flush()
        printed = [process.communicate(timeout=120)[0].splitlines() for process in running]
    finally:
        for process in running:
            process.kill()
            process.wait()
    assert [process.returncode for process in running] == [0] * count
    return printed
