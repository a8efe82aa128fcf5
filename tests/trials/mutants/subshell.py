"""Which functions of the shell files run only in the subshell of a send.

There nounset is off and IFS has its default, so some mutants of bash change nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .bash import code_of

_DEFINITION = re.compile(r"( *)(\w+)\(\) [{(]")
_NAME = re.compile(r"\w+")
OUTSIDE = ""


@dataclass(frozen=True)
class Subshell:
    """The function that is the subshell's first, and the one that it calls first.

    `setup` sets the options, IFS and the locale; it does not count as one of the
    functions that run with them. `files` are the rendered shell files.
    """

    entry: str
    setup: str
    files: tuple[str, ...]

    def functions(self, tree: Path) -> frozenset[str]:
        """Return the functions that run in the subshell after its setup, only there.

        A function may run elsewhere if other code mentions its name.
        Raises LookupError if `entry` does not begin with `setup`.
        """
        bodies: dict[str, list[str]] = {}
        for file in self.files:
            lines = (tree / file).read_text("utf-8").splitlines()
            for function, line in by_function(lines):
                bodies.setdefault(function, []).append(line)
        if bodies.get(self.entry, [""])[0].split()[:1] != [self.setup]:
            raise LookupError(f"{self.entry} does not begin with {self.setup}")
        mentions = {
            name: _mentioned(body, bodies.keys()) - {name}
            for name, body in bodies.items()
        }
        inside = _reachable(self.entry, mentions) - {self.setup}
        while True:
            outside = set().union(
                *(mentions[name] for name in mentions.keys() - inside)
            )
            shared = (inside - {self.entry}) & outside
            if not shared:
                return frozenset(inside)
            inside -= shared


def by_function(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each line of code with its function, OUTSIDE for none, without comments.

    A function ends with a closing bracket that is indented as its first line is.
    """
    function, end = OUTSIDE, ("}", ")")
    for line in lines:
        code = code_of(line)
        if function == OUTSIDE and (definition := _DEFINITION.match(code)):
            indent, function = definition.groups()
            end = (f"{indent}}}", f"{indent})")
            code = code[definition.end() :]
            if code.endswith(("}", ")")):  # all on one line
                yield function, code
                function = OUTSIDE
                continue
        if code.strip():
            yield function, code
        if line.startswith(end):
            function = OUTSIDE


def _mentioned(body: Iterable[str], names: Collection[str]) -> set[str]:
    """Return the names in a body; a word with `_` at its end is a prefix of names.

    So `"__api_fields_$1"` mentions all functions that begin with `__api_fields_`.
    """
    words = {word for line in body for word in _NAME.findall(line)}
    prefixes = tuple(word for word in words if word.strip("_") and word.endswith("_"))
    return {name for name in names if name in words or name.startswith(prefixes)}


def _reachable(entry: str, mentions: dict[str, set[str]]) -> set[str]:
    reachable: set[str] = set()
    waiting = {entry}
    while waiting:
        name = waiting.pop()
        reachable.add(name)
        waiting |= (mentions[name] & mentions.keys()) - reachable
    return reachable
