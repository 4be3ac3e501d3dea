from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from runpages_site.errors import SettingsError
from runpages_site.settings import (
    THEME,
    ExperimentSettings,
    Hide,
    Limits,
    Settings,
    View,
    fingerprint,
    parse,
    read,
)
from runpages_site.settings.json_schema import schema
from runpages_site.theme import theme
from tests.examples import examples
from tests.unmeasured import unmeasured

FILE = "lab/runpages.yml"


def mistakes(text: str) -> list[str]:
    """What is told of a file, line by line."""
    with pytest.raises(SettingsError) as error:
        parse(text, FILE)
    head, *told = str(error.value).splitlines()
    assert head == f"{FILE} has mistakes:"
    return [line.removeprefix("  ") for line in told]


def test_without_a_file_everything_has_a_default(tmp_path: Path) -> None:
    assert read(tmp_path) == Settings()


def test_all_settings_are_read() -> None:
    text = """
title: Lab
description: d
base_url: https://example.org/x
theme: neon
hide:
  experiments: ["tmp-*"]
  runs: [a, b]
  metrics: [debug/*]
  params: []
  tags:
limits: {charts: 1, runs: 10, log_lines: 100, images: 5, table_rows: 7, files: 8}
experiments:
  a: {metric: val/loss, goal: min, description: one, hidden: yes}
  b:
  c:
    goals:
      val/loss: min
      val.acc: max
    columns: [lr, val/loss, host]
    tolerance: {val/loss: 0.5, val.acc: 1}
    pair_by: seed
    views:
      - name: best
        query: val/loss<1 status:completed
        sort: [-val.acc, lr]
        group: [lr]
        charts: [x]
      - {name: 2, columns: [lr]}
parquet: true
"""
    assert parse(text, FILE) == Settings(
        title="Lab",
        description="d",
        base_url="https://example.org/x",
        theme="neon",
        hide=Hide(experiments=("tmp-*",), runs=("a", "b"), metrics=("debug/*",)),
        limits=Limits(1, 10, 100, 5, 7, 8),
        experiments={
            "a": ExperimentSettings(description="one", metric="val/loss", goal="min", hidden=True),
            "b": ExperimentSettings(),
            "c": ExperimentSettings(
                goals={"val/loss": "min", "val.acc": "max"},
                columns=("lr", "val/loss", "host"),
                tolerance={"val/loss": 0.5, "val.acc": 1.0},
                pair_by="seed",
                views=(
                    View("best", "val/loss<1 status:completed", ("-val.acc", "lr"), (), ("lr",), ("x",)),
                    View("2", columns=("lr",)),
                ),
            ),
        },
        parquet=True,
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "experiments:\n", "title:\nhide:\nlimits: {charts: ~}\n"])
def test_what_has_no_value_has_its_default(text: str) -> None:
    assert parse(text, FILE) == Settings()


def test_every_mistake_is_told_at_once_with_its_line_and_the_nearest_name() -> None:
    text = """
titel: x
experiments:
  a: {gaol: min}
  b:
    goal: up
    columns: lr
    goals: {val.loss: less, acc: }
  c: 5
hide:
  runs: [a, [b], ~]
goal: min
wrong: 1
"""
    assert mistakes(text) == [
        "line 2, titel: unknown; did you mean title?",
        "line 4, experiments.a.gaol: unknown; did you mean goal?",
        "line 6, experiments.b.goal: expected min or max, got the string 'up'",
        "line 7, experiments.b.columns: expected a list of strings, got the string 'lr'; write it as a list: [\"lr\"]",
        "line 8, experiments.b.goals.\"val.loss\": expected min or max, got the string 'less'",
        "line 8, experiments.b.goals.acc: expected min or max, got nothing",
        "line 9, experiments.c: expected settings, got 5",
        "line 11, hide.runs: item 2 must be a string, got a list",
        "line 11, hide.runs: item 3 must be a string, got nothing",
        "line 12, goal: unknown; it belongs to experiments.<name>",
        "line 13, wrong: unknown; allowed: title, description, theme, base_url, social_pictures, sitemap, parquet, "
        "secrets, allow_secrets, redact, private, hide, limits, experiments, comparisons, known",
    ]


