"""The receiver takes what the schema allows, stores only that, and shows it safely."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import httpx
import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.protocols import Validator
from starlette.applications import Starlette

from shimgen import schema
from shimgen.collector import app, page, run, validate
from shimgen.collector.store import Store
from shimgen.errors import ShimgenError
from shimgen.spec import DEFAULT_SPEC, Event, Field, Spec, load

SPECS = Path(__file__).parent / "specs"
LOADED = [load(path) for path in [DEFAULT_SPEC, *sorted(SPECS.glob("*.toml"))]]
EVENTS = [(spec, event) for spec in LOADED for event in spec.events]
UPLOAD = "/dev/upload"
JSON = {"Content-Type": "application/json"}
HOSTILE = "<script>alert(1)</script>&\"'</title>"

START = schema.example(LOADED[0].events[0], LOADED[0].limits.max_length)
VM = schema.example(LOADED[0].events[1], LOADED[0].limits.max_length)
UPDATE = schema.example(LOADED[0].events[2], LOADED[0].limits.max_length)


class Client:
    """Asks an application without a network, from the address `client`."""

    def __init__(self, application: Starlette, client: tuple[str, int]) -> None:
        self.application = application
        self.transport = httpx.ASGITransport(application, client=client)

    def get(self, path: str) -> httpx.Response:
        """Return the answer to a GET."""
        return asyncio.run(self._ask("GET", path, b"", {}))

    def post(
        self, path: str, content: bytes, headers: dict[str, str]
    ) -> httpx.Response:
        """Return the answer to a POST."""
        return asyncio.run(self._ask("POST", path, content, headers))

    async def _ask(
        self, method: str, path: str, content: bytes, headers: dict[str, str]
    ) -> httpx.Response:
        async with httpx.AsyncClient(
            transport=self.transport, base_url="http://testserver", trust_env=False
        ) as client:
            return await client.request(method, path, content=content, headers=headers)


Collector = tuple[Client, Store]


@contextlib.contextmanager
def collecting(spec: Spec, path: Path, limit: int = 600) -> Iterator[Collector]:
    """Yield a client of a receiver, and its store."""
    with contextlib.closing(Store(path / "reports.sqlite3")) as store:
        yield Client(app.create(spec, store, limit), ("192.0.2.1", 1)), store


@pytest.fixture
def collector(spec: Spec, tmp_path: Path) -> Iterator[Collector]:
    with collecting(spec, tmp_path) as made:
        yield made


def post(client: Client, body: object) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(UPLOAD, content=content, headers=JSON)


def refused(collector: Collector, body: object, status: int = 400) -> dict[str, str]:
    """Return the answer to what is refused; nothing is stored."""
    client, store = collector
    answer = post(client, body)
    assert answer.status_code == status, answer.text
    assert store.runs() == []
    assert len(answer.content) < 300
    result = answer.json()
    assert isinstance(result, dict)
    return result


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_example_of_each_event_is_stored_under_its_name(
    collector: Collector, spec: Spec, number: int
) -> None:
    event = spec.events[number]
    client, store = collector
    sent = schema.example(event, spec.limits.max_length)
    answer = post(client, sent)
    assert (answer.status_code, answer.json()["event"]) == (200, event.function)
    [found] = store.runs()
    assert found.random_id == sent["random_id"]
    assert [(r.event, r.payload) for r in found.reports] == [(event.function, sent)]


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
    found = [(r.random_id, [one.event for one in r.reports]) for r in store.runs()]
    assert found == [
        ("c", ["post_to_api"]),
        ("a", ["post_to_api", "post_update_to_api"]),
        ("b", ["post_to_api_vm"]),
    ]
    assert [r.random_id for r in store.runs(2)] == ["c", "a"]


def test_reports_outlive_the_process(tmp_path: Path) -> None:
    path = tmp_path / "reports.sqlite3"
    with contextlib.closing(Store(path)) as store:
        store.add("post_to_api", START, "a")
    with contextlib.closing(Store(path)) as store:
        assert store.runs()[0].reports[0].payload == START


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"hostname": "pve1"}, "hostname"),
        ({"\ud800": 1}, "\ud800"),
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
def test_a_wrong_value_of_a_start_is_refused_by_name(
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
def test_a_wrong_value_of_an_update_is_refused_by_name(
    collector: Collector, change: dict[str, Any], field: str
) -> None:
    assert refused(collector, UPDATE | change)["field"] == field


@pytest.mark.parametrize("key", START)
def test_a_missing_key_is_refused_by_name(collector: Collector, key: str) -> None:
    answer = refused(collector, {k: v for k, v in START.items() if k != key})
    assert answer["field"] == key
    assert "missing" in answer["problem"]


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
        (b'{"ct_type":1.0}', "whole number"),
        (b'{"ct_type":1e2}', "whole number"),
        (b'{"ct_type":NaN}', "whole number"),
        (b'{"ct_type":-Infinity}', "whole number"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_a_body_that_is_no_plain_json_object_is_refused(
    collector: Collector, body: bytes, problem: str
) -> None:
    assert problem in refused(collector, body)["problem"]


def test_a_key_that_is_there_twice_is_refused_by_name(collector: Collector) -> None:
    body = json.dumps(START).encode()[:-1] + b', "method": "default"}'
    assert refused(collector, body) == {"field": "method", "problem": "is there twice"}


def test_a_body_of_16_kib_is_read_and_one_byte_more_is_413(
    collector: Collector,
) -> None:
    client, _ = collector
    largest = json.dumps(START).encode().ljust(16 * 1024)
    refused(collector, largest + b" ", 413)
    assert post(client, largest).status_code == 200


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded"]
)
def test_another_content_type_is_415(collector: Collector, kind: str) -> None:
    client, store = collector
    body = json.dumps(START).encode()
    answer = client.post(UPLOAD, content=body, headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert store.runs() == []


def test_a_charset_beside_the_content_type_is_no_matter(collector: Collector) -> None:
    kind = {"Content-Type": "Application/JSON; charset=utf-8"}
    body = json.dumps(START).encode()
    assert collector[0].post(UPLOAD, content=body, headers=kind).status_code == 200


def test_other_methods_and_paths_are_refused(collector: Collector) -> None:
    client, _ = collector
    assert client.get(UPLOAD).status_code == 405
    assert client.post("/", b"{}", JSON).status_code == 405
    assert client.get("/elsewhere").status_code == 404


def test_a_client_over_the_limit_gets_429_and_when_to_come_back(
    spec: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 120.5
    monkeypatch.setattr(app, "time", SimpleNamespace(monotonic=lambda: now))
    with collecting(spec, tmp_path, limit=2) as (client, store):
        other = Client(client.application, ("192.0.2.7", 5))
        assert [post(client, START).status_code for _ in range(2)] == [200, 200]
        answer = post(client, START)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
        assert len(store.runs()[0].reports) == 2
        assert post(other, START).status_code == 200
        now = 180.0
        assert post(client, START).status_code == 200


def test_the_limiter_keeps_neither_addresses_nor_a_lasting_key() -> None:
    one, two = app.Limiter(5), app.Limiter(5)
    for limiter in (one, two):
        limiter.wait("192.0.2.7", 0)
    assert "192.0.2.7" not in repr(vars(one))
    assert one._counts.keys().isdisjoint(two._counts.keys())


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


class Tags(HTMLParser):
    """The elements, attribute values and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.values: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and its attributes."""
        self.names.add(tag)
        self.values += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        """Note a piece of text."""
        self.text += data


def test_the_page_shows_hostile_values_as_text(collector: Collector) -> None:
    client, _ = collector
    plain = Tags(client.get("/").text)
    body = START | {"nsapp": HOSTILE, "random_id": HOSTILE}
    assert post(client, body).status_code == 200
    shown = Tags(client.get("/").text)
    assert shown.text.count(HOSTILE) == 3  # as heading, and twice as value
    assert not any("alert" in value for value in shown.values)
    assert shown.names - plain.names == {
        *("article", "h2", "h3", "span", "time", "dl", "dt", "dd")
    }


def test_the_page_escapes_keys_and_events_too(spec: Spec, tmp_path: Path) -> None:
    with collecting(spec, tmp_path) as (client, store):
        store.add(HOSTILE, {HOSTILE: [HOSTILE]}, HOSTILE)
        shown = Tags(client.get("/").text)
    assert shown.text.count(HOSTILE) == 4
    assert "script" not in shown.names


def test_the_page_asks_nobody_else_and_needs_no_script(collector: Collector) -> None:
    client, _ = collector
    post(client, START)
    answer = client.get("/")
    tags = Tags(answer.text)
    assert tags.names.isdisjoint({"script", "link", "img", "iframe", "form"})
    assert not re.search(r"https?://|//[a-z]|url\(|@import", answer.text)
    assert answer.headers["Content-Security-Policy"] == page.POLICY
    assert "default-src 'none'" in page.POLICY
    assert "script-src" not in page.POLICY


def test_the_page_reloads_itself_and_has_a_light_and_a_dark_side(
    collector: Collector,
) -> None:
    answer = collector[0].get("/")
    assert "refresh" in Tags(answer.text).values
    assert "@media (prefers-color-scheme: dark)" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_page_says_how_each_run_stands_newest_first(collector: Collector) -> None:
    client, _ = collector
    done = {"status": "completed", "exit_code": 0, "error_explanation": ""}
    for body in (
        START | {"random_id": "run-a"},
        START | {"random_id": "run-b"},
        UPDATE | done | {"random_id": "run-b"},
        UPDATE | {"random_id": "run-c"},
    ):
        assert post(client, body).status_code == 200
    runs = re.findall(r"<h2>(\S+) <span class=\"(\w+)\">", client.get("/").text)
    assert runs == [("run-c", "failed"), ("run-b", "completed"), ("run-a", "open")]


def test_healthz_answers(collector: Collector) -> None:
    answer = collector[0].get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def _pattern(
    _: object, pattern: str, value: object, __: object
) -> Iterator[jsonschema.ValidationError]:
    """Match as JSON Schema says (ECMA 262), where "$" is not before a newline."""
    if isinstance(value, str) and not re.search(pattern.replace("$", r"\Z"), value):
        yield jsonschema.ValidationError("does not match")


STRICT = jsonschema.validators.extend(  # type: ignore[no-untyped-call]  # no stubs
    jsonschema.Draft202012Validator, {"pattern": _pattern}
)
NUMBERS = [-1, 0, 1, 255, 256, 86_400, 86_401, 10**9 - 1, 10**9, 2**64]
TEXTS = ["", "lxc", " x", "x ", "x\n", "\x7f", "completed", "failed"]
WORDS = ["a=1", "", "a b", "a\n", "x" * 32, "x" * 33, 1]
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(NUMBERS),
    st.sampled_from(TEXTS),
    st.text(max_size=5),
    st.lists(st.sampled_from(WORDS), max_size=3),
    st.just({}),
)


def edges(field: Field, length: int) -> list[object]:
    """Return the values about the limits of a field, most of them just outside."""
    if field.type == "integer":
        return [*NUMBERS, None, True, "5", [5]]
    if field.type == "list":
        return [None, "a", *([word] for word in WORDS), *(["a"] * n for n in range(18))]
    words = [word[:length] for word in schema.STATUSES]
    return [*words, *TEXTS, "x" * length, "x" * (length + 1), None, 5, field.value]


def right(field: Field, length: int, *, done: bool) -> object:
    """Return a value that a field takes, of a run that ended well or did not."""
    if field.outcome == "status":
        return schema.STATUSES[0 if done else 1][:length]
    if field.outcome == "exit_code":
        return 0 if done else 1
    return {"constant": field.value, "integer": 5, "list": ["a"]}.get(field.type, "")


def valid(spec: Spec, event: Event, *, done: bool) -> dict[str, Any]:
    """Return a payload of all fields that the schema takes."""
    most = spec.limits.max_length
    return {f.key: right(f, f.max_length or most, done=done) for f in event.fields}


def agrees(spec: Spec, validator: Validator, payload: dict[str, Any]) -> bool:
    """Tell whether the receiver's verdict on a body is that of the schema."""
    body = json.dumps(payload).encode()
    try:
        validate.recognise(spec, validate.parse(body))
    except validate.PayloadError:
        return not validator.is_valid(payload)
    return bool(validator.is_valid(payload))


