"""One run with a file of every kind, written out by hand as docs/reference/format.md says."""

from __future__ import annotations

import json

RUN = {
    "format": 1,
    "id": "20260101-000000-abcdef",
    "experiment": "digits",
    "name": "ridge, alpha=0.1",
    "number": 7,
    "type": "script",
    "status": "Failed",
    "created": "2026-01-01T00:00:00.000Z",
    "started": "2026-01-01T00:00:01.000Z",
    "ended": "2026-01-01T00:01:00.000Z",
    "owner": {
        "host": "node1",
        "boot_id": "4c1e1f1e-0000-4000-8000-000000000000",
        "pid": 4242,
        "pid_start": 123456,
        "pid_namespace": "pid:[4026531836]",
    },
    "parent": "20251231-000000-abcdef",
    "description": "A *run* — with é.",
    "tags": {"stage": "test", "bare": None},
    "properties": {"commit": "abc"},
    "params": {"lr": 0.1, "layers": [32, 16], "data": {"name": "digits", "scale": {"float": "inf"}}, "seed": None},
    "environment": {
        "python": "3.11.7",
        "platform": "Linux",
        "host": "node1",
        "command": ["python", "train.py"],
        "packages": {"numpy": "2.4.6"},
        "git": {"commit": "abc", "branch": "main", "dirty": True, "remote": "https://example.org/x.git"},
        "cpus": 4,
    },
    "error": {"code": "ValueError", "message": "no", "type": "ValueError", "traceback": "Traceback …\n"},
    "exit": {"code": 1},
    "uncollected": {
        "count": 7,
        "files": [{"path": "outputs/a", "reason": "No space left on device"}],
        "place": "/tmp/x",
    },
    "outputs_shared_with": ["ridge/20260101-000000-zzzzzz"],
}

SERIES = {
    "format": 1,
    "series": {"loss": {"unit": "nats", "goal": "min"}, "steps": {"kind": "list", "description": "each step"}},
    "files": {"tables/Rows~~101f2ff3de22441f": "Rows"},
}


def _lines(*records: object) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


FILES: dict[str, str | bytes] = {
    "run.json": json.dumps(RUN, indent=1, ensure_ascii=False) + "\n",
    "changes.node2-17-00ff.jsonl": _lines(
        {"time": "2026-01-01T00:02:00.000Z", "tags": {"seen": "yes"}, "params": {"note": "é"}},
        {"time": "2026-01-01T00:03:00.000Z", "remove_tags": ["bare"], "properties": {"p": "1"}, "name": "ridge"},
    ),
    "metrics.csv": (
        'name,step,time,value,text\nloss,0,1767225601.000,0.5,\nloss,1,1767225602.000,0.25,\nnote,0,,,"a, b"\n'
    ),
    "metrics.node2-17-00ff.csv": "name,step,time,value,text\nloss,0,1767225601.500,0.4,\n",
    "series.json": json.dumps(SERIES, indent=1) + "\n",
    "definitions.jsonl": _lines(
        {"name": "loss", "description": "what is *minimised*"},
        {"name": "Plots", "file": "charts/Plots~~9bd0c1b1a1a2c3d4"},
    ),
    "tables/rows.jsonl": _lines({"x": 1, "y": "a"}, {"x": 2, "z": {"float": "nan"}}),
    "tables/Rows~~101f2ff3de22441f.jsonl": _lines({"q": [1, 2]}),
    "charts/confusion.jsonl": _lines(
        {
            "type": "confusion_matrix",
            "step": 0,
            "time": "2026-01-01T00:00:02.000Z",
            "data": {"class_labels": ["a", "b"], "matrix": [[3, 1], [0, 4]]},
        }
    ),
    "images/sample/0.png": b"\x89PNG\r\n\x1a\n",
    "images/sample/1.png": b"\x89PNG\r\n\x1a\n",
    "images.jsonl": _lines(
        {
            "name": "sample",
            "step": 0,
            "time": "2026-01-01T00:00:03.000Z",
            "file": "images/sample/0.png",
            "caption": "a, b",
            "width": 8,
            "height": 6,
        }
    ),
    "media/talk/0.wav": b"RIFF",
    "media.jsonl": _lines(
        {"name": "talk", "step": 0, "time": "2026-01-01T00:00:04.000Z", "file": "media/talk/0.wav", "caption": None}
    ),
    "artifacts/outputs/model~3a1.txt": "weights",
    "logs/std_log.txt": "hello\n",
    "snapshot.zip": b"PK\x05\x06" + bytes(18),
}
