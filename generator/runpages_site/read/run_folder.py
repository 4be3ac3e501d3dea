"""Reads run folders into records, and says what the pages across runs need of a record."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from runpages.format import layout, read, status
from runpages.format.discovery import Found, RunFolder, find
from runpages.format.document import DEEPEST, decode, encode, mapping
from runpages.format.errors import FormatError
from runpages.format.files import content, entries_below
from runpages.format.image_header import HEAD, kind_of, picture_of
from runpages.format.parameters import LARGEST
from runpages.format.records import ExperimentRecord, Medium, Problem, RunRecord
from runpages.format.registered import RegisteredModel
from runpages.format.secret import is_secret
from runpages.format.stray_files import CONFIGURATION, is_leftover, writer_in

from .. import select, text
from ..model import ModelSummary, Published, RunSummary
from .contents import Contents, opened
from .passes import marked
from .points import read_points
from .seen import stamp
from .source import PointSink, Reading

DRAWING_BYTES = 1 << 18
"""The largest SVG image that a page holds."""

DRAWINGS_BYTES = 1 << 22
"""How much of a run's SVG images a page and its data hold together."""

_NOTE = 300
"""Most characters of a description, or of an error, on the pages across runs."""
_COMMIT = 12
"""Characters of a git commit there."""


class RunFolders:
    """The built-in source: a workspace of run folders, each exactly ``<experiment>/<run>/``."""

    def find(self, folder: str, *, skip: Collection[str] = (), only: Collection[str] | None = None) -> Found:
        """The runs of a workspace, each ``seen`` as its stamp: one walk over the folders."""
        return find(folder, skip=skip, probe=stamp, only=only)

    def read_head(self, run: RunFolder, *, now: float) -> RunRecord:
        """What a run is, without what it logged."""
        return read_head(run.path, now=now)

    def read(self, run: RunFolder, *, now: float, known: Mapping[str, Any], sink: PointSink | None) -> Reading:
        """A run, its long series thinned."""
        return read_run(run.path, now=now, known=known, sink=sink)


def files_of(folder: str) -> list[str]:
    """The paths in a run of its files and links, without what programs and killed processes left. Raises OSError."""
    names: dict[str, list[str]] = {}
    for path, is_folder in entries_below(folder):
        if not is_folder:
            above, slash, name = path.rpartition("/")
            names.setdefault(above + slash, []).append(name)
    return sorted(
        prefix + name
        for prefix, beside in names.items()
        for name in beside
        if not (name.startswith(".") and name.endswith(".tmp")) and not is_leftover(name, beside, kept=True)
    )


def is_document(file: str) -> bool:
    """Whether a file of a run is its document, or has changes of it."""
    return file == layout.RUN or writer_in(file, "changes", "jsonl") is not None


def read_head(folder: str, *, now: float) -> RunRecord:
    """Read what a run is, without what it logged; a run of a newer format comes back as from ``read_run``."""
    try:
        return read.read_head(folder, now=now)
    except FormatError as error:
        return _refused(folder, str(error))


def read_run(
    folder: str, *, now: float, known: Mapping[str, Any] = {}, sink: PointSink | None = None,
    contents: Contents | None = None,
) -> Reading:  # fmt: skip
    """Read a run, its long series thinned; ``known`` is what the last build noted of its long files.

    The ``sink`` gets the points of its long metrics, and ``contents`` keeps what small files hold. A run of a newer
    format comes back empty, with the problem that says what to install.
    """
    contents = contents or Contents(folder)
    try:
        record, points = read.read_without_points(folder, now=now, load=contents.load)
    except FormatError as error:
        return Reading(_refused(folder, str(error)))
    problems: list[Problem] = []
    series, learned = read_points(points, problems, known, sink, contents)
    record.problems[points.told : points.told] = problems
    sized = [_sized(contents, folder, image, record.problems) for image in record.images]
    read.with_published_problems(record)
    record = record._replace(
        series=series,
        images=marked(sized, record.passes),
        media=marked(record.media, record.passes),
        charts=marked(record.charts, record.passes),
    )
    return Reading(with_parameters(record), learned)


def read_experiment(folder: str) -> ExperimentRecord:
    """Read what an experiment says of itself."""
    return read.read_experiment(folder)


def published_experiment(folder: str) -> dict[str, Any] | None:
    """The document of an experiment; None if it has none. One that cannot be read is empty."""
    if not os.path.isfile(os.path.join(folder, layout.EXPERIMENT)):
        return None
    return read.read_document(os.path.join(folder, layout.EXPERIMENT), [])


def read_drawings(record: RunRecord, site: Path, published: Published) -> dict[str, bytes]:
    """The ``published`` SVG images of a run by their file, but for those over 256 KiB, and what comes after 4 MiB."""
    found: dict[str, bytes] = {}
    left = DRAWINGS_BYTES
    for image in record.images:
        if image.file.lower().endswith(".svg") and image.file in published.files and image.file not in found:
            try:
                with opened(site, published, image.file) as file:
                    data = file.read(min(DRAWING_BYTES, left) + 1)
            except OSError:
                continue
            if len(data) <= min(DRAWING_BYTES, left):
                found[image.file] = data
                left -= len(data)
    return found