def test_mistakes_in_views_and_tolerances_are_told() -> None:
    text = """
experiments:
  a:
    tolerance: {x: 1e-3, y: -1, z: '2', inf: .inf, nan: .nan, at: 1:30}
    views:
      - query: x
        srot: [a]
      - x
      -
    sort: [a]
  b:
    views: {name: x}
"""
    assert mistakes(text) == [
        "line 4, experiments.a.tolerance.x: expected a number from 0, got the string '1e-3'; write it as 0.001",
        "line 4, experiments.a.tolerance.y: expected a number from 0, got -1",
        "line 4, experiments.a.tolerance.z: expected a number from 0, got the string '2'; write it as 2.0",
        "line 4, experiments.a.tolerance.inf: expected a number from 0, got .inf",
        "line 4, experiments.a.tolerance.nan: expected a number from 0, got .nan",
        "line 4, experiments.a.tolerance.at: expected a number from 0, got 1:30",
        "line 6, experiments.a.views.1: name is missing",
        "line 7, experiments.a.views.1.srot: unknown; did you mean sort?",
        "line 8, experiments.a.views.2: expected settings, got the string 'x'",
        "line 9, experiments.a.views.3: expected settings, got nothing",
        "line 10, experiments.a.sort: unknown; it belongs to experiments.<name>.views.<number>",
        "line 12, experiments.b.views: expected a list of settings, got a mapping",
    ]


def test_a_name_that_stands_twice_is_told() -> None:
    assert mistakes("title: a\ntheme: x\ntitle: b\nexperiments:\n  a:\n  b:\n  a:\n") == [
        "line 3, title: duplicate of line 1; keep one of them",
        "line 7, experiments.a: duplicate of line 5; keep one of them",
    ]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("0", "got 0"),
        ("1001", "got 1001"),
        ("9" * 5000, "got 9999"),
        ("1.5", "got 1.5"),
        ("1:30", "got 1:30"),
        ("0x10", "got 0x10"),
        ("1_000", "got 1_000"),
        (".inf", "got .inf"),
        ("true", "got true"),
        ("'60'", "got the string '60'; remove the quotes"),
        ("many", "got the string 'many'"),
        ("[60]", "got a list"),
        ("{a: 1}", "got a mapping"),
        ("!kilo 1", "got a value of unknown type !kilo"),
    ],
)
def test_a_number_is_a_whole_one_in_its_range(value: str, why: str) -> None:
    (told,) = mistakes(f"limits:\n  charts: {value}\n")
    assert told.startswith("line 2, limits.charts: expected an integer from 1 to 1,000, got ")
    assert why in told


@pytest.mark.parametrize(("value", "number"), [("1", 1), ("1000", 1000), ("+60", 60), ("60.0", 60), ("010", 10)])
def test_a_number_is_what_stands_there(value: str, number: int) -> None:
    assert parse(f"limits: {{charts: {value}}}", FILE).limits.charts == number


def test_a_switch_takes_what_yaml_takes_for_one() -> None:
    assert parse("experiments: {a: {hidden: On}}", FILE).experiments["a"].hidden
    assert not parse("experiments: {a: {hidden: no}}", FILE).experiments["a"].hidden
    assert "remove the quotes" in mistakes("experiments: {a: {hidden: 'true'}}")[0]
    assert "got 1" in mistakes("experiments: {a: {hidden: 1}}")[0]


@pytest.mark.parametrize(
    "value", ["2024", "1.10", "1e-3", "0x1F", "2024-01-01", "yes", "on", "1:30", "=", "<<", ".nan", "010"]
)
def test_a_text_is_taken_as_it_is_written(value: str) -> None:
    text = f"title: {value}\nexperiments: {{{value}: {{columns: [{value}], goals: {{{value}: min}}}}}}"
    if value == "<<":  # As a key it means something else to YAML.
        text = "title: <<\nexperiments: {'<<': {columns: [<<], goals: {'<<': min}}}"
    assert parse(text, FILE) == Settings(
        title=value, experiments={value: ExperimentSettings(columns=(value,), goals={value: "min"})}
    )


