"""What `shimgen explain` prints: the exit codes of a spec, or one of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict

from shimgen import reference
from shimgen.errors import ShimgenError
from shimgen.spec import Spec


class Row(TypedDict):
    """One exit code in one category."""

    code: int
    category: str
    description: str
    recovery: str


class Answer(TypedDict):
    """What a code means, and which other categories have it too."""

    code: int
    category: str | None
    description: str
    recovery: str
    also: list[str]


def rows(spec: Spec, category: str | None = None) -> list[Row]:
    """Return the rows of all categories or of one, in the spec's order.

    Raises ShimgenError for a category that the spec does not define.
    """
    _check(spec, category)
    return [row for row in _rows(spec) if category in (None, row["category"])]


def answer(spec: Spec, code: int, category: str | None = None) -> Answer:
    """Return what the shell functions say about `code`.

    Raises ShimgenError for a category that the spec does not define.
    """
    _check(spec, category)
    text, name = str(code).encode(), (category or "").encode()
    claims = [r["category"] for r in _rows(spec) if r["code"] == code]
    first = category if category in claims else next(iter(claims), None)
    known = first if category in (None, first) else None
    return {
        "code": code,
        "category": known,
        "description": reference.explain_exit_code(spec, text, name).decode(),
        "recovery": reference.suggest_recovery(spec, text, name).decode(),
        "also": [claim for claim in claims if claim != known],
    }


def _rows(spec: Spec) -> Iterator[Row]:
    for category in spec.categories:
        for row in category.codes:
            yield {
                "code": row.code,
                "category": category.name,
                "description": category.describe(row),
                "recovery": row.recovery,
            }


def _check(spec: Spec, category: str | None) -> None:
    names = [c.name for c in spec.categories]
    if category is not None and category not in names:
        raise ShimgenError(
            f'no category "{category}" in the spec; use one of {", ".join(names)}'
        )
