"""Collects what the events of one run hold, in bounded memory: metrics, pictures, sound, texts and parameters."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from runpages.format import layout
from runpages.format.image_header import kind_of
from runpages.format.records import Chart, Declaration, Medium, Problem, Series

from ...text.number import plural
from ..downsample import Digest
from ..downsample import series as merged
from ..source import Part, PointSink
from .protobuf import Field
from .summary import Encoded, Value, histogram, image, rates, session, sound

CHARTS = 50
"""Histograms or precision–recall curves of one tag that are kept, evenly over the steps."""

CLOCKED = 200_000
"""Steps up to which the times of a metric that is left out are kept."""

_PICTURES = frozenset(["png", "jpg", "gif", "webp", "bmp"])


class EventRun:
    """What the events of a run hold.

    ``restarts`` are those that an earlier reading met: a file that begins anew at a step voids what is there from that
    step on, so what comes before it is left out at once. Metrics of ``names`` are known from elsewhere, and left out.
    """

    def __init__(
        self, sink: PointSink | None, restarts: Sequence[int] | None = None, *, names: Collection[str] = ()
    ) -> None:
        self.first: float | None = None
        self.last: float | None = None
        self.status: str | None = None
        self.params: dict[str, Any] = {}
        self.properties: dict[str, str] = {}
        self.images: list[Medium] = []
        self.media: list[Medium] = []
        self.parts: dict[str, Part] = {}
        self.descriptions: dict[str, str] = {}
        """What was said of metrics."""
        self.clocks: dict[str, dict[float, float | None]] = {}
        """The times of metrics that are left out, by their steps."""
        self.restarts: list[int] = []
        self.is_purged = False
        """Whether something was taken that a restart voids."""
        self._sink = sink
        self._names = names
        self._digests: dict[str, Digest] = {}
        self._short: set[str] = set()
        self._charts: dict[str, _Sample] = {}
        self._unseen: Counter[str] = Counter()
        self._known = restarts
        self._void = 0
        self._highest = -math.inf
        self._floor: float = min(restarts) if restarts else math.inf
        if sink is not None:
            sink.begin()

    def numbers(self, name: str, steps: list[int], times: list[float], values: list[float], code: str) -> None:
        """Take numbers of one metric."""
        self._highest = max(self._highest, max(steps))
        if self._floor < math.inf:
            kept = [at for at, step in enumerate(steps) if step < self._floor]
            self._void += len(steps) - len(kept)
            steps, times, values = ([column[at] for at in kept] for column in (steps, times, values))  # type: ignore[assignment]
            if not steps:
                return
        known = self._known_times(times)
        if name in self._names:
            clock = self.clocks.setdefault(name, {})
            if len(clock) < CLOCKED:
                clock.update(zip(steps, known, strict=True))
            return
        digest = self._digests.get(name)
        if digest is None:
            digest = self._digests[name] = Digest()
        if code == "f":
            self._short.add(name)
        if self._sink is not None:
            values = shortest(values) if code == "f" else values
            self._sink.add(name, [digest], (steps, known, values))
        digest.add(steps, known, values)

    def other(self, name: str, value: Value, step: int, time: float, data: bytes, part: Part) -> None:
        """Take what is no number; ``part`` is where ``data`` lies. Raises ValueError for what is damaged."""
        self._highest = max(self._highest, step)
        if step >= self._floor:
            self._void += 1
            return
        (when,) = self._known_times([time])
        if value.plugin == "hparams":
            self._take_session(value, data)
        elif pictures := _pictures(value, data):
            self._add(self.images, "images", name, step, when, data, part, pictures)
        elif sounds := _sounds(value, data):
            self._add(self.media, "media", name, step, when, data, part, sounds)
        elif value.plugin == "text" and value.tensor is not None:
            texts = [Encoded(field) for field in value.tensor.strings()]
            self._add(self.media, "media", name.removesuffix("/text_summary"), step, when, data, part, texts, "txt")
        elif value.plugin == "histograms" or value.histogram is not None:
            edges, counts = histogram(value, data)
            self._chart(Chart(name, "histogram", step, when, {"bin_edges": edges, "bin_counts": counts}))
        elif value.plugin == "pr_curves" and value.tensor is not None:
            self._chart(
                Chart(name, "accuracy_table", step, when, {"class_labels": [name], **rates(value.tensor, data)})
            )
        else:
            self._unseen[value.plugin or "tensors"] += 1

    def restart(self, step: int) -> None:
        """What was logged from a step on is void."""
        self.restarts.append(step)
        if self._known is None:
            self.is_purged = self.is_purged or self._highest >= step
        else:
            self._floor = min(self._known[len(self.restarts) :], default=math.inf)

    def series(self) -> dict[str, Series]:
        """The metrics, thinned where they are long."""
        return {name: self._series(name, digest) for name, digest in self._digests.items()}

    @property
    def charts(self) -> list[Chart]:
        """The histograms and precision–recall curves that are kept."""
        return [chart for sample in self._charts.values() for chart in sample.charts]

    def remarks(self) -> Iterator[Problem]:
        """What is not shown, and why."""
        if self._void:
            why = f"A restart went back to an earlier step, before {plural(self._void, 'value')}"
            yield Problem("", None, why, "These are left out, as in TensorBoard", False)
        for kind, count in self._unseen.items():
            yield Problem("", None, f"Not read yet: {plural(count, 'value')} of the kind {kind}", "Not shown", False)
        seen = sum(sample.seen for sample in self._charts.values())
        if left := seen - len(self.charts):
            yield Problem("", None, f"Too many histograms and curves: {seen:,}", f"{left:,} not shown", False)

    def _series(self, name: str, digest: Digest) -> Series:
        one = merged(name, Declaration(description=self.descriptions.get(name)), [digest])
        return one._replace(values=shortest(one.values)) if name in self._short and self._sink is None else one  # type: ignore[arg-type]

    def _known_times(self, times: Sequence[float]) -> Sequence[float | None]:
        """Times without those that are none, of which the first and the last of the run are noted."""
        low, high = min(times), max(times)
        if not (0 < low <= high < layout.LATEST) or math.isnan(sum(times)):
            known = [time if 0 < time < layout.LATEST else None for time in times]  # Zero stands for none.
            if any(time is not None for time in known):
                self._known_times([time for time in known if time is not None])
            return known
        self.first = low if self.first is None else min(self.first, low)
        self.last = high if self.last is None else max(self.last, high)
        return times

    def _take_session(self, value: Value, data: bytes) -> None:
        found = session(data, value.content) if value.content is not None else None
        if found is None:
            return
        self.params.update(found.params)
        if found.ended is not None:  # Without a time it is noted beforehand, as torch does.
            self.status = found.status
        if found.group:
            self.properties["Group"] = found.group

    def _chart(self, chart: Chart) -> None:
        self._charts.setdefault(chart.name, _Sample()).add(chart)

    def _add(
        self, into: list[Medium], folder: str, name: str, step: int, time: float | None, data: bytes, part: Part,
        found: Sequence[Encoded], extension: str = "",
    ) -> None:  # fmt: skip
        """Note pictures, sounds or texts as files that lie within the event file."""
        for at, one in enumerate(found):
            called = name if len(found) == 1 else f"{name}/{at}"
            content = data[one.bytes.start : one.bytes.end]
            kind = extension or _extension(content)
            if not kind:
                raise ValueError(f"what {name!r} holds is no picture and no sound")
            stem = f"{folder}/{layout.file_name(called)}/{step}"
            file = f"{stem}.{kind}"
            again = 1
            while file in self.parts:
                again += 1
                file = f"{stem}-{again}.{kind}"
            self.parts[file] = Part(part.path, part.start + one.bytes.start, len(content))
            into.append(Medium(called, step, time, file, None, one.width or None, one.height or None))


class FileTaker:
    """Takes what one file of a run holds, under the names that the run has for its tags."""

    def __init__(self, run: EventRun, path: str, prefix: str, names: Mapping[str, str]) -> None:
        self._run = run
        self._path = path
        self._prefix = prefix
        self._names = names

    def numbers(self, tag: str, steps: list[int], times: list[float], values: list[float], code: str) -> None:
        """Numbers of one tag."""
        self._run.numbers(self._name(tag), steps, times, values, code)

    def describe(self, tag: str, description: str) -> None:
        """What was said of a tag."""
        self._run.descriptions[self._name(tag)] = description

    def value(self, value: Value, step: int, time: float, data: bytes, offset: int) -> None:
        """Something else under a tag. Raises ValueError for what is damaged."""
        self._run.other(self._name(value.tag), value, step, time, data, Part(self._path, offset, len(data)))

    def restart(self, step: int) -> None:
        """What was logged from a step on is void."""
        self._run.restart(step)

    def _name(self, tag: str) -> str:
        return self._prefix + self._names.get(tag, tag)


class _Sample:
    """The last chart of a tag and others, evenly thinned: every one at first, then every second, every fourth."""

    def __init__(self) -> None:
        self.seen = 0
        self._kept: list[Chart] = []
        self._last: list[Chart] = []
        self._every = 1

    @property
    def charts(self) -> list[Chart]:
        """Those that are kept."""
        return self._kept + self._last

    def add(self, chart: Chart) -> None:
        """Take the next one, for good if it is one of those that are kept."""
        self._last = [chart]
        if self.seen % self._every == 0:
            self._kept.append(chart)
            self._last = []
            if len(self._kept) > CHARTS:
                self._kept = self._kept[::2]  # Of an odd number, so with the last one.
                self._every *= 2
        self.seen += 1


def _pictures(value: Value, data: bytes) -> list[Encoded]:
    if value.image is not None:
        found = image(data, value.image)
        return [found] if found else []
    if value.plugin != "images" or value.tensor is None:
        return []
    width, height, *rest = [*value.tensor.strings(), *[None] * 2][: max(2, len(value.tensor.strings()))]
    return [Encoded(field, _number(data, width), _number(data, height)) for field in rest if field is not None]


def _number(data: bytes, field: Field | None) -> int | None:
    digits = data[field.start : field.end] if field is not None else b""
    return int(digits) if digits.isdigit() and len(digits) < 7 else None


def _sounds(value: Value, data: bytes) -> list[Encoded]:
    if value.audio is not None:
        found = sound(data, value.audio)
        return [found] if found else []
    if value.plugin != "audio" or value.tensor is None:
        return []
    return [Encoded(field) for field in value.tensor.strings()[::2]]


def _extension(content: bytes) -> str:
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return "wav"
    known = kind_of(content[:65_536])
    return known.extension if known is not None and known.extension in _PICTURES else ""


# --- numbers of 32 bits, spelled as short as they can be: 0.001, and not 0.0010000000474974513 ---------------

# By the exponent of two: the finest power of ten whose steps are wider than those between numbers of 32 bits. So a
# number of as few decimals is the nearest on that grid; where none is near enough, one decimal more always is.
_SCALES = {
    exponent: 10.0 ** max(0, math.ceil((24 - exponent) * math.log10(2)) - 1) if exponent <= 24 else 0.0
    for exponent in range(-25, 129)
}


def shortest(values: Sequence[float]) -> list[float]:
    """For each number the one with the fewest digits that is the same in 32 bits; of those below 1e-38 nearly so."""
    scales = [_SCALES.get(math.frexp(value)[1], 0.0) for value in values]
    if 0.0 in scales or not math.isfinite(sum(values)):
        pairs = zip(values, scales, strict=True)
        return [shortest([value])[0] if scale and math.isfinite(value) else _by_digits(value) for value, scale in pairs]
    # A zero keeps its sign.
    found = [round(value * scale) / scale or value for value, scale in zip(values, scales, strict=True)]
    exact = array("f", values)
    if array("f", found) == exact:
        return found
    columns = zip(array("f", found), exact, found, values, scales, strict=True)
    return [
        short if near == full else round(value * scale * 10) / (scale * 10)
        for near, full, short, value, scale in columns
    ]


def _by_digits(value: float) -> float:
    """The same for any number, also one that is none or very large or small."""
    for digits in range(6, 9):
        short = float(f"{value:.{digits}g}")
        if array("f", [short]) == array("f", [value]):
            return short
    return float(f"{value:.9g}")
