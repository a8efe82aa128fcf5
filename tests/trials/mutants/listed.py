"""Survivors that are known, each with the reason why no test kills it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from .mutant import Mutant

Place = tuple[str, str, str, str]


class Survivor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Mutants of one place: what stands there, and what may stand there instead.

    `equivalent` ones behave as the original does, so that nothing could kill them.
    `accepted` ones differ in what is not worth a test.
    """

    file: str
    before: str
    after: list[str]
    reason: str
    where: str = ""
    kind: Literal["equivalent", "accepted"] = "equivalent"


class _File(msgspec.Struct, forbid_unknown_fields=True):
    survivor: list[Survivor] = []


def load(path: Path) -> list[Survivor]:
    """Read the list; raises msgspec.ValidationError where it is none."""
    return read(path.read_text("utf-8"))


def read(text: str) -> list[Survivor]:
    """Read entries; raises msgspec.ValidationError where they are none."""
    return msgspec.toml.decode(text, type=_File).survivor


def by_place(survivors: Iterable[Survivor]) -> dict[Place, Survivor]:
    """Return the entry for each mutant that is listed."""
    return {
        (one.file, one.where, one.before, after): one
        for one in survivors
        for after in one.after
    }


def place(mutant: Mutant) -> Place:
    """Return what a mutant is listed by: text, and no number that changes with it."""
    return mutant.file, mutant.where, mutant.before, mutant.after


def skeleton(mutants: Iterable[Mutant]) -> str:
    """Write entries for survivors, for somebody to fill in the reasons."""
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for mutant in mutants:
        key = (mutant.file, mutant.where, mutant.before)
        grouped.setdefault(key, []).append(mutant.after)
    return "\n".join(
        f"[[survivor]]\nfile = {_text(file)}\nwhere = {_text(where)}\n"
        f"before = {_text(before)}\nafter = [\n"
        + "".join(f"  {_text(after)},\n" for after in afters)
        + '  ]\nreason = ""\n'
        for (file, where, before), afters in grouped.items()
    )


def _text(value: str) -> str:
    plain = "'" not in value and "\n" not in value
    return f"'{value}'" if plain else json.dumps(value, ensure_ascii=False)
