"""A workspace of runs that a page must stand: hostile texts, states, damage, sizes. Written without the logger."""

from __future__ import annotations

import csv
import io
import json
import os
import struct
import time
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SCRIPT = "<script>window.__pwned=1;alert(1)</script>"
IMAGE = '"><img src=x onerror="window.__pwned=1;alert(2)">'
CLOSE = "</script></style></textarea></title><svg onload=window.__pwned=1>"
TEMPLATE = 'it\'s "quoted" `and` {{ 7*7 }} {% raw %} ${1} \\ &amp; &lt; %41 #a?b'
RIGHT_TO_LEFT = "مرحبا بالعالم \u202egnp.exe"
EMOJI = "🧪 👩\u200d🔬 e\u0301"
LONG = "w" * 300
CONTROL = "nul\u0000 bell\u0007 line\u2028feed\nand tab\t"
HOSTILE = (SCRIPT, IMAGE, CLOSE, TEMPLATE, RIGHT_TO_LEFT, EMOJI, LONG, CONTROL)

SECRET = "what is no part of a run, or has the name of a key, stays at home"
MARKDOWN = f"""# A heading {EMOJI}

{SCRIPT}

<img src=x onerror="window.__pwned=1"> <a href="javascript:window.__pwned=1">raw</a>

[script](javascript:window.__pwned=1) [data](data:text/html,{SCRIPT}) [outside](https://example.org/?a=<b>)

![a pixel that counts readers](https://example.org/pixel.png) ![not there](missing.png)

| column {IMAGE} | {LONG} |
|---|---|
| `{CLOSE}` | **{RIGHT_TO_LEFT}** |

```html
{SCRIPT}
```
"""
LOG = (
    f"\x1b[31mred\x1b[0m \x1b[1;4mbold\x1b[m {SCRIPT}\n\x1b]8;;javascript:window.__pwned=1\x1b\\link\x1b]8;;\x1b\\\n"
    f"progress 1%\rprogress 100%\n\x1b[2J\x1b[9999;9999H{CLOSE}\n{LONG * 10}\nno line feed at the end \x00\x07"
)
EVIL_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20" onload="window.__pwned=1">'
    '<script>window.__pwned=1;alert(3)</script><rect width="40" height="20"/></svg>'
)
EVIL_HTML = "<!doctype html><script>(window.parent||window).__pwned=1;alert(4)</script><p>logged page"

EPOCH = 1_760_000_000.0
LONG_AGO = EPOCH - 86_400


def picture(width: int = 40, height: int = 30) -> bytes:
    """A small PNG."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + bytes((y * 8 % 256, 90, 160)) * width for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def iso(seconds: float) -> str:
    """A time as documents of the format spell it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{round(seconds % 1 * 1000):03d}Z"


def metrics(points: Sequence[tuple[str, float, str, str]]) -> str:
    """A metrics.csv of (name, step, value, text); a name or text with control characters becomes a JSON literal."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n").writerow
    write(["name", "step", "time", "value", "text"])
    for name, step, value, text in points:
        write([_literal(name), step, f"{EPOCH + step:.3f}", value, _literal(text)])
    return out.getvalue()


def _literal(text: str) -> str:
    needed = text.startswith('"') or any(ord(char) < 32 or char in "\x7f\u2028\u2029" for char in text)
    return json.dumps(text) if needed else text


def curve(name: str, count: int = 20) -> list[tuple[str, float, str, str]]:
    """Some points of a falling curve."""
    return [(name, step, repr(1 / (step + 1)), "") for step in range(count)]


def lines(rows: Sequence[Mapping[str, Any]]) -> str:
    """Records as JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def write_run(
    root: Path, experiment: str, run: str, document: Mapping[str, Any] | None, files: Mapping[str, str | bytes]
) -> Path:
    """Write the folder of a run; without a document there is no run.json."""
    folder = root / experiment / run
    folder.mkdir(parents=True)
    if document is not None:
        whole = {"format": 1, "id": run, "experiment": experiment, "created": iso(EPOCH), "started": iso(EPOCH)}
        (folder / "run.json").write_text(json.dumps(whole | dict(document)), encoding="utf-8")
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def _ended(status: str = "Completed", **more: Any) -> dict[str, Any]:
    return {"status": status, "ended": iso(EPOCH + 90), **more}


def _said(text: str) -> dict[str, str]:
    return {"description": text, "unit": text, "goal": text}


