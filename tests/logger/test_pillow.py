"""PIL images of every mode look the same as files; animations move, cameras' pictures stand upright."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from runpages import Run, UserError
from runpages.encode_image import encode

SIZE = (6, 4)
RGB = Image.merge("RGB", [Image.linear_gradient("L").resize(SIZE).rotate(turn) for turn in (0, 90, 180)])
RGBA = RGB.copy()
RGBA.putalpha(Image.linear_gradient("L").resize(SIZE))
DEEP = np.arange(24, dtype=np.uint16).reshape(4, 6) * 2849


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def png(image: Image.Image) -> Image.Image:
    data, facts = encode(image, "p")
    assert facts.extension == "png"
    return opened(data)


def lab(image: Image.Image) -> Image.Image:
    rgb, own = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    made = ImageCms.applyTransform(image, ImageCms.buildTransform(rgb, own, "RGB", "LAB"))
    assert made is not None
    return made


MADE = {
    **{mode: RGB.convert(mode) for mode in ("1", "L", "P", "RGB", "RGBX", "CMYK", "YCbCr", "HSV")},
    **{mode: RGBA.convert(mode) for mode in ("LA", "PA", "RGBA", "RGBa")},
    "transparent P": RGBA.quantize(),
    "I of eight bits": RGB.convert("I"),
}


@pytest.mark.parametrize("mode", MADE)
def test_every_mode_looks_the_same_as_a_png(mode: str) -> None:
    image = MADE[mode]
    before = image.tobytes()
    assert png(image).convert("RGBA").tobytes() == image.convert("RGBA").tobytes()
    assert image.tobytes() == before


def test_modes_without_a_conversion_of_pillow_are_converted() -> None:
    assert png(RGBA.convert("LA").convert("La")).mode == "LA"
    colors = Image.new("RGB", (2, 2), (200, 180, 40))
    assert np.abs(np.asarray(png(lab(colors))).astype(int) - np.asarray(colors)).max() <= 1


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I;16L", "I;16N"])
def test_sixteen_bits_stay_in_every_order(mode: str) -> None:
    order = ">u2" if mode == "I;16B" else "<u2"
    image = Image.frombytes(mode, SIZE, DEEP.astype(order).tobytes())
    assert np.array_equal(np.asarray(png(image)), DEEP)


def test_whole_numbers_of_32_bits_are_eight_or_sixteen() -> None:
    assert np.array_equal(np.asarray(png(Image.fromarray(DEEP.astype(np.int32)))), DEEP)
    assert png(Image.fromarray((DEEP // 300).astype(np.int32))).mode == "L"


@pytest.mark.parametrize("white", [1, 255])
def test_floats_are_read_as_pillow_or_as_arrays_mean_them(white: int) -> None:
    levels = np.linspace(0, 255, 24).reshape(4, 6).round()
    assert np.array_equal(np.asarray(png(Image.fromarray(np.float32(levels / 255 * white)))), levels)


def test_a_profile_of_other_colours_is_not_kept() -> None:
    image = RGB.convert("CMYK")
    image.info["icc_profile"] = b"of a printer"
    assert "icc_profile" not in png(image).info
    image = RGB.copy()
    image.info["icc_profile"] = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert png(image).info["icc_profile"] == image.info["icc_profile"]


def test_a_cameras_picture_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    RGB.save(tmp_path / "camera.jpg", exif=exif, quality=95)
    with Image.open(tmp_path / "camera.jpg") as image:
        upright = image.transpose(Image.Transpose.ROTATE_270)
        assert png(image).tobytes() == upright.tobytes()
        # Turned by hand it is upright, though its orientation is still there.
        assert png(upright).tobytes() == upright.tobytes()
    path = tmp_path / "camera.jpg"
    assert encode(path, "p")[0] == path.read_bytes()


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_an_animation_moves(tmp_path: Path, kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), (40 * at, 0, 200)) for at in range(5)]
    path = tmp_path / "animation"
    shown = [100, 200, 300, 400, 500]
    frames[0].save(path, kind, save_all=True, append_images=frames[1:], duration=shown, loop=0, lossless=True)
    assert encode(path, "p")[0] == path.read_bytes()
    with Image.open(path) as image:
        image.seek(2)
        made: Any = png(image)
        assert (image.tell(), made.n_frames) == (2, 5)
        for at, duration in enumerate(shown):
            image.seek(at)
            made.seek(at)
            assert made.convert("RGB").tobytes() == image.convert("RGB").tobytes()
            assert made.info["duration"] == duration


def test_the_pages_of_a_scan_are_no_animation(tmp_path: Path) -> None:
    RGB.save(tmp_path / "scan.tiff", save_all=True, append_images=[RGB.rotate(180)])
    with Image.open(tmp_path / "scan.tiff") as image:
        made: Any = png(image)
    assert not made.is_animated


def test_a_closed_and_a_damaged_picture_are_refused_with_what_to_do(run: Run, tmp_path: Path) -> None:
    noise = Image.effect_noise((64, 64), 100)
    noise.save(tmp_path / "p.png")
    with Image.open(tmp_path / "p.png") as image:
        pass
    with pytest.raises(UserError, match=r"'p': the image is closed; .* call load\(\)"):
        run.log_image("p", image)
    with Image.open(tmp_path / "p.png") as image:
        image.load()
    run.log_image("p", image)
    (tmp_path / "half.png").write_bytes((tmp_path / "p.png").read_bytes()[:2000])
    told = r"'p': .*damaged; PIL.ImageFile.LOAD_TRUNCATED_IMAGES"
    with Image.open(tmp_path / "half.png") as half, pytest.raises(UserError, match=told):
        run.log_image("p", half)
