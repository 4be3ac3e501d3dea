"""Types of the settings of a workspace, with defaults and descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

if TYPE_CHECKING:  # Where the annotations are read, ``types`` knows these; a workspace without settings needs none.
    from ..comparison.condition import CONDITION
    from .types import Number, Text, Texts

THEME = "default"
"""The name of the built-in theme."""

Goal = Literal["min", "max"]
Which = Literal["last", "min", "max", "mean", "best"]


class View(NamedTuple):
    """A saved view of an experiment's runs, which its page shows as a tab."""

    name: Annotated[str, "What the tab is called."]
    query: Annotated[str | None, "Which runs it shows, as in the query box."] = None
    sort: Annotated[
        tuple[str, ...], "What its rows are sorted by, the first name first; `-` before a name for the greatest first."
    ] = ()
    columns: Annotated[tuple[str, ...], "Its columns, in this order. Default: those of the experiment."] = ()
    group: Annotated[tuple[str, ...], "The parameters or tags that it groups by."] = ()
    charts: Annotated[tuple[str, ...], "Its charts over runs, as they are in the address of the page."] = ()


class ExperimentSettings(NamedTuple):
    """Settings of one experiment, which override those of its runs."""

    description: Annotated[str | None, "A sentence for the tables."] = None
    metric: Annotated[str | None, "The main metric. Default: chosen from the logged metrics."] = None
    goal: Annotated[
        Goal | None,
        "What is better for the main metric. Default: as the runs define it; without either, as its name suggests.",
    ] = None
    goals: Annotated[Mapping[str, Goal], "What is better, by metric. Overrides `goal` and what runs define."] = {}
    tolerance: Annotated[
        Mapping[str, float],
        "By metric, the largest difference that does not matter: groups that differ by less are the same.",
    ] = {}
    pair_by: Annotated[
        str | None, "The parameter or tag by which runs of two groups are paired to be compared, such as `seed`."
    ] = None
    columns: Annotated[
        tuple[str, ...],
        "The columns of the table of runs, in this order: names of parameters (nested ones joined by dots), "
        "metrics or tags. Default: the parameters that differ and the first metrics.",
    ] = ()
    views: Annotated[tuple[View, ...], "Saved views of its runs, which its page shows as tabs."] = ()
    hidden: Annotated[bool, "Leave the experiment out of the site."] = False


class ComparisonSettings(NamedTuple):
    """A comparison that a build writes as a page, and that ``runpages compare`` evaluates."""

    name: Annotated[
        str,
        Text(r"^[A-Za-z0-9][A-Za-z0-9_-]*(?!\n)$", "a file name of letters, digits, - and _"),
        "The name of its page: `compare/<name>.html`.",
    ]
    runs: Annotated[
        tuple[str, ...],
        "The runs and groups that it compares, two or more, as for `runpages compare`: ids, names, or queries, which "
        "may have an experiment before them: `digits-mlp?optimizer.learning_rate:0.1`.",
    ]
    title: Annotated[str | None, "What the page is called. Default: its name."] = None
    ref: Annotated[str | None, "The run or group that the others are compared with. Default: the first."] = None
    metrics: Annotated[tuple[str, ...], "Its metrics, in this order. Default: all but those of the machine."] = ()
    by: Annotated[Which, "Which value of a metric stands for a run."] = "last"
    text: Annotated[str | None, "Markdown below the title."] = None
    fail_if: Annotated[
        tuple[str, ...],
        Texts(CONDITION, "conditions such as `mse > 0.3` or `mse worse than baseline beyond noise`"),
        "What must not be; `runpages compare` exits with 1 where one of these holds.",
    ] = ()


