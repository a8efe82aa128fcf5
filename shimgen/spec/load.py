"""Loads a spec from its TOML file, and reports everything that is wrong with it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from msgspec import Struct, structs

from shimgen.errors import SpecError

from . import catalogues, dimensions, rules, statuses
from .payload import UNKNOWN_GROUP
from .reader import Reader
from .toml import parse, read
from .types import (
    STATUSES,
    Category,
    Consent,
    Dimension,
    Event,
    Field,
    Handler,
    Limits,
    Project,
    Slug,
    Spec,
    Status,
)


class _File(Struct):
    """The tables of a spec file, named as they stand there."""

    project: Project
    consent: Consent
    event: tuple[Event, ...]
    include: tuple[Slug, ...] = ()
    status: tuple[Status, ...] = STATUSES
    handler: Handler = Handler()
    limits: Limits = Limits()
    category: tuple[Category, ...] = ()
    dimension: tuple[Dimension, ...] = ()


def load(path: Path) -> Spec:
    """Read and check the spec in `path`.

    The catalogues that it includes come after its own categories. Raises SpecError with
    every problem: of the file, of single keys, and of keys that contradict each other
    (rules.py, statuses.py and dimensions.py).
    """
    content = read(path)
    reader = Reader(str(path))
    tables = reader.table(_File, parse(path, content))
    included = catalogues.included(tables.include, reader)
    spec = Spec(
        project=tables.project,
        limits=tables.limits,
        consent=tables.consent,
        categories=catalogues.joined(tables.category, included),
        events=tables.event,
        dimensions=tables.dimension,
        statuses=tables.status,
        handler=tables.handler,
        source=re.sub(r"[^A-Za-z0-9._-]", "_", path.name),
        digest=hashlib.sha256(content).hexdigest(),
    )
    rules.check(spec, reader)
    statuses.check(spec, reader)
    dimensions.check(spec, reader)
    if reader.problems:
        raise SpecError(reader.problems)
    return _completed(spec)


def _completed(spec: Spec) -> Spec:
    """Give each field the length and the closed list of values that follow for it."""
    words = {
        "status": [status.name for status in spec.statuses],
        "group": ["", *spec.groups, UNKNOWN_GROUP],
    }

    def complete(field: Field) -> Field:
        length = field.max_length or spec.limits.max_length
        values = field.values
        if field.outcome in words:
            values = tuple(word[:length] for word in words[field.outcome])
        return structs.replace(field, max_length=length, values=values)

    events = (
        structs.replace(event, fields=tuple(map(complete, event.fields)))
        for event in spec.events
    )
    return structs.replace(spec, events=tuple(events))
