"""The pages in a real browser: any width, light or dark, keys alone, no scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.show.selection import app_path
from shimgen.spec import Spec
from support.browser import browser
from support.collecting import START
from support.keeping import report
from support.published import HOSTILE, fill
from support.serving import serving

PAGES = {
    "statistics": "/",
    "a year": "/?period=12m",
    "failed runs": "/?status=failed&period=90d",
    "one application": "/app/docker",
    "a hostile name": app_path(HOSTILE),
    "an exit code": "/code/100",
    "privacy": "/privacy",
    "API": "/api",
    "live": "/live",
    "not there": "/nowhere",
}
WIDTHS = (360, 1280)
# Where an element is marked as having the keyboard's focus.
OUTLINE = "getComputedStyle(document.activeElement).outlineStyle"
FOCUSED = "document.activeElement.outerHTML.slice(0, 200)"


@pytest.fixture(scope="module")
def url(spec: Spec, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    db = tmp_path_factory.mktemp("browser") / "db"
    store = SQLiteStore(db, spec)
    fill(store, spec)
    store.add([report("a-single-run", received=2_000_000_000)])
    store.close()
    with serving(db, "--k", "5") as (address, _):
        yield address.rstrip("/")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as made:
        yield made


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest) -> int:
    found: int = request.param
    return found


def opened(
    chromium: Browser,
    address: str,
    width: int = 1280,
    scheme: Literal["light", "dark"] = "light",
    *,
    scripts: bool = True,
) -> Page:
    context = chromium.new_context(
        color_scheme=scheme,
        java_script_enabled=scripts,
        viewport={"width": width, "height": 900},
    )
    page = context.new_page()
    page.goto(address)
    return page


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(
    chromium: Browser,
    url: str,
    name: str,
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    page = opened(chromium, url + PAGES[name], width, scheme)
    # The page's own policy lets nobody add a script, not even axe.
    page.context.close()
    context = chromium.new_context(
        bypass_csp=True,
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
    )
    page = context.new_page()
    page.goto(url + PAGES[name])
    found = Axe().run(page)
    context.close()
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_the_screen(
    chromium: Browser, url: str, name: str, width: int
) -> None:
    page = opened(chromium, url + PAGES[name], width)
    across = page.evaluate("document.documentElement.scrollWidth")
    page.context.close()
    assert across <= width


@pytest.mark.parametrize("name", PAGES)
def test_nobody_but_the_collector_is_asked_and_nothing_is_refused(
    chromium: Browser, url: str, name: str
) -> None:
    asked: list[str] = []
    said: list[str] = []
    context = chromium.new_context()
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(url + PAGES[name])
    context.close()
    assert asked
    assert [one for one in asked if not one.startswith(f"{url}/")] == []
    status = [one for one in said if "404" not in one]
    assert status == []


def test_all_of_a_page_is_there_without_scripts(chromium: Browser, url: str) -> None:
    page = opened(chromium, f"{url}/", scripts=False)
    assert page.locator("svg[role=img] .series .rect").count() > 30
    assert page.locator("main table").count() >= 6
    page.get_by_text("The numbers", exact=True).click()
    assert page.get_by_role("table", name="Runs over time").is_visible()
    page.get_by_role("link", name="90 days").click()
    assert page.url == f"{url}/?period=90d"
    page.context.close()


def test_every_link_is_reached_by_keys_and_seen_to_have_the_focus(
    chromium: Browser, url: str
) -> None:
    page = opened(chromium, f"{url}/")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    links = page.locator("a[href]").count()
    reached = set()
    for _ in range(links * 2):
        page.keyboard.press("Tab")
        element = page.evaluate(FOCUSED)
        if element.startswith("<body"):
            break
        assert page.evaluate(OUTLINE) != "none", element
        if element.startswith("<a"):
            reached.add(
                page.evaluate("[...document.links].indexOf(document.activeElement)")
            )
    page.context.close()
    assert len(reached) == links


def test_dark_mode_is_dark_and_print_is_black_on_white(
    chromium: Browser, url: str
) -> None:
    def paper(page: Page) -> int:
        text = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in text.strip("rgb()").split(","))

    light = opened(chromium, f"{url}/")
    dark = opened(chromium, f"{url}/", scheme="dark")
    assert paper(dark) < 200 < 600 < paper(light)
    dark.emulate_media(media="print", color_scheme="light")
    assert paper(dark) == 255 * 3
    assert not dark.locator(".filters").is_visible()
    assert dark.get_by_role("table", name="Runs over time").is_visible()
    light.context.close()
    dark.context.close()


def test_live_shows_a_report_and_is_loaded_again_by_a_link(
    chromium: Browser, url: str
) -> None:
    page = opened(chromium, f"{url}/live")
    assert page.get_by_role("heading", name="a-single-run").is_visible()
    assert page.get_by_text(START["nsapp"]).first.is_visible()
    page.get_by_role("link", name="Reload").click()
    assert page.get_by_role("heading", name="a-single-run").is_visible()
    page.context.close()


def test_the_bars_of_a_chart_have_the_colours_of_its_legend(
    chromium: Browser, url: str
) -> None:
    page = opened(chromium, f"{url}/?period=90d")
    for number, ending in enumerate(("completed", "failed", "unfinished")):
        legend = page.locator(f".key.{ending}").first.evaluate(
            "n => getComputedStyle(n, '::before').backgroundColor"
        )
        bar = page.locator(f"#time ~ figure .serie-{number} .rect").first
        shown = bar.evaluate(
            "n => [getComputedStyle(n).fill, getComputedStyle(n).opacity]"
        )
        assert shown == [legend, "1"]
    page.context.close()
