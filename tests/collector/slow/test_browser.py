"""The pages in a browser: wide and narrow, light and dark, by keyboard, no scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from shimgen.collector.keep.published import STATUSES
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.show.pages import PAGES
from shimgen.collector.show.selection import app_path
from shimgen.spec import Spec
from support.browser import browser
from support.collecting import START
from support.keeping import report
from support.published import HOSTILE, fill
from support.serving import serving

# Every registered page, and those that differ in more than their path.
ADDRESSES = [
    *(page.example or page.path for page in PAGES),
    "/?period=12m",
    "/?status=failed&period=90d",
    app_path(HOSTILE),
    "/live",
    "/nowhere",
]
WIDTHS = (360, 1280)
# Whether the focused element is marked, and the focused element itself.
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
    with browser() as started:
        yield started


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest) -> int:
    width: int = request.param
    return width


def open_page(
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


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(
    chromium: Browser,
    url: str,
    address: str,
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    # The security policy of a page lets nobody add a script, not even axe.
    context = chromium.new_context(
        bypass_csp=True,
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
    )
    page = context.new_page()
    page.goto(url + address)
    results = Axe().run(page)
    context.close()
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_is_wider_than_the_screen(
    chromium: Browser, url: str, address: str, width: int
) -> None:
    page = open_page(chromium, url + address, width)
    across = page.evaluate("document.documentElement.scrollWidth")
    page.context.close()
    assert across <= width


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_loads_nothing_from_other_servers_and_breaks_no_policy_of_its_own(
    chromium: Browser, url: str, address: str
) -> None:
    requested: list[str] = []
    messages: list[str] = []
    context = chromium.new_context()
    page = context.new_page()
    page.on("request", lambda request: requested.append(request.url))
    page.on("console", lambda message: messages.append(message.text))
    page.goto(url + address)
    context.close()
    assert requested
    assert [one for one in requested if not one.startswith(f"{url}/")] == []
    assert [message for message in messages if "404" not in message] == []


def test_a_page_is_complete_without_scripts(chromium: Browser, url: str) -> None:
    page = open_page(chromium, f"{url}/", scripts=False)
    assert page.locator("svg[role=img] .bar").count() > 30
    assert page.locator("main table").count() >= 6
    page.get_by_text("All numbers", exact=True).click()
    assert page.get_by_role("table", name="Runs over time").is_visible()
    page.get_by_role("link", name="90 days").click()
    assert page.url == f"{url}/?period=90d"
    page.context.close()


def test_every_link_is_reached_by_keyboard_and_its_focus_is_visible(
    chromium: Browser, url: str
) -> None:
    page = open_page(chromium, f"{url}/")
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

    light = open_page(chromium, f"{url}/")
    dark = open_page(chromium, f"{url}/", scheme="dark")
    assert paper(dark) < 200 < 600 < paper(light)
    dark.emulate_media(media="print", color_scheme="light")
    assert paper(dark) == 255 * 3
    assert not dark.locator(".filters").is_visible()
    assert dark.get_by_role("table", name="Runs over time").is_visible()
    light.context.close()
    dark.context.close()


def test_live_shows_a_report_and_has_a_link_that_reloads_it(
    chromium: Browser, url: str
) -> None:
    page = open_page(chromium, f"{url}/live")
    assert page.get_by_role("heading", name="a-single-run").is_visible()
    assert page.get_by_text(START["nsapp"]).first.is_visible()
    page.get_by_role("link", name="Reload").click()
    assert page.get_by_role("heading", name="a-single-run").is_visible()
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_bars_of_a_chart_have_the_colours_of_its_legend(
    chromium: Browser, url: str, scheme: Literal["light", "dark"]
) -> None:
    page = open_page(chromium, f"{url}/?period=90d", scheme=scheme)
    colours = set()
    for status in STATUSES:
        legend = page.locator(f".key.{status}").first.evaluate(
            "n => getComputedStyle(n, '::before').backgroundColor"
        )
        bar = page.locator(f"#time ~ figure rect.{status}").first
        fill = bar.evaluate(
            "n => [getComputedStyle(n).fill, getComputedStyle(n).opacity]"
        )
        assert fill == [legend, "1"]
        colours.add(legend)
    page.context.close()
    assert len(colours) == len(STATUSES)


def test_all_bars_and_texts_of_a_chart_are_inside_the_page(
    chromium: Browser, url: str, width: int
) -> None:
    page = open_page(chromium, f"{url}/?period=all", width)
    boxes = page.locator(".chart text:visible, .chart rect:visible").evaluate_all(
        "nodes => nodes.map(n => n.getBoundingClientRect()).map(b => [b.left, b.right])"
    )
    page.context.close()
    assert len(boxes) > 50
    assert min(left for left, _ in boxes) >= 0
    assert max(right for _, right in boxes) <= width


def test_a_bar_says_its_numbers_when_the_mouse_is_over_it(
    chromium: Browser, url: str
) -> None:
    page = open_page(chromium, f"{url}/?period=90d")
    for bar in page.locator("figure .bar").all():
        tooltip = bar.locator("> title")
        assert tooltip.count() == 1
        assert " run" in (tooltip.text_content() or "")
        hit = bar.locator(".hit").bounding_box()
        parts = [part.bounding_box() for part in bar.locator("rect").all()]
        assert hit
        for box in filter(None, parts):
            assert hit["y"] <= box["y"] + 1
            assert box["y"] + box["height"] <= hit["y"] + hit["height"] + 1
    page.context.close()
