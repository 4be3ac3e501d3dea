"""Encodes sounds, videos and texts; the content decides the kind, never the name of a file.

Sources of the signatures: RIFF WAVE, ID3v2.4 (3.1), MPEG audio frames (ISO 11172-3, 2.4.2.3), Ogg (RFC 3533), FLAC
(RFC 9639), ISO base media files (ISO 14496-12, 4.3 and 8.4.3), their brands for pictures (ISO 23008-12 and AVIF),
Matroska and WebM.
"""

from __future__ import annotations

import math
import os
import sys
from bisect import bisect_right

from .coerce import plain, quoted
from .format.document import finite
from .format.errors import UserError
from .format.write import regular

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

AUDIO = ("wav", "mp3", "ogg", "flac", "m4a")
VIDEO = ("mp4", "webm", "mov", "ogv")

_BRANDS = {b"M4A ": "m4a", b"M4B ": "m4a", b"qt  ": "mov"}
_PICTURES = (b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"jxl ", b"crx ")


def audio(source: Any, sample_rate: int | None, name: str) -> tuple[bytes, str]:
    """The bytes of a sound and the extension that fits; samples become a WAV file.

    Raises UserError for what is no sound, and FileNotFoundError for a missing file.
    """
    samples = hasattr(source, "shape") or isinstance(source, (list, tuple))
    if samples and not isinstance(source, memoryview):
        return _wave(source, sample_rate, name), "wav"
    return _recognised(source, AUDIO, f"audio {name!r}", "WAV, MP3, OGG, FLAC or M4A")


def video(source: Any, name: str) -> tuple[bytes, str]:
    """The bytes of a video and the extension that fits; raises like ``audio``."""
    data, extension = _recognised(source, ("ogg", *VIDEO), f"video {name!r}", "MP4, WebM, MOV or OGG")
    return data, "ogv" if extension == "ogg" else extension


def text_bytes(source: Any, name: str) -> bytes:
    """The bytes of a text, or those of the file that a ``pathlib.Path`` names."""
    if isinstance(source, str):
        return source.encode("utf-8", "backslashreplace")
    if isinstance(source, os.PathLike):
        return content(source, f"text {name!r}")
    raise UserError(f"text {name!r}: give a string or a pathlib.Path, not {type(source).__qualname__}")


def _recognised(source: Any, kinds: tuple[str, ...], what: str, named: str) -> tuple[bytes, str]:
    if isinstance(source, (bytes, bytearray, memoryview)):
        data, said = bytes(source), "the argument"
    elif isinstance(source, (str, os.PathLike)):
        data, said = content(source, what), os.fspath(source)
    else:
        raise UserError(f"{what}: give a path, the bytes of a file or samples, not {type(source).__qualname__}")
    kind = kind_of(data)
    if kind == "mp4" and kinds is AUDIO and _only_sound(data):
        kind = "m4a"
    if kind not in kinds:
        raise UserError(f"{what}: {said} has none of the formats {named}")
    return data, kind


def content(path: str | os.PathLike[str], what: str) -> bytes:
    """The bytes of a file; raises UserError for what is no path, FileNotFoundError for a missing file."""
    try:
        with open(path, "rb", opener=regular) as file:
            return file.read()
    except ValueError as error:
        raise UserError(f"{what}: {os.fspath(path)!r} is not a path: {error}") from None
    except OSError as error:  # The same error, of its class, with the name of what was logged.
        raise OSError(error.errno, f"{what}: {error.strerror}", error.filename) from None