@pytest.mark.parametrize(("spec", "event"), EVENTS)
@pytest.mark.parametrize("done", [True, False])
def test_the_verdict_at_each_limit_is_that_of_the_json_schema(
    spec: Spec, event: Event, done: bool
) -> None:
    validator = STRICT(schema.document(spec))
    payload = valid(spec, event, done=done)
    assert validator.is_valid(payload)
    for field in event.fields:
        for value in edges(field, field.max_length or spec.limits.max_length):
            changed = payload | {field.key: value}
            assert agrees(spec, validator, changed), changed


@st.composite
def payloads(draw: st.DrawFn) -> tuple[Spec, dict[str, Any]]:
    """Draw a valid payload with at most two keys changed, and one dropped or added."""
    spec, event = draw(st.sampled_from(EVENTS))
    found = valid(spec, event, done=draw(st.booleans()))
    for field in draw(st.lists(st.sampled_from(event.fields), max_size=2)):
        near = edges(field, field.max_length or spec.limits.max_length)
        found[field.key] = draw(st.sampled_from(near) | ANYTHING)
    if draw(st.booleans()):
        found.pop(draw(st.sampled_from([*found])))
    elif draw(st.booleans()):
        found["other"] = draw(ANYTHING)
    return spec, found


@settings(max_examples=300)
@given(payloads())
def test_the_verdict_on_any_payload_is_that_of_the_json_schema(
    drawn: tuple[Spec, dict[str, Any]],
) -> None:
    spec, payload = drawn
    assert agrees(spec, STRICT(schema.document(spec)), payload)


