"""docs/hosts.md, and the results that it is generated from."""

from __future__ import annotations

from support.paths import ROOT
from trials import board
from trials.hosts import bashes, rows
from trials.hosts.page import PAGE, RESULTS, render

RESULT = board.read(RESULTS)


def test_the_page_shows_the_results() -> None:
    assert PAGE.read_text("utf-8") == render(RESULT)


def test_the_readme_shows_the_totals() -> None:
    assert f"| {RESULT.totals()} |" in (ROOT / "README.md").read_text("utf-8")


def test_every_row_was_played() -> None:
    assert list(RESULT.rows()) == rows.names(list(bashes.DEBIAN_RELEASE))


def test_only_the_known_limits_are_not_ok() -> None:
    bad = {(cell.row, cell.column) for cell in RESULT.cells if cell.verdict != "ok"}
    assert bad == set(rows.KNOWN_LIMITS)