def write_hostile(root: Path) -> None:
    """One run in which every text that a user may choose is hostile."""
    names = dict(enumerate(HOSTILE))
    document = _ended(
        name=SCRIPT,
        number=7,
        description=MARKDOWN,
        tags={text: names[(k + 1) % len(names)] for k, text in names.items()},
        properties={text: text for text in HOSTILE},
        params={text: {"nested": text, "list": [text, 1, None]} for text in HOSTILE},
        environment={"python": SCRIPT, "git": {"commit": IMAGE, "remote": "javascript:window.__pwned=1"}},
    )
    points = [point for text in HOSTILE for point in curve(text)]
    points += [("said", k, "", text) for k, text in names.items()]
    images: list[dict[str, Any]] = [
        {"name": text, "step": k, "time": EPOCH, "file": f"images/shown/{k}.png", "caption": text, "width": 40}
        for k, text in names.items()
    ]
    images.append({"name": "drawing", "step": 0, "time": EPOCH, "file": "images/drawing/0.svg"})
    images.append({"name": "escape", "step": 0, "time": EPOCH, "file": "../../../outside.txt"})
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for name in ("../../escape.py", f"{SCRIPT[:9]}.py", "train.py"):
            zipped.writestr(name, f"# {CLOSE}\nprint('{SCRIPT}')\n")
    folder = write_run(
        root,
        "hostile & 'texts' #1 50%",
        "20251009-085320-hostil",
        document,
        {
            "metrics.csv": metrics(points),
            "series.json": json.dumps({"format": 1, "series": {text: _said(text) for text in HOSTILE}}),
            "tables/rows.jsonl": lines([{text: text for text in HOSTILE}, {"other": [HOSTILE[0], {"a": IMAGE}]}]),
            "charts/plot.jsonl": lines([{"type": text, "step": 0, "time": EPOCH, "data": text} for text in HOSTILE]),
            "images.jsonl": lines(images),
            **{f"images/shown/{k}.png": picture() for k in names},
            "images/drawing/0.svg": EVIL_SVG,
            "images/<b>unlisted & 'odd'.png": picture(),
            "images/empty.png": b"",
            "artifacts/page.html": EVIL_HTML,
            "artifacts/drawing.svg": EVIL_SVG,
            f"artifacts/{EMOJI}/<i>a&b '\"#?%41.txt": SCRIPT,
            "artifacts/.env": SECRET,
            "artifacts/deep/id_rsa": SECRET,
            "artifacts/data.json": json.dumps({SCRIPT: [CLOSE]}),
            "logs/<u>train.log": LOG,
            "snapshot.zip": archive.getvalue(),
        },
    )
    (root.parent / "outside.txt").write_text(SECRET, encoding="utf-8")
    (folder / "artifacts" / "link.txt").symlink_to(root.parent / "outside.txt")
    (root / "README.md").write_text(MARKDOWN, encoding="utf-8")
    (folder.parent / "README.md").write_text(MARKDOWN, encoding="utf-8")
    about = {"format": 1, "name": SCRIPT, "description": MARKDOWN, "tags": {SCRIPT: IMAGE}}
    (folder.parent / "experiment.json").write_text(json.dumps(about), encoding="utf-8")


def write_states(root: Path) -> None:
    """A run in each state, and the odd shapes that runs come in."""
    elsewhere = {"host": "another-host", "pid": 4711, "boot_id": "x", "pid_start": 1}
    some = {"metrics.csv": metrics(curve("loss"))}
    error = {"code": "UserError", "message": f"ValueError: {SCRIPT}\nsecond line", "type": "ValueError"}
    error["traceback"] = f"Traceback (most recent call last):\n  File {IMAGE}\nValueError: {LONG}"

    def state(run: str, document: Mapping[str, Any], files: Mapping[str, str | bytes] = some) -> Path:
        return write_run(root, "states", run, document, files)

    state("empty", _ended(), {})
    state("completed", _ended(name=LONG))
    state("failed", _ended("Failed", error=error))
    state("canceled", _ended("Canceled", name=RIGHT_TO_LEFT))
    state("queued", {"status": "Queued", "name": EMOJI})
    state("unknown-word", _ended("half-baked"))
    state("running", {"status": "Running", "owner": elsewhere, "created": iso(time.time())})
    silent = state("silent", {"status": "Running", "owner": elsewhere})
    for path in [*silent.rglob("*"), silent]:
        os.utime(path, (LONG_AGO, LONG_AGO))
    write_run(root, "states", "by-hand", None, {"metrics.csv": "name,value\nloss,0.5\nloss,0.25\n"})
    write_run(root, "states", "no-time", None, {"metrics.csv": "step,value,name,more\n0,1,loss,x\n"})


