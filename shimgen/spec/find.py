"""Which spec a command is about: one by name, one by path, or the nearest one."""

from __future__ import annotations

from pathlib import Path

from shimgen.resources import SPECS

OWN = "shimgen.toml"


def names() -> list[str]:
    """Return the names of the specs that come with shimgen."""
    return sorted(path.stem for path in SPECS.glob("*.toml"))


def named(text: str) -> Path:
    """Return the spec that a user names: a built-in one, or the path of a file.

    A file with the name of a built-in spec is reached as `./NAME`.
    """
    return SPECS / f"{text}.toml" if text in names() else Path(text)


def is_built_in(path: Path) -> bool:
    """Tell whether a spec came with shimgen."""
    return path.resolve().parent == SPECS.resolve()


def nearest(folder: Path) -> Path | None:
    """Return the `shimgen.toml` in a folder or in the closest folder above it."""
    folders = (folder.resolve(), *folder.resolve().parents)
    files = (one / OWN for one in folders)
    return next((file for file in files if file.is_file()), None)
