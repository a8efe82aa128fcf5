"""The collector stores what the spec allows, and says what is wrong otherwise."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.receive.limiter import Limiter
from shimgen.errors import ShimgenError
from shimgen.spec import Spec, schema
from support.collecting import (
    JSON,
    START,
    UPDATE,
    UPLOAD,
    VM,
    Client,
    Collector,
    collecting,
    post,
)


@pytest.fixture
def collector(spec: Spec, tmp_path: Path) -> Iterator[Collector]:
    with collecting(spec, tmp_path) as receiver:
        yield receiver


def refused(collector: Collector, body: object, status: int = 400) -> dict[str, str]:
    """Post a body that is refused; return the problem details. Nothing is stored."""
    client, store = collector
    answer = post(client, body)
    assert answer.status_code == status, answer.text
    assert store.runs(9) == []
    assert len(answer.content) < 300
    assert answer.headers["Content-Type"] == "application/problem+json"
    result = answer.json()
    assert isinstance(result, dict)
    assert (result["type"], result["status"]) == ("about:blank", status)
    return result


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_example_of_each_event_is_stored_under_its_name(
    collector: Collector, spec: Spec, number: int
) -> None:
    event = spec.events[number]
    client, store = collector
    sent = schema.example(event)
    answer = post(client, sent)
    assert (answer.status_code, answer.json()["event"]) == (200, event.function)
    [stored] = store.runs(9)
    assert stored.random_id == sent["random_id"]
    assert [r.event for r in stored.reports] == [event.function]
    assert json.loads(stored.reports[0].payload) == sent


def test_reports_of_one_run_are_joined_and_the_newest_run_comes_first(
    collector: Collector,
) -> None:
    client, store = collector
    for body in (
        START | {"random_id": "a"},
        VM | {"random_id": "b"},
        UPDATE | {"random_id": "a"},
        START | {"random_id": "c"},
    ):
        assert post(client, body).status_code == 200
    stored = [(r.random_id, [one.event for one in r.reports]) for r in store.runs(9)]
    assert stored == [
        ("c", ["post_to_api"]),
        ("a", ["post_to_api", "post_update_to_api"]),
        ("b", ["post_to_api_vm"]),
    ]
    assert [r.random_id for r in store.runs(2)] == ["c", "a"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"hostname": "pve1"}, "hostname"),
        ({"\ud800": 1}, "\ud800"),
        ({"x" * 500: 1}, "x" * 64),
        ({"type": "qemu"}, "type"),
        ({"disk_size": "8"}, "disk_size"),
        ({"disk_size": True}, "disk_size"),
        ({"disk_size": -1}, "disk_size"),
        ({"disk_size": 10**9}, "disk_size"),
        ({"disk_size": [8]}, "disk_size"),
        ({"os_type": None}, "os_type"),
        ({"os_type": 5}, "os_type"),
        ({"os_type": " debian"}, "os_type"),
        ({"os_type": "a\n"}, "os_type"),
        ({"os_type": "d\u00e9bian"}, "os_type"),
        ({"os_type": "\ud800"}, "os_type"),
        ({"os_type": "\x7f"}, "os_type"),
        ({"os_type": "x" * 65}, "os_type"),
    ],
    ids=repr,
)
def test_a_refusal_names_the_wrong_field_of_a_start(
    collector: Collector, change: dict[str, Any], field: str
) -> None:
    assert refused(collector, START | change)["field"] == field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"status": "done"}, "status"),
        ({"exit_code": None}, "exit_code"),
        ({"exit_code": 256}, "exit_code"),
        ({"exit_code": 0}, "exit_code"),
        ({"status": "completed", "error_explanation": ""}, "exit_code"),
        ({"status": "completed", "exit_code": 0}, "error_explanation"),
        ({"error_explanation": "x" * 129}, "error_explanation"),
        ({"install_duration": 86_401}, "install_duration"),
        ({"packages": []}, "packages"),
        ({"packages": "a=1"}, "packages"),
        ({"packages": [1]}, "packages"),
        ({"packages": ["a b"]}, "packages"),
        ({"packages": ["a\n"]}, "packages"),
        ({"packages": ["x" * 33]}, "packages"),
        ({"packages": ["x"] * 17}, "packages"),
    ],
    ids=repr,
)
def test_a_refusal_names_the_wrong_field_of_an_update(
    collector: Collector, change: dict[str, Any], field: str
) -> None:
    assert refused(collector, UPDATE | change)["field"] == field


@pytest.mark.parametrize("key", START)
def test_a_refusal_names_the_missing_key(collector: Collector, key: str) -> None:
    answer = refused(collector, {k: v for k, v in START.items() if k != key})
    assert answer["field"] == key
    assert "missing" in answer["detail"]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"9" * 5000, "not JSON"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b"[" * 16_000, "nested too deeply"),
        (b"[]", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'{"ct_type":1e999}', "no number"),
        (b'{"ct_type":NaN}', "no number"),
        (b'{"ct_type":-Infinity}', "no number"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_a_body_that_is_not_a_plain_json_object_is_refused(
    collector: Collector, body: bytes, problem: str
) -> None:
    assert problem in refused(collector, body)["detail"]


def test_a_refusal_names_the_repeated_key(collector: Collector) -> None:
    body = json.dumps(START).encode()[:-1] + b', "method": "default"}'
    assert refused(collector, body) == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "appears more than once; send it once",
        "field": "method",
    }


def test_a_body_of_16_kib_is_accepted_and_one_byte_more_is_answered_413(
    collector: Collector,
) -> None:
    client, _ = collector
    largest = json.dumps(START).encode().ljust(16 * 1024)
    refused(collector, largest + b" ", 413)
    assert post(client, largest).status_code == 200


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded"]
)
def test_another_content_type_is_answered_415(collector: Collector, kind: str) -> None:
    client, store = collector
    body = json.dumps(START).encode()
    answer = client.post(UPLOAD, content=body, headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert store.runs(9) == []


def test_a_charset_in_the_content_type_is_ignored(collector: Collector) -> None:
    kind = {"Content-Type": "Application/JSON; charset=utf-8"}
    body = json.dumps(START).encode()
    assert collector[0].post(UPLOAD, content=body, headers=kind).status_code == 200


def test_other_methods_and_paths_are_refused(collector: Collector) -> None:
    client, _ = collector
    for answer, status, allowed in (
        (client.get(UPLOAD), 405, "POST"),
        (client.post("/", b"{}", JSON), 405, "GET, HEAD"),
        (client.get("/elsewhere"), 404, ""),
    ):
        problem = answer.json()
        assert (answer.status_code, problem["status"]) == (status, status)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert ", ".join(sorted(answer.headers.get("Allow", "").split(", "))) == allowed
        assert problem["detail"] != problem["title"]


def test_a_client_over_the_rate_limit_gets_429_and_the_time_to_wait(
    spec: Spec, tmp_path: Path
) -> None:
    now = 150.5
    limiter = Limiter(2, clock=lambda: now)
    with collecting(spec, tmp_path, limiter=limiter) as (client, store):
        other = Client(client.application, ("192.0.2.7", 5))
        assert post(client, START).status_code == 200
        now = 180.0
        assert post(client, START).status_code == 200
        answer = post(client, START)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "31")
        assert answer.json()["title"] == "Too Many Requests"
        assert len(store.runs(9)[0].reports) == 1
        assert post(other, START).status_code == 200
        now = 210.5
        assert post(client, START).status_code == 200


def test_nothing_of_the_client_is_stored(spec: Spec, tmp_path: Path) -> None:
    headers = JSON | {"User-Agent": "canary-agent", "X-Canary": "canary-header"}
    with collecting(spec, tmp_path) as (client, _):
        client = Client(client.application, ("192.0.2.77", 54321))
        body = json.dumps(START).encode()
        url = f"{UPLOAD}?canary-query"
        assert client.post(url, content=body, headers=headers).status_code == 200
        files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert START["random_id"].encode() in files
    for trace in (b"canary", b"192.0.2", b"54321", b"testserver"):
        assert trace not in files


def test_a_client_that_disconnects_causes_no_error(collector: Collector) -> None:
    client, store = collector
    sent: list[Any] = []
    arriving = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Any:
        return arriving.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": UPLOAD,
        "headers": [(b"content-type", b"application/json")],
        "query_string": b"",
    }
    asyncio.run(client.application(scope, receive, send))
    assert sent == []
    assert store.runs(9) == []


def _folder(path: Path) -> None:
    path.mkdir()


def _other_file(path: Path) -> None:
    path.write_text("no database\n" * 100)


@pytest.mark.parametrize("make", [_folder, _other_file])
def test_a_database_that_cannot_be_used_is_an_error_with_a_remedy(
    make: Callable[[Path], None], spec: Spec, tmp_path: Path
) -> None:
    make(tmp_path / "db")
    with pytest.raises(ShimgenError, match=r"db cannot be used .*; name another file"):
        SQLiteStore(tmp_path / "db", spec)