def write_figures(root: Path) -> None:
    """Logged figures and histograms, sound and not, with what would leave the site or run."""
    link = f'<a href="javascript:window.__pwned=1">{SCRIPT}</a>'
    outside = {"images": [{"source": "https://example.org/pixel.png", "xref": "paper", "yref": "paper"}]}
    kinds: list[Any] = [
        {"data": [{"type": "bar", "x": [link, IMAGE], "y": [1, 2]}], "layout": {"title": {"text": link}, **outside}},
        {"data": [{"type": "heatmap", "z": [[1, 2], [3, 4]]}], "config": {"showSendToCloud": True}},
        {
            "data": [{"type": "scattergl", "y": [1, None, 3], "name": SCRIPT}],
            "layout": {"modebar": {"add": ["drawline"]}},
        },
        {"data": [{"type": "surface", "z": [[1, 2], [3, 4]]}]},
        *({"data": "x"}, [], None, {"data": [{"type": [SCRIPT]}]}),
    ]
    plots = [{"type": "plotly", "step": step, "time": EPOCH, "data": data} for step, data in enumerate(kinds)]
    counted: list[Any] = [
        {"bin_edges": [0, 1, 2], "bin_counts": [3, 1]},
        {"bin_edges": [-1e308, 0, 1e308], "bin_counts": [0, 0]},
        *({"bin_edges": [0, 1], "bin_counts": [1, 2]}, {"bin_edges": [1, 0], "bin_counts": [1]}, None, []),
    ]
    counts = [{"type": "histogram", "step": step, "time": EPOCH, "data": data} for step, data in enumerate(counted)]
    once = [{"type": "histogram", "step": 0, "time": EPOCH, "data": {"bin_edges": [5, 5.5], "bin_counts": [9]}}]
    files = {"charts/plots.jsonl": lines(plots), "charts/counts.jsonl": lines(counts), "charts/once.jsonl": lines(once)}
    write_run(root, "figures", "all", _ended(), {**files, "metrics.csv": metrics(curve("loss"))})


def write_damaged(root: Path) -> None:
    """Runs with torn and wrong files."""
    torn = metrics(curve("loss")) + "loss,20,17600\nloss,\x00\x00\x00\n" + "loss,21,1760000021.000,0.1,\nloss,22"
    files: dict[str, str | bytes] = {
        "metrics.csv": torn,
        "images.jsonl": lines([{"name": "gone", "step": 0, "file": "images/gone/0.png", "caption": SCRIPT}]) + '{"na',
        "tables/rows.jsonl": '{"a": 1}\n{"a": \n[1, 2]\n',
        "series.json": "{",
        "logs/out.log": b"\xff\xfe\x00broken \xc3\x28 utf-8",
    }
    write_run(root, "damaged", "torn", _ended(), files)
    folder = write_run(root, "damaged", "no-document", None, {"metrics.csv": metrics(curve("loss"))})
    (folder / "run.json").write_text('{"format": 1, "id": "no-docu', encoding="utf-8")
    write_run(root, "damaged", "not-a-png", _ended(), {"images/a.png": "this is no picture", "metrics.csv": ""})
    write_run(root, "damaged", "wrong-types", _ended(tags=[1], params="x", started=5, number="n", owner=3), {})


def write_sizes(root: Path) -> None:
    """Much of everything, and as little as there can be."""
    many = [point for k in range(60) for point in curve(f"group-{k % 7}/metric-{k:02d}", 5)]
    params = {f"param_{k:03d}": k / 7 for k in range(300)} | {"deep": {"er": {"and": {"deeper": LONG}}}}
    tags = {f"tag-{k}": None if k % 2 else LONG[:40] for k in range(30)}
    write_run(root, "sizes", "much", _ended(params=params, tags=tags), {"metrics.csv": metrics(many)})
    odd: list[tuple[str, float, str, str]] = [
        ("one point", 0, "1e-300", ""),
        ("constant", 0, "5", ""),
        ("constant", 1, "5", ""),
    ]
    odd += [("all nan", step, "nan", "") for step in range(5)]
    values = ("1e308", "-1e308", "inf", "-inf", "nan", "0", "true", "null", "123456789012345678901234567890")
    odd += [("wild", step, value, "") for step, value in enumerate(values)]
    odd += [("steps", step, "1", "") for step in (-5, 0.5, 1e12, 3, 3, 2)]
    odd += curve("long", 3000)
    write_run(root, "sizes", "odd", _ended(), {"metrics.csv": metrics(odd)})
    wide = [{f"column {k}": f"value {k} {LONG[:50]}" for k in range(40)} for _ in range(30)]
    files: dict[str, str | bytes] = {"tables/wide.jsonl": lines(wide), "logs/long.log": "one line of many\n" * 5000}
    files |= {f"images/many/{step}.png": picture(3000 if step == 0 else 40) for step in range(30)}
    write_run(root, "sizes", "wide", _ended(), files)


def write_extremes(root: Path) -> None:
    """Write the whole workspace into a folder that is not there yet."""
    root.mkdir(parents=True)
    write_hostile(root)
    write_states(root)
    write_figures(root)
    write_damaged(root)
    write_sizes(root)