class KnownSettings(NamedTuple):
    """What is known to fail a condition of a comparison, and does not count."""

    reason: Annotated[str, "Why it is known to fail, which is shown in its place."]
    metric: Annotated[str | None, "The metric, with wildcards as in `hide`. Default: all."] = None
    run: Annotated[str | None, "The run or group by its id, its name or its query, with wildcards. Default: all."] = (
        None
    )
    until: Annotated[
        str | None,
        Text(r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", "a date such as 2026-12-31"),
        "The last day on which it does not count. Default: no end.",
    ] = None


Secrets = Literal["mask", "fail", "warn", "off"]
SocialPictures = Literal["experiments", "runs", "off"]


class AllowedSecret(NamedTuple):
    """What is published although a rule takes it for a secret."""

    hash: Annotated[
        str,
        Text(r"^[0-9a-f]{16}([0-9a-f]{48})?(?!\n)$", "a SHA-256, or its first 16 digits"),
        "The SHA-256 of a file that was held back, or the hash that `runpages build -n` prints for a value.",
    ]
    comment: Annotated[str, "Why it is no secret."]


class Hide(NamedTuple):
    """Patterns of hidden names: ``*`` any text, ``?`` one character, ``[ab]`` one of these; case-sensitive."""

    experiments: Annotated[tuple[str, ...], "Experiments that are not in the site, by name."] = ()
    runs: Annotated[tuple[str, ...], "Runs that are not in the site, by the name of their folder or their own."] = ()
    metrics: Annotated[tuple[str, ...], "Names of metrics, tables, charts, images and media that no page shows."] = ()
    params: Annotated[
        tuple[str, ...],
        "Parameters that are neither shown nor in the published `run.json`; nested ones are joined by dots.",
    ] = ()
    tags: Annotated[tuple[str, ...], "Tags that are neither shown nor in the published `run.json`."] = ()


class Limits(NamedTuple):
    """Limits beyond which content is folded or left to the raw files."""

    charts: Annotated[
        int,
        Number(1, 1_000),
        "Charts of metrics with axes and labels in a run's page. Further ones get theirs as they come into view.",
    ] = 24
    runs: Annotated[
        int,
        Number(1, 10_000),
        "Rows of an experiment's table before its script is loaded; the default is fewer where they are wide.",
    ] = 50
    log_lines: Annotated[
        int, Number(1, 100_000), "Last lines of each log on a run's page, as far as they are in its last MiB."
    ] = 500
    images: Annotated[int, Number(1, 10_000), "Images of a name that a grid shows at once."] = 24
    table_rows: Annotated[int, Number(1, 10_000), "Rows of each logged table on a run's page."] = 50
    files: Annotated[int, Number(1, 100_000), "Output files in a run's list before the fold."] = 500
    download: Annotated[
        int,
        Number(0, 10_000),
        "Megabytes of a run's files up to which its page offers them as a zip, which takes their room again. 0: none.",
    ] = 5
    site: Annotated[
        int,
        Number(1, 1_000_000),
        "Megabytes of a site above which a build warns, and says which files to drop first. GitHub Pages takes 1,000.",
    ] = 1_000


class Settings(NamedTuple):
    """Settings of a workspace and its site."""

    title: Annotated[str | None, "The name of the site. Default: the name of the folder."] = None
    description: Annotated[str | None, "A sentence below the title."] = None
    theme: Annotated[str, "The name of an installed theme."] = THEME
    base_url: Annotated[
        str | None,
        Text(r"^https?://\S+(?!\n)$", "an address such as https://example.org/lab"),
        "Where the site will be published. With it, pages name their address and picture for search engines and "
        "messengers, the site has feeds, and `run.get_portal_url()` leads there. Links stay relative.",
    ] = None
    social_pictures: Annotated[
        SocialPictures,
        "Which pages have a picture that messengers show beside a link, if there is a `base_url`: `experiments` with "
        "the home page, `runs` as well (about 10 kB and 10 ms for each run), or `off`.",
    ] = "experiments"
    sitemap: Annotated[
        bool, "Write `sitemap.xml` and `robots.txt` for search engines, where there is a `base_url`."
    ] = False
    parquet: Annotated[
        bool, "Write the table of each experiment's runs as `runs.parquet` as well, which needs pyarrow."
    ] = False
    secrets: Annotated[
        Secrets,
        "What happens to keys, tokens and passwords: `mask` replaces them in all that is written and holds back output "
        "files and files of a snapshot; `fail` builds nothing; `warn` reports them; `off` does not look.",
    ] = "mask"
    allow_secrets: Annotated[tuple[AllowedSecret, ...], "What is published although it looks like a secret."] = ()
    redact: Annotated[
        tuple[str, ...],
        Texts(r"^(home|host|user|email)$", "`home`, `host`, `user` or `email`"),
        "What is replaced in pages, documents, logs and tables: paths of home folders, names of hosts and of users, "
        "e-mail addresses. Output files and snapshots stay as they are.",
    ] = ()
    private: Annotated[
        tuple[str, ...],
        "Runs that never leave the workspace, by the name of their folder or their own, with wildcards as in `hide`; "
        "so are runs with a tag `private`.",
    ] = ()
    hide: Annotated[Hide, "What is not shown."] = Hide()
    limits: Annotated[Limits, "How much a page shows at most."] = Limits()
    experiments: Annotated[Mapping[str, ExperimentSettings], "Settings by the experiment's name."] = {}
    comparisons: Annotated[tuple[ComparisonSettings, ...], "Comparisons of runs, each of which is a page."] = ()
    known: Annotated[tuple[KnownSettings, ...], "What is known to fail the conditions of comparisons."] = ()


def fingerprint(settings: Settings) -> str:
    """A short hash of all settings, independent of the order of names."""
    import json
    from hashlib import sha256

    return sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:32]
