"""Long names and values: cut on the pages across runs, whole on the run's own page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from runpages_site import text
from runpages_site.build import Report
from tests.generator.conftest import MakeRun

OPENING = "You are a helpful assistant. "
LETTERS = st.text("ab", min_size=120, max_size=130)


@given(LETTERS, LETTERS)
def test_texts_that_differ_stay_two(one: str, other: str) -> None:
    assert (text.brief(one) == text.brief(other)) == (one == other)


@given(st.text())
def test_what_is_cut_is_short(said: str) -> None:
    assert text.brief(said) == said if len(said) <= 120 else len(text.brief(said)) <= 120


def test_values_are_cut_and_keep_their_kind() -> None:
    known = {"lr": 0.1, "list": [1], "empty": {}, "deep": {"prompt": OPENING * 9}, "long": list(range(500)), "no": None}
    cut = text.brief_values(known)
    assert cut["deep"] == {"prompt": f"{OPENING}You… 7f3dfeae (261 characters)"}
    assert str(cut["long"]).startswith("[0, 1, 2")
    assert {key: cut[key] for key in ("lr", "list", "empty", "no")} == {"lr": 0.1, "list": [1], "empty": {}, "no": None}


def test_long_values_are_cut_across_runs_and_whole_on_the_page(
    workspace: Path, make_run: MakeRun, built: Callable[[], tuple[Path, Report]]
) -> None:
    prompts = [f"{OPENING * 3_000}{at}" for at in range(3)]
    for at, prompt in enumerate(prompts):
        make_run(
            str(at),
            name=prompt,
            params={"prompt": prompt, prompt: at},
            tags={"prompt": prompt, prompt: "x"},
            metrics=f"name,step,time,value,text\n{prompt},0,1,0.5,\nsaid,0,1,,{prompt}\n",
        )
    (workspace / "demo/experiment.json").write_text(json.dumps({"name": "demo", "description": prompts[0]}))
    site, _ = built()
    page = (site / "e/demo/index.html").read_text()
    # The description of the experiment is whole on its own page.
    assert len(page.replace(prompts[0], "")) < 25_000
    for place in ("index.html", "search.js", "e/demo/runs.js", "e/demo/search-0.js"):
        assert (site / place).stat().st_size < 25_000, place
    assert all(text.brief(prompt) in page for prompt in prompts)
    whole = (site / "e/demo/2.html").read_text()
    assert f"<title>{text.brief(prompts[2])}" in whole
    assert whole.count(f"</summary>{prompts[2]}</details>") == 3
