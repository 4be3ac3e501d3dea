"""How a verb says no: one message, and the exit code 2."""

from __future__ import annotations

import click

from .. import text


class Refusal(click.ClickException):
    """Nothing was done: what is wrong, where, and what to do."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(text.visible(message))
