"""The errors of runpages. Each message says what is wrong, where, and what to do."""

from __future__ import annotations


class RunpagesError(Exception):
    """The base of all errors that runpages raises on purpose."""

    @property
    def message(self) -> str:
        """The text of the error."""
        return str(self)


class UserError(RunpagesError):
    """A call or an input that cannot be right: a wrong name, type or combination of arguments."""


class ConflictError(UserError):
    """Something of that name already exists, and runpages never replaces what is written."""


class FormatError(RunpagesError):
    """A folder or file that this version of runpages cannot read."""


class StorageError(RunpagesError, OSError):
    """The disk refused: it is full, read-only, or the folder is gone. Earlier data stays readable."""


class WorkspaceError(UserError):
    """A workspace or its configuration does not exist, or already exists."""


class SnapshotError(RunpagesError):
    """A snapshot cannot be taken or returned: it is too large, already taken, or missing."""


class ExecutionError(RunpagesError):
    """A script could not be run, or waiting for it failed."""


class ActivityError(RunpagesError):
    """A run that a call waited for has failed."""


class RunEnvironmentError(RunpagesError):
    """No run is active in this process."""