def summarize(record: RunRecord, page: str, models: Sequence[RegisteredModel] = ()) -> RunSummary:
    """What the pages across runs need of a run; long texts are cut, which its own page has whole."""
    host = record.owner.get("host")
    return RunSummary(
        path=page,
        id=record.id,
        title=text.brief(record.title),
        number=record.number,
        status=record.status and text.brief(record.status),
        damaged=record.damaged,
        created=record.created,
        started=record.started,
        ended=record.ended,
        # A clone or a copy gives the files new times; a run that has ended states its own.
        last_write=record.ended if record.ended is not None else record.last_write,
        parent=record.parent,
        host=text.brief(host) if isinstance(host, str) else None,
        params=text.brief_values(record.params),
        tags=_brief_tags(record.tags),
        metrics={name: select.summary(series) for name, series in record.series.items()},
        models=select.latest(_model(model, record, page) for model in models),
        note=(record.description or "")[:_NOTE],
        error=_error(record),
        commit=_commit(record),
    )


def _commit(record: RunRecord) -> str | None:
    git = record.environment.get("git")
    found = git.get("commit") if isinstance(git, dict) else None
    return text.brief(found)[:_COMMIT] if isinstance(found, str) and found else None


def _error(record: RunRecord) -> str:
    """Why a run failed, or which process has stopped writing."""
    if record.error is not None:
        return record.error.summary.strip().partition("\n")[0][:_NOTE]
    if record.status != status.NOT_RESPONDING:
        return ""
    host, pid = record.owner.get("host"), record.owner.get("pid")
    return ", ".join(part for part in (host and str(host), pid and f"pid {pid}") if part)[:_NOTE]


def _model(model: RegisteredModel, record: RunRecord, page: str) -> ModelSummary:
    return ModelSummary(
        name=text.brief(model.name),
        version=model.version,
        versions=1,
        run=page,
        title=text.brief(record.title),
        tags=_brief_tags(model.tags),
        created=model.created,
    )


def _brief_tags(tags: Mapping[str, str | None]) -> dict[str, str | None]:
    return {text.brief(key): value and text.brief(value) for key, value in tags.items()}


def _sized(contents: Contents, folder: str, image: Medium, problems: list[Problem]) -> Medium:
    if image.missing or (image.width and image.height):
        return image
    try:
        small = contents.small(image.file)
        picture = kind_of(small.data[:HEAD]) if small else picture_of(os.path.join(folder, image.file))
    except OSError:
        picture = None
    if picture is None:
        problems.append(Problem(image.file, None, "Not a readable image", "Placeholder shown"))
        return image
    return image._replace(width=picture.width, height=picture.height)


def _refused(folder: str, why: str) -> RunRecord:
    parent, name = os.path.split(os.path.abspath(folder))
    experiment = os.path.basename(parent)
    return RunRecord(
        folder=folder, experiment=layout.name_of(experiment) or experiment, id=name, name=None, number=None, type=None,
        status=None, created=None, started=None, ended=None, last_write=None, parent=None, owner={}, description=None,
        tags={}, properties={}, params={}, environment={}, error=None, series={}, tables=[], charts=[], images=[],
        media=[], artifacts=[], logs=[], snapshot=None, problems=[Problem(layout.RUN, None, why, "Run skipped")],
        document={},
    )  # fmt: skip


_YAML = (".yaml", ".yml")
# YAML 1.1 reads 1e-3 as a text, though a number is meant.
_EXPONENT = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$")


def with_parameters(record: RunRecord) -> RunRecord:
    """The record with the parameters of its configuration in YAML; what cannot be read is reported."""
    if record.params or os.path.exists(os.path.join(record.folder, layout.RUN)):
        return record
    for name in (file.file for file in record.artifacts if file.size <= LARGEST):
        stem, extension = os.path.splitext(name.lower())
        if stem not in CONFIGURATION or extension not in _YAML or is_secret(name):
            continue
        try:
            found = read_yaml(content(os.path.join(record.folder, name)).decode("utf-8-sig"))
        except (OSError, ValueError) as error:
            record.problems.append(Problem(name, None, str(error), "Not read as parameters", False))
            continue
        if found:
            return record._replace(params=found, document={**record.document, "params": found})
    return record


def read_yaml(text: str) -> dict[str, Any]:
    """A mapping as plain values; empty for what is none. Raises ValueError for what is no YAML, or has aliases.

    Names are texts as they are spelled.
    """
    import yaml

    loader = _loader()
    try:
        depth = 0
        for event in yaml.parse(text, loader):  # Stops where it gets too deep, which takes the square of the depth.
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise ValueError("It is nested too deeply")
            if isinstance(event, yaml.AliasEvent):
                raise ValueError("It has aliases; write out their values")  # noqa: TRY004, the text is wrong
        return mapping(decode(encode(mapping(_plain(yaml.load(text, loader))))))  # noqa: S506, it is a safe one
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise ValueError(f"It is not valid YAML: {where}{getattr(error, 'problem', None) or error}") from None


def _loader() -> Any:
    """The safe loader of YAML, for which objects of Python are the plain values that they are made of."""
    import yaml

    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
            for key, _ in node.value:  # YAML 1.1 takes the names on, no and y for booleans.
                if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                    key.tag = "tag:yaml.org,2002:str"
            return super().construct_mapping(node, deep)

    def untagged(loader: Any, suffix: str, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return node.value or suffix.rpartition(":")[2]

    Loader.add_multi_constructor("tag:yaml.org,2002:python/", untagged)
    Loader.add_multi_constructor("!", untagged)
    Loader.add_implicit_resolver("tag:yaml.org,2002:float", _EXPONENT, list("-+0123456789"))
    return Loader


def _plain(value: Any) -> Any:
    """A value as JSON has it: dates and what else YAML knows as texts."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return list(map(_plain, value))
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, (str, bool, int, float)) else str(value)