def kind_of(data: bytes) -> str | None:
    """Recognise a sound or a video by its first bytes; the extension that fits, None for anything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    if data[:4] in (b"OggS", b"fLaC"):
        return "ogg" if data[:1] == b"O" else "flac"
    if data[4:8] == b"ftyp":
        return None if data[8:12] in _PICTURES else _BRANDS.get(data[8:12], "mp4")
    if data[:4] == b"\x1a\x45\xdf\xa3":
        return "webm" if b"webm" in data[:64] else None
    return "mp3" if _is_mp3(data) else None


def _is_mp3(data: bytes) -> bool:
    """Whether a tag or a frame of layer III begins here; a text in UTF-16 begins almost like a frame."""
    if len(data) < 4:
        return False
    if data[:3] == b"ID3":
        return data[3] in (2, 3, 4) and all(byte < 0x80 for byte in data[6:10])
    version, layer, bitrate, rate = data[1] & 0x18, data[1] & 6, data[2] >> 4, data[2] >> 2 & 3
    frame = data[0] == 0xFF and data[1] & 0xE0 == 0xE0
    return frame and version != 0x08 and layer == 2 and bitrate != 15 and rate != 3


def _only_sound(data: bytes) -> bool:
    """Whether a file of a general brand has a track of sound and none of pictures."""
    import re

    return set(re.findall(rb"hdlr.{8}(soun|vide)", data, re.DOTALL)) == {b"soun"}


def array_of(numpy: Any, tensor: Any) -> Any:
    """A tensor, wherever it is, or anything that numpy takes as an array; what numpy has no type for as float32.

    Raises ValueError or TypeError for what is no array.
    """
    if hasattr(tensor, "detach"):
        tensor = tensor.detach().cpu()
        try:
            tensor = tensor.numpy()
        except TypeError:  # bfloat16
            tensor = tensor.float().numpy()
    if hasattr(tensor, "__dlpack__") and not hasattr(tensor, "__array__"):
        return numpy.from_dlpack(tensor)
    return numpy.asarray(tensor)


def _wave(samples: Any, sample_rate: int | None, name: str) -> bytes:
    rate = whole(sample_rate)
    if rate is None or not 0 < rate < 1 << 20:
        raise UserError(f"audio {name!r}: samples need their rate in hertz, such as sample_rate=44100")
    numpy: Any = sys.modules.get("numpy")
    if numpy is None:
        raise UserError(f"audio {name!r}: samples need numpy, which is not imported; give a path")
    try:
        array = array_of(numpy, samples)
    except (TypeError, ValueError) as error:
        raise UserError(f"audio {name!r}: the samples are not an array: {error}") from None
    if array.ndim not in (1, 2) or 0 in array.shape or (array.ndim == 2 and array.shape[1] > 8):
        raise UserError(
            f"audio {name!r}: samples of shape {tuple(array.shape)}; give (samples,) or (samples, channels), up to 8"
        )
    if array.dtype.kind == "f":
        if not numpy.isfinite(array).all() or numpy.abs(array).max() > 1:
            raise UserError(f"audio {name!r}: float samples must be from -1 to 1")
        array = (array.astype(numpy.float64) * 32767).round()
    elif array.dtype.kind != "i" or array.dtype.itemsize != 2:
        raise UserError(f"audio {name!r}: samples of {array.dtype}; give floats from -1 to 1, or int16")
    import io
    import wave

    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1 if array.ndim == 1 else array.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(array.astype("<i2").tobytes())
    return buffer.getvalue()


def whole(given: Any) -> int | None:
    """A whole number of whatever type, numpy's as well; None for anything else."""
    try:
        number = finite(plain(given, ""))
    except UserError:
        return None
    return int(number) if number is not None and number == int(number) else None


MOST = 4096

_LARGEST = sys.float_info.max
_NARROWEST = 1e-300
_AT_ONCE = 1 << 16


def histogram(values: Any, bins: Any, name: str) -> dict[str, Any]:
    """Count numbers in bins of equal width from the least to the greatest; the last bin holds its upper edge.

    Returns ``bin_edges`` (bins + 1, each greater than the one before), ``bin_counts`` (bins) and ``not_finite``, which
    counts what no double holds as well. Raises UserError for what are no numbers, and for a number of bins that is not
    from 1 to 4096.
    """
    number = whole(bins)
    if number is None or not 0 < number <= MOST:
        raise UserError(f"histogram {name!r}: bins must be an integer from 1 to {MOST}, not {quoted(bins)}")
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and hasattr(values, "shape"):
        return _counted(numpy, values, number, name)
    return _in_bins(_numbers(values, name), number)


