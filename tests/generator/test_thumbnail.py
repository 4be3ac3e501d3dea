"""Thumbnails and sealed pages: what is made, when it is made again, and that bad files stop nothing."""

from __future__ import annotations

import io
import os
import random
import struct
import zlib
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from runpages_site.build import Report, build
from runpages_site.check.site import check
from runpages_site.read import thumbnail
from runpages_site.write.run_files import POLICY, sealed
from tests.generator.conftest import NOW, MakeRun

Built = Callable[[], tuple[Path, Report]]


def picture(width: int = 1400, height: int = 900, mode: str = "RGB", kind: str = "PNG", **options: object) -> bytes:
    """A picture with something to see in it."""
    across = Image.linear_gradient("L").resize((width, height))
    made = Image.merge("RGB", (across, across.rotate(180), Image.new("L", (width, height), 90)))
    out = io.BytesIO()
    made.convert("L" if mode in ("I", "F") else mode).convert(mode).save(out, kind, **options)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that says that it is huge."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def small(data: bytes, kind: str = "PNG") -> Image.Image:
    return Image.open(io.BytesIO(thumbnail.thumbnail(io.BytesIO(data), kind)))


def thumbnails(site: Path) -> list[Path]:
    return sorted(site.glob("e/demo/*/thumbnails/*"))


def messages(report: Report) -> list[str]:
    return [problem.message for problems in report.problems.values() for problem in problems]


# --- a picture ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        *(("RGB", "PNG"), ("RGBA", "PNG"), ("P", "PNG"), ("1", "PNG"), ("L", "PNG"), ("LA", "PNG")),
        *(("RGB", "JPEG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("RGB", "WEBP"), ("P", "GIF"), ("RGB", "BMP")),
        *(("RGB", "TIFF"), ("F", "TIFF"), ("I", "TIFF"), ("CMYK", "TIFF")),
    ],
)
def test_every_kind_of_picture_has_a_thumbnail(mode: str, kind: str) -> None:
    made = small(picture(mode=mode, kind=kind), kind)
    assert (made.format, made.size) == ("WEBP", (640, 411))
    low, high = made.convert("L").getextrema()
    assert (low, high) != (0, 0)
    assert high - low > 60  # type: ignore[operator]


def test_sixteen_bits_keep_their_greys() -> None:
    deep = Image.new("I;16", (1400, 900), 0x8000)
    out = io.BytesIO()
    deep.save(out, "PNG")
    low, high = small(out.getvalue()).convert("L").getextrema()
    assert 124 <= low <= high <= 132  # type: ignore[operator]


def test_a_picture_on_its_side_is_turned() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert small(picture(kind="JPEG", exif=exif), "JPEG").size == (411, 640)


def test_the_same_picture_gives_the_same_bytes() -> None:
    data = picture(kind="JPEG")
    assert thumbnail.thumbnail(io.BytesIO(data), "JPEG") == thumbnail.thumbnail(io.BytesIO(data), "JPEG")


@pytest.mark.parametrize("side", [9_000, 30_000])
def test_more_pixels_than_the_limit_are_never_decoded(side: int) -> None:
    with pytest.raises(Exception, match=r"too large|exceeds limit"):
        thumbnail.thumbnail(io.BytesIO(bomb(side, side)), "PNG")


# --- a run -------------------------------------------------------------------------------------------------


def test_only_large_pictures_have_thumbnails(make_run: MakeRun, built: Built) -> None:
    noise = random.Random(0).randbytes(300 * 300 * 3)
    out = io.BytesIO()
    Image.frombytes("RGB", (300, 300), noise).save(out, "PNG")
    files = {"wide.png": picture(1100, 20), "small.png": picture(400, 300), "bytes.png": out.getvalue()}
    make_run(files={f"images/{name}": data for name, data in files.items()} | {"images/d.svg": "<svg/>"})
    site, report = built()
    assert len(thumbnails(site)) == 2
    assert messages(report) == []
    html = next(site.glob("e/demo/a.html")).read_text()
    assert 'src="a/images/small.png"' in html
    assert 'src="a/images/wide.png"' not in html
    assert check(site).problems == []


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_the_thumbnail_of_an_animation_says_that_it_is_a_still(make_run: MakeRun, built: Built, kind: str) -> None:
    frames = [Image.open(io.BytesIO(picture())).rotate(turn) for turn in (0, 180)]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=200, loop=0)
    still, scan = picture(kind=kind), io.BytesIO()
    frames[0].save(scan, "TIFF", save_all=True, append_images=frames[1:])
    moving, scanned = f"images/moving.{kind.lower()}", "images/scan.tiff"
    run = make_run(files={moving: out.getvalue(), f"images/still.{kind.lower()}": still, scanned: scan.getvalue()})
    site, report = built()
    names = [path.name for path in thumbnails(site)]
    assert sorted(name.partition(".")[2] for name in names) == ["still.webp", "webp", "webp"]
    script = next(site.glob("e/demo/a/images.js")).read_text()
    assert script.count(".still.webp") == 1 and f'"full":"a/{moving}"' in script
    assert messages(report) == [] and check(site).problems == []
    (run / "metrics.csv").write_text("name,step,value\nloss,0,1\n")
    built()
    assert [path.name for path in thumbnails(site)] == names


