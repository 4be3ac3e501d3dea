"""Sounds, videos, pages and texts are files with their bytes; plotly figures and histograms are charts."""

from __future__ import annotations

import base64
import io
import json
import math
import re
import struct
import wave
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import plotly.graph_objects as go
import plotly.io
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import runpages
from runpages import Run, UserError
from runpages.encode_media import _in_bins, histogram, kind_of
from tests.examples import examples
from tests.logger.conftest import Script, Start, contents, definitions, read, untimed


def sound(samples: Any = (0, 100, -100), channels: int = 1, rate: int = 8000) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.asarray(samples, "<i2").tobytes())
    return buffer.getvalue()


def box(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


def mp4(brand: bytes, *handlers: bytes) -> bytes:
    """The beginning of an ISO base media file, with a track for each handler."""
    tracks = [box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + handler + bytes(13)))) for handler in handlers]
    return box(b"ftyp", brand + bytes(4) + b"isom") + box(b"moov", b"".join(tracks))


WAV = sound()
ID3 = b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10) + b"\xff\xfb\x90\x64" + bytes(413)
FRAME = b"\xff\xfb\x90\x64" + bytes(413)
OGG = b"OggS\x00\x02" + bytes(22) + b"\x01\x1e\x01vorbis"
FLAC = b"fLaC\x00\x00\x00\x22" + bytes(34)
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm"
MATROSKA = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska"
M4A, MP4, MOV = mp4(b"M4A ", b"soun"), mp4(b"isom", b"vide", b"soun"), mp4(b"qt  ", b"vide")

AUDIO = {
    "wav": (WAV, "wav"),
    "mp3 with a tag": (ID3, "mp3"),
    "mp3": (FRAME, "mp3"),
    "mp3 of MPEG 2": (b"\xff\xf3\x40\xc4", "mp3"),
    "ogg": (OGG, "ogg"),
    "flac": (FLAC, "flac"),
    "m4a": (M4A, "m4a"),
    "m4a of a general brand": (mp4(b"mp42", b"soun"), "m4a"),
}
VIDEO = {
    "mp4": (MP4, "mp4"),
    "mp4 of Apple": (mp4(b"M4V ", b"vide", b"soun"), "mp4"),
    "mov": (MOV, "mov"),
    "webm": (WEBM, "webm"),
    "ogg": (OGG, "ogv"),
}
NEITHER = {
    "nothing": b"",
    "a byte": b"\xff",
    "a string": b"just text",
    "a text that begins like a tag": b"ID3 trees of decision",
    "a text in UTF-16": "text".encode("utf-16"),
    "a JPEG": b"\xff\xd8\xff\xe0" + bytes(20),
    "an AAC stream": b"\xff\xf1\x50\x80" + bytes(20),
    "a RIFF of another kind": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    "an AVIF picture": mp4(b"avif"),
    "a HEIC picture": mp4(b"heic"),
    "a Matroska file": MATROSKA,
    "a PNG": b"\x89PNG\r\n\x1a\n",
}


def stored(run: Run, name: str = "m") -> bytes:
    """The file of the only medium of a name."""
    return Path(run.folder, run.get_metrics(name)[name]).read_bytes()


def listed(run: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(run.folder, "media.jsonl").read_bytes().splitlines()]


def heard(data: bytes) -> tuple[int, Any]:
    """Rate and samples of a WAV file of 16 bits, by the standard library."""
    with wave.open(io.BytesIO(data)) as file:
        assert file.getsampwidth() == 2
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return file.getframerate(), samples.reshape(-1, file.getnchannels())


def untouched(run: Run) -> bool:
    return list(contents(run.folder)) == ["run.json"]


# --- files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "data", "extension"),
    [
        *(pytest.param("log_audio", *how, id=f"audio: {what}") for what, how in AUDIO.items()),
        *(pytest.param("log_video", *how, id=f"video: {what}") for what, how in VIDEO.items()),
    ],
)
def test_a_file_is_kept_to_the_byte_and_its_content_decides_the_type(
    run: Run, here: Path, call: str, data: bytes, extension: str
) -> None:
    (here / "a.png").write_bytes(data)
    for source in (here / "a.png", "a.png", data, bytearray(data), memoryview(data)):
        getattr(run, call)("m", source)
    paths = run.get_metrics()["m"]
    assert paths == [f"media/m/{step}.{extension}" for step in range(5)]
    assert {Path(run.folder, path).read_bytes() for path in paths} == {data}
    assert run.get_file_names() == paths


