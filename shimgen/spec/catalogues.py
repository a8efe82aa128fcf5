"""The exit codes that come with shimgen, for a spec to include: specs/catalogues/."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from msgspec import structs

from shimgen.resources import CATALOGUES

from .reader import Reader
from .toml import parse, read
from .types import Category


def names() -> list[str]:
    """Return the names of all catalogues."""
    return sorted(path.stem for path in CATALOGUES.glob("*.toml"))


def included(wanted: Sequence[str], reader: Reader) -> list[Category]:
    """Return the categories of the catalogues that a spec's key `include` names.

    Records in `reader` a name that is none, or that stands there twice.
    """
    reader.unique("include[{}]", wanted)
    known = names()
    for number, name in enumerate(wanted):
        if name and name not in known:
            near = get_close_matches(name, known, 1)
            remedy = f'did you mean "{near[0]}"?' if near else ""
            remedy = remedy or f"use one of {', '.join(known)}"
            reader.add(f"include[{number}]", name, f"is no catalogue; {remedy}")
    return [_load(name) for name in dict.fromkeys(wanted) if name in known]


def joined(own: Sequence[Category], more: Sequence[Category]) -> tuple[Category, ...]:
    """Return own categories and then those of catalogues, each name once.

    A spec's own category with the name of a catalogue is filled up from that: where
    both have a code, the spec's own row stands.
    """
    rest = {category.name: category for category in more}
    filled = [_filled(one, rest.pop(one.name, None)) for one in own]
    return (*filled, *rest.values())


def _filled(own: Category, more: Category | None) -> Category:
    if more is None:
        return own
    taken = {row.code for row in own.codes}
    codes = (row for row in more.codes if row.code not in taken)
    return structs.replace(own, codes=(*own.codes, *codes))


def _load(name: str) -> Category:
    path = CATALOGUES / f"{name}.toml"
    return Reader(str(path)).table(Category, parse(path, read(path)))
