"""The live page shows single reports, and only if it is turned on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shimgen.collector.keep.store import Report, Run
from shimgen.collector.operate.live import run_view
from shimgen.spec import Spec
from support.collecting import START, UPDATE, post
from support.published import K, site

HTML = {"Accept": "text/html"}


def test_live_shows_a_report_that_no_other_page_shows(
    spec: Spec, tmp_path: Path
) -> None:
    with site(spec, tmp_path) as collector:
        assert post(collector.client, START).status_code == 200
        live = collector.client.get("/live", HTML)
        assert START["random_id"] in live.text
        assert live.headers["cache-control"] == "no-store"
        for path in ("/", "/api/v1/summary"):
            assert START["random_id"] not in collector.client.get(path).text


def test_live_is_neither_served_nor_linked_if_it_is_turned_off(
    spec: Spec, tmp_path: Path
) -> None:
    with site(spec, tmp_path, live=False) as collector:
        assert collector.client.get("/live").status_code == 404
        assert "/live" not in collector.client.get("/", HTML).text


def test_live_does_not_claim_that_its_numbers_count_several_runs(
    spec: Spec, tmp_path: Path
) -> None:
    claim = f"Every number here counts at least {K} runs"
    with site(spec, tmp_path) as collector:
        assert claim in collector.client.get("/", HTML).text
        assert claim not in collector.client.get("/live", HTML).text


@pytest.mark.parametrize(
    ("payloads", "status"),
    [
        ([START], "open"),
        ([START, UPDATE], "failed"),
        ([UPDATE | {"status": "completed"}, START], "completed"),
    ],
)
def test_the_status_of_a_run_is_that_of_its_newest_outcome(
    spec: Spec, payloads: list[dict[str, object]], status: str
) -> None:
    reports = tuple(
        Report(
            "run",
            "post_update_to_api" if "exit_code" in payload else "post_to_api",
            json.dumps(payload).encode(),
            0,
        )
        for payload in payloads
    )
    view = run_view(spec, Run("run", reports))
    assert view.status == status
    events = [report.event for report in view.reports]
    assert events == [report.event for report in reversed(reports)]