def test_what_is_there_is_not_made_again(
    make_run: MakeRun, built: Built, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    make = thumbnail.thumbnail

    def counted(file: io.BytesIO, kind: str) -> bytes:
        made.append(kind)
        return make(file, kind)

    monkeypatch.setattr(thumbnail, "thumbnail", counted)
    run = make_run(
        files={"images/x/0.png": picture(), "images/x/1.png": picture(), "images/x/2.jpg": picture(kind="JPEG")}
    )
    site, _ = built()
    assert sorted(made) == ["JPEG", "PNG"]  # Two files of the same bytes have one.
    (run / "metrics.csv").write_text("name,step,value\nloss,0,1\n")
    (run / "images" / "x" / "3.webp").write_bytes(picture(1200, 800, kind="WEBP"))
    (run / "images" / "x" / "2.jpg").unlink()
    built()
    assert sorted(made) == ["JPEG", "PNG", "WEBP"]
    build(workspace, tmp_path / "clean", now=NOW, version="1.2.3")

    def published(folder: Path) -> dict[str, bytes]:
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and path.name != "build.js" and ".runpages" not in path.relative_to(folder).parts
        }

    assert published(site) == published(tmp_path / "clean")
    assert len(thumbnails(site)) == 2


def test_a_bad_picture_is_a_problem_with_a_placeholder(make_run: MakeRun, built: Built) -> None:
    make_run(
        files={
            "images/torn.png": picture()[:4000],
            "images/bomb.png": bomb(30_000, 30_000),
            "images/lies.png": bomb(30_000, 30_000),
            "images/text.png": "not an image",
            "images/good.png": picture(),
            "images.jsonl": '{"name": "lies", "file": "images/lies.png", "width": 10, "height": 10}\n'
            '{"name": "text", "file": "images/text.png", "width": 10, "height": 10}\n',
        }
    )
    site, report = built()
    large = "30,000 × 30,000 pixels, which is more than 80 megapixels: too large to show"
    assert sorted(messages(report)) == sorted(["It cannot be decoded", large, large, "Not a readable image"])
    assert len(thumbnails(site)) == 1
    html = next(site.glob("e/demo/a.html")).read_text()
    assert html.count(large) >= 2
    for name in ("torn", "bomb", "lies", "text"):
        assert f'href="a/images/{name}.png"' in html
        assert f'src="a/images/{name}.png"' not in html
    assert "a/images/bomb.png" not in (html.split("<img")[1:] or [""])[0]


def test_whatever_a_codec_says_is_a_problem(make_run: MakeRun, built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    make_run(files={"images/a.png": picture()})

    def fails(file: object, kind: str) -> bytes:
        raise OSError(5, "broken")

    monkeypatch.setattr(thumbnail, "thumbnail", fails)
    _, report = built()
    assert messages(report) == ["It cannot be decoded"]


# --- logged pages ------------------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_the_policy_comes_before_whatever_was_logged(page: bytes) -> None:
    made = sealed(page)
    assert made.startswith(b'<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy"')
    assert made.index(POLICY.encode()) < 120
    made.decode("utf-8")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_logged_page_keeps_its_text(encoding: str) -> None:
    assert '<iframe sandbox srcdoc="&lt;p&gt;Größe">' in sealed("<p>Größe".encode(encoding)).decode()


@given(st.text(st.sampled_from("\"'<>&;#x34 iframe/-!"), max_size=200))
def test_no_logged_page_ends_the_frame_around_it(page: str) -> None:
    made = sealed(page.encode()).decode()
    _, _, rest = made.partition('srcdoc="')
    inner, _, after = rest.partition('"')
    assert unescape(inner) == page
    assert after == "></iframe>\n"


def test_a_logged_page_has_a_sealed_copy(make_run: MakeRun, built: Built) -> None:
    make_run(files={"media/page/0.html": "<script>alert(1)</script><a href='gone.html'>x</a>"})
    site, report = built()
    (copy,) = site.glob("e/demo/a/pages/*")
    assert copy.suffix == ".htm"
    assert copy.read_bytes() == sealed(b"<script>alert(1)</script><a href='gone.html'>x</a>")
    assert (site / "e/demo/a/media/page/0~_html~.txt").is_file()
    assert f'src="a/pages/{copy.name}"' in (site / "e/demo/a.html").read_text()
    assert messages(report) == []
    assert check(site).problems == []
    assert os.listdir(site / "e/demo/a/pages") == [copy.name]
