"""The known survivors: mutants that no test kills, grouped by the reason for it.

Each part has a file of them, survivors/PART.toml.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from .mutant import Mutant

FOLDER = Path(__file__).with_name("survivors")
OUTSIDE = "outside of functions"
"""In these files the name for code that is in no function."""


class Place(NamedTuple):
    """Identifies a mutant of a part by its text, without line numbers."""

    function: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.function}: {self.before!r} -> {self.after!r}"


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Mutants that survive for the same reason.

    `mutants` maps functions to lines, and each line to the lines that may replace it.
    Nothing can kill an `equivalent` mutant, as it behaves like the original. An
    `accepted` one behaves differently, in a way that is not worth a test.
    """

    reason: str
    mutants: Mapping[str, Mapping[str, list[str]]]
    kind: Literal["equivalent", "accepted"] = "equivalent"

    def places(self) -> list[Place]:
        """Return the places of all mutants of the group."""
        return [
            Place(function, before, after)
            for function, lines in self.mutants.items()
            for before, replacements in lines.items()
            for after in replacements
        ]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    group: list[Group] = []


def file_of(part: str, folder: Path = FOLDER) -> Path:
    """Return the path of a part's file, which need not exist."""
    return folder / f"{part}.toml"


def load(part: str, folder: Path = FOLDER) -> list[Group]:
    """Read a part's groups, none if it has no file.

    Raises msgspec.ValidationError or msgspec.DecodeError for a malformed file.
    """
    file = file_of(part, folder)
    return read(file.read_text("utf-8")) if file.exists() else []


def read(text: str) -> list[Group]:
    """Read groups from TOML; raises as `load` does."""
    return msgspec.toml.decode(text, type=_File).group


def by_place(groups: Iterable[Group]) -> dict[Place, Group]:
    """Return the group of each mutant that is listed."""
    return {place: group for group in groups for place in group.places()}


def place(mutant: Mutant) -> Place:
    """Return the place of a mutant."""
    return Place(mutant.where or OUTSIDE, mutant.before, mutant.after)


def stale(part: str, groups: Iterable[Group], mutants: Iterable[Mutant]) -> list[str]:
    """Return a message for each listed survivor that is no mutant of the part now."""
    possible = set(map(place, mutants))
    name = file_of(part, Path(FOLDER.name))
    return [
        f"{name} lists a mutant that does not exist: {listed}. "
        "Delete the entry if the code is gone, or update it to the new text."
        for listed in by_place(groups)
        if listed not in possible
    ]


def write(groups: Iterable[Group]) -> str:
    """Return groups as TOML."""
    return "\n".join(map(_write_group, groups))


def unexplained(mutants: Iterable[Mutant]) -> Group:
    """Return a group of survivors that lacks its reason, to be filled in by hand."""
    lines: dict[str, dict[str, list[str]]] = {}
    for function, before, after in map(place, mutants):
        lines.setdefault(function, {}).setdefault(before, []).append(after)
    return Group("", lines)


def _write_group(group: Group) -> str:
    kind = "" if group.kind == "equivalent" else f"kind = {_text(group.kind)}\n"
    return f"[[group]]\nreason = {_text(group.reason)}\n{kind}" + "".join(
        f"\n[group.mutants.{_key(function)}]\n"
        + "".join(
            f"{_text(before)} = [\n"
            + "".join(f"  {_text(after)},\n" for after in replacements)
            + "]\n"
            for before, replacements in lines.items()
        )
        for function, lines in group.mutants.items()
    )


def _key(function: str) -> str:
    return function if function.isidentifier() else _text(function)


def _text(value: str) -> str:
    is_literal = "'" not in value and value.isprintable()
    return f"'{value}'" if is_literal else json.dumps(value, ensure_ascii=False)
