"""Reading: from a TOML file to frozen types, or to all that is wrong with the file.

Comes in: the path of a spec. Goes out: a checked Spec, what its payloads may hold
(payload.py), and that as JSON Schema (schema.py).
"""

from __future__ import annotations

from shimgen.resources import DEFAULT_SPEC

from .load import load
from .types import (
    Category,
    Consent,
    Counts,
    Dimension,
    Event,
    ExitCode,
    Field,
    Handler,
    Limits,
    Project,
    Spec,
    Status,
)

__all__ = [
    "DEFAULT_SPEC",
    "Category",
    "Consent",
    "Counts",
    "Dimension",
    "Event",
    "ExitCode",
    "Field",
    "Handler",
    "Limits",
    "Project",
    "Spec",
    "Status",
    "load",
]
