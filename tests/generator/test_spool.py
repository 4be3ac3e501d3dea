"""Lines that wait in a spool come back as they were, from memory and from a file that nobody else sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from runpages_site.write import spool
from runpages_site.write.run_blocks import Line
from runpages_site.write.site_folder import NOTES
from runpages_site.write.spool import Spool

LINES = [
    Line([1.5, 2, "a"], ["e/x/a.html", "e/x/a/ü\n\udc80"], b'{"id":"a"}'),
    Line([0.0, 0, ""], [], b" {}"),
    Line([2.0, 1, "b"], ["e/x/b.html"], b"x" * 5_000),
]


@pytest.mark.parametrize("room", [1, 4_000, spool.ROOM])
def test_lines_come_back_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    monkeypatch.setattr(spool, "ROOM", room)
    kept = Spool(tmp_path)
    places = [kept.put({"number": at}, line) for at, line in enumerate([*LINES, None, *LINES])]
    found = [kept.get(place) for place in places[::-1]][::-1]
    assert [known for known, _ in found] == [{"number": at} for at in range(7)]
    assert [line and line.read() for _, line in found] == [*LINES, None, *LINES]
    assert [line and line.age for _, line in found[2:5]] == [LINES[2].age, None, LINES[0].age]
    places.append(kept.put("more", LINES[0]))
    assert found[0][1] is not None and found[0][1].read() == LINES[0]
    assert kept.get(places[-1])[0] == "more"
    kept.close()


def test_a_spool_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = Spool(tmp_path)
    few.put(None, LINES[0])
    assert list((tmp_path / NOTES).iterdir()) == []
    few.close()
    monkeypatch.setattr(spool, "ROOM", 1)
    many = Spool(tmp_path)
    many.put(None, LINES[0])
    assert list((tmp_path / NOTES).iterdir()) == [], "one that is open, either: a killed build leaves nothing"
    many.close()
