"""The numbers that the scripts of a comparison are held to are those of numpy."""

from __future__ import annotations

import json

from tests import compare_numbers


def test_the_numbers_of_the_script_tests_are_those_of_numpy() -> None:
    assert json.loads(compare_numbers.FILE.read_text()) == compare_numbers.numbers()
