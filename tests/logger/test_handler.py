"""Records of `logging` are lines of a log of the run."""

from __future__ import annotations

import logging
import logging.handlers
import os
import queue
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import runpages
from runpages import LogHandler, Run, UserError
from tests.logger.conftest import Script, Start, read


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    logger = logging.Logger("training")
    yield logger
    for handler in logger.handlers:
        handler.close()


def plain(run: Run) -> LogHandler:
    """A handler that writes the messages only."""
    handler = LogHandler(run)
    handler.setFormatter(logging.Formatter("%(message)s"))
    return handler


def lines(run: Run, name: str = "log") -> list[str]:
    return Path(run.folder, "logs", f"{name}.log").read_text("utf-8").splitlines()


def test_each_record_is_written_at_once(run: Run, logger: logging.Logger) -> None:
    logger.addHandler(plain(run))
    logger.info("epoch %d", 1)
    assert lines(run) == ["epoch 1"]
    logger.warning("é 日本 \udc80")
    assert lines(run) == ["epoch 1", "é 日本 \\udc80"]
    assert run.get_file_names() == ["logs/log.log"]
    assert [log.name for log in read(run.folder).logs] == ["log.log"]


def test_a_line_has_the_time_the_level_and_the_logger(run: Run, logger: logging.Logger) -> None:
    logger.addHandler(LogHandler(run))
    logger.warning("it is <slow>")
    (line,) = lines(run)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} WARNING training: it is <slow>", line)


def test_formatter_level_and_name_are_those_of_logging(run: Run, logger: logging.Logger) -> None:
    handler = LogHandler(run, "train", level=logging.WARNING)
    handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
    logger.addHandler(handler)
    logger.info("too low")
    logger.error("high enough")
    assert lines(run, "train") == ["ERROR:training:high enough"]


def test_a_traceback_follows_its_record(run: Run, logger: logging.Logger) -> None:
    logger.addHandler(LogHandler(run))
    try:
        dict[str, int]()["why"]
    except KeyError:
        logger.exception("it broke")
    found = lines(run)
    assert found[0].endswith(" ERROR training: it broke")
    assert (found[1], found[-1]) == ("Traceback (most recent call last):", "KeyError: 'why'")


@pytest.mark.parametrize(("name", "file"), [("a/../b", "a~2f~2e~2e~2fb.log"), ("train.log", "train.log")])
def test_no_name_leaves_the_folder(run: Run, logger: logging.Logger, name: str, file: str) -> None:
    logger.addHandler(LogHandler(run, name))
    logger.info("x")
    assert os.listdir(Path(run.folder, "logs")) == [file]


@pytest.mark.parametrize("name", ["", ".log", None, 3])
def test_a_log_needs_a_name(run: Run, name: object) -> None:
    with pytest.raises(UserError, match="log name must be"):
        LogHandler(run, name)


def test_two_handlers_share_a_log(run: Run, logger: logging.Logger) -> None:
    for _ in range(2):
        logger.addHandler(plain(run))
    logger.info("twice")
    logger.handlers[0].close()
    logger.info("again")
    assert lines(run) == ["twice", "twice", "again", "again"]


# --- the end of the run ------------------------------------------------------------------------------------


def test_each_run_of_a_loop_has_its_own_lines(start: Start, logger: logging.Logger) -> None:
    found = []
    for n in range(3):
        with start() as run:
            logger.addHandler(plain(run))
            logger.info("of %d", n)
        found.append(run)
    assert [lines(run) for run in found] == [["of 0"], ["of 1"], ["of 2"]]


def test_a_handler_of_a_run_that_has_ended_is_silent_and_holds_no_file(
    run: Run, logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = plain(run)
    logger.addHandler(handler)
    logger.info("before")
    open_files = len(os.listdir("/proc/self/fd"))
    run.complete()
    logger.info("after")
    logger.addHandler(plain(run))
    logger.info("later")
    assert lines(run) == ["before"]
    assert len(os.listdir("/proc/self/fd")) < open_files
    assert capsys.readouterr().err == ""


def test_a_handler_writes_again_when_its_run_is_resumed(run: Run, logger: logging.Logger) -> None:
    logger.addHandler(plain(run))
    logger.info("first")
    run.complete()
    logger.info("between")
    with runpages.resume(run.folder):
        logger.info("second")
    logger.info("after")
    with runpages.resume(run.folder):
        logger.info("third")
    assert lines(run) == ["first", "second", "third"]


def test_a_record_that_a_queue_hands_over_late_is_its_run_s(run: Run) -> None:
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    logger = logging.Logger("queued")
    logger.addHandler(logging.handlers.QueueHandler(records))
    listener = logging.handlers.QueueListener(records, plain(run))
    logger.info("in time")
    run.complete()
    logger.info("too late")
    listener.start()
    listener.stop()
    assert lines(run) == ["in time"]


def test_what_is_said_at_the_very_end_is_written(run: Run, logger: logging.Logger) -> None:
    logger.addHandler(plain(run))
    run._state.background.append(lambda: logger.info("ending"))
    run.complete()
    assert lines(run) == ["ending"]


def test_basic_config_may_replace_the_handler_of_each_run(script: Script, here: Path) -> None:
    script(
        """
import logging, runpages
for n in range(3):
    with runpages.start("e", root="runs", capture=False, outputs=False) as run:
        logging.basicConfig(level="INFO", format="%(message)s", handlers=[runpages.LogHandler(run)], force=True)
        logging.info("of %d", n)
    logging.info("between")
"""
    )
    found = sorted(path.read_text() for path in (here / "runs" / "e").glob("2*/logs/log.log"))
    assert found == ["of 0\n", "of 1\n", "of 2\n"]


def test_lines_of_threads_stay_whole(run: Run, logger: logging.Logger) -> None:
    logger.addHandler(plain(run))
    text = "x" * 500

    def say() -> None:
        for n in range(100):
            logger.info("%s %s", text, n)

    threads = [threading.Thread(target=say) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(lines(run)) == sorted(f"{text} {n}" for n in range(100) for _ in range(8))


def test_a_fork_and_a_guest_have_files_of_their_own(script: Script, here: Path) -> None:
    script(
        """
import logging, os, runpages
with runpages.start("e", root="runs", capture=False, outputs=False) as run:
    logging.basicConfig(level="INFO", format="%(message)s", handlers=[runpages.LogHandler(run)])
    logging.info("parent")
    if os.fork() == 0:
        logging.info("child")
        os._exit(0)
    os.wait()
    logging.info("parent again")
"""
    )
    (folder,) = (here / "runs" / "e").glob("2*")
    guest = logging.Logger("guest")
    with runpages.resume(folder, root="runs") as again:
        guest.addHandler(plain(again))
        guest.info("guest")
    guest.handlers[0].close()
    files = sorted((folder / "logs").iterdir(), key=lambda path: len(path.name))
    assert files[0].name == "log.log"
    assert files[0].read_text() == "parent\nparent again\n"
    assert sorted(path.read_text() for path in files[1:]) == ["child\n", "guest\n"]


def test_what_goes_wrong_is_told_and_not_raised(
    run: Run, logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    import shutil

    logger.addHandler(LogHandler(run))
    shutil.rmtree(run.folder)
    logger.info("nowhere")
    assert "FileNotFoundError" in capsys.readouterr().err
    assert not Path(run.folder).exists()