@pytest.mark.parametrize(("spec", "event"), EVENTS)
def test_each_event_is_recognised_as_one_that_takes_the_payload(
    spec: Spec, event: Event
) -> None:
    payload = valid(spec, event, done=True)
    found = validate.recognise(spec, payload)
    assert STRICT(schema.payload(spec, found)).is_valid(payload)
    assert found.fields == event.fields


@pytest.mark.parametrize("spec", LOADED, ids=lambda spec: spec.project.name)
def test_each_spec_has_its_own_path_and_its_own_key_of_a_run(
    spec: Spec, tmp_path: Path
) -> None:
    path = urlsplit(spec.project.endpoint).path
    with collecting(spec, tmp_path) as (client, store):
        for event in spec.events:
            [key] = [
                f.key for f in event.fields if f.variable == (spec.project.run_id,)
            ]
            body = json.dumps(valid(spec, event, done=True) | {key: event.function})
            assert client.post(path, body.encode(), JSON).status_code == 200
        found = {run.random_id for run in store.runs()}
    assert found == {event.function for event in spec.events}


def test_a_client_that_goes_away_is_no_error(collector: Collector) -> None:
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
    assert sent[0]["status"] == 400
    assert store.runs() == []


@contextlib.contextmanager
def serving(db: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run `shimgen serve` on a free port; yield its first line and the process."""
    command = [sys.executable, "-m", "shimgen", "serve", "--port", "0", "--db", str(db)]
    with subprocess.Popen(
        [*command, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            yield process.stdout.readline(), process
        finally:
            process.kill()


def test_serve_prints_its_address_takes_a_report_and_logs_nobody(
    tmp_path: Path,
) -> None:
    with serving(tmp_path / "db") as (line, process):
        found = re.fullmatch(r"listening on (http://127\.0\.0\.1:[1-9]\d*/)\n", line)
        assert found, line
        with httpx.Client(base_url=found[1], headers=JSON, trust_env=False) as client:
            answers = [
                client.post(UPLOAD, content=json.dumps(START)),
                client.post(UPLOAD, content=b"x" * 1_000_000),
                client.get("/"),
            ]
        assert [a.status_code for a in answers] == [200, 413, 200]
        assert START["random_id"] in answers[2].text
        assert "server" not in answers[2].headers
        process.send_signal(2)
        assert process.communicate() == ("", "")
        assert process.returncode == 0


def test_a_port_in_use_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with serving(tmp_path / "db") as (line, _):
        port = int(line.rstrip("/\n").rpartition(":")[2])
        with pytest.raises(ShimgenError, match=rf"port {port}: .*; choose .*--port"):
            run(DEFAULT_SPEC, "127.0.0.1", port, tmp_path / "other")


def _folder(path: Path) -> None:
    path.mkdir()


def _other_file(path: Path) -> None:
    path.write_text("no database\n" * 100)


@pytest.mark.parametrize("make", [_folder, _other_file])
def test_a_database_that_cannot_be_used_is_an_error_with_a_remedy(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    make(tmp_path / "db")
    with pytest.raises(ShimgenError, match=r"db cannot be used .*; name another file"):
        Store(tmp_path / "db")


@pytest.mark.parametrize("module", ["starlette", "uvicorn"])
def test_a_missing_library_names_the_command_that_helps(
    module: str, tmp_path: Path
) -> None:
    program = (
        f"import sys; sys.modules[{module!r}] = None\n"
        "from shimgen.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "serve", "--db", str(tmp_path / "db")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "missing" in done.stderr
    assert 'pip install "shimgen[collector]"' in done.stderr
