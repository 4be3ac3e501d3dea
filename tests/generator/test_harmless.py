"""The names that files are published under: one each, and none that a server or a browser does more with than show."""

from __future__ import annotations

import re

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from runpages_site.read.publish_filter import SENT, harmless

# What servers do more with than send it, wherever it stands in a name (Apache), at its end (IIS, nginx, hosts of code),
# or as a whole.
ACTIVE = (
    *("html", "htm", "xhtml", "xht", "shtml", "shtm", "stm", "svg", "svgz", "xml", "xsl", "xslt", "xsd", "rdf", "mml"),
    *("mht", "mhtml", "js", "mjs", "cjs", "wasm", "pdf", "swf", "hta", "htc", "vbs", "manifest", "appcache", "map"),
    *("php", "php3", "php5", "php7", "php8", "phtml", "phar", "phps", "inc", "cgi", "fcgi", "pl", "py", "pyc", "rb"),
    *("asp", "aspx", "ashx", "asmx", "axd", "cer", "cshtml", "svc", "jsp", "jspx", "do", "cfm", "lua", "tcl", "asis"),
    *("var", "imap", "gz", "z", "br", "zst", "bz2", "tgz", "de", "pt", "en", "pt-br", "utf7", "utf-16", "iso2022-kr"),
    *("md", "markdown", "log", "yaml", "toml", "npy", "npz", "pkl", "parquet", "jsonl", "bin", "htaccess", "conf"),
)
WHOLE = (
    *(
        ".htaccess",
        ".htpasswd",
        ".user.ini",
        "web.config",
        "Web.Config",
        "_headers",
        "_redirects",
        "CNAME",
        ".nojekyll",
    ),
    *("netlify.toml", "staticwebapp.config.json", "php.ini", ".well-known", ".git", "nginx.conf", "Caddyfile", "noext"),
    *(
        "index.html",
        "index.php",
        "_config.yml",
        "_worker.js",
        ".env",
        ".",
        "..x",
        "web.config.txt",
        "x.html~",
        "x.html ",
    ),
    *("x.asp;.png", "x.php.", "x.php::$DATA", "x.php\n", "x.PHP.jpg", ".txt", ".png", "...", "x..txt", "x.txt~.txt"),
)
KEPT = (
    *(
        "a.txt",
        "keys.csv",
        "plot.png",
        "IMG_1.JPG",
        "film.mp4",
        "tone.wav",
        "model.zip",
        "m.json",
        "epoch.3.png",
        "a b.tsv",
    ),
    *(
        "metrics.host-12-0a1b.csv",
        "metrics.my~2ehost-4711-ffff.csv",
        "a.png.txt",
        "ünder.csv",
        "x~3fy.csv",
        "1.7.2.txt",
    ),
)

piece = st.sampled_from(
    [
        ".",
        "..",
        "~",
        "~~",
        "~.",
        "~_",
        "_",
        "txt",
        ".txt",
        "~.txt",
        ".html",
        "png",
        ".png",
        "a",
        "A",
        "1",
        "",
        "~2e",
        "é",
    ]
)
segment = st.lists(piece, min_size=1, max_size=6).map("".join).filter(lambda name: name not in {"", ".", ".."})
name = st.one_of(segment, st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=300))
paths = st.lists(segment, min_size=1, max_size=3).map("/".join)


def segments(published: str) -> list[str]:
    """The extensions in a path, of folders as well."""
    return [part for one in published.split("/") for part in one.split(".")[1:]]


@pytest.mark.parametrize("kept", KEPT)
def test_a_harmless_name_stays(kept: str) -> None:
    assert harmless(kept) == kept
    assert harmless(f"v1.2/{kept}") == f"v1.2/{kept}"


@pytest.mark.parametrize(
    ("own", "published"),
    [
        ("page.html", "page~_html~.txt"),
        ("Makefile", "Makefile~.txt"),
        ("x.html~", "x~_html~~~.txt"),
        ("x.php.txt", "x~_php.txt"),
        ("plot.final.png", "plot~_final.png"),
        (".htaccess", "~_htaccess~.txt"),
        (".well-known/x.txt", "~_well-known/x.txt"),
        ("a.html/x.csv", "a~_html/x.csv"),
        ("model.tar.gz", "model~_tar~_gz~.txt"),
    ],
)
def test_how_others_are_spelled(own: str, published: str) -> None:
    assert harmless(own) == published


@pytest.mark.parametrize("active", [*WHOLE, *(f"x.{ext}" for ext in ACTIVE), *(f"x.{ext}.txt" for ext in ACTIVE)])
def test_what_a_server_acts_on_is_never_a_published_name(active: str) -> None:
    assert harmless(active) != active
    for path in (active, f"{active}/x.txt", active.upper()):
        assert {part.lower() for part in segments(harmless(path))} <= SENT
        assert not any(one.startswith(".") for one in harmless(path).split("/"))
    assert not SENT & set(ACTIVE)


@given(st.one_of(name, paths))
def test_every_extension_is_of_the_allow_list(path: str) -> None:
    published = harmless(path)
    event("spelled anew" if published != path else "kept")
    *between, last = segments(published)
    assert last.lower() in SENT
    assert all(
        part.lower() in SENT or re.fullmatch(r"\d+|[\w~-]+-\d+-(?:[0-9a-f]{4}|[0-9a-f]{8})", part, re.ASCII)
        for part in between
    )
    assert not any(one.startswith(".") for one in published.split("/"))
    assert all(len(one.encode("utf-8", "surrogatepass")) <= 255 for one in published.split("/"))
    assert published.count("/") == path.count("/")


@given(st.lists(paths, min_size=2, max_size=60, unique=True))
def test_two_files_never_meet_under_one_name(own: list[str]) -> None:
    published = {harmless(path) for path in own}
    assert len(published) == len(own)
    event(f"{sum(harmless(path) != path for path in own) // 10 * 10} and more spelled anew")
    # Nor is one file where another has a folder, but where that is so in the run.
    folders = {"/".join(path.split("/")[:at]) for path in own for at in range(1, path.count("/") + 1)}
    if not folders & set(own):
        assert not published & {harmless(f"{folder}/x.txt").removesuffix("/x.txt") for folder in folders}


@given(paths)
def test_what_is_published_under_a_name_is_no_file_of_that_name(path: str) -> None:
    if (published := harmless(path)) != path:
        assert harmless(published) != published