@pytest.mark.parametrize(
    ("call", "data"),
    [
        *(pytest.param("log_audio", data, id=f"log_audio: {what}") for what, data in NEITHER.items()),
        *(pytest.param("log_video", data, id=f"log_video: {what}") for what, data in NEITHER.items()),
        *(pytest.param("log_audio", data, id="log_audio: a video") for data in (MP4, MOV, WEBM, mp4(b"isom"))),
        *(pytest.param("log_video", data, id="log_video: a sound") for data in (WAV, ID3, FRAME, FLAC, M4A)),
    ],
)
def test_what_is_no_such_file_is_refused_by_name(run: Run, here: Path, call: str, data: bytes) -> None:
    (here / "given.mp4").write_bytes(data)
    for source, said in ((data, "the argument"), (here / "given.mp4", "given.mp4")):
        with pytest.raises(UserError, match=f"'m'.*{said} has none of the formats (WAV|MP4)"):
            getattr(run, call)("m", source, description="said")
    assert untouched(run)


@given(st.binary(max_size=40) | st.binary(max_size=12).map(lambda tail: b"\xff" + tail))
@settings(max_examples=examples(3))
def test_any_bytes_are_a_kind_or_none(data: bytes) -> None:
    assert kind_of(data) in (None, "wav", "mp3", "ogg", "flac", "m4a", "mp4", "mov", "webm")


@given(st.text(max_size=20), st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]))
@settings(max_examples=examples(3))
def test_a_text_of_any_encoding_is_no_mp3(text: str, encoding: str) -> None:
    assert kind_of(text.encode(encoding)) != "mp3" or text.startswith("ID3")


# --- samples -----------------------------------------------------------------------------------------------

WHOLE = np.array([0, 1, -1, 32767, -32768, 12345], np.int16)


@pytest.mark.parametrize("kind", ["<i2", ">i2"])
@pytest.mark.parametrize("shape", [(6,), (6, 1), (3, 2), (1, 6)])
def test_int16_samples_are_the_samples_of_the_file(run: Run, kind: str, shape: tuple[int, ...]) -> None:
    samples = WHOLE.reshape(shape)
    run.log_audio("m", samples.astype(kind), 44100)
    rate, found = heard(stored(run))
    assert rate == 44100
    assert np.array_equal(found, samples.reshape(shape[0], -1))
    assert run.get_metrics() == {"m": "media/m/0.wav"}


@pytest.mark.parametrize("kind", ["float16", "float32", "float64", "longdouble"])
def test_floats_go_from_one_end_to_the_other(run: Run, kind: str) -> None:
    run.log_audio("m", np.array([0, 1, -1, 0.5, -0.25], kind), 8000)
    assert heard(stored(run))[1].ravel().tolist() == [0, 32767, -32767, 16384, -8192]


@given(
    samples=arrays.arrays(
        np.int16, st.tuples(st.integers(1, 9), st.integers(1, 8)), elements=st.integers(-32767, 32767)
    ),
    turned=st.booleans(),
)
def test_every_sample_comes_back_from_a_float(samples: Any, turned: bool) -> None:
    from runpages.encode_media import audio

    floats = (np.asfortranarray(samples) if turned else samples) / 32767
    data, extension = audio(floats, 8000, "m")
    assert extension == "wav"
    assert np.array_equal(heard(data)[1], samples)


class Tensor:
    """What a tensor on another device looks like; `half` is of a type that numpy lacks."""

    def __init__(self, values: Any, *, half: bool = False) -> None:
        self.values = np.asarray(values)
        self.shape = self.values.shape
        self.half = half

    def detach(self) -> Tensor:
        return self

    def cpu(self) -> Tensor:
        return self

    def float(self) -> Tensor:
        return Tensor(self.values.astype(np.float32))

    def numpy(self) -> Any:
        if self.half:
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.values

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("cannot convert a tensor on this device")


@pytest.mark.parametrize("half", [False, True])
def test_a_tensor_is_its_samples(run: Run, half: bool) -> None:
    run.log_audio("m", Tensor([[0.5, -1.0]] * 3, half=half), sample_rate=8000)
    assert heard(stored(run))[1].tolist() == [[16384, -32767]] * 3


def test_a_list_of_floats_is_samples_as_well(run: Run) -> None:
    run.log_audio("m", [0.0, 1.0], 8000)
    run.log_audio("m", ((0.0, 1.0), (1.0, 0.0)), 8000)
    assert [heard(Path(run.folder, path).read_bytes())[1].tolist() for path in run.get_metrics()["m"]] == [
        [[0], [32767]],
        [[0, 32767], [32767, 0]],
    ]


@pytest.mark.parametrize("rate", [22050, 22050.0, np.int64(22050), np.float32(22050), np.array(22050)])
def test_a_rate_is_a_whole_number_of_any_type(run: Run, rate: Any) -> None:
    run.log_audio("m", WHOLE, rate)
    assert heard(stored(run))[0] == 22050


