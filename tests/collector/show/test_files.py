"""The files that a collector serves report to this collector and to no other."""

from __future__ import annotations

import hashlib
import html
import re
import subprocess
from pathlib import Path

import httpx
import pytest

from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.run import app
from shimgen.collector.settings import Settings
from shimgen.spec import Spec
from support.collecting import Client
from support.published import site
from support.serving import serving
from support.transports import SCRIPT, Toolbox, program

LOAD = """
source <(curl -fsSL "$BASE/api.func")
source <(curl -fsSL "$BASE/error_handler.func")
post_to_api
printf '%s' "${RESPONSE: -3}"
post_update_to_api done none
printf ' %s' "${RESPONSE: -3}"
explain_exit_code 127
"""


def test_a_script_that_loads_the_files_from_a_collector_reports_to_it(
    spec: Spec, tmp_path: Path
) -> None:
    toolbox = Toolbox(tmp_path / "path", "python3", "curl")
    with serving(tmp_path / "db") as (url, _):
        done = subprocess.run(
            [program("bash"), "--norc", "-c", LOAD],
            env={**SCRIPT, "PATH": str(toolbox.path), "BASE": url.rstrip("/")},
            capture_output=True,
            text=True,
            check=True,
        )
        found = httpx.get(f"{url}live", trust_env=False).text
    assert (done.stdout, done.stderr) == ("200 200Command not found\n", "")
    assert SCRIPT["RANDOM_UUID"] in found
    store = SQLiteStore(tmp_path / "db", spec)
    events = [one.event for run in store.runs(9) for one in run.reports]
    store.close()
    assert events == ["post_to_api", "post_update_to_api"]


def test_the_commands_on_the_empty_page_send_a_first_report(
    tmp_path: Path,
) -> None:
    toolbox = Toolbox(tmp_path / "path", "python3", "curl", "cat")
    with serving(tmp_path / "db") as (url, _):
        page = httpx.get(url, headers={"Accept": "text/html"}, trust_env=False).text
        [typed] = re.findall(r"<pre[^>]*><code>(.*?)</code>", page, re.DOTALL)
        done = subprocess.run(
            [program("bash"), "--norc", "-c", html.unescape(typed)],
            env={"PATH": str(toolbox.path)},
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout.strip().endswith("200")
    assert done.stderr == ""


def test_the_checksums_are_those_of_the_files(spec: Spec, tmp_path: Path) -> None:
    with site(spec, tmp_path) as collector:
        sums = collector.client.get("/SHA256SUMS").text
        for line in sums.splitlines():
            digest, name = line.split()
            answer = collector.client.get(f"/{name}")
            assert hashlib.sha256(answer.content).hexdigest() == digest
            assert answer.headers["x-checksum-sha256"] == digest
            assert answer.headers["etag"] == f'"{digest}"'


@pytest.mark.parametrize(
    "host",
    [
        "",
        "a b",
        "x'; rm -rf /; '",
        "$(id)",
        "`id`",
        "a\\",
        "a/b",
        "user@host",
        "[::1",
        "h:123456",
        "x" * 254,
        "host#",
    ],
)
def test_an_invalid_host_header_gets_no_file(
    spec: Spec, tmp_path: Path, host: str
) -> None:
    with site(spec, tmp_path) as collector:
        answer = collector.client.get("/api.func", {"Host": host})
    assert answer.status_code == 400
    assert b"__api_endpoint" not in answer.content


@pytest.mark.parametrize(
    ("host", "headers", "public_url", "expected"),
    [
        ("my.host", {}, "", "http://my.host/dev/upload"),
        ("my.host:8080", {}, "", "http://my.host:8080/dev/upload"),
        ("[::1]:80", {}, "", "http://[::1]:80/dev/upload"),
        ("h", {"X-Forwarded-Proto": "https"}, "", "https://h/dev/upload"),
        ("h", {"X-Forwarded-Proto": "file"}, "", "http://h/dev/upload"),
        ("h", {}, "https://stats.example.org/x/", "https://stats.example.org/x"),
    ],
)
def test_the_endpoint_in_a_file_is_the_address_of_the_collector(
    spec: Spec,
    tmp_path: Path,
    host: str,
    headers: dict[str, str],
    public_url: str,
    expected: str,
) -> None:
    settings = Settings(public_url=public_url, trusted_proxies=("192.0.2.0/24",))
    store = SQLiteStore(tmp_path / "db", spec)
    client = Client(app.create(spec, store, settings), ("192.0.2.1", 1))
    text = client.get("/api.func", {"Host": host, **headers}).text
    store.close()
    assert f"__api_endpoint='{expected}" in text


def test_a_scheme_from_an_untrusted_peer_is_not_believed(
    spec: Spec, tmp_path: Path
) -> None:
    with site(spec, tmp_path) as collector:
        headers = {"Host": "h", "X-Forwarded-Proto": "https"}
        text = collector.client.get("/api.func", headers).text
    assert "__api_endpoint='http://h/dev/upload'" in text
