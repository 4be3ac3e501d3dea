from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages_site.serve import http


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.JSON", "application/json"),
        ("a.csv", "text/csv; charset=utf-8"),
        ("a.jsonl", "text/plain; charset=utf-8"),
        ("a.log", "text/plain; charset=utf-8"),
        ("a.html.txt", "text/plain; charset=utf-8"),
        ("a.svg", "image/svg+xml"),
        ("a.webp", "image/webp"),
        ("a.avif", "image/avif"),
        ("a.wasm", "application/wasm"),
        ("a.tar.gz", "application/gzip"),
        ("a.unknown", "application/octet-stream"),
        ("html", "application/octet-stream"),
        (".html", "application/octet-stream"),
    ],
)
def test_types_do_not_hang_on_the_system(name: str, content_type: str) -> None:
    assert http.content_type(name) == content_type


@given(
    st.lists(
        st.sampled_from(
            ["..", "%2e%2e", ".", "/", "//", "%2f", "\\", "%5c", "%00", "secret.txt", "e", "%", "%zz", "\u00e9"]
        )
    )
)
def test_no_path_leaves_the_site(parts: list[str]) -> None:
    names = http.names_of("/" + "".join(parts))
    for name in names or []:
        assert name not in {".", ".."}
        assert not set(name) & set("/\\\0")


@given(st.integers(0, 300), st.one_of(st.none(), st.integers(0, 400)), st.one_of(st.none(), st.integers(0, 400)))
def test_a_range_never_reaches_beyond_the_file(size: int, first: int | None, last: int | None) -> None:
    span = http.byte_range(f"bytes={'' if first is None else first}-{'' if last is None else last}", size)
    if span:
        assert 0 <= span.start < span.stop <= size


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/", [""]),
        ("/e/a%20b/", ["e", "a b", ""]),
        ("/%C3%BC", ["\u00fc"]),
        ("/%ff", ["\udcff"]),
        ("/%252e%252e/x", ["%2e%2e", "x"]),
        ("", None),
        ("e", None),
        ("*", None),
        ("//e", None),
        ("/e/../x", None),
        ("/%2e%2E", None),
        ("/a%2Fb", None),
        ("/a%5Cb", None),
        ("/a%00", None),
    ],
)
def test_a_path_is_split_into_names(path: str, names: list[str] | None) -> None:
    assert http.names_of(path) == names


@given(st.lists(st.text(st.characters(exclude_characters="/\\\0", codec="utf-8"), min_size=1), max_size=4))
def test_names_survive_the_way_through_a_url(names: list[str]) -> None:
    if not {".", ".."} & set(names):
        assert http.names_of(http.path_of(names)) == [*names, ""]