@pytest.mark.parametrize("rate", [None, 0, -1, True, "44100", 0.5, math.nan, math.inf, 1 << 20, 10**400, [44100]])
def test_samples_need_their_rate(run: Run, rate: Any) -> None:
    with pytest.raises(UserError, match=r"'m'.*sample_rate=44100"):
        run.log_audio("m", WHOLE, rate, "said")
    assert untouched(run)


@pytest.mark.parametrize(
    ("samples", "told"),
    [
        *((np.zeros(shape), re.escape(str(shape))) for shape in [(), (0,), (2, 0), (2, 9), (2, 2, 2)]),
        (np.array([1.5]), "from -1 to 1"),
        (np.array([-1.001]), "from -1 to 1"),
        (np.array([np.nan]), "from -1 to 1"),
        (np.array([-np.inf]), "from -1 to 1"),
        *((np.zeros(2, kind), f"samples of {kind}") for kind in ("int32", "uint8", "uint16", "bool", "complex128")),
        ([0, 1], "int64"),
        (["a"], "samples of <U1"),
        ([[0.5], [0.5, 0.25]], "not an array"),
        ([], "shape"),
        (5, "int"),
        (None, "NoneType"),
        (io.BytesIO(WAV), "BytesIO"),
    ],
)
def test_what_are_no_samples_is_refused_by_name(run: Run, samples: Any, told: str) -> None:
    with pytest.raises(UserError, match=f"'m'.*{told}"):
        run.log_audio("m", samples, 8000, "said")
    assert untouched(run)


def test_no_library_is_loaded_for_a_file_and_none_is_needed(script: Script) -> None:
    text = """
        import sys, runpages
        run = runpages.start("e", capture=False)
        run.log_audio("a", b"fLaC")
        run.log_video("v", b"OggS")
        run.log_html("h", "<p>")
        run.log_text("t", "x")
        run.log_histogram("n", [1, 2, 2])
        try:
            run.log_audio("a", [0.5], 8000)
        except runpages.UserError as error:
            print("numpy" in str(error))
        print(sorted({"numpy", "PIL", "matplotlib", "plotly"} & set(sys.modules)))
    """
    assert script(re.sub("^ {8}", "", text, flags=re.M)).stdout == "True\n[]\n"


# --- texts -------------------------------------------------------------------------------------------------

TEXTS = ["", "a string", "<!doctype html>\n<p>é 😀", "two\r\nlines\n", "\0\x1b[0m", "\ufeff", "a\u2028b"]


@pytest.mark.parametrize(("call", "extension"), [("log_html", "html"), ("log_text", "txt")])
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_a_file_of_its_bytes(run: Run, here: Path, call: str, extension: str, text: str) -> None:
    (here / "given").write_bytes(text.encode())
    getattr(run, call)("m", text)
    getattr(run, call)("m", Path("given"))
    assert run.get_metrics()["m"] == [f"media/m/0.{extension}", f"media/m/1.{extension}"]
    assert [Path(run.folder, path).read_bytes() for path in run.get_metrics()["m"]] == [text.encode()] * 2


def test_a_text_that_names_a_file_is_a_text(run: Run, here: Path) -> None:
    (here / "notes.txt").write_text("inside")
    run.log_text("m", "notes.txt")
    assert stored(run) == b"notes.txt"


def test_a_file_is_kept_in_whatever_encoding_it_is(run: Run, here: Path) -> None:
    (here / "given").write_bytes(b"\xff\xfe\x00")
    run.log_text("m", here / "given")
    assert stored(run) == b"\xff\xfe\x00"


def test_a_lone_surrogate_stays_readable(run: Run) -> None:
    run.log_text("m", "a\ud800b")
    assert stored(run) == b"a\\ud800b"


@pytest.mark.parametrize("call", ["log_html", "log_text"])
@pytest.mark.parametrize("words", [None, 5, b"bytes", ["a"], {"a": 1}, io.StringIO("x")])
def test_what_is_no_text_is_refused_by_name(run: Run, call: str, words: Any) -> None:
    with pytest.raises(UserError, match=f"'m'.*{type(words).__name__}"):
        getattr(run, call)("m", words, "said")
    assert untouched(run)


# --- what all media share ----------------------------------------------------------------------------------

CALLS: dict[str, Any] = {"log_audio": WAV, "log_video": MP4, "log_html": "<p>", "log_text": "x"}
every_call = pytest.mark.parametrize("call", CALLS)


