"""docs/hosts.md, and the results that it is made from."""

from __future__ import annotations

from support.paths import ROOT
from trials import board
from trials.hosts import rows
from trials.hosts.page import PAGE, RESULTS, render

RESULT = board.read(RESULTS)


def test_the_page_is_what_the_results_say() -> None:
    assert PAGE.read_text("utf-8") == render(RESULT)


def test_the_readme_has_their_sum() -> None:
    assert f"| {RESULT.sum()} |" in (ROOT / "README.md").read_text("utf-8")


def test_each_row_that_is_known_has_been_tried() -> None:
    assert list(RESULT.rows()) == rows.names()


def test_no_more_than_the_known_limits_is_not_as_it_should_be() -> None:
    bad = {(cell.row, cell.column) for cell in RESULT.cells if cell.verdict != "ok"}
    assert bad == set(rows.LIMITS)
