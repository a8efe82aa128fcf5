"""What all pages and tables of one collector share, and how a page is described."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from shimgen.collector.clients import Networks
from shimgen.collector.keep.published import Figures
from shimgen.collector.settings import Settings
from shimgen.collector.show.address import Address
from shimgen.collector.show.numbers import Numbers
from shimgen.collector.show.rendering import TEMPLATES, Cache, MenuItem, Templates
from shimgen.collector.show.selection import Selection
from shimgen.spec import Spec


class Site(NamedTuple):
    """The spec, the counts and the tools with which pages are made.

    `upload` is the path where this collector receives reports.
    """

    spec: Spec
    figures: Figures
    settings: Settings
    upload: str
    address: Address
    templates: Templates
    cache: Cache

    def numbers(self, selection: Selection) -> Numbers:
        """Return the numbers of a selection."""
        return Numbers(self.spec, self.figures, selection, self.settings.k)

    def page(
        self, request: Request, template: str, values: Callable[[], dict[str, Any]]
    ) -> Response:
        """Answer with a page from the cache, or render it with what `values` gives."""
        return self.cache.answer(
            request,
            "text/html",
            lambda: self.templates.render(template, request, **values()),
        )


class Page(NamedTuple):
    """One page: its path as Starlette writes it, and the function that answers.

    `menu_title` is the text of its link in the navigation, "" for no link. `example` is
    the address of one such page if the path has a parameter; tests open it in a
    browser. `templates` is the folder of its template. The function runs in a thread,
    because SQLite blocks.
    """

    path: str
    handler: Callable[[Site, Request], Response]
    menu_title: str = ""
    example: str = ""
    templates: Path = TEMPLATES


def build(
    spec: Spec,
    figures: Figures,
    settings: Settings,
    trusted: Networks,
    upload: str,
    pages: Sequence[Page],
) -> Site:
    """Return the site; proxies in the networks `trusted` are believed."""
    menu = [MenuItem(page.path, page.menu_title) for page in pages if page.menu_title]
    folders = dict.fromkeys((TEMPLATES, *(page.templates for page in pages)))
    return Site(
        spec=spec,
        figures=figures,
        settings=settings,
        upload=upload,
        address=Address(settings, trusted),
        templates=Templates(spec, settings, menu, list(folders)),
        cache=Cache(spec, figures, settings),
    )