@every_call
def test_step_time_caption_and_description_are_told(run: Run, call: str) -> None:
    log = getattr(run, call)
    log("m", CALLS[call], description="What *it* is", caption="the <first>", timestamp=1767225601.25)
    log("m", CALLS[call], step=7.5, timestamp=datetime(2026, 1, 1, 0, 1, tzinfo=UTC))
    log("m", CALLS[call])
    first, second, third = read(run.folder).media
    assert (first.name, first.step, first.time, first.caption) == ("m", 0, 1767225601.25, "the <first>")
    assert (second.step, second.time, second.caption) == (7.5, 1767225660, None)
    assert third.step == 8
    assert definitions(run) == [{"name": "m", "description": "What *it* is"}]


def test_a_line_of_the_list_is_what_the_format_says(run: Run) -> None:
    run.log_text("a note", "x", caption="c")
    run.log_text("a note", "y", step=0.5)
    assert untimed(run, "media.jsonl") == [
        '{"name":"a note","step":0,"time":"T","file":"media/a~20note/0.txt","caption":"c"}',
        '{"name":"a note","step":0.5,"time":"T","file":"media/a~20note/0.5.txt"}',
    ]


def test_media_of_one_name_and_step_are_all_kept_in_order(run: Run) -> None:
    for at in range(12):
        run.log_text("m", str(at), step=3)
    run.log_html("m", "page", step=3)
    run.log_audio("m", WAV, step=3)
    paths = run.get_metrics()["m"]
    kept = [Path(run.folder, path).read_bytes() for path in paths]
    assert kept == [*(b"%d" % at for at in range(12)), b"page", WAV]
    assert {Path(path).parent.as_posix() for path in paths} == {"media/m"}
    assert sorted(run.get_file_names()) == sorted(paths)


def test_all_media_of_a_name_count_together_and_apart_from_pictures(run: Run) -> None:
    run.log_image("m", b"<svg/>")
    run.log_text("m", "x")
    run.log_html("m", "x")
    run.log_histogram("m", [1])
    record = read(run.folder)
    assert [medium.step for medium in record.media] == [0, 1]
    assert [image.step for image in record.images] == [0]
    assert [chart.step for chart in record.charts] == [0]


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "/etc/x", "..", ".", "a\\b", "😀", "n" * 300, "é" * 300, "con", "\0", "\ud800", "a.b", " "]
)
@every_call
def test_a_hostile_name_stays_in_the_run(run: Run, here: Path, call: str, name: str) -> None:
    before = [path for path in contents(here) if not path.startswith("runs")]
    for _ in range(2):
        getattr(run, call)(name, CALLS[call])
    paths = run.get_metrics()[name]
    inside = Path(run.folder, "media").resolve()
    assert len(set(paths)) == 2
    assert all(inside in Path(run.folder, path).resolve().parents for path in paths)
    assert [path for path in contents(here) if not path.startswith("runs")] == before


@every_call
@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"step": "1"}, "step"),
        ({"step": math.nan}, "step"),
        ({"step": [1]}, "list"),
        ({"timestamp": "now"}, "timestamp"),
        ({"timestamp": math.inf}, "timestamp"),
        ({"timestamp": 1e20}, "timestamp"),
        ({"timestamp": -1e12}, "timestamp"),
        ({"timestamp": 1e12}, "timestamp"),
        ({"timestamp": date(2026, 1, 1)}, "date"),
    ],
)
def test_a_wrong_step_or_time_leaves_nothing_behind_and_counts_no_step(
    run: Run, call: str, how: dict[str, Any], told: str
) -> None:
    with pytest.raises(UserError, match=f"'m'.*{told}"):
        getattr(run, call)("m", CALLS[call], description="said", **how)
    assert untouched(run)
    getattr(run, call)("m", CALLS[call])
    assert [medium.step for medium in read(run.folder).media] == [0]


@every_call
@pytest.mark.parametrize("name", ["", None, 5, b"m", ["m"]])
def test_a_name_is_a_text_that_is_not_empty(run: Run, call: str, name: Any) -> None:
    with pytest.raises(UserError, match="name must"):
        getattr(run, call)(name, CALLS[call])
    with pytest.raises(UserError, match="name must"):
        run.log_histogram(name, [1])
    assert untouched(run)


@every_call
@pytest.mark.parametrize(
    "step", [0, -3, 2.5, 1e300, pytest.param(10**300, id="301 digits"), np.int64(7), np.float32(0.5)]
)
def test_a_step_is_any_finite_number(run: Run, call: str, step: Any) -> None:
    getattr(run, call)("m", CALLS[call], step=step)
    assert [(medium.step, medium.missing) for medium in read(run.folder).media] == [(step, False)]


