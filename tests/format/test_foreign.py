"""Metrics files as other programs and systems write them, byte by byte: read where they can only mean one thing."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runpages.format.csv_line import number_of
from runpages.format.csv_rows import time_of
from runpages.format.document import seconds
from runpages.format.stream import Points, parse
from tests.format.folder import line, read, write
from tests.format.strategy import same

LOSS = {"loss": ([0, 1], [0.5, 0.25])}
NEW_YEAR = 1767225600.0


def rows(found: Points) -> dict[str, tuple[list[Any], list[Any]]]:
    return {name: (steps, values) for name, (steps, _, values) in found.series.items()}


LONG = "name,step,value\nloss,0,0.5\nloss,1,0.25\n"
WIDE = "epoch,loss\n0,0.5\n1,0.25\n"
FILES: dict[str, bytes] = {
    "German Excel": b"name;step;value\r\nloss;0;0,5\r\nloss;1;0,25\r\n",
    "Excel CSV UTF-8": b"\xef\xbb\xbfname;step;value\r\nloss;0;0,5\r\nloss;1;0,25\r\n",
    "Excel with its line for the separator": b"sep=;\r\nname;step;value\r\nloss;0;0,5\r\nloss;1;0,25\r\n",
    "Excel Unicode text": b"\xff\xfe" + "name\tstep\tvalue\r\nloss\t0\t0,5\r\nloss\t1\t0,25\r\n".encode("utf-16-le"),
    "Excel for Mac of old": LONG.replace("\n", "\r").encode(),
    "PowerShell 5": b"\xff\xfe" + LONG.replace("\n", "\r\n").encode("utf-16-le"),
    "UTF-16 without a mark": LONG.encode("utf-16-le"),
    "UTF-16 of a big-endian machine": b"\xfe\xff" + LONG.encode("utf-16-be"),
    "LibreOffice with tabs": LONG.replace(",", "\t").encode(),
    "git with autocrlf": LONG.replace("\n", "\r\n").encode(),
    "padded lines of a spreadsheet": LONG.replace("\n", ",,\r\n").encode(),
    "padded header": b"name , step , value\nloss , 0 , 0.5\nloss , 1 , 0.25\n",
    "capital letters": LONG.replace("name", "Name").replace("step", "Epoch").replace("value", "Value").encode(),
    "other words": b"Metric,Iteration,Val\nloss,0,0.5\nloss,1,0.25\n",
    "pandas melt": b"epoch,variable,value\n0,loss,0.5\n1,loss,0.25\n",
    "R write.csv": b'"","name","step","value"\n"1","loss",0,0.5\n"2","loss",1,0.25\n',
    "R write.csv2": b'"";"name";"step";"value"\n"1";"loss";0;0,5\n"2";"loss";1;0,25\n',
    "R write.table": b'"name" "step" "value"\n"1" "loss" 0 0.5\n"2" "loss" 1 0.25\n',
    "Keras CSVLogger": WIDE.encode(),
    "Keras CSVLogger for Europeans": b"epoch;loss\n0;0.5\n1;0.25\n",
    "pandas to_csv with its index": b",epoch,loss\n0,0,0.5\n1,1,0.25\n",
    "pandas to_csv with its index read again": b"Unnamed: 0,epoch,loss\n0,0,0.5\n1,1,0.25\n",
    "R of a wide table": b'"","epoch","loss"\n"1",0,0.5\n"2",1,0.25\n',
    "numpy.savetxt": b"# epoch loss\n0.000000000000000000e+00 5.000000000000000000e-01\n1.0e+00 2.5e-01\n",
    "gnuplot": b"# made by hand\n# epoch  loss\n0  0.5\n1  0.25\n",
    "Fortran": b"   epoch          loss\n      0  0.5000D+00\n      1  0.2500D+00\n",
    "C printf": b"epoch,      loss\n    0,5.0000e-01\n    1,2.5000e-01\n",
    "MATLAB writetable": b"epoch,loss\r\n0,0.5\r\n1,0.25\r\n",
    "Julia CSV.write": b"epoch,loss\n0,0.5\n1,0.25\n",
    "a comment above": b"# lr 0.1\nepoch,loss\n0,0.5\n# half\n1,0.25\n",
    "a header at each restart": b"epoch,loss\n0,0.5\nepoch,loss\n1,0.25\n",
    "a trailing comma": b"epoch,loss,\n0,0.5,\n1,0.25,\n",
    "no step": b"loss\n0.5\n0.25\n",
    "no last line feed": WIDE.rstrip().encode(),
    "NUL bytes at the end, as a crash leaves them": WIDE.encode() + b"\0" * 64,
    "empty lines": WIDE.replace("\n", "\n\n").encode(),
    "percent": b"epoch,loss\n0,50%\n1,25 %\n",
    "tensors": b"epoch,loss\n0,tensor(0.5)\n1,\"tensor(0.25, device='cuda:0')\"\n",
}


@pytest.mark.parametrize("program", FILES)
def test_files_of_other_programs_are_read(program: str) -> None:
    found = parse(FILES[program], "metrics.csv", by_hand=True)
    assert found.problems == []
    assert rows(found) == LOSS


def test_lightning_tensorboard_and_yolo() -> None:
    lightning = b"epoch,step,train_loss,val_loss\n0,9,0.5,\n0,9,,0.75\n1,19,0.25,\n"
    assert rows(parse(lightning, "metrics.csv")) == {
        "epoch": ([9, 9, 19], [0, 0, 1]), "train_loss": ([9, 19], [0.5, 0.25]), "val_loss": ([9], [0.75]),
    }  # fmt: skip
    board = parse(b"Wall time,Step,Value\n1767225600.5,0,0.5\n1767225601.5,1,0.25\n", "metrics.csv")
    assert board.series == {"Value": ([0, 1], [NEW_YEAR + 0.5, NEW_YEAR + 1.5], [0.5, 0.25])}
    # Here the time is what an epoch took.
    yolo = b"      epoch,       time,  train/loss\n          1,       12.5,         1.5\n"
    assert rows(parse(yolo, "metrics.csv")) == {"time": ([1], [12.5]), "train/loss": ([1], [1.5])}


def test_a_file_of_the_format_that_a_spreadsheet_saved_is_what_it_was() -> None:
    logged = 'name,step,time,value,text\nloss,0,1767225601.5,0.125,\n"""a\\nb""",1,,,"x, ""y"""\n"a;b",2,,nan,\n'
    saved = 'name;step;time;value;text\r\nloss;0;1767225601,5;0,125;\r\n"""a\\nb""";1;;;"x, ""y"""\r\n"a;b";2;;nan;\r\n'
    assert same(parse(saved.encode(), "metrics.csv").series, parse(logged.encode(), "metrics.csv").series)


