"""Sounds, videos and texts into the bytes of a file; told by the content, never by a file's name.

Sources of the signatures: RIFF WAVE, ID3v2 and MPEG audio frames (ISO 11172-3), Ogg (RFC 3533), FLAC (RFC 9639),
ISO base media files (ISO 14496-12), Matroska and WebM.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from .format.errors import UserError

AUDIO = ("wav", "mp3", "ogg", "flac", "m4a")
VIDEO = ("mp4", "webm", "mov", "ogg")


def audio(source: Any, sample_rate: int | None, name: str) -> tuple[bytes, str]:
    """The bytes of a sound and the extension that fits; samples become a WAV file.

    Raises UserError for what is no sound, and FileNotFoundError for a missing file.
    """
    if hasattr(source, "shape") or isinstance(source, (list, tuple)):
        return _wave(source, sample_rate, name), "wav"
    return _known(source, AUDIO, f"audio {name!r}", "WAV, MP3, OGG, FLAC or M4A")


def video(source: Any, name: str) -> tuple[bytes, str]:
    """The bytes of a video and the extension that fits; raises like ``audio``."""
    return _known(source, VIDEO, f"video {name!r}", "MP4, WebM, MOV or OGG")


def words(source: Any, name: str) -> bytes:
    """The bytes of a text, or those of the file that a ``pathlib.Path`` names."""
    if isinstance(source, str):
        return source.encode("utf-8", "backslashreplace")
    if isinstance(source, os.PathLike):
        with open(source, "rb") as file:
            return file.read()
    raise UserError(f"text {name!r}: give a text or a pathlib.Path, and not a {type(source).__qualname__}")


def _known(source: Any, kinds: tuple[str, ...], what: str, named: str) -> tuple[bytes, str]:
    if isinstance(source, (bytes, bytearray, memoryview)):
        data, said = bytes(source), "the bytes given"
    elif isinstance(source, (str, os.PathLike)):
        said = os.fspath(source)
        with open(source, "rb") as file:
            data = file.read()
    else:
        raise UserError(f"{what}: give a path, the bytes of a file or samples, and not a {type(source).__qualname__}")
    kind = kind_of(data)
    if kind not in kinds:
        raise UserError(f"{what}: {said} is no {named} file")
    return data, kind


def kind_of(data: bytes) -> str | None:
    """Recognise a sound or a video by its first bytes; the extension that fits, None for anything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    if data[:4] in (b"OggS", b"fLaC"):
        return "ogg" if data[:1] == b"O" else "flac"
    if data[4:8] == b"ftyp":
        return {b"M4A ": "m4a", b"M4B ": "m4a", b"qt  ": "mov"}.get(data[8:12], "mp4")
    if data[:4] == b"\x1a\x45\xdf\xa3":
        return "webm" if b"webm" in data[:64] else None
    # A frame begins with eleven bits that are set; its version and layer are none of the reserved ones.
    frame = data[:1] == b"\xff" and len(data) > 1 and data[1] & 0xE0 == 0xE0 and data[1] & 0x18 != 8 and data[1] & 6
    return "mp3" if data[:3] == b"ID3" or frame else None


def _wave(samples: Any, sample_rate: int | None, name: str) -> bytes:
    if not isinstance(sample_rate, int) or isinstance(sample_rate, bool) or not 0 < sample_rate < 1 << 20:
        raise UserError(f"audio {name!r}: samples need their rate in hertz, such as sample_rate=44100")
    numpy: Any = sys.modules.get("numpy")
    if numpy is None:
        raise UserError(f"audio {name!r}: samples need numpy, which is not loaded; give a path")
    if hasattr(samples, "detach"):
        samples = samples.detach().cpu().numpy()
    array = numpy.asarray(samples)
    if array.ndim not in (1, 2) or 0 in array.shape or (array.ndim == 2 and array.shape[1] > 8):
        raise UserError(
            f"audio {name!r}: samples of shape {tuple(array.shape)}; give (samples,) or (samples, channels), up to 8"
        )
    if array.dtype.kind == "f":
        if not numpy.isfinite(array).all() or numpy.abs(array).max() > 1:
            raise UserError(f"audio {name!r}: samples as floats go from -1 to 1")
        array = (array * 32767).round()
    elif array.dtype != numpy.int16:
        raise UserError(f"audio {name!r}: samples of {array.dtype}; give floats from -1 to 1, or int16")
    import io
    import wave

    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1 if array.ndim == 1 else array.shape[1])
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(array.astype("<i2").tobytes())
    return buffer.getvalue()
