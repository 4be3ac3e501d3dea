"""Whatever the documents of a run say, reading it back gives values of their types or one of this package's errors."""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

import runpages
from runpages import Experiment, Run, RunpagesError, Workspace
from tests.format.folder import line, write
from tests.format.sample import FILES, RUN
from tests.format.strategy import any_text, json_values

CALLS: dict[str, Callable[[Run], object]] = {
    **{
        name: lambda run, name=name: getattr(run, name)  # type: ignore[misc]
        for name in (
            *("id", "number", "type", "status", "name", "display_name", "description", "tags", "properties", "params"),
            *("parent", "experiment"),
        )
    },
    **{
        name: lambda run, name=name: getattr(run, name)()  # type: ignore[misc]
        for name in (
            *("get_status", "get_details", "get_details_with_logs", "get_detailed_status", "get_tags"),
            *("get_properties", "get_metrics", "get_file_names", "get_portal_url", "__repr__", "_repr_html_"),
        )
    },
    "all metrics": lambda run: run.get_metrics(recursive=True, populate=True),
    "children": lambda run: list(run.get_children(recursive=True, tags="a", properties={"b": "c"})),
    "runs": lambda run: list(Run.list(run.experiment, tags={"a": "b"}, properties="c", include_children=True)),
    "waiting": lambda run: run.wait_for_completion() if run.status in ("Completed", "Failed", "Canceled") else None,
    "experiment's tags": lambda run: (run.experiment.tags, run.experiment.archived_time),
    "tag": lambda run: run.tag("new", "é"),
    "remove_tags": lambda run: run.remove_tags(["stage", "new"]),
    "add_properties": lambda run: run.add_properties({"new": "property"}),
    "log_params": lambda run: run.log_params({"new": 1}),
    "log": lambda run: run.log("loss", 1),
    "log_image": lambda run: run.log_html("sample", "<p>"),
    "log_residuals": lambda run: run.log_residuals("confusion", {"bin_edges": [0, 1], "bin_counts": [1]}),
    "start": lambda run: run.start(),
    "complete": lambda run: run.complete(),
}


def attempted(act: Callable[[], Any]) -> Any:
    """What it returns; an error of the package has to say what is wrong and where."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return act()
    except RunpagesError as error:
        assert str(error)
        return None


def read_back(folder: Path) -> bool:
    """Read one run in every way that there is, and add to it; returns whether it could be read."""
    read = attempted(lambda: runpages.read(folder))
    for record in attempted(lambda: read.runs) or ():
        assert repr(record)
    attempted(lambda: read.experiments)
    attempted(lambda: read.table())
    attempted(lambda: read.to_pandas())
    workspace = Workspace(root=folder.parent.parent)
    experiment = attempted(lambda: Experiment.list(workspace, view_type="All", tags="a"))
    for one in experiment or ():
        attempted(one.get_runs)
    run = attempted(lambda: workspace.get_run(folder.name))
    if run is None:
        return False
    for call in CALLS.values():
        attempted(lambda call=call: call(run))  # type: ignore[misc]
    assert attempted(lambda: Run(run.experiment, folder.name)) is not None
    assert isinstance(run.name, str)
    assert all(isinstance(key, str) for found in (run.tags, run.properties, run.params) for key in found)
    return True


def written(root: str, files: dict[str, str | bytes], experiment: Any = None) -> Path:
    folder = write(Path(root, "runs", "digits", "20260101-000000-abcdef"), {**FILES, **files})
    if experiment is not None:
        (folder.parent / "experiment.json").write_bytes(line(experiment).encode("utf-8", "surrogatepass"))
    return folder


SOME: list[Any] = [
    *(None, True, 0, -1, 5, 1e308, 10**400, -(10**400), 1e17, "", "x", "\ud800", "\x00", "0001-01-01T00:00:00+14:00"),
    *(
        "9999-12-31T23:59:59.999Z",
        [],
        [1],
        [[]],
        ["git"],
        [["a", "b"]],
        {},
        {"a": 1},
        {"": {}},
        {"a": [1]},
        {"a": None},
    ),
]


def inner(document: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths to all values of a document."""
    for key, value in document.items() if isinstance(document, dict) else ():
        yield (*path, key)
        yield from inner(value, (*path, key))


def changed(document: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    key, *rest = path
    return {**document, key: changed(document[key], tuple(rest), value) if rest else value}


PATHS = list(inner(RUN))
CHANGES = [*RUN, "remove_tags", "time"]
EXPERIMENT = ["name", "tags", "archived", "description", "created", "format"]


@pytest.mark.often
@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_a_value_of_the_document_may_be_anything(tmp_path: Path, path: tuple[str, ...]) -> None:
    for number, value in enumerate(SOME[PATHS.index(path) % 4 :: 4]):
        # In turn a run that has ended and one that goes on.
        status = {"status": "Running"} if number % 2 else {}
        read_back(written(str(tmp_path / f"{number}"), {"run.json": line(changed({**RUN, **status}, path, value))}))


@pytest.mark.often
@pytest.mark.parametrize("value", SOME, ids=repr)
def test_a_value_of_an_experiment_and_of_a_change_may_be_anything(tmp_path: Path, value: Any) -> None:
    for number in range(max(len(CHANGES), len(EXPERIMENT))):
        change = {"time": "2027-01-01T00:00:00.000Z", CHANGES[number % len(CHANGES)]: value}
        experiment = {"format": 1, EXPERIMENT[number % len(EXPERIMENT)]: value}
        read_back(written(str(tmp_path / f"{number}"), {"changes.w-1-ffff.jsonl": line(change)}, experiment))


paths = st.sampled_from(PATHS)
values = st.sampled_from(SOME) | json_values


@given(st.lists(st.tuples(paths, values), min_size=1, max_size=4), st.dictionaries(any_text, values, max_size=2))
def test_documents_with_several_odd_values_are_read_back(
    changes: list[tuple[tuple[str, ...], Any]], more: dict[str, Any]
) -> None:
    document: dict[str, Any] = {**RUN, **more}
    for path, value in changes:
        try:
            document = changed(document, path, value)
        except (KeyError, TypeError):
            continue  # An earlier change took away what this one would change.
    with tempfile.TemporaryDirectory() as root:
        event(f"read: {read_back(written(root, {'run.json': json.dumps(document)}))}")
