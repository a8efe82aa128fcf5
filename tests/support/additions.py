"""What a newcomer adds to a spec: an exit code, a field, an event, a dimension.

Each function takes the text of a spec in TOML and returns it with one small edit, at a
place that every spec with exit codes has.
"""

from __future__ import annotations

import tomllib

CODE_LINE = (
    '  {{ code = {code}, meaning = "Bridge is missing", '
    'recovery = "Create the bridge vmbr0" }},\n'
)
FIELD_LINE = (
    '  { key = "new_field", type = "integer", variable = "NEW_FIELD", '
    'description = "Number of disks", example = "2" },\n'
)
COUNTED_FIELD_LINE = (
    '  { key = "counted_field", type = "text", variable = "COUNTED_FIELD", '
    'dimension = "new_dimension", description = "Architecture", example = "arm64" },\n'
)
DIMENSION = """
[[dimension]]
name = "new_dimension"
title = "Architecture"
"""
EVENT = """\
[[event]]
function = "post_new_event"
kind = "start"
flag = "POST_TO_API_DONE"
description = "The creation of a backup has begun."
fields = [
  { key = "target", type = "text", variable = "TARGET", description = "Storage" },
  { key = "random_id", type = "text", variable = "RANDOM_UUID", description = "Run" },
]

"""


def unused_code(text: str) -> int:
    """Return the highest exit code that no category of the spec has."""
    categories = tomllib.loads(text)["category"]
    used = {row["code"] for category in categories for row in category["codes"]}
    return max(set(range(1, 256)) - used)


def add_code(text: str) -> str:
    """Add a line to the codes of the first category."""
    return _insert_after(text, "codes = [\n", CODE_LINE.format(code=unused_code(text)))


def add_field(text: str) -> str:
    """Add a line to the fields of the first event."""
    return _insert_after(text, "fields = [\n", FIELD_LINE)


def add_event(text: str) -> str:
    """Add a start event before the first event."""
    before, after = _halves(text, "[[event]]\n")
    return before + EVENT + "[[event]]\n" + after


def add_dimension(text: str) -> str:
    """Add a dimension, and a field of the first event that it counts."""
    return _insert_after(text, "fields = [\n", COUNTED_FIELD_LINE) + DIMENSION


ADDITIONS = {
    "code": add_code,
    "field": add_field,
    "dimension": add_dimension,
    "event": add_event,  # the last, as it becomes the first event
}


def add_all(text: str) -> str:
    """Add one of each."""
    for add in ADDITIONS.values():
        text = add(text)
    return text


def _insert_after(text: str, anchor: str, line: str) -> str:
    before, after = _halves(text, anchor)
    return before + anchor + line + after


def _halves(text: str, anchor: str) -> tuple[str, str]:
    before, found, after = text.partition(anchor)
    assert found, f"the spec has no line {anchor!r}"
    return before, after
