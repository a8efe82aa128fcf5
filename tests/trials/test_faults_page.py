"""docs/faults.md shows the results, and all faults were played."""

from __future__ import annotations

from support.paths import ROOT
from trials.board import read
from trials.faults.page import PAGE, render
from trials.faults.table import LIMITS, RESULTS, column, rows


def test_the_page_shows_the_results() -> None:
    assert PAGE.read_text() == render(read(RESULTS))


def test_the_readme_shows_the_totals() -> None:
    assert f"| {read(RESULTS).totals()} |" in (ROOT / "README.md").read_text("utf-8")


def test_every_fault_was_played_with_every_limit() -> None:
    found = read(RESULTS).rows()
    assert list(found) == rows()
    columns = [column(limit) for limit in LIMITS]
    assert [list(cells) for cells in found.values()] == [columns] * len(found)


def test_no_fault_broke_a_promise() -> None:
    assert [c for c in read(RESULTS).cells if c.verdict == "failed"] == []
