"""Cells of CSV files that no spreadsheet runs as formulas.

Whoever sends a report chooses the names in it, and a spreadsheet runs a cell that
begins with =, +, - or @. So such a text gets an apostrophe in front, which marks it as
text.
"""

from __future__ import annotations

import re

# Some programs drop the blanks in front, or read full-width signs as plain ones. A text
# that has apostrophes already gets one more, so that the first is always ours.
_FORMULA = re.compile(r"'*(?:\s*[=+\-@\uff0b\uff0d\uff1d\uff20]|[\t\r\n])")


def cell(value: object) -> object:
    """Return what a CSV file has for a value; numbers stay as they are."""
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value


def text(written: str) -> str:
    """Return the text for which `cell` returned `written`."""
    if written.startswith("'") and _FORMULA.match(written):
        return written[1:]
    return written