def test_rows_without_a_step_count_whichever_fields_are_empty() -> None:
    assert rows(parse(b"loss,acc\n0.5,\n,0.75\n0.25,1\n", "metrics.csv")) == {
        "loss": ([0, 2], [0.5, 0.25]), "acc": ([1, 2], [0.75, 1]),
    }  # fmt: skip


def test_texts_of_a_wide_table_are_texts() -> None:
    found = parse(b"epoch,phase,day,ok,loss\n0,warm-up,2026-01-01,TRUE,0.5\n1,,2026-01-02,FALSE,0.25\n", "metrics.csv")
    assert rows(found) == {
        "phase": ([0], ["warm-up"]), "day": ([0, 1], ["2026-01-01", "2026-01-02"]), "ok": ([0, 1], [True, False]),
        **LOSS,
    }  # fmt: skip


REFUSED: dict[str, tuple[bytes, str]] = {
    "no header": (b"loss,0,0.5\n", r"a point; the header is missing\..*echo name,step,value; cat 'my metrics.csv'"),
    "no header above a nan": (b"loss,,,nan,\nloss,0,,1,\n", "the header is missing"),
    "numpy.savetxt without a header": (b"0.0 0.5\n1.0 0.25\n", r"the header is missing\..*echo 'step a'"),
    "decimal commas": (b"epoch,loss\n0,0,5\n1,0,25\n", "decimal commas, separate the fields by semicolons"),
    "a log": (b"epoch 0 loss 0.5\nepoch 1 loss 0.25\n", "of a log and not of a table.*mv 'my metrics.csv' logs/"),
    "tensors": (b"step, loss\n0, tensor(0.5, grad_fn=<A>)\n", r"Write their numbers: loss.item\(\)"),
    "Windows-1252": ("epoch,größe\n0,1\n".encode("cp1252"), "not UTF-8. If it is Windows-1252: iconv -f WINDOWS-1252"),
    "Excel": (b"PK\x03\x04\x14\0", "Excel or LibreOffice file. There, choose Save As and CSV UTF-8"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel file"),
    "gzip": (b"\x1f\x8b\x08\0", "compressed by gzip: mv 'my metrics.csv' 'my metrics.csv'.gz && gunzip"),
    "Parquet": (b"PAR1\x15\x04", "Parquet file"),
    "JSON lines": (b'{"loss": 0.5}\n', "It is JSON"),
    "a login page": (b"<!DOCTYPE html>\n<html>", "HTML or XML, usually the login page of a download"),
    "two of a name": (b"epoch,loss,loss\n0,1,2\n", "Two columns are named 'loss'"),
    "no numbers": (b"epoch,what\n0,good\n", "It needs the columns name and value"),
    "comments only": (b"# nothing yet\n# nor here\n", "It needs the columns name and value"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_read_is_called_what_it_is(kind: str) -> None:
    data, why = REFUSED[kind]
    found = parse(data, "my metrics.csv", by_hand=True)
    assert found.series == {}
    [problem] = found.problems
    assert problem.action == "File skipped"
    assert re.search(why, problem.message), problem.message


def test_the_command_for_a_missing_header_mends_it(tmp_path: Path) -> None:
    import subprocess

    (tmp_path / "metrics.csv").write_text("loss,0,0.5\nloss,1,0.25\n")
    [problem] = parse((tmp_path / "metrics.csv").read_bytes(), "metrics.csv").problems
    subprocess.run(["sh", "-ec", problem.message.partition("such as: ")[2]], cwd=tmp_path, check=True)
    assert rows(parse((tmp_path / "metrics.csv").read_bytes(), "metrics.csv")) == LOSS


def test_a_bad_line_costs_that_line_only() -> None:
    found = parse("epoch;loss\n0;0,5\n1\n2;1.234\n3;0,25\n\udcff;1\n".encode("utf-8", "surrogateescape"), "m.csv")
    assert rows(found) == {"loss": ([0, 3], [0.5, 0.25])}
    assert [(problem.line, problem.message.partition(":")[0]) for problem in found.problems] == [
        (3, "The line has 1 of 2 fields"),
        (4, "'1.234' can be 1234 or 1.234; write it without groups, and with a point"),
        (6, "The line is not UTF-8. If it is Windows-1252"),
    ]


def test_each_kind_of_bad_line_is_reported_with_its_reason() -> None:
    lines = ["loss;0;0,5", "loss;1;0,2\x18", "loss;nan;1", ";1;1", "loss;1;soon", "loss;1", 'a"b;"1;1', "loss;1;0,25"]
    found = parse(b"Name;Step;Value\n" + "\n".join(lines).encode() + b"\n", "metrics.csv")
    assert rows(found) == LOSS
    assert [(problem.line, problem.message.partition(": ")[0]) for problem in found.problems] == [
        (3, "Only part of the line was written to the disk"),
        (4, "The step 'nan' is not a finite number"),
        (5, "The line has no name"),
        (6, "'soon' is not a number"),
        (7, "The line has 2 of 3 fields"),
        (8, "The line is not CSV"),
    ]
    wide = parse(b'epoch,loss\n0,0.5\n1,"1,234"\n2,good\n', "metrics.csv")
    assert rows(wide) == {"loss": ([0, 2], [0.5, "good"])}
    assert [problem.line for problem in wide.problems] == [3]


_pieces = st.sampled_from(
    [
        *("name", "value", "step", "epoch", "time", "loss", "a b", "0", "1", "2.5", "1,5", "1.234", "NA", "x", '"'),
        *('"q"', "", "2026-01-01", "3/4/2026", "#", "\0", "\x18", "\udcff", "é"),
    ]
)
_separators = st.sampled_from([",", ";", "\t", " ", ", "])
_files = st.lists(st.tuples(_separators, st.lists(_pieces, min_size=1, max_size=4)), max_size=8).map(
    lambda lines: "\n".join(separator.join(fields) for separator, fields in lines)
)


@given(_files, st.sampled_from(["utf-8", "utf-16"]), st.booleans(), st.booleans())
@example('epoch loss\n"1" 0 1\n"2" 0 1\n0 1', "utf-8", False, True)
@example('epoch loss\n0 1\n"2" 0 1\n0 1', "utf-8", False, True)
def test_no_file_is_too_strange(text: str, encoding: str, growing: bool, by_hand: bool) -> None:
    data = text.encode(encoding, "surrogateescape" if encoding == "utf-8" else "replace")
    found = parse(data, "metrics.csv", growing=growing, by_hand=by_hand)
    for steps, times, values in found.series.values():
        assert len(steps) == len(times) == len(values) > 0
        assert all(math.isfinite(step) for step in steps)
    assert all(problem.message.encode() and problem.action for problem in found.problems)


def test_the_end_of_a_growing_file_is_left_out() -> None:
    assert rows(parse(b"epoch,loss\n0,0.5\n1,0.2", "metrics.csv", growing=True)) == {"loss": ([0], [0.5])}


@pytest.mark.parametrize("date", ["03.04.2026 10:00", "3/4/2026", "46023.5"])
def test_a_time_that_may_be_another_is_told_once_and_costs_no_point(date: str) -> None:
    found = parse(f"date;loss\n{date};0,5\n{date};0,25\n".encode(), "metrics.csv")
    assert found.series == {"loss": ([0, 1], [None, None], [0.5, 0.25])}
    [problem] = found.problems
    assert (problem.line, problem.action, problem.damage) == (2, "Points read without times", False)
    assert repr(date) in problem.message


# --- numbers -----------------------------------------------------------------------------------------------

NAN = math.nan
NUMBERS: dict[str, Any] = {
    "1.0D+03": 1000.0, "1.5d0": 1.5, "-.5D-1": -0.05, "0.1-100": 1e-101, "2.5Q+2": 250.0,
    "1.#INF": math.inf, "-1.#INF000": -math.inf, "1.#QNAN": NAN, "-1.#IND": NAN, "-nan(ind)": NAN, "nan(0x8000)": NAN,
    "NaN": NAN, "Infinity": math.inf, "-Infinity": -math.inf, "+Inf": math.inf, "-Inf": -math.inf, "-∞": -math.inf,
    "#N/A": NAN, "#DIV/0!": NAN, "#NUM!": NAN, "#WERT!": NAN, "#NV": NAN, "#VALUE!": NAN, "NA": NAN, "<NA>": NAN,
    "TRUE": True, "FALSE": False, "WAHR": True, "FAUX": False, ".TRUE.": True, "None": None, "nil": None, "NULL": None,
    "50%": 0.5, "12,5 %": 0.125, "0.1%": 0.001, "1,5": 1.5, "0,125": 0.125, "-,5": -0.5, "1,5e3": 1500.0,
    "1.234.567,8": 1234567.8, "1,234,567.8": 1234567.8, "1,234,567": 1234567, "1.234.567": 1234567,
    "1 234 567,5": 1234567.5, "1\u202f234,5": 1234.5, "1'234.5": 1234.5, "\u22121.5": -1.5,
    "tensor(0.5)": 0.5, "np.float64(0.25)": 0.25, "tensor(2., device='cuda:0', grad_fn=<MeanBackward0>)": 2.0,
}  # fmt: skip


@pytest.mark.parametrize("field", NUMBERS)
def test_numbers_in_foreign_spellings(field: str) -> None:
    assert same(number_of(field), NUMBERS[field])
    quoted = field.replace('"', '""')
    assert same(parse(f'name,value\nloss,"{quoted}"\n'.encode(), "metrics.csv").series["loss"][2], [NUMBERS[field]])


@pytest.mark.parametrize(
    ("field", "why"),
    [
        ("1,234", "'1,234' can be 1234 or 1.234"), ("-12,345", "can be -12345 or -12.345"), ("*****", "Fortran"),
        *((bad, "is not a number") for bad in ("1.2.3", "1,2,3", "12,34,567", "%", "tensor([1, 2])", "0.5.", "1-5")),
        ("#", "is not a number"),
    ],
)  # fmt: skip
def test_what_may_be_two_numbers_or_none_is_refused(field: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        number_of(field)


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([1, 3, 6, 17]))
def test_a_semicolon_file_with_decimal_commas_is_what_it_is_with_points(value: float, digits: int) -> None:
    spelled = f"{value:.{digits}f}" if abs(value) < 1e15 else repr(value)
    points = parse(f"name;value\nloss;0.5x\nloss;{spelled}\n".replace("0.5x", "0.5").encode(), "m.csv")
    commas = parse(f"name;value\nloss;0,5\nloss;{spelled.replace('.', ',')}\n".encode(), "m.csv")
    assert same(points.series, commas.series)


def test_a_hostile_field_costs_no_time() -> None:
    for field in ("1" * 10**6 + "x", "1 " * 10**6, "1,234" * 10**5, "9" * 10**6 + "%"):
        with pytest.raises(ValueError, match="is not a number"):
            number_of(field)
        with pytest.raises(ValueError, match="is not a time"):
            time_of(f"{field}x")


# --- times -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "time",
    [
        "1767225600", "1767225600000", "1767225600000000", "1767225600000000000", "1.7672256E+09", "1,7672256E+09",
        "2026-01-01T00:00:00Z", "2026-01-01 00:00:00", "2026-01-01T01:00:00+01:00", "2026-01-01 00:00:00 UTC",
        "2026/01/01 00:00", "2026/1/1 0:00:00", "Thu Jan  1 00:00:00 2026", "Thu Jan  1 00:00:00 UTC 2026",
        "Thu, 01 Jan 2026 00:00:00 +0000", "Thu, 01 Jan 2026 00:00:00 GMT", "01-Jan-2026 00:00:00", " 2026-01-01 ",
    ],
)  # fmt: skip
def test_times_in_foreign_spellings(time: str) -> None:
    assert time_of(time) == NEW_YEAR
    assert seconds(time) == NEW_YEAR


@pytest.mark.parametrize(
    ("time", "why"),
    [
        ("03.04.2026 10:00", "is a local date without a time zone"), ("3/4/2026", "has the day or the month first"),
        ("soon", "is not a time"), ("Thu Foo  1 00:00:00 2026", "is not a time"), ("2026/13/01 00:00", "is not a time"),
        ("true", "is not a time"), ("#N/A", "is not a time"),
    ],
)  # fmt: skip
def test_times_that_may_be_others_are_refused_with_what_to_write(time: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"{re.escape(why)}.*; write it like 2026-01-31T12:00:00Z"):
        time_of(time)
    assert seconds(time) is None


# --- documents ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_documents_of_other_editors_are_read(tmp_path: Path, encoding: str) -> None:
    listed = line({"name": "a", "file": "images/a/0.png"}) * 2
    files = {
        "run.json": line({"name": "é"}).replace("\n", "\r\n").encode(encoding),
        "images.jsonl": listed.encode(encoding),
    }
    run = read(write(tmp_path / "run", {**files, "images/a/0.png": "x"}))
    assert (run.name, [image.name for image in run.images], run.problems) == ("é", ["a", "a"], [])


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("{'name': 'a'}", r"line 1, column 2: .*single quotes"),
        ('{"name": "a",\n}', r"line 1, column 13: a comma before the closing bracket|line 2, column 1: a comma before"),
        ('{"tags": ["a",]}', r"a comma before the closing bracket"),
        ('{"name": "a" // why\n}', r"a comment, which JSON does not have"),
        ('{"name": True}', r"True, as Python writes it; JSON has true, false and null"),
        ('{name: "a"}', r"a key without quotes"),
        ('{"name": "a"\n"tags": {}}', r"line 2, column 1"),
        ('{"name": “a”}', r"typographic quotes"),
    ],
)
def test_a_document_with_a_mistake_is_told_where_and_what(tmp_path: Path, document: str, why: str) -> None:
    [problem] = read(write(tmp_path / "run", {"run.json": document})).problems
    assert problem.line is not None
    assert re.search(why, problem.message), problem.message


def test_a_time_of_a_document_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    document = {"started": "03.04.2026 10:00", "ended": "2026/01/01 00:00", "created": ""}
    run = read(write(tmp_path / "run", {"run.json": line(document)}))
    assert (run.started, run.ended) == (None, NEW_YEAR)
    [problem] = run.problems
    assert (problem.file, problem.action, problem.damage) == ("run.json", "Time ignored", False)
    assert problem.message.startswith("started: The time '03.04.2026 10:00' is a local date")
