from __future__ import annotations

from pathlib import Path

import pytest

from runpages_site.errors import SettingsError
from runpages_site.settings import ExperimentSettings, Settings, parse, read


def test_without_a_file_everything_has_a_default(tmp_path: Path) -> None:
    assert read(tmp_path) == Settings()


def test_all_settings_are_read() -> None:
    settings = parse(
        "title: Lab\ndescription: d\nbase_url: https://example.org/x\ntheme: default\n"
        "experiments:\n  a: {metric: val/loss, goal: min, description: one}\n  b:\n",
        "runpages.yml",
    )
    assert settings.title == "Lab"
    assert settings.base_url == "https://example.org/x"
    assert settings.experiments == {
        "a": ExperimentSettings(description="one", metric="val/loss", goal="min"),
        "b": ExperimentSettings(),
    }


def test_an_empty_file_is_fine() -> None:
    assert parse("", "runpages.yml") == Settings()
    assert parse("experiments:\n", "runpages.yml") == Settings()


def test_every_mistake_is_told_at_once_with_the_nearest_name() -> None:
    with pytest.raises(SettingsError) as error:
        parse("titel: x\ndescription: 3\nexperiments: {a: {gaol: min}, b: {goal: up}, c: 5}", "lab/runpages.yml")
    told = str(error.value).splitlines()
    assert told[0] == "lab/runpages.yml has mistakes:"
    assert "  titel: unknown; did you mean title?" in told
    assert "  description: it takes a text, and this is 3" in told
    assert "  experiments.a.gaol: unknown; did you mean goal?" in told
    assert "  experiments.b.goal: it is min or max, and this is 'up'" in told
    assert any(line.startswith("  experiments.c:") for line in told)


@pytest.mark.parametrize("text", ["[1]", "a: [", "!!python/object/apply:os.system ['true']", "experiments: 4"])
def test_what_is_no_settings_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"runpages\.yml"):
        parse(text, "runpages.yml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "runpages.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read"):
        read(tmp_path)
