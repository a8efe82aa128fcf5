"""The page shows what arrived, safely, to anybody and from nobody else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from shimgen.collector import page
from shimgen.collector.keep.store import Report
from shimgen.spec import Spec
from support.collecting import START, UPDATE, Collector, collecting, post

HOSTILE = "<script>alert(1)</script>&\"'</title>"


@pytest.fixture
def collector(spec: Spec, tmp_path: Path) -> Iterator[Collector]:
    with collecting(spec, tmp_path) as made:
        yield made


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
        payload = json.dumps({HOSTILE: [HOSTILE]}).encode()
        store.add([Report(HOSTILE, HOSTILE, payload, 0)])
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
        UPDATE | done | {"random_id": "run-d"},
        UPDATE | {"random_id": "run-d"},
    ):
        assert post(client, body).status_code == 200
    runs = re.findall(r"<h2>(\S+) <span class=\"(\w+)\">", client.get("/").text)
    assert runs == [
        ("run-d", "failed"),  # it was reported twice: the last word counts
        ("run-c", "failed"),
        ("run-b", "completed"),
        ("run-a", "open"),
    ]


def test_the_page_shows_the_newest_report_of_a_run_first(collector: Collector) -> None:
    client, _ = collector
    for body in (START, UPDATE):
        assert post(client, body).status_code == 200
    reports = re.findall(r"<h3>(\w+) <time>", client.get("/").text)
    assert reports == ["post_update_to_api", "post_to_api"]


def test_healthz_answers(collector: Collector) -> None:
    answer = collector[0].get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
