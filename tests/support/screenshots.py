"""Takes the pictures in docs/screenshots of a collector with invented runs."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from shimgen.collector import app
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.settings import Settings
from shimgen.spec import DEFAULT_SPEC, load
from support.browser import browser
from support.published import fill
from support.still import still

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
SHOTS = {
    "statistics-light": ("/", "light", 1280, 1500),
    "statistics-dark": ("/?period=90d", "dark", 1280, 1500),
    "phone": ("/?period=12m", "light", 360, 1100),
    "application": ("/app/docker?period=90d", "light", 1280, 1100),
    "privacy": ("/privacy", "light", 1280, 900),
}


def main() -> None:
    """Take them all."""
    FOLDER.mkdir(exist_ok=True)
    spec = load(DEFAULT_SPEC)
    with TemporaryDirectory() as folder:
        db = Path(folder) / "db"
        store = SQLiteStore(db, spec)
        fill(store, spec, runs=30_000, hostile=False)
        # Not `serve`: it would publish the days since then, on which nothing happened.
        application = app.create(spec, store, Settings())
        with still(application) as url, browser() as made:
            for name, (path, scheme, width, height) in SHOTS.items():
                page = made.new_page(
                    color_scheme="dark" if scheme == "dark" else "light",
                    viewport={"width": width, "height": height},
                )
                page.goto(url + path)
                page.screenshot(path=FOLDER / f"{name}.png")
                page.close()
        store.close()


if __name__ == "__main__":
    main()
