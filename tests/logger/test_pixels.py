"""Arrays beyond what a picture is: a little is clipped and said, more is refused with advice that helps."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from runpages import Run, UserError
from runpages.encode_image import encode
from tests.logger.conftest import Script, contents

RAMP = np.linspace(0, 1, 64).reshape(8, 8)
DEEP = np.arange(64, dtype=np.uint16).reshape(8, 8) * 1000


def decoded(data: bytes) -> Any:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


def stored(run: Run, name: str) -> Any:
    return decoded(Path(run.folder, run.get_metrics(name)[name]).read_bytes())


# --- clipped -----------------------------------------------------------------------------------------------

BEYOND = [
    (np.array([[0, 1.0000001]], np.float32), [[0, 255]], "from 0 to 1.00000012"),
    (np.array([[-1e-7, 0.5]]), [[0, 128]], "from -1e-07 to 0.5"),
    (np.array([[-0.05, 0.5, 1.08]]), [[0, 128, 255]], "from -0.05 to 1.08"),
    (np.array([[-0.05, np.nan, np.inf]]), [[0, 0, 0]], "from -0.05 to 0"),
    (
        Image.fromarray(np.array([[-5, 128, 260]], np.float32)),
        [[0, 128, 255]],
        "from -5 to 260 were clipped to 0 to 255",
    ),
]


@pytest.mark.parametrize(("source", "pixels", "told"), BEYOND)
def test_what_overshoots_a_little_is_clipped_and_said_once(run: Run, source: Any, pixels: Any, told: str) -> None:
    with pytest.warns(RuntimeWarning, match=f"^image 'p': values {told}") as seen:
        run.log_image("p", source)
    assert seen[0].filename == __file__
    assert np.array_equal(stored(run, "p"), pixels)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run.log_image("p", source)
    with pytest.warns(RuntimeWarning, match="'q'"):
        run.log_image("q", source)


def test_a_picture_that_was_enlarged_is_shown(run: Run) -> None:
    board = Image.fromarray(np.float32(np.kron([[0, 1] * 4, [1, 0] * 4] * 4, np.ones((8, 8)))) * 0.9 + 0.05)
    large = np.asarray(board.resize((200, 200), Image.Resampling.BICUBIC))
    assert large.min() < 0 and large.max() > 1
    with pytest.warns(RuntimeWarning, match="clipped to 0 to 1"):
        run.log_image("board", large)
    assert np.abs(stored(run, "board") - large.clip(0, 1) * 255).max() <= 1


@given(arrays.arrays(np.float64, (3, 4), elements=st.floats(-0.09, 1.09)))
def test_what_is_clipped_is_what_clipping_gives(array: Any) -> None:
    notes: list[str] = []
    data, _ = encode(array, "p", notes)
    assert np.array_equal(decoded(data), decoded(encode(array.clip(0, 1), "p")[0]))
    assert len(notes) == (array.min() < 0 or array.max() > 1)


# --- depth -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["<u2", ">u2"])
@pytest.mark.parametrize("make", [lambda array: array, lambda array: array[:, ::2], np.asfortranarray])
def test_sixteen_bits_are_kept_to_the_bit(run: Run, kind: str, make: Callable[[Any], Any]) -> None:
    deep = make(DEEP.astype(kind))
    run.log_image("gray", deep)
    assert np.array_equal(stored(run, "gray"), deep)
    run.log_image("color", np.stack([deep, deep[::-1], deep.T if deep.shape == deep.T.shape else deep], 2))
    assert np.array_equal(stored(run, "color")[:, :, 0], deep >> 8)


# --- advice ------------------------------------------------------------------------------------------------


class Tensor:
    """What a tensor looks like."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def detach(self) -> Tensor:
        return self

    cpu = detach

    def numpy(self) -> Any:
        return self.array

    def float(self) -> Any:
        return self.array.astype(np.float32)

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("on a device")


