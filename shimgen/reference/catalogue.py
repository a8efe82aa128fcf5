"""Exit codes: what they mean and what helps (docs/behaviour.md section 5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from shimgen.spec import Spec
from shimgen.spec.payload import UNKNOWN_GROUP

from .state import CustomCode, RefusedError, Shell

UNKNOWN = b"Unknown error"
SUCCESS = b"Success"
NO_CODES: Mapping[int, CustomCode] = {}


def number(text: bytes, highest: int) -> int | None:
    """Return 1-9 ASCII digits as a decimal number, None for anything else.

    Numbers above `highest` are None, too.
    """
    if re.fullmatch(rb"[0-9]{1,9}", text) and int(text) <= highest:
        return int(text)
    return None


def explain_exit_code(
    spec: Spec,
    code: bytes,
    category: bytes = b"",
    custom: Mapping[int, CustomCode] = NO_CODES,
) -> bytes:
    """Return the line that `explain_exit_code` prints, without its newline.

    `custom` holds the codes that the script registered; they are used only if
    `category` is empty.
    """
    if number(code, 0) == 0:
        return SUCCESS
    row = _row(spec, code, category, custom)
    return row.description if row else UNKNOWN


def suggest_recovery(
    spec: Spec,
    code: bytes,
    category: bytes = b"",
    custom: Mapping[int, CustomCode] = NO_CODES,
) -> bytes:
    """Return what helps against `code`; empty if nothing is known, and printed."""
    row = _row(spec, code, category, custom)
    return row.recovery if row else b""


def explanation(spec: Spec, code: int, custom: Mapping[int, CustomCode]) -> bytes:
    """Return what a report says about an exit code other than 0."""
    row = _row(spec, b"%d" % code, b"", custom)
    return (row.explanation or row.description) if row else UNKNOWN


def categorize_error(
    spec: Spec,
    code: bytes,
    category: bytes = b"",
    custom: Mapping[int, CustomCode] = NO_CODES,
) -> bytes:
    """Return the line that `categorize_error` prints: the group of an exit code."""
    row = _row(spec, code, category, custom)
    return (row and row.group) or UNKNOWN_GROUP.encode()


def _row(
    spec: Spec, code: bytes, category: bytes, custom: Mapping[int, CustomCode]
) -> CustomCode | None:
    """Find a code: first the script's own, then the categories in their order."""
    wanted = number(code, 255)
    if wanted is None:
        return None
    if not category and wanted in custom:
        return custom[wanted]
    return next(_rows(spec, wanted, category), None)


def _rows(spec: Spec, code: int, category: bytes) -> Iterator[CustomCode]:
    for one in spec.categories:
        if category in (b"", one.name.encode()):
            for row in one.codes:
                if row.code == code:
                    texts = (
                        one.describe(row),
                        row.recovery,
                        row.group,
                        one.explain(row),
                    )
                    yield CustomCode(*(text.encode() for text in texts))


def register_exit_code(
    shell: Shell, code: bytes = b"", description: bytes = b"", recovery: bytes = b""
) -> Shell:
    """Return the shell with an exit code of the script's own added.

    Raises RefusedError for a code outside 1-255 and for an empty description.
    """
    wanted = number(code, 255)
    if not wanted:
        raise RefusedError(f"{code!r} is not an exit code; use a number 1-255")
    if not description:
        raise RefusedError(f"exit code {wanted} has no description; add one")
    row = CustomCode(_one_line(description), _one_line(recovery))
    return replace(shell, custom={**shell.custom, wanted: row})


def _one_line(text: bytes) -> bytes:
    return text.replace(b"\n", b" ")