@pytest.mark.parametrize("call", ["log_audio", "log_video"])
def test_what_can_be_no_path_is_refused_by_name(run: Run, call: str) -> None:
    with pytest.raises(UserError, match=r"'m'.*null byte"):
        getattr(run, call)("m", "a\0b", description="said")
    assert untouched(run)


@every_call
def test_a_missing_file_is_told_by_its_name(run: Run, here: Path, call: str) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.file"):
        getattr(run, call)("m", here / "gone.file", description="said")
    assert untouched(run)


def test_threads_share_the_steps_of_a_name(run: Run) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda at: run.log_text("m", str(at)), range(200)))
    record = read(run.folder)
    assert sorted(medium.step for medium in record.media) == list(range(200))
    assert sorted(int(Path(run.folder, medium.file).read_text()) for medium in record.media) == list(range(200))


def test_steps_go_on_in_a_run_that_is_resumed(start: Start) -> None:
    run = start()
    run.log_text("m", "x", step=4)
    run.log_histogram("h", [1])
    run.complete()
    with runpages.resume(run.folder) as again:
        again.log_text("m", "y")
        again.log_histogram("h", [1])
    record = read(run.folder)
    assert [medium.step for medium in record.media] == [4, 5]
    assert [chart.step for chart in record.charts] == [0, 1]


# --- plotly ------------------------------------------------------------------------------------------------


def figure() -> Any:
    made = go.Figure(go.Scatter(x=[date(2026, 1, 1), datetime(2026, 1, 2, 3)], y=np.array([0.5, np.nan])))
    made.add_trace(go.Heatmap(z=np.arange(6.0).reshape(2, 3), text=[["<b>é</b>", "\u2028", '"']] * 2))
    made.add_trace(go.Bar(x=["a", None], y=[1, math.inf], marker={"color": np.array([1, 2], np.int16)}))
    return made.update_layout(title="A <title>")


def decoded(array: dict[str, Any]) -> Any:
    """An array as plotly spells it."""
    shape = [int(side) for side in array.get("shape", "-1").split(",")]
    return np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"]).reshape(shape)


@pytest.mark.parametrize("word", ["path", "plot"])
def test_a_plotly_figure_is_a_chart_that_plotly_reads_again(run: Run, word: str) -> None:
    run.log_image("p", description="said", step=3, timestamp=1767225601, **{word: figure()})
    (chart,) = read(run.folder).charts
    assert (chart.name, chart.type, chart.step, chart.time) == ("p", "plotly", 3, 1767225601)
    again = plotly.io.from_json(json.dumps(chart.data))
    assert again.to_plotly_json() == plotly.io.from_json(figure().to_json()).to_plotly_json()
    assert np.array_equal(decoded(again.data[0].y), [0.5, np.nan], equal_nan=True)
    assert np.array_equal(decoded(again.data[1].z), np.arange(6.0).reshape(2, 3))
    assert [str(moment) for moment in again.data[0].x] == ["2026-01-01", "2026-01-02T03:00:00"]
    assert again.layout.title.text == "A <title>"


def test_figures_of_one_name_are_all_kept_and_listed_as_a_file(run: Run) -> None:
    for _ in range(3):
        run.log_image("p", plot=figure())
    assert [chart.step for chart in read(run.folder).charts] == [0, 1, 2]
    assert run.get_file_names() == ["charts/p.jsonl"]
    assert run.get_metrics() == {"p": ["charts/p.jsonl"] * 3}
    assert read(run.folder).images == []


def test_a_caption_of_a_figure_is_kept(run: Run) -> None:
    run.log_image("p", plot=go.Figure(), caption="the first")
    (line,) = untimed(run, "charts/p.jsonl")
    assert json.loads(line)["caption"] == "the first"


def test_figures_of_both_libraries_may_have_one_name(run: Run) -> None:
    drawn, _ = plt.subplots(figsize=(1, 1))
    run.log_image("p", plot=drawn)
    run.log_image("p", plot=go.Figure())
    plt.close("all")
    record = read(run.folder)
    assert [image.file for image in record.images] == ["images/p/0.png"]
    assert [chart.type for chart in record.charts] == ["plotly"]


def test_a_figure_of_no_name_or_step_leaves_nothing_behind(run: Run) -> None:
    for name, step in (("", 0), ("p", math.nan)):
        with pytest.raises(UserError):
            run.log_image(name, plot=go.Figure(), step=step, description="said")
    assert untouched(run)


# --- charts and pictures: time -----------------------------------------------------------------------------

BINS = {"bin_edges": [0, 1], "bin_counts": [1]}
CHARTS: dict[str, Any] = {
    "log_confusion_matrix": [[1]],
    "log_accuracy_table": {},
    "log_residuals": BINS,
    "log_predictions": BINS,
    "log_histogram": [1, 2],
}