def _numbers(values: Any, name: str) -> list[float]:
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        kind = type(values).__qualname__
        raise UserError(f"histogram {name!r}: give an array, a tensor or another iterable of numbers, not {kind}")
    return [_number(one, name) for one in values]


def _number(item: Any, name: str) -> float:
    try:
        number = plain(item, name)
    except UserError:
        number = None
    if number is None or isinstance(number, str):
        raise UserError(f"histogram {name!r}: all values must be numbers, not {type(item).__qualname__}")
    try:
        return float(number)
    except OverflowError:  # An int of over 308 digits.
        return math.inf


def _counted(numpy: Any, values: Any, bins: int, name: str) -> dict[str, Any]:
    try:
        array = array_of(numpy, values)
    except (TypeError, ValueError) as error:
        raise UserError(f"histogram {name!r}: all values must be numbers: {error}") from None
    if array.dtype.kind not in "biuf":
        raise UserError(f"histogram {name!r}: an array of {array.dtype} has no numbers")
    flat = array.ravel()
    ranges = [(float(part.min()), float(part.max()), part.size) for part in _finite(numpy, flat) if part.size]
    lows, highs, sizes = zip(*ranges, strict=True) if ranges else ((), (), ())
    edges = _edges(*(_range(min(lows), max(highs), bins) if ranges else (0.0, 1.0)), bins)
    counts = numpy.zeros(bins, numpy.int64)
    bounds = numpy.array(edges)
    half = edges[0] / 2
    scale = bins / (edges[-1] / 2 - half)
    for part in _finite(numpy, flat):
        # Rounding may lead into the bin beside the right one: the edges decide.
        at = numpy.minimum(((part / 2 - half) * scale).astype(numpy.int64), bins - 1)
        at -= part < bounds[at]
        at += (part >= bounds[at + 1]) & (at < bins - 1)
        counts += numpy.bincount(at, minlength=bins)
    return {"bin_edges": edges, "bin_counts": counts.tolist(), "not_finite": int(flat.size - sum(sizes))}


def _finite(numpy: Any, flat: Any) -> Iterator[Any]:
    """The finite numbers of an array as doubles, in parts that a processor keeps at hand."""
    for start in range(0, flat.size, _AT_ONCE):
        with numpy.errstate(over="ignore"):  # A long double may be more than a double holds.
            part = flat[start : start + _AT_ONCE].astype(numpy.float64)
        finite = numpy.isfinite(part)
        yield part if finite.all() else part[finite]


def _in_bins(numbers: list[float], bins: int) -> dict[str, Any]:
    finite = [number for number in numbers if math.isfinite(number)]
    edges = _edges(*(_range(min(finite), max(finite), bins) if finite else (0.0, 1.0)), bins)
    counts = [0] * bins
    for number in finite:
        counts[min(bisect_right(edges, number), bins) - 1] += 1
    return {"bin_edges": edges, "bin_counts": counts, "not_finite": len(numbers) - len(finite)}


def _range(low: float, high: float, bins: int) -> tuple[float, float]:
    """From where to where the bins go: a little further where the numbers are too close for as many edges."""
    far = max(-low, high)
    narrowest = max(bins * 8 * math.ulp(far), _NARROWEST)
    if low == high or high - low < narrowest:
        pad = max(0.5, far / 1000) if low == high else narrowest
        low, high = max(low - pad, -_LARGEST), min(high + pad, _LARGEST)
    return low, high


def _edges(low: float, high: float, bins: int) -> list[float]:
    # A power of two changes no digit, and keeps the product of the greatest doubles in bounds.
    scale = 2.0**-16 if max(-low, high) > 1e300 else 1.0
    first, last = low * scale, high * scale
    inner = [(first * (bins - at) + last * at) / bins / scale for at in range(1, bins)]
    return [low, *inner, high]
