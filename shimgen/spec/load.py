"""Loads a spec from its TOML file, and reports everything that is wrong with it."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

from msgspec import Struct, structs

from shimgen.errors import Problem, SpecError, reason

from . import dimensions, rules
from .reader import Reader
from .types import Category, Consent, Dimension, Event, Field, Limits, Project, Spec


class _File(Struct):
    """The tables of a spec file, named as they stand there."""

    project: Project
    consent: Consent
    event: tuple[Event, ...]
    limits: Limits = Limits()
    category: tuple[Category, ...] = ()
    dimension: tuple[Dimension, ...] = ()


def load(path: Path) -> Spec:
    """Read and check the spec in `path`.

    Raises SpecError with every problem: of the file, of single keys, and of keys that
    contradict each other (rules.py and dimensions.py).
    """
    content = _read(path)
    reader = Reader(str(path))
    tables = reader.table(_File, _parse(path, content))
    spec = Spec(
        project=tables.project,
        limits=tables.limits,
        consent=tables.consent,
        categories=tables.category,
        events=tables.event,
        dimensions=tables.dimension,
        source=re.sub(r"[^A-Za-z0-9._-]", "_", path.name),
        digest=hashlib.sha256(content).hexdigest(),
    )
    rules.check(spec, reader)
    dimensions.check(spec, reader)
    if reader.problems:
        raise SpecError(reader.problems)
    return _with_lengths(spec)


def _with_lengths(spec: Spec) -> Spec:
    """Give each field that says no length that of the limits."""

    def complete(field: Field) -> Field:
        length = field.max_length or spec.limits.max_length
        return structs.replace(field, max_length=length)

    events = (
        structs.replace(event, fields=tuple(map(complete, event.fields)))
        for event in spec.events
    )
    return structs.replace(spec, events=tuple(events))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        remedy = f"cannot be read ({reason(error)}); name the spec's TOML file"
        raise SpecError((Problem(str(path), "", "", remedy),)) from error


def _parse(path: Path, content: bytes) -> dict[str, object]:
    try:
        return tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        remedy = f"is not valid TOML: {error}; fix it there"
        raise SpecError((Problem(str(path), "", "", remedy),)) from error
