"""Kinds and sizes of pictures, by the content alone, held against Pillow."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from runpages.format.image_header import HEAD, Picture, kind_of, picture_of

SIZES = [(1, 1), (7, 300), (640, 3)]
KINDS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("png", "PNG", "RGB", {}),
    ("png", "PNG", "1", {}),
    ("png", "PNG", "RGBA", {"optimize": True}),
    ("jpg", "JPEG", "RGB", {}),
    ("jpg", "JPEG", "L", {"quality": 5}),
    ("jpg", "JPEG", "RGB", {"progressive": True, "comment": "c" * 5000}),
    ("jpg", "JPEG", "CMYK", {"exif": b"Exif\0\0" + b"x" * 20_000, "icc_profile": b"y" * 10_000}),
    ("gif", "GIF", "P", {}),
    ("webp", "WEBP", "RGB", {}),
    ("webp", "WEBP", "RGB", {"lossless": True}),
    ("webp", "WEBP", "RGBA", {"exif": b"Exif\0\0x"}),
    ("bmp", "BMP", "RGB", {}),
    ("bmp", "BMP", "1", {}),
    ("tiff", "TIFF", "RGB", {}),
    ("avif", "AVIF", "RGB", {}),
]
# Their sizes stand deep in the file.
WITHOUT_SIZE = {"tiff", "avif"}


def made(form: str, mode: str, size: tuple[int, int], how: dict[str, Any]) -> bytes:
    image = Image.effect_noise(size, 80).convert(mode)
    file = io.BytesIO()
    image.save(file, form, **how)
    return file.getvalue()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("extension", "form", "mode", "how"), KINDS)
def test_pictures_are_recognised(
    extension: str, form: str, mode: str, how: dict[str, Any], size: tuple[int, int]
) -> None:
    data = made(form, mode, size, how)
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == form
        expected = (None, None) if extension in WITHOUT_SIZE else image.size
    assert kind_of(data[:HEAD]) == Picture(extension, *expected)


@pytest.mark.parametrize(("extension", "form", "mode", "how"), KINDS)
def test_a_torn_picture_never_raises(extension: str, form: str, mode: str, how: dict[str, Any]) -> None:
    data = made(form, mode, (300, 7), how)
    whole = kind_of(data)
    assert whole is not None
    for end in range(min(200, len(data))):
        found = kind_of(data[:end])
        assert found in (None, Picture(extension), whole), end
    assert kind_of(b"") is None


@pytest.mark.parametrize(
    ("form", "how", "needed"),
    [
        ("PNG", {}, 24),
        ("GIF", {}, 10),
        ("BMP", {}, 26),
        ("WEBP", {}, 30),
        ("WEBP", {"lossless": True}, 25),
        ("WEBP", {"exif": b"Exif\0\0x"}, 30),
    ],
)
def test_the_size_is_known_as_soon_as_its_bytes_are_there(form: str, how: dict[str, Any], needed: int) -> None:
    data = made(form, "RGB", (300, 7), how)
    found = [kind_of(data[:end]) or Picture("") for end in range(200)]
    assert [picture[1:] for picture in found] == [(None, None)] * needed + [(300, 7)] * (200 - needed)


@given(st.sampled_from(KINDS), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_broken_picture_never_raises(
    kind: tuple[str, str, str, dict[str, Any]], broken: list[tuple[int, int]]
) -> None:
    data = bytearray(made(kind[1], kind[2], (5, 4), kind[3]))
    for at, byte in broken:
        data[at] = byte
    found = kind_of(bytes(data))
    assert found is None or found.width is None or found.width >= 0


@given(st.binary(max_size=100))
def test_garbage_is_hardly_a_picture(data: bytes) -> None:
    found = kind_of(data)
    assert found is None or found.width is None or found.width >= 0


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xef\xbb\xbf \n<svg></svg>",
        b"<?xml version='1.0'?>\n<!-- made by x -->\n<svg></svg>",
        b"<!DOCTYPE svg PUBLIC 'x'>\n<svg></svg>",
    ],
)
def test_drawings_are_recognised(data: bytes) -> None:
    assert kind_of(data) == Picture("svg")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"BM stands for many things, and this is a text",
        b"GIF99a......",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"<html><svg></svg></html>",
        b"<?xml version='1.0'?><rss></rss>",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"\x89PNX\r\n\x1a\n",
        b"\xff\xd8",
    ],
)
def test_what_is_no_picture_is_none(data: bytes) -> None:
    assert kind_of(data) is None


def test_a_file_is_told_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(made("PNG", "RGB", (3, 2), {}))
    assert picture_of(str(path)) == Picture("png", 3, 2)
    assert picture_of(str(tmp_path / "none.png")) is None
    assert picture_of(str(tmp_path)) is None


def test_a_huge_picture_is_told_without_opening_it() -> None:
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert kind_of(header) == Picture("png", 60_000, 60_000)
