"""Takes the pictures in docs/screenshots, of a collector with invented runs."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.run import app
from shimgen.collector.settings import Settings
from shimgen.spec import DEFAULT_SPEC, load
from support.browser import browser
from support.published import fill
from support.still import still

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"


class Shot(NamedTuple):
    """A picture: its file's name, the page, and the browser's window in pixels."""

    name: str
    path: str
    width: int
    height: int
    scheme: Literal["light", "dark"] = "light"


SHOTS = (
    Shot("statistics-light", "/", 1280, 1500),
    Shot("statistics-dark", "/?period=90d", 1280, 1500, "dark"),
    Shot("phone", "/?period=12m", 360, 1100),
    Shot("application", "/app/docker?period=90d", 1280, 1100),
    Shot("privacy", "/privacy", 1280, 900),
)


def main() -> None:
    """Take all pictures."""
    FOLDER.mkdir(exist_ok=True)
    spec = load(DEFAULT_SPEC)
    with TemporaryDirectory() as folder:
        store = SQLiteStore(Path(folder) / "db", spec)
        fill(store, spec, runs=30_000, hostile=False)
        # Not `shimgen serve`: it would publish the empty days since the last run.
        application = app.create(spec, store, Settings())
        with still(application) as url, browser() as chromium:
            for shot in SHOTS:
                page = chromium.new_page(
                    color_scheme=shot.scheme,
                    viewport={"width": shot.width, "height": shot.height},
                )
                page.goto(url + shot.path)
                page.screenshot(path=FOLDER / f"{shot.name}.png")
                page.close()
        store.close()


if __name__ == "__main__":
    main()
