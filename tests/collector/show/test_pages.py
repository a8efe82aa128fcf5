"""The pages show all that is published, and a name cannot change what they are."""

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

from shimgen.collector.show import views
from shimgen.collector.show.pages import PAGES
from shimgen.collector.show.rendering import TEMPLATES
from shimgen.collector.show.selection import app_path
from shimgen.collector.show.site import Page as Registered
from shimgen.spec import Spec
from support.collecting import START
from support.keeping import report
from support.published import HOSTILE, LAST, NOON, K, Site, fill, site

HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def published(spec: Spec, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(spec, tmp_path_factory.mktemp("published")) as collector:
        fill(collector.store, spec)
        yield collector


@pytest.fixture
def empty(spec: Spec, tmp_path: Path) -> Iterator[Site]:
    with site(spec, tmp_path) as collector:
        yield collector


class Page(HTMLParser):
    """The links, tables, charts and tags of a page."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.charts: list[str] = []
        self.tags: set[str] = set()
        self._rows: list[list[str]] = []
        self._caption: str | None = None
        self._cell: str | None = None
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note links, charts and the start of tables."""
        attributes = dict(attrs)
        self.tags.add(tag)
        if tag in ("a", "link") and attributes.get("href"):
            self.links.append(attributes["href"] or "")
        if tag == "svg" and attributes.get("role") == "img":
            self.charts.append(attributes["aria-labelledby"] or "")
        if tag == "table":
            self._rows = []
        if tag == "caption":
            self._caption = ""
        if tag == "tr":
            self._rows.append([])
        if tag in ("td", "th"):
            self._cell = ""

    def handle_data(self, data: str) -> None:
        """Add the text to the open cell or caption."""
        if self._caption is not None:
            self._caption += data
            self.tables[self._caption] = self._rows
        elif self._cell is not None:
            self._cell += data

    def handle_endtag(self, tag: str) -> None:
        """Close the open cell or caption."""
        if tag == "caption":
            self._caption = None
        if tag in ("td", "th") and self._cell is not None:
            self._rows[-1].append(self._cell.strip())
            self._cell = None


def page(collector: Site, path: str, status: int = 200) -> Page:
    answer = collector.client.get(path, HTML)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    return Page(answer)


def test_every_link_works_and_none_leads_to_another_site(published: Site) -> None:
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
            # One application and one exit code stand for all of them.
            kind = re.sub(r"^/app/(?!%3C)[^?]*", "/app/x", rest)
            kind = re.sub(r"([?&]app=)(?!%3C)[^&]*", r"\1x", kind)
            kind = re.sub(r"^/code/\d+", "/code/x", kind)
            if kind not in seen:
                seen.add(kind)
                waiting.append(rest)
    assert {"/privacy", "/api", "/live", "/api.func"} <= seen


@pytest.mark.parametrize("registered", PAGES, ids=lambda one: one.path)
def test_each_registered_page_is_served(
    published: Site, registered: Registered
) -> None:
    assert bool(registered.example) == ("{" in registered.path)
    found = page(published, registered.example or registered.path)
    assert "h1" in found.tags


@pytest.mark.parametrize("registered", PAGES, ids=lambda one: one.path)
def test_the_navigation_of_each_page_has_the_menu_titles_of_all(
    published: Site, registered: Registered
) -> None:
    answer = published.client.get(registered.example or registered.path, HTML)
    [menu] = re.findall(r'<nav aria-label="Pages">(.*?)</nav>', answer.text, re.DOTALL)
    links = re.findall(r'<a href="([^"]*)"(.*?)>([^<]*)</a>', menu)
    titles = [(one.path, one.menu_title) for one in PAGES if one.menu_title]
    assert [(path, title) for path, _, title in links] == [*titles, ("/live", "Live")]
    current = [path for path, mark, _ in links if "aria-current" in mark]
    assert current == ([registered.path] if registered.menu_title else [])


@pytest.mark.parametrize(
    ("template", "view"),
    [("statistics.html", views.StatisticsView), ("code.html", views.CodeView)],
)
def test_a_template_uses_only_and_all_fields_of_its_view(
    template: str, view: type[tuple[object]]
) -> None:
    used = re.findall(r"\bview\.(\w+)", (TEMPLATES / template).read_text())
    assert set(used) == set(view.__annotations__)


@pytest.mark.parametrize("period", ["30d", "90d", "12m", "all"])
@pytest.mark.parametrize("status", ["", "completed", "failed", "unfinished"])
def test_a_page_exists_for_every_selection(
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
def test_an_error_is_a_page_for_people_and_problem_details_for_programs(
    published: Site, path: str, status: int
) -> None:
    if not path.startswith("/api/"):
        assert "h1" in page(published, path, status).tags
    answer = published.client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_markup_in_a_name_is_shown_as_text(published: Site) -> None:
    for path in ("/?period=all", app_path(HOSTILE) + "?period=all"):
        found = page(published, path)
        assert not {"script", "b"} & found.tags
    found = page(published, "/?period=all")
    names = [row[0] for row in found.tables["Application"]]
    everything = published.client.get("/api/v1/apps?period=all").json()["rows"]
    assert HOSTILE in {row["app"] for row in everything}
    assert set(names[1:]) <= {row["app"] or "unknown" for row in everything}


def test_each_chart_has_a_table_beside_it_with_the_rows_of_the_csv_file(
    published: Site,
) -> None:
    found = page(published, "/?period=90d")
    assert found.charts == ["chart-time-title", "chart-apps-title", "chart-codes-title"]
    assert {"Runs over time", "Application", "Exit codes of failed runs"} <= set(
        found.tables
    )
    text = published.client.get("/api/v1/over-time?period=90d&format=csv").text
    [_, *rows] = csv.reader(io.StringIO(text))
    [_, *shown] = found.tables["Runs over time"]
    assert [[int(cell) for cell in row[1:]] for row in rows] == [
        [int(re.sub(r"\D", "", cell)) for cell in row[2:]] for row in shown
    ]


def test_no_cell_of_a_csv_file_of_the_api_is_a_formula_and_numbers_are_plain(
    spec: Spec, tmp_path: Path
) -> None:
    names = ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1"]
    with site(spec, tmp_path) as collector:
        for name in names:
            runs = [f"{name}-{number}" for number in range(K)]
            collector.store.add(
                [report(run, received=NOON, nsapp=name) for run in runs]
            )
        collector.store.fold(NOON + 1)
        collector.store.publish(LAST, K)
        text = collector.client.get("/api/v1/apps?period=all&format=csv").text
    [_, *rows] = csv.reader(io.StringIO(text, newline=""))
    assert {row[0] for row in rows} == {f"'{name}" for name in names}
    assert {row[1] for row in rows} == {str(K)}


@pytest.mark.parametrize(
    "path",
    ["/", "/?period=all", "/privacy", "/api", "/code/100", "/api/v1/apps", "/api.func"],
)
def test_a_body_that_the_client_has_is_not_sent_again(
    published: Site, path: str
) -> None:
    first = published.client.get(path)
    tag = first.headers["etag"]
    again = published.client.get(path, {"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert published.client.get(path, {"If-None-Match": '"other"'}).content


def test_a_newly_published_day_is_shown_at_once(spec: Spec, tmp_path: Path) -> None:
    with site(spec, tmp_path) as collector:
        before = collector.client.get("/", HTML)
        fill(collector.store, spec, runs=200, days=3)
        after = collector.client.get(
            "/", {**HTML, "If-None-Match": before.headers["etag"]}
        )
    assert after.status_code == 200
    assert "Nothing is published yet" in before.text
    assert "Runs over time" in after.text


def test_no_count_that_is_shown_is_below_k(published: Site) -> None:
    rows = published.client.get("/api/v1/apps?period=all").json()["rows"]
    counts = [row[key] for row in rows for key in ("completed", "failed", "unfinished")]
    for name in ("os", "host_version", "method", "cores"):
        table = published.client.get(f"/api/v1/dimensions/{name}?period=all").json()
        counts += [row["runs"] for row in table["rows"]]
    assert counts
    assert [count for count in counts if 0 < count < K] == []


def test_the_privacy_page_says_what_happens_to_every_field(
    published: Site, spec: Spec
) -> None:
    answer = published.client.get("/privacy", HTML)
    found = Page(answer)
    for event in spec.events:
        rows = found.tables[f"Fields of {event.function}"]
        assert [row[0] for row in rows[1:]] == [field.key for field in event.fields]
        fates = {row[0]: row[3] for row in rows[1:]}
        assert fates["random_id"] == "erased"
    for text in (
        "DO_NOT_TRACK=1",
        spec.consent.file,
        "48 hours",
        f"{K} runs",
        START["nsapp"],
        "nodejs=22.1.0",
    ):
        assert text in answer.text
    assert "[&#39;" not in answer.text  # how Python would print a list


def test_merged_exit_codes_have_a_row_but_no_bar(published: Site) -> None:
    answer = published.client.get("/?period=90d", HTML)
    codes = Page(answer).tables["Exit codes of failed runs"]
    assert codes[-1][2] == "other codes"
    chart = answer.text.partition('aria-labelledby="chart-codes-title"')[2]
    chart = chart.partition("</svg>")[0]
    assert chart.count('class="bar"') == len(codes) - 2  # without head and other codes
    assert "other codes" not in chart


def test_the_empty_page_says_when_something_is_published_and_how_to_report(
    empty: Site,
) -> None:
    answer = empty.client.get("/", HTML)
    assert "48 hours" in answer.text
    assert "curl -fsSL http://testserver/api.func" in answer.text
    assert re.search(r"runs\.\s+Until", answer.text)
