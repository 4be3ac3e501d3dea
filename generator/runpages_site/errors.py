"""What stops a build. Each message says what is wrong, where, and what to do."""

from __future__ import annotations

from runpages.format.errors import RunpagesError


class BuildError(RunpagesError):
    """The build cannot begin: nothing to read, or nowhere to write."""


class SettingsError(BuildError):
    """``runpages.yml`` has mistakes; the message lists all of them."""


class ThemeError(BuildError):
    """A template of the theme has a mistake: no page can be made, so the site is left as it is."""


class OutputError(BuildError):
    """The output folder is not ours to write."""


class BusyError(OutputError):
    """Another build is writing the site just now."""
