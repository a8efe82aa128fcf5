"""A report is answered when it is stored; errors reveal nothing of the inside."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from shimgen.collector.keep.errors import StoreError
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.keep.store import Report
from shimgen.collector.run import app
from shimgen.collector.settings import Settings
from shimgen.spec import Spec
from support.collecting import (
    JSON,
    START,
    UPDATE,
    UPLOAD,
    Client,
    Collector,
    collecting,
    ended,
    post,
)
from support.serving import serving


class FailingStore(SQLiteStore):
    """A store that fails with `error` if the test sets it."""

    error: Exception | None = None

    def add(self, reports_: Sequence[Report]) -> None:
        """Store reports, or fail."""
        if self.error:
            raise self.error
        super().add(reports_)


@pytest.fixture
def collector(spec: Spec, tmp_path: Path) -> Iterator[Collector]:
    with collecting(spec, tmp_path) as receiver:
        yield receiver


@pytest.fixture
def full(spec: Spec, tmp_path: Path) -> Iterator[tuple[Client, FailingStore]]:
    with contextlib.closing(FailingStore(tmp_path / "db", spec)) as store:
        application = app.create(spec, store, Settings())
        with ended(application):
            yield Client(application, ("192.0.2.1", 1)), store


def test_a_repeated_report_is_stored_once(collector: Collector) -> None:
    client, store = collector
    for body in (START, START, START | {"os_type": "alpine"}):
        assert post(client, body).status_code == 200
    [run] = store.runs(9)
    [kept] = run.reports
    assert json.loads(kept.payload)["os_type"] == "alpine"


def test_an_update_without_its_start_is_stored(collector: Collector) -> None:
    client, store = collector
    assert post(client, UPDATE).status_code == 200
    [run] = store.runs(9)
    assert [one.event for one in run.reports] == ["post_update_to_api"]


def test_the_stored_json_has_the_order_of_the_spec_and_no_spaces(
    collector: Collector,
) -> None:
    client, store = collector
    sent = json.dumps(dict(reversed(START.items())), indent=9).encode()
    assert post(client, sent).status_code == 200
    [run] = store.runs(9)
    wanted = json.dumps(START, separators=(",", ":")).encode()
    assert run.reports[0].payload == wanted


def test_a_full_disk_is_answered_503_with_retry_after_until_there_is_space(
    full: tuple[Client, FailingStore],
) -> None:
    client, store = full
    store.error = StoreError("/secret/path has no space left; free some")
    answer = post(client, START)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert store.runs(9) == []
    store.error = None
    assert post(client, START).status_code == 200
    assert len(store.runs(9)) == 1


def test_the_answer_to_a_defect_reveals_nothing_about_it(
    full: tuple[Client, FailingStore],
) -> None:
    client, store = full
    client.transport.raise_app_exceptions = False
    store.error = ZeroDivisionError("secret")
    answer = post(client, START)
    assert answer.status_code == 500
    assert answer.json()["title"] == "Internal Server Error"
    assert "secret" not in answer.text


def test_a_problem_has_the_members_of_rfc_9457(collector: Collector) -> None:
    answer = post(collector[0], START | {"os_type": 5})
    assert answer.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "must be at most 64 printable ASCII characters, no space in front",
        "field": "os_type",
    }


def test_no_file_and_no_log_has_anything_about_a_client(tmp_path: Path) -> None:
    """With a real server, and each kind of answer."""
    canary = {"User-Agent": "canary-agent", "X-Canary": "canary-header"}
    forwarded = {"X-Forwarded-For": "198.51.100.77", "Forwarded": "for=198.51.100.77"}
    with (
        (tmp_path / "log").open("w") as log,
        serving(tmp_path / "db", stderr=log) as (url, process),
    ):
        with httpx.Client(
            base_url=url, headers=JSON | canary | forwarded, trust_env=False
        ) as client:
            address = f"{UPLOAD}?canary-query"
            bodies = (json.dumps(START), '{"canary-key":1}', "canary" * 4000)
            statuses = [
                *(client.post(address, content=b).status_code for b in bodies),
                client.get("/canary-path").status_code,
                client.get(UPLOAD).status_code,
                client.post(address, headers={"Content-Type": "a"}).status_code,
            ]
        assert statuses == [200, 400, 413, 404, 405, 415]
        while_running = _files(tmp_path)
        process.terminate()
        out, _ = process.communicate()
        (tmp_path / "out").write_text(out)
    contents = while_running + _files(tmp_path)
    assert START["random_id"].encode() in contents
    for trace in (b"canary", b"198.51", b"127.0.0.1"):
        assert trace not in contents


def _files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())
