"""A picture from any source is a file with the same pixels, listed under its name and never outside of the run."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from matplotlib.figure import Figure
from PIL import Image

from runpages import Run, UserError
from runpages.encode_image import encode
from tests.logger.conftest import Script, contents, definitions, read

SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="2" height="1"/>'
PIXELS = np.arange(2 * 5 * 3, dtype=np.uint8).reshape(2, 5, 3) * 8


def picture(shade: int = 200, size: tuple[int, int] = (5, 2)) -> Image.Image:
    return Image.new("L", size, shade)


def saved(image: Image.Image, kind: str = "PNG", **how: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **how)
    return buffer.getvalue()


def decoded(data: bytes) -> Any:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


def stored(run: Run, name: str = "p") -> bytes:
    """The file of the only picture of a name."""
    return Path(run.folder, run.get_metrics(name)[name]).read_bytes()


def listed(run: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(run.folder, "images.jsonl").read_bytes().splitlines()]


# --- sources -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [str, Path, Path.read_bytes, lambda path: bytearray(path.read_bytes())])
def test_a_file_is_kept_to_the_byte(run: Run, here: Path, source: Callable[[Path], Any]) -> None:
    (here / "file").write_bytes(saved(picture(), compress_level=9))
    run.log_image("p", source(here / "file"))
    assert stored(run) == (here / "file").read_bytes()


@pytest.mark.parametrize(
    ("data", "given_as", "extension", "size"),
    [
        (saved(picture()), "a.jpg", "png", (5, 2)),
        (saved(picture(), "JPEG"), "a.png", "jpg", (5, 2)),
        (saved(picture(), "GIF"), "no extension", "gif", (5, 2)),
        *((saved(picture(), "WEBP", lossless=exact), "a.txt", "webp", (5, 2)) for exact in (False, True)),
        (saved(picture(), "BMP"), "a.PNG", "bmp", (5, 2)),
        (saved(picture(), "TIFF"), "a", "tiff", (None, None)),
        (SVG, "a.png", "svg", (None, None)),
        (b"<svg/>", "a.html", "svg", (None, None)),
    ],
)
def test_the_content_decides_the_type(
    run: Run, here: Path, data: bytes, given_as: str, extension: str, size: tuple[int | None, int | None]
) -> None:
    (here / given_as).write_bytes(data)
    run.log_image("p", here / given_as)
    assert run.get_metrics() == {"p": f"images/p/0.{extension}"}
    (line,) = listed(run)
    assert (line["width"], line["height"]) == size
    assert stored(run) == data


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_a_pil_image_keeps_its_colors(run: Run, mode: str) -> None:
    source = Image.fromarray(PIXELS).convert("RGBA")
    source.putalpha(Image.linear_gradient("L").resize(source.size))
    source = source.convert(mode)
    run.log_image("p", source)
    with Image.open(io.BytesIO(stored(run))) as found:
        assert found.convert("RGBA").tobytes() == source.convert("RGBA").tobytes()


def test_a_pil_image_of_16_bits_keeps_them(run: Run) -> None:
    depth = np.array([[0, 1, 256, 65535]], np.uint16)
    run.log_image("p", Image.fromarray(depth))
    assert np.array_equal(decoded(stored(run)), depth)


@pytest.mark.parametrize(
    ("array", "pixels"),
    [
        (PIXELS, PIXELS),
        (PIXELS.transpose(2, 0, 1), PIXELS),
        (PIXELS[:, :, 0], PIXELS[:, :, 0]),
        (PIXELS[None, :, :, 0], PIXELS[:, :, 0]),
        (PIXELS.astype(int), PIXELS),
        (PIXELS / 255, PIXELS),
        (PIXELS > 100, (PIXELS > 100) * 255),
        (np.array([[np.nan, 1.0, 0.5]]), [[0, 255, 128]]),
        (np.full((1, 2), np.nan), [[0, 0]]),
        (np.array([[np.inf, -np.inf, 1.0, 0.5]]), [[0, 0, 255, 128]]),
        (np.array([[np.inf, 1.0, 0.5]]), [[0, 255, 128]]),
        (np.array([[0, 1]]), [[0, 1]]),
        (np.array([[-0.0, 1.0]]), [[0, 255]]),
        (np.zeros((3, 7, 3), np.uint8), np.zeros((3, 7, 3))),
    ],
)
def test_an_array_is_its_pixels(run: Run, array: Any, pixels: Any) -> None:
    run.log_image("p", array)
    assert np.array_equal(decoded(stored(run)), pixels)
    assert [(line["height"], line["width"]) for line in listed(run)] == [np.shape(pixels)[:2]]


WHOLE = ["u1", "u2", "i2", ">i4", "i8", "u8"]
REAL = ["f2", "f4", ">f4", "f8"]
# Where the same values may lie in memory: in either order, backwards, with gaps.
LAYOUTS = [
    *(np.ascontiguousarray, np.asfortranarray),
    *(lambda array: array[::-1].copy()[::-1], lambda array: array.repeat(2, axis=1)[:, ::2]),
]


@given(
    pixels=arrays.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(5, 9), st.sampled_from([1, 3, 4]))),
    kind=st.sampled_from([*WHOLE, *REAL]),
    layout=st.sampled_from(LAYOUTS),
)
def test_every_array_comes_back_to_the_pixel(pixels: Any, kind: str, layout: Callable[[Any], Any]) -> None:
    array = (pixels / 255 if kind in REAL else pixels).astype(kind)
    for source in (array, array.transpose(2, 0, 1)):
        data, facts = encode(layout(source), "p")
        assert np.array_equal(decoded(data).reshape(pixels.shape), pixels)
        assert facts == ("png", pixels.shape[1], pixels.shape[0])


class Tensor:
    """What a tensor on another device looks like: it has to be taken from there before it is an array."""

    dtype = "float32"
    shape = PIXELS.shape

    def detach(self) -> Tensor:
        return self

    def cpu(self) -> Tensor:
        return self

    def numpy(self) -> Any:
        return (PIXELS / 255).astype(np.float32)

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("cannot convert a tensor on this device")


def test_a_tensor_is_its_pixels(run: Run) -> None:
    run.log_image("p", Tensor())
    assert np.array_equal(decoded(stored(run)), PIXELS)


class Shared:
    """What an array of another library looks like: numpy takes it, and knows it by nothing else."""

    def __init__(self, array: Any) -> None:
        self.array = array


class AsArray(Shared):
    def __array__(self, *_: Any, **__: Any) -> Any:
        return self.array


class AsDlpack(Shared):
    def __dlpack__(self, **how: Any) -> Any:
        return self.array.__dlpack__(**how)

    def __dlpack_device__(self) -> Any:
        return self.array.__dlpack_device__()


@pytest.mark.parametrize("kind", [AsArray, AsDlpack])
def test_an_array_of_another_library_is_its_pixels(run: Run, kind: type[Shared]) -> None:
    run.log_image("p", kind(PIXELS.copy()))
    assert np.array_equal(decoded(stored(run)), PIXELS)


def test_a_mapped_file_is_its_pixels(run: Run, here: Path) -> None:
    mapped = np.memmap(here / "pixels", np.uint8, "w+", shape=PIXELS.shape)
    mapped[:] = PIXELS
    run.log_image("p", mapped)
    assert np.array_equal(decoded(stored(run)), PIXELS)


@pytest.mark.parametrize("at", [0, 3, None])
def test_an_open_file_is_read_whole_where_it_is_at_its_end(run: Run, here: Path, at: int | None) -> None:
    buffer = io.BytesIO(SVG)
    buffer.seek(len(SVG) if at is None else at)
    run.log_image("buffer", buffer)
    assert stored(run, "buffer") == SVG
    with open(here / "file", "w+b") as file:
        file.write(SVG)
        file.seek(len(SVG) if at is None else 0)
        run.log_image("file", file)
    assert stored(run, "file") == SVG


def test_a_closed_file_is_refused_with_what_to_do(run: Run, here: Path) -> None:
    (here / "file").write_bytes(SVG)
    with open(here / "file", "rb") as file:
        pass
    with pytest.raises(UserError, match=r"'p': .*closed file; log it before, or give its path"):
        run.log_image("p", file)


def test_what_reads_no_bytes_is_refused(run: Run) -> None:
    class Camera:
        def read(self) -> tuple[bool, list[int]]:
            return True, [1]

    with pytest.raises(UserError, match=r"'p': read\(\) returned a tuple, not bytes; give a picture"):
        run.log_image("p", Camera())


@pytest.fixture
def figure() -> Iterator[Figure]:
    figure, axes = plt.subplots(figsize=(2, 1))
    axes.plot([1, 3, 2])
    yield figure
    plt.close("all")


@pytest.mark.parametrize("word", ["plot", "path"])
@pytest.mark.parametrize("module", [False, True], ids=["figure", "pyplot"])
def test_a_plot_is_drawn_and_stays_open(run: Run, figure: Figure, word: str, module: bool) -> None:
    given: Any = {word: plt if module else figure}
    run.log_image("p", **given)
    expected = io.BytesIO()
    figure.savefig(expected, format="png")
    assert np.array_equal(decoded(stored(run)), decoded(expected.getvalue()))
    assert plt.gcf() is figure and len(figure.axes[0].lines) == 1


def test_no_library_is_loaded_for_a_file(script: Script) -> None:
    text = (
        "import sys, runpages\nrunpages.start('e', capture=False).log_image('p', b'<svg/>')\n"
        "print(sorted({'numpy', 'PIL', 'matplotlib'} & set(sys.modules)))"
    )
    assert script(text).stdout == "[]\n"


# --- what is listed ----------------------------------------------------------------------------------------


def test_pictures_of_one_name_and_step_are_all_kept_in_order(run: Run) -> None:
    for shade in range(12):
        run.log_image("p", picture(shade), step=3)
    run.log_image("p", SVG, step=3)
    *paths, last = run.get_metrics()["p"]
    assert [decoded(Path(run.folder, path).read_bytes())[0, 0] for path in paths] == list(range(12))
    assert Path(run.folder, last).read_bytes() == SVG
    assert [(image.name, image.step) for image in read(run.folder).images] == [("p", 3)] * 13


def test_step_caption_description_and_size_are_told(run: Run) -> None:
    run.log_image("p", picture(), description="What *was* seen", caption="the <worst>")
    run.log_image("p", picture(size=(1, 3)), step=7.5)
    first, second = read(run.folder).images
    assert (first.step, first.caption, first.width, first.height) == (0, "the <worst>", 5, 2)
    assert (second.step, second.caption, second.width, second.height) == (7.5, None, 1, 3)
    assert definitions(run) == [{"name": "p", "description": "What *was* seen"}]


@pytest.mark.parametrize("step", [0, -3, 2.5, 1e300, pytest.param(10**300, id="301 digits"), np.int64(7)])
def test_a_step_is_any_finite_number(run: Run, step: Any) -> None:
    run.log_image("p", SVG, step=step)
    assert [image.step for image in read(run.folder).images] == [step]
    assert stored(run) == SVG


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "/etc/x", "..", ".", "a\\b", "😀", "n" * 300, "é" * 300, "con", "\0", "\ud800", "a.b", " "]
)
def test_a_hostile_name_stays_in_the_run(run: Run, here: Path, name: str) -> None:
    before = [path for path in contents(here) if not path.startswith("runs")]
    run.log_image(name, SVG)
    run.log_image(name, SVG)
    paths = run.get_metrics()[name]
    assert len(set(paths)) == 2
    images = Path(run.folder, "images").resolve()
    for path in paths:
        assert images in Path(run.folder, path).resolve().parents
        assert Path(run.folder, path).read_bytes() == SVG
    assert [path for path in contents(here) if not path.startswith("runs")] == before
    assert {Path(path).parent for path in paths} == {path.relative_to(run.folder) for path in images.iterdir()}


def test_names_that_meet_without_case_have_two_folders(run: Run) -> None:
    run.log_image("Plot", SVG)
    run.log_image("plot", b"<svg>2</svg>")
    found = run.get_metrics()
    assert found["Plot"].lower() != found["plot"].lower()
    assert (stored(run, "Plot"), stored(run, "plot")) == (SVG, b"<svg>2</svg>")


# --- refusals ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [{}, {"path": SVG, "plot": SVG}])
def test_exactly_one_of_path_and_plot_is_given(run: Run, how: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"'p'.*exactly one of path= and plot="):
        run.log_image("p", **how)
    assert list(contents(run.folder)) == ["run.json"]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        *((b"", "PNG"), (b"just text", "PNG"), ("text.png", "text.png")),
        *((np.zeros(shape), re.escape(str(shape))) for shape in [(), (3,), (0, 3), (2, 2, 2), (5, 5, 5), (1, 2, 2, 3)]),
        (np.array([[0, 1.5]]), "from 0 to 1.5"),
        (np.array([[-0.1, 1]]), "from -0.1 to 1"),
        (np.array([[0, 256]]), "from 0 to 256"),
        (np.array([[-1, 2]], np.int8), "from -1 to 2"),
        *((np.zeros((2, 2), kind), kind) for kind in ("complex128", "object", "<U1", "datetime64")),
        *(
            ([[0.5]], r"a list is not an image; give numpy.array\(...\) of its numbers"),
            *((5, "an int is not an image"), (io.StringIO("<svg/>"), "open it with 'rb'")),
            (5, "an int is not an image"),
            (io.StringIO("<svg/>"), "open it with 'rb'"),
        ),
        (b"%PDF-1.7", "the argument is a PDF, .* SVG or PNG, or use upload_file"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(run: Run, here: Path, source: Any, told: str) -> None:
    (here / "text.png").write_text("PNG, says the name")
    with pytest.raises(UserError, match=f"'p'.*{told}"):
        run.log_image("p", source, description="said")
    assert list(contents(run.folder)) == ["run.json"]
    run.log_image("p", SVG)
    assert [image.step for image in read(run.folder).images] == [0]


@pytest.mark.parametrize("step", ["1", float("nan"), [1]])
def test_a_wrong_step_leaves_nothing_behind(run: Run, step: Any) -> None:
    with pytest.raises(UserError, match="'p'"):
        run.log_image("p", SVG, step=step, description="said")
    assert list(contents(run.folder)) == ["run.json"]


def test_a_missing_file_is_told_by_its_name(run: Run, here: Path) -> None:
    with pytest.raises(FileNotFoundError, match=re.escape(str(here / "gone.png"))):
        run.log_image("p", here / "gone.png", description="said")
    assert list(contents(run.folder)) == ["run.json"]
