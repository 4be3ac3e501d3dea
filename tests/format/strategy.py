"""What people and hostile folders write: any text, any number, any JSON value."""

from __future__ import annotations

import math
import struct
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

NASTY = [
    "", " ", "con", "CON", "Aux.txt", "lpt9", "com1 ", ".", "..", "...", "../../escape", "/etc/passwd", "a/b", "a\\b",
    "C:\\x", "~", "~~", "~7e", "~2f", "~~0123456789abcdef", "a~", "a.b", "index", "index.html", "x.HTML", "NUL", "name",
    "loss,0,1", '"', '""', '"a"', 'a"b', "a\nb", "a\r\nb", "\r", "\x00", "\x18", "\x1b[31m", "\u2028", "\u2029", "\x85",
    "\ufeff", "\ufeffname", "\ud800", "\udfff", "\udc80", "é", "e\u0301", "İ", "ß", "ﬁ", "שלום", "\u202eevil", "😀",
    "𝕏", "=1+1", "@x", "true", "nan", "null", "1", "-0", "1e5", "a" * 120, "a" * 121, "A" * 300, "é" * 60, "😀" * 80,
]  # fmt: skip

# A high surrogate that a low one follows is one character in JSON, so such a text cannot come back as it was.
any_text = (
    st.sampled_from(NASTY)
    | st.text(st.characters(), max_size=40)
    | st.text(st.sampled_from('",\r\n\x18\x00\u2028\ufeff\ud800\udfff~./\\ aA0_'), max_size=12)
).filter(lambda text: not _has_pair(text))


def _has_pair(text: str) -> bool:
    return any("\ud800" <= a <= "\udbff" and "\udc00" <= b <= "\udfff" for a, b in pairwise(text))


names = any_text.filter(bool)
numbers: st.SearchStrategy[float | bool | None] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**4000), 10**4000)
    | st.floats()
    | st.sampled_from([0.1, -0.0, 5e-324, 1.7976931348623157e308, math.nan, math.inf, -math.inf, 10**400, 2**63])
)
steps = st.integers(-(10**300), 10**300) | st.floats(allow_nan=False, allow_infinity=False)
times = st.none() | st.integers(0, 10**13).map(lambda millis: millis / 1000)

json_values: st.SearchStrategy[Any] = st.recursive(
    numbers | any_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=12,
)


_HEADER = "name,step,time,value,text\n"
_fields = st.sampled_from(
    [
        "", "loss", "acc", "train_loss", "x y", "é", "0", "1", "2", "10", "-3", "1.5", "0.1", "1e3", "1e999", "nan",
        "NA", "inf", "-inf", "true", "FALSE", "null", "None", "1_000", "1_0.5", " 7 ", "abc", "9" * 400, "9" * 5000,
        "٣",
        "1700000000.123", '"a,b"', '"say ""x"""', '"""a\\nb"""', '"', 'a"b', '"a"b', "\x18", "\r", "\x00", "\x85",
        "\u2028", "\ufeff",
    ]
)  # fmt: skip
_good_lines = st.builds(
    lambda name, step, time, datum: f"{name},{step},{time},{datum}",
    st.sampled_from(["loss", "acc", "train_loss", "x y"]),
    st.integers(0, 99) | st.sampled_from(["", "1.5"]),
    st.sampled_from(["", "1700000000.123", "1700000001", "0.5"]),
    st.sampled_from(["1,", "0.25,", "-3e-7,", "nan,", "true,", ",a text", ",", "null,", '5,"a,b"', "7,_"]),
)
_any_lines = st.lists(_fields, min_size=0, max_size=7).map(",".join)
_ends = st.sampled_from(["\n"] * 6 + ["\r\n", "\n\n", "\x18\n", ""])
_headers = st.sampled_from([_HEADER] * 4) | st.sampled_from(
    [
        "\ufeff" + _HEADER, _HEADER.replace("\n", "\r\n"), "\n\n" + _HEADER, "na\x18\n" + _HEADER, "name,value\n",
        "name,step,value\n", "value,name\n", '"name","step","value"\n', "run,name,step,value,unit\n",
        "time,text,value,name\n", "", "name,", "x,y\n", "name,value,name\n",
    ]
)  # fmt: skip
metrics_files = st.tuples(
    _headers, st.lists(st.tuples(_good_lines | _good_lines | _any_lines, _ends), max_size=12)
).map(lambda parts: (parts[0] + "".join(line + end for line, end in parts[1])).encode("utf-8", "surrogatepass"))
"""The bytes of metrics files: good lines, and what people and full disks make of them."""


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal to the bit and in their types: nan is nan, -0.0 is not 0.0, 1 is not 1.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return struct.pack(">d", one) == struct.pack(">d", other) or (math.isnan(one) and math.isnan(other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
