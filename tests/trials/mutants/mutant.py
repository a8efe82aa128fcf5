"""A mutant: one small mistake in one file."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterator
from itertools import pairwise

import msgspec

_FUNCTION = re.compile(
    r"^(?:(?P<bash>\w+)\(\) [{(]|(?: {4})?(?:def|class) (?P<python>\w+))", re.MULTILINE
)


class Mutant(msgspec.Struct, frozen=True):
    """A file with one change: the changed lines, before and after it.

    `where` is the function around them, empty for none; `scope` is the text of that
    function with the change, `text` that of the whole file.
    """

    file: str
    where: str
    before: str
    after: str
    scope: str
    text: str

    @property
    def key(self) -> str:
        """An identifier that stays the same when other functions of the file change."""
        identity = "\0".join(
            (self.file, self.where, self.before, self.after, self.scope)
        )
        return hashlib.sha256(identity.encode()).hexdigest()[:20]

    @property
    def diff(self) -> str:
        """The change, to be read by people."""
        lines = [f"{self.file}: {self.where or 'outside of functions'}"]
        lines += difflib.ndiff(self.before.splitlines(), self.after.splitlines())
        return "\n".join(line for line in lines if not line.startswith("?"))


def mutant(file: str, source: str, text: str) -> Mutant:
    """Return the mutant `text` of a file, whose text is `source`."""
    old, new = source.splitlines(keepends=True), text.splitlines(keepends=True)
    same = _common(old, new)
    most = min(len(old), len(new)) - same
    tail = min(_common(old[::-1], new[::-1]), most)
    before = "".join(old[same : len(old) - tail])
    after = "".join(new[same : len(new) - tail])
    where, scope = _scope(text, sum(map(len, old[:same])))
    return Mutant(file, where, _dedented(before), _dedented(after), scope, text)


def _common(first: list[str], second: list[str]) -> int:
    """Return how many lines both have in common at their beginning."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(first), len(second)))


def _dedented(lines: str) -> str:
    return "\n".join(line.strip() for line in lines.splitlines())


def _scope(text: str, offset: int) -> tuple[str, str]:
    """Return name and text of the function around an offset, roughly."""
    for name, begin, end in _scopes(text):
        if begin <= offset < end:
            return name, text[begin:end]
    return "", ""


def _scopes(text: str) -> Iterator[tuple[str, int, int]]:
    """Split a text at the first line of each function or class."""
    marks = [("", 0)]
    marks += [(m["bash"] or m["python"], m.start()) for m in _FUNCTION.finditer(text)]
    for (name, begin), (_, end) in pairwise([*marks, ("", len(text) + 1)]):
        yield name, begin, end
