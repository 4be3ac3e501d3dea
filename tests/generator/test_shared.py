"""What leads readers to a site: descriptions, pictures, feeds, sitemaps, and the page for what is not there."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import datetime
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageChops

from runpages_site.build import Report, build
from runpages_site.check.site import check
from runpages_site.errors import SettingsError
from runpages_site.page import HEIGHT, WIDTH, Picture, sitemaps
from runpages_site.page.addresses import MOST
from runpages_site.write.picture import drawn

from .conftest import NOW, MakeRun
from .test_fixed_point import assert_same, built_twice, files_of

BASE = "https://example.org/lab"
ATOM = "{http://www.w3.org/2005/Atom}"

Built = Callable[[], tuple[Path, Report]]


class Head(HTMLParser):
    """The tags in the head of a page by their name or property, and its links by relation."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.links: dict[str, list[str]] = {}
        self.feed(page.read_text("utf-8").partition("</head>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {key: value or "" for key, value in attrs}
        if tag == "meta":
            self.meta |= {known[key]: known["content"] for key in ("name", "property") if key in known}
        elif tag == "link":
            self.links.setdefault(f"{known['rel']} {known.get('type', '')}".strip(), []).append(known["href"])


def entries(feed: Path) -> list[dict[str, str]]:
    """The entries of an Atom feed, which must be valid: RFC 4287, sections 3 and 4."""
    root = ElementTree.parse(feed).getroot()
    assert root.tag == f"{ATOM}feed"
    assert_atom(root)
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    assert {link.get("rel") for link in root.findall(f"{ATOM}link")} == {"self", "alternate"}
    found = root.findall(f"{ATOM}entry")
    ids = [entry.findtext(f"{ATOM}id") for entry in found]
    assert len({*ids, root.findtext(f"{ATOM}id")}) == len(ids) + 1
    for entry in found:
        assert_atom(entry)
        assert entry.findtext(f"{ATOM}summary")
    return [{part.tag.removeprefix(ATOM): part.text or part.get("term") or "" for part in entry} for entry in found]


def assert_atom(element: ElementTree.Element) -> None:
    for name in ("id", "title", "updated"):
        assert len(element.findall(f"{ATOM}{name}")) == 1
    for address in [element.findtext(f"{ATOM}id"), *(link.get("href") for link in element.findall(f"{ATOM}link"))]:
        assert urlsplit(address).scheme == "https"
    updated = element.findtext(f"{ATOM}updated") or ""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", updated)
    datetime.fromisoformat(updated)


def losses(*values: float) -> str:
    return "name,step,value\n" + "".join(f"loss,{step},{value}\n" for step, value in enumerate(values))


def iso(second: int) -> str:
    return f"2026-11-01T10:00:{second:02}.000Z"


@pytest.fixture
def make(make_run: MakeRun) -> Callable[..., Path]:
    """Write a run that ended at a second, with its best loss."""

    def run(name: str, second: int, loss: float, status: str = "Completed", /, **more: object) -> Path:
        times = {"created": iso(0), "started": iso(second), "ended": iso(second), "status": status}
        return make_run(name, metrics=losses(1.0, loss), **times, **more)

    return run


def settle(workspace: Path, settings: str = "") -> None:
    (workspace / "runpages.yml").write_text(f"title: Lab\nbase_url: {BASE}\n{settings}")


# --- heads -----------------------------------------------------------------------------------------------


def test_every_page_says_what_it_is_about(make: Callable[..., Path], make_run: MakeRun, built: Built) -> None:
    make("a", 1, 0.25)
    make_run("b", "other", metrics=None, status="Failed", created=iso(1))
    site, _ = built()
    heads = {path.relative_to(site).as_posix(): Head(path) for path in site.rglob("*.html") if path.name != "404.html"}
    said = {path: head.meta["description"] for path, head in heads.items()}
    assert said["e/demo/a.html"] == "Completed run in demo with lowest loss 0.25."
    assert said["e/other/b.html"] == "Failed run in other."
    assert said["e/demo/index.html"] == "1 run, lowest loss 0.25."
    assert said["e/other/index.html"] == "1 run, 1 failed."
    assert said["index.html"] == "2 runs, 2 experiments."
    assert all(said.values()) and {"compare.html", "runs.html"} <= said.keys()
    for path, head in heads.items():
        assert head.meta["og:description"] == said[path]
        assert head.meta["og:title"] and head.meta["og:type"] and head.meta["og:site_name"]
        assert "twitter:card" not in head.meta
        assert not {"og:url", "og:image"} & head.meta.keys() and "canonical" not in head.links
    absent = ("feed.xml", "social", "sitemap.xml", "robots.txt", "e/demo/feed.xml", "e/demo/social")
    assert [name for name in absent if (site / name).exists()] == []


def test_with_an_address_pages_name_theirs_and_their_picture(
    make: Callable[..., Path], workspace: Path, built: Built
) -> None:
    make("a", 1, 0.25)
    settle(workspace, "social_pictures: runs\n")
    site, _ = built()
    assert check(site).problems == []
    for path in ("index.html", "e/demo/index.html", "e/demo/a.html"):
        head = Head(site / path)
        assert head.links["canonical"] == [head.meta["og:url"]] == [f"{BASE}/{path}"]
        assert head.meta["twitter:card"] == "summary_large_image"
        picture = site / head.meta["og:image"].removeprefix(f"{BASE}/")
        with Image.open(picture) as image:
            assert (image.format, image.size) == ("PNG", (WIDTH, HEIGHT))
        assert picture.stat().st_size < 30_000
    assert Head(site / "index.html").links["alternate application/atom+xml"] == ["feed.xml"]
    assert Head(site / "e/demo/index.html").links["alternate application/atom+xml"] == ["feed.xml"]


@pytest.mark.parametrize(("setting", "count"), [("off", 0), ("experiments", 2), ("runs", 3)])
def test_the_settings_say_which_pages_have_a_picture(
    make: Callable[..., Path], workspace: Path, built: Built, setting: str, count: int
) -> None:
    make("a", 1, 0.25)
    settle(workspace, f"social_pictures: '{setting}'\n")
    site, _ = built()
    assert len(list(site.rglob("social/*.png"))) == count


def test_a_run_called_like_our_files_has_another_place(make_run: MakeRun, workspace: Path, built: Built) -> None:
    for name in ("feed.xml", "social"):
        make_run(name)
    settle(workspace)
    site, report = built()
    assert report.runs == 2 and check(site).problems == []
    assert (site / "e/demo/feed.xml").is_file() and (site / "e/demo/social~.html").is_file()


# --- feeds -----------------------------------------------------------------------------------------------


def test_a_feed_has_new_bests_failures_and_readmes(make: Callable[..., Path], workspace: Path, built: Built) -> None:
    make("first", 1, 0.5)
    make("worse", 2, 0.75)
    make("best", 3, 0.25)
    make("broken", 4, 0.125, "Failed", error={"type": "ValueError", "message": "a < b & c"})
    (workspace / "demo" / "README.md").write_text("# About")
    (workspace / "README.md").write_text("# All")
    settle(workspace)
    site, _ = built()
    own, all_ = entries(site / "e/demo/feed.xml"), entries(site / "feed.xml")
    assert [(one["category"], one["title"], one["updated"]) for one in own] == [
        ("failed", "broken failed", iso(4)),
        ("best", "demo: lowest loss 0.25", iso(3)),
        ("best", "demo: lowest loss 0.5", iso(1)),
        ("readme", "demo: new README", iso(1)),
    ]
    assert own[0]["summary"] == "ValueError: a < b & c"
    assert own[1]["summary"] == "best has the lowest loss 0.25 of demo. It was 0.5 before."
    assert own[1]["id"] == f"{BASE}/e/demo/best.html#best-loss"
    assert all_[:-1] == own and all_[-1]["id"].startswith(f"{BASE}/index.html#readme-")


def test_an_entry_keeps_its_id_and_another_readme_is_another_entry(
    make: Callable[..., Path], workspace: Path, built: Built
) -> None:
    make("first", 1, 0.5)
    (workspace / "demo" / "README.md").write_text("# About")
    settle(workspace)
    site, _ = built()
    before = {one["id"]: one for one in entries(site / "feed.xml")}
    make("second", 2, 0.25)
    (workspace / "demo" / "README.md").write_text("# About two")
    built()
    after = {one["id"]: one for one in entries(site / "feed.xml")}
    kept = before.keys() & after.keys()
    assert [before[one]["category"] for one in kept] == ["best"] and all(before[one] == after[one] for one in kept)
    assert sorted(after[one]["category"] for one in after.keys() - kept) == ["best", "readme"]


def test_what_no_feed_reader_takes_is_spelled(make: Callable[..., Path], workspace: Path, built: Built) -> None:
    make("a", 1, 0.5, "Failed", error={"type": "E", "message": "\x00\x1b[1m \ud800 \ufffe ]]> <script>"}, name="<&\x07")
    make_time = json.loads((workspace / "demo/a/run.json").read_text())
    (workspace / "demo" / "b").mkdir()
    (workspace / "demo/b/run.json").write_text(json.dumps({**make_time, "id": "b", "ended": "9999-99-99T99:99:99Z"}))
    settle(workspace)
    site, _ = built()
    [*found] = entries(site / "feed.xml")
    assert any("\\x1b[1m" in one["summary"] and "<script>" in one["summary"] for one in found)


def test_nothing_private_or_secret_is_in_what_is_shared(
    make: Callable[..., Path], workspace: Path, built: Built
) -> None:
    secret = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6"
    make("open", 1, 0.5)
    make("mine", 2, 0.25, "Failed", tags={"private": None})
    make("hidden", 3, 0.2, "Failed")
    make("leaks", 4, 0.1, "Failed", name=f"run {secret}", error={"type": "E", "message": f"token {secret}"})
    (workspace / "CITATION.cff").write_text(f"title: {secret}\nauthors:\n- name: Lab\n")
    settle(workspace, "sitemap: true\nsocial_pictures: runs\nhide:\n  runs: [hidden]\n")
    site, _ = built()
    files = {path: path.read_bytes() for path in site.rglob("*") if path.is_file() and ".runpages" not in path.parts}
    for name in ("feed.xml", "e/demo/feed.xml", "sitemap.xml"):
        text = files[site / name].decode()
        assert "open" in text and "mine" not in text and "hidden" not in text
    assert not [path for path, data in files.items() if secret.encode() in data]
    assert not [path for path in files if "mine" in path.as_posix() or "hidden" in path.as_posix()]


def test_a_site_without_runs_has_a_feed_and_a_picture(workspace: Path, built: Built) -> None:
    settle(workspace, "sitemap: true\n")
    site, _ = built()
    assert entries(site / "feed.xml") == [] and check(site).problems == []
    assert Head(site / "index.html").meta["description"] == "No runs yet."
    assert len(list(site.glob("social/*.png"))) == 1


# --- builds ----------------------------------------------------------------------------------------------


def test_a_build_over_a_site_gives_the_same_as_a_clean_one(
    make: Callable[..., Path], make_run: MakeRun, workspace: Path, tmp_path: Path
) -> None:
    def same(step: int) -> dict[str, bytes]:
        build(workspace, tmp_path / "site", now=NOW + step, version="1")
        build(workspace, tmp_path / f"clean{step}", now=NOW + step, version="1")
        found = files_of(tmp_path / "site")
        assert_same(found, files_of(tmp_path / f"clean{step}"))
        return found

    settle(workspace, "sitemap: true\nsocial_pictures: runs\n")
    make("a", 1, 0.5)
    make_run("b", "other")
    first = same(0)
    make("c", 2, 0.25)
    (workspace / "README.md").write_text("# All")
    second = same(1)
    assert {path for path in first if path.startswith("e/other/")} <= second.keys()
    shutil.rmtree(workspace / "demo" / "c")
    (workspace / "CITATION.cff").write_text("title: Lab\nauthors:\n- name: Lab\n")
    third = same(2)
    assert {path: third[path] for path in third if "social" in path} == {
        path: first[path] for path in first if "social" in path
    }
    (workspace / "runpages.yml").write_text("title: Lab\n")
    assert not [
        path for path in same(3) if "social" in path or path.endswith(("feed.xml", "sitemap.xml", "robots.txt"))
    ]


def test_the_site_is_the_workspace_with_an_address_and_a_citation(make: Callable[..., Path], workspace: Path) -> None:
    make("a", 1, 0.5)
    make("b", 2, 0.5, "Failed")
    (workspace / "demo" / "README.md").write_text("# About")
    (workspace / "CITATION.cff").write_text("title: Lab\nauthors:\n- name: Lab\n")
    settle(workspace, "sitemap: true\nsocial_pictures: runs\n")
    assert_same(*built_twice(workspace, workspace.parent))
    assert (workspace.parent / "pulled" / "CITATION.cff").read_text() == (workspace / "CITATION.cff").read_text()


# --- what has its place at the root ----------------------------------------------------------------------


@pytest.mark.parametrize("settings", ["", f"base_url: {BASE}/\n"])
def test_the_page_for_what_is_not_there_is_right_at_every_depth(
    make_run: MakeRun, workspace: Path, built: Built, settings: str
) -> None:
    make_run()
    (workspace / "runpages.yml").write_text(f"title: A <lab>\n{settings}")
    site, _ = built()
    page = (site / "404.html").read_text("utf-8")
    links = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert "A &lt;lab&gt;" in page and "<link" not in page and "<script" not in page
    assert check(site).problems == []
    if settings:
        assert links == [f"{BASE}/index.html"]
    else:
        assert links == ["index.html", "../index.html", "../../index.html"]


def test_a_sitemap_has_all_pages_and_is_there_on_wish(make: Callable[..., Path], workspace: Path, built: Built) -> None:
    make("a", 1, 0.5)
    settle(workspace)
    site, _ = built()
    assert not (site / "sitemap.xml").exists() and not (site / "robots.txt").exists()
    settle(workspace, "sitemap: true\n")
    built()
    found = [one.text for one in ElementTree.parse(site / "sitemap.xml").iter() if one.tag.endswith("}loc")]
    assert found == [f"{BASE}/{page}" for page in ("index.html", "compare.html", "e/demo/index.html", "e/demo/a.html")]
    assert f"Sitemap: {BASE}/sitemap.xml\n" in (site / "robots.txt").read_text()


def test_what_somebody_put_beside_the_site_stays(make: Callable[..., Path], workspace: Path, built: Built) -> None:
    make("a", 1, 0.5)
    settle(workspace)
    site, _ = built()
    (site / "404.html").unlink()
    build(workspace, site, now=NOW, version="2")
    assert "no such page" in (site / "404.html").read_text()
    manifest = json.loads((site / ".runpages-site.json").read_text())
    manifest["files"].remove("404.html")
    (site / ".runpages-site.json").write_text(json.dumps(manifest))
    for name in ("404.html", "robots.txt"):
        (site / name).write_text("mine")
    settle(workspace, "sitemap: true\n")
    built()
    assert {(site / name).read_text() for name in ("404.html", "robots.txt")} == {"mine"}


def test_a_sitemap_needs_the_address_of_the_site(workspace: Path, built: Built) -> None:
    (workspace / "runpages.yml").write_text("title: a\nsitemap: true\n")
    with pytest.raises(SettingsError, match="line 2, sitemap: needs base_url, where the site will be published"):
        built()


def test_a_sitemap_of_many_pages_is_split() -> None:
    made = dict(sitemaps(BASE, [f"e/a/{count}.html" for count in range(MOST + 1)]))
    counts = {path: len(list(ElementTree.fromstring(data))) for path, data in made.items()}
    assert counts == {"sitemap-1.xml": MOST, "sitemap-2.xml": 1, "sitemap.xml": 2}
    assert f"{BASE}/sitemap-2.xml".encode() in made["sitemap.xml"]


# --- pictures --------------------------------------------------------------------------------------------


def shown(**changes: object) -> Image.Image:
    known: dict[str, object] = {
        "title": "a", "state": "b", "label": "loss", "value": "1", "curve": (0, None, 500, 1_000, None), "site": "Lab",
    }  # fmt: skip
    data = drawn(Picture(**{**known, **changes}))  # type: ignore[arg-type]
    image = Image.open(BytesIO(data))
    image.load()
    return image.convert("RGB")


def test_a_picture_is_the_same_each_time_and_each_part_is_seen_in_it() -> None:
    plain = shown()
    assert plain.size == (WIDTH, HEIGHT) and not ImageChops.difference(plain, shown()).getbbox()
    for change in ({"title": "x"}, {"state": "x"}, {"label": "x"}, {"value": "2"}, {"curve": ()}, {"site": "x"}):
        assert ImageChops.difference(plain, shown(**change)).getbbox()


def test_what_the_font_lacks_is_spelled_or_left_out() -> None:
    for text, spelled in (("é−×ﬁ", "e-xfi"), ("実験 1", "1"), ("a\n b", "a b"), ("実験", "")):
        assert not ImageChops.difference(shown(title=text), shown(title=spelled)).getbbox()


def test_a_long_text_is_cut_within_the_picture() -> None:
    left, _, right, _ = ImageChops.difference(shown(title="W" * 5_000), shown(title="")).getbbox() or (0, 0, 0, 0)
    assert 0 < left < right <= WIDTH - 60
    assert not ImageChops.difference(shown(title="W" * 5_000), shown(title="W" * 9_999)).getbbox()