@pytest.mark.parametrize("call", CHARTS)
@pytest.mark.parametrize(
    "moment", [1767225601.5, datetime(2026, 1, 1, 0, 0, 1, 500_000, UTC), np.float64(1767225601.5)]
)
def test_a_chart_has_the_time_that_is_given(run: Run, call: str, moment: Any) -> None:
    getattr(run, call)("c", CHARTS[call], timestamp=moment)
    assert [chart.time for chart in read(run.folder).charts] == [1767225601.5]


def test_a_picture_has_the_time_that_is_given(run: Run) -> None:
    run.log_image("p", b"<svg/>", timestamp=-1)
    assert [image.time for image in read(run.folder).images] == [-1]


@pytest.mark.parametrize("moment", [1e300, 1e15, -1e15, "now", math.nan])
def test_a_chart_or_picture_of_no_time_counts_no_step(run: Run, moment: Any) -> None:
    for call, value in {**CHARTS, "log_image": b"<svg/>"}.items():
        with pytest.raises(UserError, match="timestamp"):
            getattr(run, call)("c", value, timestamp=moment, description="said")
    assert untouched(run)
    run.log_residuals("c", BINS)
    assert [chart.step for chart in read(run.folder).charts] == [0]


def test_a_text_of_json_that_is_nested_too_deeply_is_refused(run: Run) -> None:
    for levels in (100, 100_000):
        with pytest.raises(UserError):
            run.log_confusion_matrix("c", "[" * levels + "]" * levels)
    assert untouched(run)


# --- histograms --------------------------------------------------------------------------------------------

SETTINGS = settings(max_examples=examples(3))
BIN_NUMBERS = st.integers(1, 80) | st.just(4096)
LARGEST = 1.7976931348623157e308


def sound_histogram(found: dict[str, Any], bins: int, numbers: list[float]) -> None:
    """What holds of every histogram, with each count made by looking at each number."""
    edges, counts = found["bin_edges"], found["bin_counts"]
    finite = [number for number in numbers if math.isfinite(number)]
    assert (len(edges), len(counts)) == (bins + 1, bins)
    assert sum(counts) + found["not_finite"] == len(numbers)
    assert found["not_finite"] == len(numbers) - len(finite)
    assert all(low < high for low, high in pairwise(edges))
    assert all(map(math.isfinite, edges))
    if finite:
        assert edges[0] <= min(finite) and max(finite) <= edges[-1]
    if len(finite) * bins < 10_000:
        last = bins - 1
        assert counts == [
            sum(low <= number < high or (at == last and number == high) for number in finite)
            for at, (low, high) in enumerate(pairwise(edges))
        ]


@SETTINGS
@given(st.lists(st.floats() | st.floats(-10, 10).map(round)), BIN_NUMBERS)
@example([], 64)
@example([math.nan, math.inf, -math.inf], 64)
@example([0.0, 5e-324], 64)
@example([5e-324, 1e-323], 4096)
@example([-LARGEST, LARGEST], 64)
@example([LARGEST, LARGEST], 4096)
@example([LARGEST, math.nextafter(LARGEST, 0)], 4096)
@example([1e16, 1e16 + 2], 64)
@example([0.1, math.nextafter(0.1, 1)], 64)
@example([-1e-310, 1e-310, 0.0], 64)
def test_numpy_and_pure_python_count_the_same(numbers: list[float], bins: int) -> None:
    plain = histogram(numbers, bins, "h")
    sound_histogram(plain, bins, [float(number) for number in numbers])
    assert histogram(np.array(numbers, np.float64), bins, "h") == plain


@SETTINGS
@given(
    st.floats(-1e300, 1e300), st.integers(-200, 200), st.lists(st.floats(0, 1), min_size=1, max_size=50), BIN_NUMBERS
)
def test_numbers_that_lie_close_are_counted_as_well(low: float, power: int, parts: list[float], bins: int) -> None:
    numbers = [low + abs(low) * 2.0**power * part for part in parts if power < 0] + [low]
    found = histogram(numbers, bins, "h")
    sound_histogram(found, bins, numbers)
    assert histogram(np.array(numbers), bins, "h") == found


@SETTINGS
@given(st.data(), st.sampled_from(["int8", "uint64", "int64", "bool", "float16", "float32", ">f8", "longdouble"]))
def test_arrays_of_any_type_and_shape_are_their_numbers(data: st.DataObject, kind: str) -> None:
    array = data.draw(
        arrays.arrays(np.dtype(kind), arrays.array_shapes(min_dims=0, max_dims=3, max_side=5, min_side=0))
    )
    with np.errstate(over="ignore"):
        numbers = array.astype(np.float64).ravel().tolist()
    found = histogram(array, 10, "h")
    assert found == _in_bins(numbers, 10)
    assert histogram(array.T, 10, "h") == histogram(Tensor(array), 10, "h") == found


