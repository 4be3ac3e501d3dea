"""What stops a build. Each message says what is wrong, where, and what to do."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from runpages.format.errors import RunpagesError


class BuildError(RunpagesError):
    """The build cannot begin: nothing to read, or nowhere to write."""


class SettingsError(BuildError):
    """``runpages.yml`` has mistakes; the message lists all of them."""


class ThemeError(BuildError):
    """A template of the theme has a mistake: no page can be made, so the site is left as it is."""


class SecretsFound(BuildError):
    """A build was refused because of secrets, which the message lists."""


class OutputError(BuildError):
    """The output folder is not ours to write."""


class BusyError(OutputError):
    """Another build is writing the site just now."""


T = TypeVar("T")
D = TypeVar("D")

SECTION_MISSING = "The rest of the page is complete"
PAGE_KEPT = "The page of the last build stays"
PAGE_MISSING = "It has no page yet"


class Fault(NamedTuple):
    """What could not be made, the last line of the traceback, and what became of it."""

    what: str
    error: str
    effect: str
    traceback: str = ""

    @property
    def sentence(self) -> str:
        """All but the traceback."""
        return f"{self.what} could not be made: {self.error}. {self.effect}."

    @property
    def is_whole(self) -> bool:
        """Whether it struck a whole page, and not a section of it."""
        return self.effect != SECTION_MISSING


def fault_of(error: BaseException, what: str = "The page", effect: str = PAGE_MISSING) -> Fault:
    """The fault that an exception stands for, also of one that comes from another process."""
    line = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
    return Fault(what, line.rstrip("."), effect, "".join(traceback.format_exception(error)))


class Sections:
    """Makes the sections of a page one by one, so that one that fails costs itself only."""

    def __init__(self) -> None:
        self.faults: dict[str, Fault] = {}
        """What failed, by the id of the section."""

    def make(self, section: str, work: Callable[[], T], otherwise: D) -> T | D:
        """What ``work`` returns; ``otherwise`` if it or any earlier work on the section failed.

        Raises BuildError: a site that can't be written is no fault of a section.
        """
        if section in self.faults:
            return otherwise
        try:
            return work()
        except BuildError:
            raise
        except Exception as error:
            self.faults[section] = fault_of(error, f"The section {section.capitalize()}", SECTION_MISSING)
            return otherwise
