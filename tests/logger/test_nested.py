"""Values of any type as nested dictionaries, lists and plain values: what people give as parameters."""

from __future__ import annotations

import argparse
import collections
import dataclasses
import datetime as dt
import enum
import fractions
import functools
import json
import pathlib
import re
import subprocess
import sys
import threading
import types
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Optional

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline

from runpages.nested import document, text


class Color(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    HIGH = 2


class Point(NamedTuple):
    x: int
    y: int


@dataclasses.dataclass
class Optimizer:
    lr: float = 0.1
    color: Color = Color.RED
    inner: Any = None
    key: str = dataclasses.field(default="secret", repr=False)


@attrs.define
class Model:
    depth: int = 2
    key: str = attrs.field(default="secret", repr=False)


class Item(Mapping[str, int]):
    """A mapping that is no dictionary."""

    def __getitem__(self, key: str) -> int:
        return 1

    def __iter__(self) -> Any:
        return iter(["one"])

    def __len__(self) -> int:
        return 1


class Listed(Sequence[int]):
    """A sequence that is no list."""

    def __getitem__(self, at: Any) -> Any:
        return [1, 2][at]

    def __len__(self) -> int:
        return 2


class Keyed:
    """A configuration that is no mapping by its class."""

    def keys(self) -> list[str]:
        return ["lr"]

    def __getattr__(self, name: str) -> float:
        raise KeyError(name)

    def __getitem__(self, key: str) -> float:
        return 0.1


class Bare:
    """An object whose repr holds an address."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


class Model1:
    """As pydantic's models are: what is secret is masked in what it says of itself."""

    __fields__: ClassVar[dict[str, Any]] = {}

    def __repr_args__(self) -> list[tuple[str, Any]]:
        return [("lr", 0.1), ("more", {"a": 1})]


class Refusing:
    def __repr__(self) -> str:
        raise RuntimeError("no")

    def keys(self) -> list[str]:
        raise OSError("no")

    def __getitem__(self, key: str) -> float:
        raise OSError("no")


class Lazy(Item):
    """A mapping with an item that cannot be read."""

    def __iter__(self) -> Any:
        return iter(["one", "two"])

    def __getitem__(self, key: str) -> int:
        if key == "two":
            raise OSError("no disk")
        return 1


class Unit:
    """What has a number and does not give it."""

    def __float__(self) -> float:
        raise RuntimeError("dimensions")

    def __str__(self) -> str:
        return "3 m"


HERE = __name__

FORMS: list[tuple[Any, Any]] = [
    (types.MappingProxyType({"a": {"b": 1}}), {"a": {"b": 1}}),
    (vars(Model1), {}),
    (collections.ChainMap({"a": 1}, {"b": 2}), {"b": 2, "a": 1}),
    (Item(), {"one": 1}),
    (Lazy(), {"one": 1, "two": "no disk"}),
    (Keyed(), {"lr": 0.1}),
    (argparse.Namespace(a=types.SimpleNamespace(b=1)), {"a": {"b": 1}}),
    (Optimizer(inner=Optimizer()), {"lr": 0.1, "color": "RED", "inner": {"lr": 0.1, "color": "RED", "inner": None}}),
    (Model(), {"depth": 2}),
    (Model1(), {"lr": 0.1, "more": {"a": 1}}),
    (Point(1, 2), {"x": 1, "y": 2}),
    (Listed(), [1, 2]),
    (collections.deque([1, (2, 3)]), [1, [2, 3]]),
    ({"a": 1}.values(), [1]),
    ({"b": 1, "a": 2}.keys(), ["a", "b"]),
    (range(3), [0, 1, 2]),
    (range(10**9), "range(0, 1000000000)"),
    ({10, 9}, [9, 10]),
    ({10, "a"}, ["a", 10]),
    (collections.UserString("abc"), "abc"),
    (np.float32, "numpy.float32"),
    (np.dtype("float32"), "float32"),
    (np.float32(0.5), 0.5),
    (np.datetime64("2020-01-01"), "2020-01-01"),
    (np.exp, "numpy.exp"),
    (np.eye(2), [[1.0, 0.0], [0.0, 1.0]]),
    (np.zeros((100, 100), "f4"), "numpy.ndarray of shape (100, 100), float32"),
    (pd.DataFrame({"a": [1, 2]}), {"a": [1, 2]}),
    (pd.DataFrame({"a": range(2_000)}), "pandas.DataFrame of shape (2000, 1)"),
    (pd.Timestamp("2020-01-01"), "2020-01-01T00:00:00"),
    (int, "int"),
    (list[int], "list[int]"),
    (Optional[int], "typing.Optional[int]"),  # noqa: UP045 - a form of its own
    (Optimizer, f"{HERE}.Optimizer"),
    (Keyed.keys, f"{HERE}.Keyed.keys"),
    (Keyed().keys, f"{HERE}.Keyed.keys"),
    (print, "print"),
    (lambda: 1, f"{HERE}.<lambda>"),
    (json, "json"),
    (threading.Lock(), "_thread.lock"),
    (object(), "object"),
    (
        functools.partial(int, base=2),
        {"class": "functools.partial", "func": "int", "args": [], "keywords": {"base": 2}},
    ),
    (re.compile("a+"), "a+"),
    (re.compile(""), ""),
    (pathlib.PurePosixPath("a/b"), "a/b"),
    (Color.RED, "RED"),
    (Level.HIGH, 2),
    (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
    (dt.datetime(2020, 1, 2, tzinfo=dt.UTC), "2020-01-02T00:00:00+00:00"),
    (dt.date(2020, 1, 2), "2020-01-02"),
    (dt.timedelta(hours=1), "1:00:00"),
    (b"ab", "b'ab'"),
    (b"a" * 2_000, "2000 bytes"),
    (fractions.Fraction(1, 2), 0.5),
    (1 + 2j, "(1+2j)"),
    (Unit(), "3 m"),
    (Refusing(), f"{HERE}.Refusing"),
    (ValueError("x"), "x"),
]


@pytest.mark.parametrize(("value", "form"), FORMS, ids=lambda one: type(one).__name__)
def test_a_value_has_its_form(value: Any, form: Any) -> None:
    assert document(value) == form


def test_an_estimator_is_its_class_with_its_parameters() -> None:
    form = document(Pipeline([("ridge", Ridge(alpha=0.3))]))
    name, ridge = form["steps"][0]
    assert (form["class"], name) == ("sklearn.pipeline.Pipeline", "ridge")
    assert ridge["alpha"] == 0.3
    assert ridge["class"].endswith(".Ridge")


def test_an_object_is_its_class_with_the_attributes_that_are_no_data() -> None:
    value = Bare(lr=0.1, data=[0] * 5_000, _hidden=1, name="x" * 5_000)
    assert document(value) == {"class": f"{HERE}.Bare", "lr": 0.1, "name": "x" * 5_000}


def test_objects_lead_to_few_others() -> None:
    first, second = Bare(), Bare()
    first.__dict__.update(lr=0.1, next=second)
    second.__dict__.update(next=first, all=[Bare(one=Bare(two=Bare(three=1)))])
    assert json.dumps(document(first)).count('"class"') < 6


def test_what_holds_itself_ends() -> None:
    loop: dict[str, Any] = {"a": 1}
    loop["self"] = loop
    assert document(loop) == {"a": 1, "self": "dict"}


def test_what_is_nested_deeply_ends() -> None:
    deep: Any = 1
    for _ in range(500):
        deep = [deep]
    assert "list" in json.dumps(document(deep))


def test_keys_that_differ_stay_apart() -> None:
    assert document({1: "a", "1": "b", None: "c", Color.RED: "d", int: "e"}) == {
        "1": "a",
        "1 (str)": "b",
        "None": "c",
        "RED": "d",
        "int": "e",
    }


def test_numbers_of_any_length_are_kept() -> None:
    assert document(10**5_000) == hex(10**5_000)


def test_a_text_is_one() -> None:
    assert [text(value) for value in (1, True, "a", Color.RED, int, np.float32(0.1), (1, 2))] == [
        *("1", "True", "a", "RED", "int", "0.1", "[1, 2]")
    ]


def test_equal_values_of_two_processes_have_one_form() -> None:
    script = (
        "from runpages.nested import document; import functools\n"
        "class Thing: pass\n"
        "print(document([{'a', 'b', 'c'}, Thing(), lambda: 1, functools.partial(print), iter([]), {Thing: 1}]))"
    )
    said = {subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(said) == 1


@given(st.recursive(st.from_type(object), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_no_value_is_refused(value: Any) -> None:
    json.dumps(document(value))