def test_many_numbers_are_counted_as_few() -> None:
    array = np.random.default_rng(0).normal(size=200_001)
    found = histogram(array, 64, "h")
    expected = np.histogram(array, 64)
    assert np.allclose(found["bin_edges"], expected[1], rtol=0, atol=1e-12)
    assert found["bin_counts"] == expected[0].tolist()


def test_whole_numbers_fall_into_bins_with_whole_edges() -> None:
    for bins in (3, 7, 10, 49, 100):
        found = histogram(range(bins + 1), bins, "h")
        assert found["bin_edges"] == list(range(bins + 1))
        assert found["bin_counts"] == [*[1] * (bins - 1), 2]


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ([1, 2, 3, 4], [2, 2]),
        ((number for number in (1, 2, 3, 4)), [2, 2]),
        (range(4), [2, 2]),
        ({1.0, 2.0}, [1, 1]),
        ([True, False, True], [1, 2]),
        (np.array([True, False, True]), [1, 2]),
        (np.arange(4).reshape(2, 2), [2, 2]),
        (Tensor(np.arange(4).reshape(2, 2)), [2, 2]),
        (Tensor([0.0, 1.0, 1.0], half=True), [1, 2]),
        ([Decimal("0.5"), np.float32(2), 2, np.array(2)], [1, 3]),
        ([7, 7, 7], [0, 3]),
        (np.float64(7), [0, 1]),
        ([10**400, -(10**400), 1, 2], [1, 1]),
        ([math.nan], [0, 0]),
        ([], [0, 0]),
        (np.zeros((0, 3)), [0, 0]),
    ],
)
def test_a_histogram_is_of_anything_that_gives_numbers(run: Run, values: Any, counts: list[int]) -> None:
    run.log_histogram("h", values, bins=2)
    (chart,) = read(run.folder).charts
    assert chart.type == "histogram"
    assert chart.data["bin_counts"] == counts
    assert sorted(chart.data) == ["bin_counts", "bin_edges", "not_finite"]


@pytest.mark.parametrize("bins", [10, np.int64(10), np.array(10)])
def test_the_number_of_bins_is_a_whole_number_of_any_type(bins: Any) -> None:
    assert len(histogram([1, 2], bins, "h")["bin_counts"]) == 10


@pytest.mark.parametrize("bins", [0, -1, 4097, 2.5, "10", None, True, math.inf, [0, 1, 2], np.array([1, 2]), 10**400])
def test_any_other_number_of_bins_is_refused(run: Run, bins: Any) -> None:
    with pytest.raises(UserError, match=r"'h'.*from 1 to 4096"):
        run.log_histogram("h", [1, 2], bins)
    assert untouched(run)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ("text", "str"),
        (b"bytes", "bytes"),
        (5, "int"),
        (None, "NoneType"),
        ({"a": 1}, "dict"),
        ([1, "2"], "str"),
        ([1, None], "NoneType"),
        ([1, 2j], "complex"),
        ([[1, 2], [3, 4]], "list"),
        ([np.zeros(2)], "ndarray"),
        (np.array([1, 2j]), "complex128"),
        (np.array(["a"]), "<U1"),
        (np.array([1, None]), "object"),
        (np.array(["2026-01-01"], "datetime64[D]"), "datetime64"),
        (np.array([1], "m8[s]"), "timedelta64"),
    ],
)
def test_what_are_no_numbers_is_refused_by_name(run: Run, values: Any, told: str) -> None:
    with pytest.raises(UserError, match=re.escape("histogram 'h'") + f".*{told}"):
        run.log_histogram("h", values, description="said")
    assert untouched(run)
    run.log_histogram("h", [1])
    assert [chart.step for chart in read(run.folder).charts] == [0]


# --- many values at once -----------------------------------------------------------------------------------

MANY: dict[str, Any] = {
    "loss": 0.5,
    "epochs": 3,
    "np": np.float32(0.1),
    "np int": np.int64(-5),
    "np bool": np.bool_(True),
    "array": np.array(1.5),
    "text": 'a, "quoted" text',
    "nan": math.nan,
    "inf": -math.inf,
    "none": None,
    "yes": True,
    "decimal": Decimal("0.25"),
    "a, name": 1.0,
    '"quoted"': 1.0,
    "two\nlines": 1.0,
    "../x": 1.0,
    "\ud800": "\ud800",
    "😀": "😀",
}
FLOATS = {"loss": 0.5, "nan": math.nan, "inf": -math.inf, "small": 5e-324, "a, name": 1e300}


