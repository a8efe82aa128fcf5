"""Numbers and values as texts for people."""

from __future__ import annotations

import json

UNKNOWN = "unknown"  # instead of "", where no report named the value
_NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
_SPACE = "\N{NO-BREAK SPACE}"
_DASH = "\N{EN DASH}"


def number(count: int) -> str:
    """Return a whole number with thin spaces between groups of three digits."""
    return f"{count:,}".replace(",", _NARROW_SPACE)


def percent(share: float | None) -> str:
    """Return a share of 0-1 as a percentage, a dash for None."""
    return _DASH if share is None else f"{share * 100:.1f}{_SPACE}%"


def display(value: object) -> str:
    """Return the value of a report's field: a list as its words, others as in JSON."""
    if isinstance(value, list):
        return " ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value)
