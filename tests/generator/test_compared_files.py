"""What browsers compare the code, configuration and logs of runs from."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from runpages_site import text
from tests.generator.conftest import MakeRun
from tests.generator.test_code import PATCH, Built, packed, script_of

EVIL = "</script><script>alert(1)</script>\u202e"


def compared(site: Path) -> dict[str, Any]:
    """What is in the data of the run, or else in a script of its own."""
    folder = site / "e" / "demo" / "a"
    found: dict[str, Any] = _value(folder / "run.js", "run")
    made: dict[str, Any] = found.get("compared") or _value(folder / "compared.js", "compared")
    return made


def _value(script: Path, key: str) -> Any:
    return json.loads(script.read_text("utf-8").removeprefix(f'runpages.put("{key}",').removesuffix(");\n"))


def outputs(files: dict[str, str | bytes]) -> dict[str, str | bytes]:
    return {f"artifacts/{name}": content for name, content in files.items()}


# --- code --------------------------------------------------------------------------------------------------


def test_all_files_of_a_snapshot_are_listed_also_those_beyond_the_limit(
    make_run: MakeRun, built: Built, workspace: Path
) -> None:
    (workspace / "runpages.yml").write_text("limits: {files: 2}\n")
    make_run(files={"snapshot.zip": packed({"c.py": "x = 3\n", "a.py": "x = 1\n", "b.bin": b"\0\1"})})
    site, _ = built()
    snapshot = compared(site)["snapshot"]
    assert snapshot["names"] == ["a.py", "b.bin", "c.py"]
    assert snapshot["sizes"] == [6, 2, 6]
    assert snapshot["crcs"] == [zlib.crc32(b"x = 1\n"), zlib.crc32(b"\0\1"), zlib.crc32(b"x = 3\n")]
    assert snapshot["parts"] == [0, 0]


def test_a_file_that_is_shown_in_another_form_has_its_text(make_run: MakeRun, built: Built) -> None:
    files: dict[str, bytes | str] = {
        "a.md": f"# Title\r\n{EVIL}\r\n",
        "b.json": '{"a": [1]}\n',
        "c.csv": "a,b\n1,2\n",
        "d.py": "x = 1\n",
    }
    make_run(files={"snapshot.zip": packed(files), **outputs({"e.md": "# Title\n"})})
    site, _ = built()
    sources = {one["name"]: one.get("source") for one in script_of(site).values()}
    assert sources == {
        "a.md": "# Title\n</script><script>alert(1)</script>\\u202e",
        "b.json": '{"a": [1]}',
        "c.csv": "a,b\n1,2",
        "d.py": None,
    }
    assert "source" not in script_of(site, "outputs-0.js")["0"]
    assert b"</script>" not in (site / "e" / "demo" / "a" / "code-0.js").read_bytes()


def test_a_notebook_is_compared_by_cells_and_its_outputs_apart() -> None:
    picture = "iVBORw0KGgo="
    cells = [
        {"cell_type": "markdown", "source": ["# A\n", "b"]},
        {
            "cell_type": "code",
            "source": "x = 1",
            "outputs": [
                {"output_type": "stream", "text": ["one\n", "two"]},
                {"output_type": "display_data", "data": {"image/png": picture, "text/plain": "<Figure>"}},
                {"output_type": "error", "ename": "ValueError", "evalue": "no"},
                7,
            ],
        },
        {"cell_type": 5, "input": "old"},
    ]
    sources, found = text.notebook_text({"cells": cells})
    assert sources == "# %% markdown\n# A\nb\n# %% code\nx = 1\n# %%\nold"
    assert found.split("\n") == [
        *("# %% outputs of cell 2", "one", "two"),
        *("# %% outputs of cell 2", f"image/png, 12 characters, CRC-32 {zlib.crc32(picture.encode()):08x}", "<Figure>"),
        *("# %% outputs of cell 2", "ValueError: no"),
    ]


def test_a_notebook_of_a_snapshot_has_both(make_run: MakeRun, built: Built) -> None:
    notebook = json.dumps({"cells": [{"cell_type": "code", "source": "x = 1", "outputs": []}], "metadata": {}})
    make_run(files={"snapshot.zip": packed({"a.ipynb": notebook})})
    site, _ = built()
    shown = script_of(site)["0"]
    assert (shown["source"], shown["outputs"]) == ("# %% code\nx = 1", "")


def test_a_damaged_snapshot_says_why_it_is_not_listed(make_run: MakeRun, built: Built) -> None:
    make_run(files={"snapshot.zip": b"no zip"})
    site, _ = built()
    assert compared(site)["snapshot"]["why"] == "Not a zip file, or too many files to list"


def test_a_patch_is_there_as_text(make_run: MakeRun, built: Built) -> None:
    make_run(files={"git.diff": PATCH + EVIL}, environment={"git": {"dirty": True, "diff": "git.diff"}})
    site, _ = built()
    patch = compared(site)["patch"]
    assert patch == {"text": PATCH + EVIL.replace("\u202e", "\\u202e"), "whole": True}
    assert b"</script>" not in (site / "e" / "demo" / "a" / "run.js").read_bytes()


# --- configuration -----------------------------------------------------------------------------------------


def test_configuration_files_have_their_text_as_far_as_they_are_small(make_run: MakeRun, built: Built) -> None:
    make_run(
        files=outputs(
            {
                "a.yaml": "lr: 0.1\r\n",
                "b.JSON": "{}",
                "c.toml": "x" * 60_000,
                "d.ini": b"\xff\xfe",
                "e.csv": "a\n",
                **{f"f{at}.cfg": "y" * 49_000 for at in range(5)},
            }
        )
    )
    site, _ = built()
    files = compared(site)["configuration"]
    assert [file["name"] for file in files] == [
        *("a.yaml", "b.JSON", "c.toml", "d.ini"),
        *(f"f{at}.cfg" for at in range(5)),
    ]
    texts = [file["text"] for file in files]
    assert texts[:4] == ["lr: 0.1", "{}", None, None]
    assert [one is None for one in texts[4:]] == [False] * 4 + [True]
    assert files[2]["size"] == 60_000
    assert len(files[2]["hash"]) == 64


# --- logs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [3, 1_000])
def test_the_last_lines_of_a_log_are_there(make_run: MakeRun, built: Built, count: int) -> None:
    lines = [f"line {at}" for at in range(count - 1)]
    make_run(files={"logs/console.log": "\n".join([*lines, "\x1b[31mred\x1b[0m " + EVIL]) + "\n"})
    site, _ = built()
    (log,) = compared(site)["logs"]
    assert (log["name"], log["total"]) == ("console.log", count)
    assert log["lines"] == [*lines, "red " + EVIL.replace("\u202e", "\\u202e")][-200:]


def test_a_line_of_a_megabyte_is_cut(make_run: MakeRun, built: Built) -> None:
    make_run(files={"logs/console.log": "x" * 1_000_000 + "\nend\n"})
    site, _ = built()
    (log,) = compared(site)["logs"]
    assert [len(line) for line in log["lines"]] == [2_000, 3]


# --- runs without ------------------------------------------------------------------------------------------


def test_a_run_with_none_of_it_has_no_script(make_run: MakeRun, built: Built) -> None:
    make_run(files=outputs({"a.csv": "a\n1\n"}))
    site, _ = built()
    assert not (site / "e" / "demo" / "a" / "compared.js").exists()
    assert "compared.js" not in (site / "e" / "demo" / "a" / "run.js").read_text()


@pytest.mark.parametrize(("lines", "has_script"), [(40, False), (60, True)])
def test_what_is_small_is_in_the_data_of_the_run_which_else_names_a_script(
    make_run: MakeRun, built: Built, lines: int, has_script: bool
) -> None:
    make_run(files={"logs/a.log": f"{'x' * 80}\n" * lines})
    site, _ = built()
    data = _value(site / "e" / "demo" / "a" / "run.js", "run")
    assert (site / "e" / "demo" / "a" / "compared.js").exists() == has_script
    assert ("compared" in data) != has_script
    assert data["scripts"].get("compared", "").startswith("e/demo/a/compared.js?v=") == has_script
    assert len(compared(site)["logs"][0]["lines"]) == lines