@pytest.mark.parametrize("values", [MANY, FLOATS], ids=["of any type", "all floats"])
@pytest.mark.parametrize("how", [{}, {"step": 7}, {"step": 1.5, "timestamp": 1767225601.25}, {"step": np.int64(2)}])
def test_many_values_are_the_lines_of_single_calls(start: Start, values: dict[str, Any], how: dict[str, Any]) -> None:
    many, single = start("many"), start("single")
    for _ in range(3):
        many.log(values, **how)
        for name, value in values.items():
            single.log(name, value, **how)
    assert untimed(many, "metrics.csv") == untimed(single, "metrics.csv")


def test_many_values_have_one_time(run: Run) -> None:
    for _ in range(2):
        run.log(FLOATS)
        assert len({series.times[-1] for series in read(run.folder).series.values()}) == 1


def test_single_calls_and_many_count_the_same_steps(run: Run) -> None:
    run.log({"a": 1.0, "b": 1.0})
    run.log("a", 2)
    run.log({"b": "x", "c": 1})
    run.log({"a": 3.0, "b": 1.0})
    assert {name: series.steps for name, series in read(run.folder).series.items()} == {
        "a": [0, 1, 2],
        "b": [0, 1, 2],
        "c": [0],
    }


@pytest.mark.parametrize("wrong", [[1], {"x": 1}, object(), 1j, np.zeros(2), b"x"])
@pytest.mark.parametrize("known", [False, True])
def test_a_value_that_is_refused_takes_all_others_with_it(run: Run, wrong: Any, known: bool) -> None:
    if known:
        run.log({"a": 0.5, "b": 0.5})
    before = contents(run.folder)
    for values in ({"a": 1.0, "bad": wrong, "b": 1.0}, {"a": 1.0, "b": wrong}):
        with pytest.raises(UserError):
            run.log(values)
    assert contents(run.folder) == before
    run.log({"a": 1.0, "b": 1.0})
    assert {name: series.steps[-1] for name, series in read(run.folder).series.items()} == {
        "a": int(known),
        "b": int(known),
    }


@pytest.mark.parametrize(
    ("values", "how"),
    [
        ({"a": 1.0, "": 1.0}, {}),
        ({"a": 1.0, 5: 1.0}, {}),
        ({None: 1.0}, {}),
        ({"a": 1.0}, {"step": math.nan}),
        ({"a": 1.0}, {"step": "1"}),
        ({"a": 1.0}, {"timestamp": "now"}),
        ({}, {"step": "1"}),
        ("a", {}),
        (5, {}),
        (None, {}),
        (["a"], {}),
    ],
)
def test_what_are_no_named_values_leaves_nothing_behind(run: Run, values: Any, how: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        run.log(values, **how)
    assert untouched(run)


def test_no_values_write_nothing(run: Run) -> None:
    run.log({})
    run.log({}, step=3, timestamp=5)
    assert untouched(run)


@pytest.mark.parametrize("values", [{"a": 1.0, "b": 2.0}, {"a": 1, "b": "two\nlines", "c": math.nan}])
@pytest.mark.parametrize("before", ["", "run.log({'a': 1.0, 'b': 2.0})", "run.log('a', 1)"])
def test_many_values_are_one_write(script: Script, values: dict[str, Any], before: str) -> None:
    text = f"""
import os, runpages
nan = float("nan")
run = runpages.start("e", capture=False)
{before}
written, real = [], os.write
def write(fd, data):
    written.append(bytes(data))
    return real(fd, data)
os.write = write
run.log({values!r})
os.write = real
print([data.count(b"\\n") for data in written])
"""
    header = 0 if before else 1
    assert script(text).stdout == f"[{len(values) + header}]\n"


# --- lists with steps and times ----------------------------------------------------------------------------


def test_a_list_begins_at_a_step_and_has_one_time(run: Run) -> None:
    run.log_list("l", [1, 2], step=10, timestamp=1767225601)
    run.log_list("l", iter([3, "x"]), step=-1)
    run.log_list("l", [5, 6])
    series = read(run.folder).series["l"]
    assert series.steps == [10, 11, -1, 0, 12, 13]
    assert series.values == [1, 2, 3, "x", 5, 6]
    assert series.times[:2] == [1767225601, 1767225601]


@pytest.mark.parametrize("how", [{"step": "1"}, {"step": math.nan}, {"timestamp": "now"}, {"timestamp": math.nan}])
def test_a_list_of_no_step_or_time_leaves_nothing_behind(run: Run, how: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="'l'"):
        run.log_list("l", [1], "said", **how)
    assert untouched(run)