BAD = {
    "thousands": RAMP * 5000,
    "near another": RAMP + 1e6,
    "a hundred": RAMP * 200,
    "both signs": RAMP * 2 - 1,
    "negative": RAMP - 20,
    "half": (RAMP * 3000).astype(np.float16),
    "int8": (RAMP * 255 - 128).astype(np.int8),
    "int16": (RAMP * 60000 - 30000).astype(np.int16),
    "int64": (RAMP * 65535).astype(np.int64),
    "uint64": (RAMP * 1e19).astype(np.uint64),
    "complex": RAMP * (3 + 4j),
    "objects": (RAMP * 700).astype(object),
    "mode I": Image.fromarray((RAMP * 100_000).astype(np.int32)),
    "mode F": Image.fromarray(np.float32(RAMP * 10_000 - 5000)),
    "tensor": Tensor(np.float32(RAMP * 6 - 3)),
    "whole tensor": Tensor((RAMP * 255 - 128).astype(np.int8)),
    "positive tensor": Tensor(np.float32(RAMP * 6 + 3)),
}


@pytest.mark.parametrize("kind", BAD)
def test_the_advice_gives_the_picture(run: Run, kind: str) -> None:
    source = BAD[kind]
    before = contents(run.folder)
    for _ in range(3):
        try:
            data, _ = encode(source, "p")
            break
        except UserError as error:
            (advice,) = re.findall(r"; give (.*)$", str(error))
            source = eval(advice, {"numpy": np, "array": source, "image": source, "tensor": source})
    levels = decoded(data).astype(int)
    assert np.abs(levels - RAMP * (200 if kind == "a hundred" else 255)).max() <= 2
    with pytest.raises(UserError, match="'p'"):
        run.log_image("p", BAD[kind])
    assert contents(run.folder) == before


@pytest.mark.parametrize("flat", [np.full((2, 2), 7.0), np.full((2, 2), -7), Tensor(np.full((2, 2), 7.0))])
def test_a_flat_picture_has_advice_as_well(flat: Any) -> None:
    with pytest.raises(UserError) as refused:
        encode(flat, "p")
    advised = eval(str(refused.value).rpartition("; give ")[2], {"numpy": np, "array": flat, "tensor": flat})
    assert decoded(encode(advised, "p")[0]).shape == (2, 2)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.stack([RAMP, RAMP]), RAMP),
        (np.stack([RAMP, RAMP], 2), RAMP),
        (np.stack([RAMP] * 5), RAMP),
        (np.stack([RAMP] * 5, 2), RAMP),
        (np.stack([np.stack([RAMP] * 3)] * 2), np.stack([RAMP] * 3, 2)),
    ],
)
def test_the_parts_of_a_batch_are_pictures(array: Any, expected: Any) -> None:
    with pytest.raises(UserError, match="one after the other") as refused:
        encode(array, "p")
    (part,) = re.findall(r"log (array\[.*\]),", str(refused.value))
    data, _ = encode(eval(part, {"array": array, "i": 0}), "p")
    assert np.array_equal(decoded(data), decoded(encode(expected, "p")[0]))


def test_a_kind_that_only_pillow_reads_is_read_as_the_message_says(run: Run, here: Path) -> None:
    path = here / "picture.ppm"
    Image.fromarray(np.arange(12, dtype=np.uint8).reshape(2, 2, 3)).save(path)
    for source in (path, path.read_bytes()):
        with pytest.raises(UserError, match=r"'p'.* that Pillow reads") as refused:
            run.log_image("p", source)
        advice = str(refused.value).rpartition("Pillow reads as ")[2]
        import PIL.Image

        run.log_image("p", eval(advice, {"PIL": PIL, "io": io, "path": path, "data": path.read_bytes()}))
    first, second = (decoded(Path(run.folder, path).read_bytes()) for path in run.get_metrics()["p"])
    assert np.array_equal(first, second) and first.ravel().tolist() == list(range(12))


def test_what_cannot_be_an_array_is_said(run: Run) -> None:
    class Odd:
        def __array__(self, *_: Any, **__: Any) -> Any:
            raise ValueError("it is on fire")

    with pytest.raises(UserError, match="'p': the array cannot be read: it is on fire"):
        run.log_image("p", Odd())


def test_without_numpy_an_array_is_refused_with_what_to_do(script: Script) -> None:
    text = (
        "import runpages\nclass Odd:\n    dtype = 'u1'\n    shape = (1, 1)\n"
        "run = runpages.start('e', capture=False)\n"
        "try:\n    run.log_image('p', Odd())\nexcept runpages.UserError as error:\n    print(error)"
    )
    assert "import numpy, or give a path" in script(text).stdout