@pytest.mark.parametrize("value", ["example.org/lab", "/lab", "ftp://x", "https://", "https://a b", "3"])
def test_an_address_is_one(value: str) -> None:
    assert "expected an address such as https://example.org/lab" in mistakes(f"base_url: {value}")[0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[1]", "has no settings"),
        ("just words", "has no settings"),
        ("!!map x", "has no settings"),
        ("title: a\nhide: [", "line 2: invalid YAML"),
        ("title: a\n\ttheme: b", "line 2: invalid YAML"),
        ("title: *gone", "line 1: invalid YAML"),
        ("--- {}\n--- {}", "line 2: invalid YAML"),
        ("title: \0", "invalid YAML"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_settings_is_refused(text: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why) as error:
        parse(text, FILE)
    assert str(error.value).startswith(FILE)


def test_nothing_is_ever_made_of_a_tag() -> None:
    assert mistakes("title: !!python/object/apply:os.system ['true']\ntheme: !!python/name:os.system x\n") == [
        "line 1, title: expected a string, got a value of unknown type !!python/object/apply:os.system",
        "line 2, theme: expected a string, got a value of unknown type !!python/name:os.system",
    ]
    assert mistakes("? [a, b]\n: 1\n~: 2\n") == [
        "line 1: a name must be a string, got a list",
        "line 3: a name must be a string, got nothing",
    ]


def test_anchors_and_merges_are_followed() -> None:
    text = "experiments:\n  a: &a {metric: x, goal: min}\n  b: {<<: *a, goal: max}\n  c: {<<: [{goal: max}, *a]}\n"
    assert parse(text, FILE).experiments == {
        "a": ExperimentSettings(metric="x", goal="min"),
        "b": ExperimentSettings(metric="x", goal="max"),
        "c": ExperimentSettings(metric="x", goal="max"),
    }
    assert mistakes("experiments:\n  a: &a {goal: up}\n  b: *a\n") == [
        "line 2, experiments.a.goal: expected min or max, got the string 'up'",
        "line 2, experiments.b.goal: expected min or max, got the string 'up'",
    ]


def test_merges_that_go_in_a_circle_or_double_end() -> None:
    assert parse("experiments: {a: &a {<<: *a, goal: min}}", FILE).experiments["a"].goal == "min"
    steps = ["experiments:", "  e0: &e0 {goal: min}"]
    steps += [f"  e{step}: &e{step} {{<<: [*e{step - 1}, *e{step - 1}]}}" for step in range(1, 60)]
    assert parse("\n".join(steps), FILE).experiments["e59"].goal == "min"


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "runpages.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="is not in UTF-8"):
        read(tmp_path)


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "runpages.yml").write_bytes(b"\xef\xbb\xbftitle: a\n")
    assert read(tmp_path).title == "a"


def test_the_built_in_theme_is_the_default() -> None:
    assert THEME == theme.BUILT_IN == Settings().theme


LOADED = """
import sys
from pathlib import Path
from runpages_site.settings import read
read(Path(sys.argv[1]))
print(sorted({"yaml", "jinja2", "markupsafe", "click", "json", "difflib", "orjson", "plotly"} & set(sys.modules)))
"""


def test_without_a_file_nothing_slow_is_loaded(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LOADED, str(tmp_path)]
    done = subprocess.run(command, env=unmeasured(), capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_schema_is_printed() -> None:
    command = [sys.executable, "-m", "runpages_site.settings"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert json.loads(done.stdout) == schema()


def test_a_fingerprint_changes_with_every_setting() -> None:
    limits = [Limits(**{name: 9}) for name in Limits._fields]
    hides = [Hide(**{name: ("x",)}) for name in Hide._fields]
    said: list[dict[str, Any]] = [
        *({"description": "x"}, {"metric": "x"}, {"goal": "min"}, {"goals": {"a": "min", "b": "max"}}),
        *({"goals": {"a": "max", "b": "min"}}, {"columns": ("a", "b")}, {"columns": ("b", "a")}, {"hidden": True}),
        *({"tolerance": {"a": 0.5}}, {"tolerance": {"a": 0.25}}, {"pair_by": "x"}),
        *({"views": (View("a"),)}, {"views": (View("a"), View("b"))}, {"views": (View("b"), View("a"))}),
        *({"views": (View("a")._replace(**{name: ("x",)}),)} for name in View._fields[1:]),  # type: ignore[arg-type]
    ]
    every = [
        Settings(),
        *(
            Settings(title="x"),
            Settings(description="x"),
            Settings(theme="x"),
            Settings(base_url="x"),
            Settings(parquet=True),
        ),
        *(Settings(limits=limit) for limit in limits),
        *(Settings(hide=hide) for hide in hides),
        *(Settings(experiments={"e": ExperimentSettings(**one)}) for one in said),
        Settings(experiments={"e": ExperimentSettings()}),
    ]
    assert len({fingerprint(one) for one in every}) == len(every)


def test_a_fingerprint_is_one_whatever_the_order_of_names() -> None:
    a, b = ExperimentSettings(goals={"x": "min", "y": "max"}), ExperimentSettings(goals={"y": "max", "x": "min"})
    assert fingerprint(Settings(experiments={"a": a, "b": b})) == fingerprint(Settings(experiments={"b": a, "a": b}))


def test_settings_reach_another_process() -> None:
    said = Settings(title="a", experiments={"e": ExperimentSettings(goals={"x": "min"})})
    assert pickle.loads(pickle.dumps(said)) == said
    with pytest.raises(AttributeError):
        said.title = "b"  # type: ignore[misc]
    assert said._replace(title="b").experiments == said.experiments


# --- the schema takes what the parser takes -------------------------------------------------------------------------

VALIDATOR = Draft7Validator(schema())
NAMES = ("a", "val/loss", "val.loss", "ü ü", "2024", "~", "")
TEXTS = st.sampled_from(NAMES) | st.text(max_size=5)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-2, 1_002)
    | st.floats(width=16, allow_nan=False, allow_infinity=False)  # JSON has no others.
    | st.sampled_from((60.0, "60", "min"))
    | TEXTS
)
ANY = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2))
GOAL = st.sampled_from(("min", "max"))
ADDRESS = st.sampled_from(("https://example.org", "http://a/b\n", "http://a\nb", "example.org", "https://"))


