"""The pages say what is published, all of it, and nothing that a name makes of them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import httpx
import pytest

from shimgen.collector.show.selection import app_path
from shimgen.spec import Spec
from support.collecting import START, post
from support.published import HOSTILE, K, Site, fill, site

HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def published(spec: Spec, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(spec, tmp_path_factory.mktemp("published")) as made:
        fill(made.store, spec)
        yield made


@pytest.fixture
def empty(spec: Spec, tmp_path: Path) -> Iterator[Site]:
    with site(spec, tmp_path) as made:
        yield made


class Page(HTMLParser):
    """Links, tables and texts of a page."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.charts = 0
        self.tags: set[str] = set()
        self._rows: list[list[str]] = []
        self._caption: str | None = None
        self._cell: str | None = None
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note links, charts and the beginnings of tables."""
        given = dict(attrs)
        self.tags.add(tag)
        if tag in ("a", "link") and given.get("href"):
            self.links.append(given["href"] or "")
        if tag == "svg" and given.get("role") == "img":
            self.charts += 1
        if tag == "table":
            self._rows = []
        if tag == "caption":
            self._caption = ""
        if tag == "tr":
            self._rows.append([])
        if tag in ("td", "th"):
            self._cell = ""

    def handle_data(self, data: str) -> None:
        """Add to the cell or caption that is open."""
        if self._caption is not None:
            self._caption += data
            self.tables[self._caption] = self._rows
        elif self._cell is not None:
            self._cell += data

    def handle_endtag(self, tag: str) -> None:
        """Close a cell or a caption."""
        if tag == "caption":
            self._caption = None
        if tag in ("td", "th") and self._cell is not None:
            self._rows[-1].append(self._cell.strip())
            self._cell = None


def page(made: Site, path: str, status: int = 200) -> Page:
    answer = made.client.get(path, HTML)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    return Page(answer)


def test_every_link_leads_to_something_and_none_away(published: Site) -> None:
    waiting, seen = ["/"], set[str]()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        answer = published.client.get(path, HTML)
        assert answer.status_code == 200, path
        assert "script-src" not in answer.headers.get("content-security-policy", "")
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        for link in Page(answer).links:
            target = urldefrag(urljoin(f"http://testserver{path}", link))[0]
            assert target.startswith("http://testserver/"), link
            rest = target.removeprefix("http://testserver")
            # Each kind of page once with each filter is enough.
            kind = re.sub(r"^/app/(?!%3C)[^?]*", "/app/x", rest)
            kind = re.sub(r"([?&]app=)(?!%3C)[^&]*", r"\1x", kind)
            kind = re.sub(r"^/code/\d+", "/code/x", kind)
            if kind not in seen:
                seen.add(kind)
                waiting.append(rest)
    assert {"/privacy", "/api", "/live", "/api.func"} <= seen


@pytest.mark.parametrize("period", ["30d", "90d", "12m", "all"])
@pytest.mark.parametrize("status", ["", "completed", "failed", "unfinished"])
def test_a_page_is_there_for_every_choice(
    published: Site, period: str, status: str
) -> None:
    for path in ("/", app_path("docker"), "/code/100"):
        answer = published.client.get(f"{path}?period={period}&status={status}", HTML)
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/?period=7d", 400),
        ("/?status=gone", 400),
        ("/app/nobody", 404),
        ("/code/256", 404),
        ("/code/x", 404),
        ("/nowhere", 404),
        ("/api/v1/nowhere", 404),
        ("/api/v1/codes/256", 404),
        ("/api/v1/dimensions/app", 404),
        ("/api/v1/summary?format=xml", 400),
    ],
)
def test_what_is_not_there_is_said_to_people_and_to_programs(
    published: Site, path: str, status: int
) -> None:
    if not path.startswith("/api/"):
        assert "h1" in page(published, path, status).tags
    answer = published.client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_a_hostile_name_is_only_a_name(published: Site) -> None:
    for path in ("/?period=all", app_path(HOSTILE) + "?period=all"):
        found = page(published, path)
        assert not {"script", "b"} & found.tags
    found = page(published, "/?period=all")
    names = [row[0] for row in found.tables["Application"]]
    everything = published.client.get("/api/v1/apps?period=all").json()["rows"]
    assert HOSTILE in {row["app"] for row in everything}
    assert set(names[1:]) <= {row["app"] or "unknown" for row in everything}


def test_each_chart_has_its_table_and_the_table_is_the_file(published: Site) -> None:
    found = page(published, "/?period=90d")
    assert found.charts == 3
    assert {"Runs over time", "Application", "Exit codes of failed runs"} <= set(
        found.tables
    )
    text = published.client.get("/api/v1/over-time?period=90d&format=csv").text
    [_, *rows] = csv.reader(io.StringIO(text))
    [_, *shown] = found.tables["Runs over time"]
    assert [[int(cell) for cell in row[1:]] for row in rows] == [
        [int(re.sub(r"\D", "", cell)) for cell in row[2:]] for row in shown
    ]
    assert found.charts <= len(found.tables)


@pytest.mark.parametrize(
    "path",
    ["/", "/?period=all", "/privacy", "/api", "/code/100", "/api/v1/apps", "/api.func"],
)
def test_what_a_client_has_is_not_sent_again(published: Site, path: str) -> None:
    first = published.client.get(path)
    tag = first.headers["etag"]
    again = published.client.get(path, {"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert published.client.get(path, {"If-None-Match": '"other"'}).content


def test_what_is_newly_published_is_shown_at_once(spec: Spec, tmp_path: Path) -> None:
    with site(spec, tmp_path) as made:
        before = made.client.get("/", HTML)
        fill(made.store, spec, runs=200, days=3)
        after = made.client.get("/", {**HTML, "If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert "Nothing is published yet" in before.text
    assert "Runs over time" in after.text


def test_no_number_that_is_shown_is_below_k(published: Site) -> None:
    rows = published.client.get("/api/v1/apps?period=all").json()["rows"]
    counts = [row[key] for row in rows for key in ("completed", "failed", "unfinished")]
    for name in ("os", "host_version", "method", "cores"):
        table = published.client.get(f"/api/v1/dimensions/{name}?period=all").json()
        counts += [row["runs"] for row in table["rows"]]
    assert counts
    assert [count for count in counts if 0 < count < K] == []


def test_the_privacy_notice_names_every_field_and_what_becomes_of_it(
    published: Site, spec: Spec
) -> None:
    answer = published.client.get("/privacy", HTML)
    found = Page(answer)
    for event in spec.events:
        rows = found.tables[f"Fields of {event.function}"]
        assert [row[0] for row in rows[1:]] == [field.key for field in event.fields]
        becomes = {row[0]: row[3] for row in rows[1:]}
        assert becomes["random_id"] == "erased"
    for said in (
        "DO_NOT_TRACK=1",
        spec.consent.file,
        "48 hours",
        f"{K} runs",
        START["nsapp"],
        "nodejs=22.1.0",
    ):
        assert said in answer.text
    assert "[&#39;" not in answer.text  # a list in Python's words


def test_codes_that_are_not_named_have_a_row_but_no_bar(published: Site) -> None:
    answer = published.client.get("/?period=90d", HTML)
    codes = Page(answer).tables["Exit codes of failed runs"]
    assert codes[-1][2] == "other codes"
    assert ">others<" not in answer.text


def test_the_page_of_single_runs_does_not_say_that_there_are_none(
    published: Site,
) -> None:
    said = f"Every number here counts at least {K} runs"
    assert said in published.client.get("/", HTML).text
    assert said not in published.client.get("/live", HTML).text


def test_before_anything_is_published_the_page_says_when_and_how(empty: Site) -> None:
    answer = empty.client.get("/", HTML)
    assert "48 hours" in answer.text
    assert "curl -fsSL http://testserver/api.func" in answer.text
    assert "runs.Until" not in answer.text


def test_live_shows_single_reports_only_where_it_is_allowed(
    empty: Site, spec: Spec, tmp_path: Path
) -> None:
    assert post(empty.client, START).status_code == 200
    live = empty.client.get("/live", HTML)
    assert START["random_id"] in live.text
    assert live.headers["cache-control"] == "no-store"
    for path in ("/", "/api/v1/summary"):
        assert START["random_id"] not in empty.client.get(path).text
    (tmp_path / "other").mkdir()
    with site(spec, tmp_path / "other", live=False) as made:
        assert made.client.get("/live").status_code == 404
        assert "/live" not in made.client.get("/", HTML).text
