"""What a spec uses of the hand-written shell code: a file holds only that.

Lines between `# >>> only: NAME` and `# <<< only: NAME` go into the files of a spec that
uses NAME.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from shimgen.errors import ShimgenError
from shimgen.spec import Field, Spec

_BLOCK = re.compile(
    r"^ *# >>> only: (?P<name>\w+)\n"
    r"(?P<text>(?:.*\n)*?)"
    r" *# <<< only: (?P=name)\n",
    re.MULTILINE,
)


def _fields(spec: Spec) -> list[Field]:
    return [field for event in spec.events for field in event.fields]


def _reads(name: str) -> Callable[[Spec], bool]:
    """Tell whether a field has a variable as its source."""
    return lambda spec: any(name in field.variable for field in _fields(spec))


def _has(key: str, value: str) -> Callable[[Spec], bool]:
    """Tell whether a field has a value of a key."""
    return lambda spec: any(getattr(field, key) == value for field in _fields(spec))


RECORDS: Mapping[str, Callable[[Spec], bool]] = {
    "packages": _reads("TELEMETRY_PACKAGES"),
    "features": _reads("TELEMETRY_FEATURES"),
    "metrics": _reads("TELEMETRY_METRICS"),
}

# Each name that may stand in a mark, and whether a spec uses it.
USES: Mapping[str, Callable[[Spec], bool]] = {
    **RECORDS,
    "records": lambda spec: any(uses(spec) for uses in RECORDS.values()),
    "booleans": _has("type", "boolean"),
    "decimals": _has("type", "decimal"),
    "enums": _has("type", "enum"),
    "lists": _has("type", "list"),
    "durations": _has("outcome", "duration"),
    "commands": lambda spec: any(field.command for field in _fields(spec)),
    "groups": lambda spec: bool(spec.groups),
}


def used(spec: Spec) -> frozenset[str]:
    """Return the names of all that a spec uses."""
    return frozenset(name for name, uses in USES.items() if uses(spec))


def keep(text: str, names: frozenset[str], where: str) -> str:
    """Return `text` without the marks, and without what `names` lack.

    `where` is the file that an error names: a mark without a partner, or a name that no
    spec uses.
    """

    def kept(block: re.Match[str]) -> str:
        if block["name"] not in USES:
            known = ", ".join(sorted(USES))
            raise ShimgenError(f'{where}: unknown name "{block["name"]}"; use {known}')
        return block["text"] if block["name"] in names else ""

    while _BLOCK.search(text):
        text = _BLOCK.sub(kept, text)
    for mark in re.finditer(r"^ *# (?:>>>|<<<) only:.*$", text, re.MULTILINE):
        raise ShimgenError(
            f'{where}: "{mark[0].strip()}" has no partner; '
            'put the lines between "# >>> only: NAME" and "# <<< only: NAME"'
        )
    return text.strip("\n") + "\n"  # a block at the end leaves a blank line behind