def group(of: type, **known: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly right settings of a group, with a wrong value or name here and there."""
    right = {name: known.get(name, TEXTS) | st.none() for name in vars(of)["_fields"]}
    wrong = st.dictionaries(st.sampled_from([*right, "wrong", ""]), ANY, max_size=1)
    return st.builds(
        lambda one, other: {**one, **other}, st.fixed_dictionaries({}, optional=right), wrong | st.just({})
    )


EXPERIMENT = group(
    ExperimentSettings,
    goal=GOAL,
    goals=st.dictionaries(TEXTS, GOAL),
    tolerance=st.dictionaries(TEXTS, st.floats(-1, 1e300, allow_nan=False) | st.integers(-1, 3), max_size=2),
    columns=st.lists(TEXTS),
    views=st.lists(
        group(View, **{name: st.lists(TEXTS) for name in View._fields if name not in ("name", "query")}),
        max_size=2,
    ),
    hidden=st.booleans(),
)
DOCUMENTS = group(
    Settings,
    base_url=ADDRESS,
    parquet=st.booleans(),
    hide=group(Hide, **{name: st.lists(SCALARS, max_size=2) for name in Hide._fields}),
    limits=group(Limits, **{name: st.integers(0, 100_001) for name in Limits._fields}),
    experiments=st.dictionaries(TEXTS, EXPERIMENT | st.none(), max_size=2),
)


def is_taken(document: Any) -> bool:
    try:
        parse(yaml.safe_dump(document, sort_keys=False), FILE)
    except SettingsError:
        return False
    return True


@settings(max_examples=examples(3))
@example({"title": 2024, "experiments": {"a": None, "b": {"goals": {"x": "min"}}}})
@example({"title": ["x"]})
@example({"limits": {"charts": 60.0}})
@example({"limits": {"charts": 1e300}})
@example({"limits": {"charts": True}})
@example({"experiments": {"a": {"goals": {"x": None}}}})
@example({"hide": {"runs": [None]}})
@example({"base_url": "http://a\n"})
@example({"base_url": 3})
@example(None)
@given(DOCUMENTS | ANY)
def test_the_schema_takes_what_the_parser_takes(document: Any) -> None:
    assert is_taken(document) == VALIDATOR.is_valid(document)


TEXT = st.text(max_size=8)
LISTS = st.lists(TEXT, max_size=3).map(tuple)
SAID = st.builds(
    Settings,
    title=TEXT | st.none(),
    hide=st.builds(Hide, runs=LISTS, metrics=LISTS),
    limits=st.builds(Limits, charts=st.integers(1, 1_000)),
    experiments=st.dictionaries(
        TEXT,
        st.builds(
            ExperimentSettings,
            metric=TEXT,
            goals=st.dictionaries(TEXT, GOAL),
            tolerance=st.dictionaries(TEXT, st.floats(0, 1e300), max_size=2),
            columns=LISTS,
            views=st.lists(st.builds(View, name=TEXT, query=TEXT | st.none(), sort=LISTS), max_size=2).map(tuple),
        ),
        max_size=3,
    ),
)


def plain(value: Any) -> Any:
    """Settings by name, as a file has them."""
    if isinstance(value, tuple):
        named: dict[str, Any] | None = getattr(value, "_asdict", dict)()
        return plain(named) if named else [*map(plain, value)]
    return {name: plain(one) for name, one in value.items()} if isinstance(value, dict) else value


@given(SAID)
def test_what_is_written_is_read(said: Settings) -> None:
    # Through JSON, which has lists for tuples and is YAML too.
    written = yaml.safe_dump(json.loads(json.dumps(plain(said))))
    assert parse(written, FILE) == said
