"""Which functions of the shell files run only in the subshell of a send.

There nounset is off and IFS has its default, so some mutants of bash change nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .bash import code_of

_DEFINITION = re.compile(r"(\w+)\(\) [{(]")
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

        A function runs elsewhere, too, if its name is mentioned outside of them.
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
            name: {word for line in body for word in _NAME.findall(line)} - {name}
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


def by_function(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Yield each line of code with its function, OUTSIDE for none, without comments.

    A function ends with a line that begins with its closing bracket.
    """
    function = OUTSIDE
    for line in lines:
        code = code_of(line)
        if definition := _DEFINITION.match(code):
            function = definition[1]
            code = code[definition.end() :]
        if code.strip():
            yield function, code
        if line.startswith(("}", ")")) or (definition and code.endswith("}")):
            function = OUTSIDE


def _reachable(entry: str, mentions: dict[str, set[str]]) -> set[str]:
    reachable: set[str] = set()
    waiting = {entry}
    while waiting:
        name = waiting.pop()
        reachable.add(name)
        waiting |= (mentions[name] & mentions.keys()) - reachable
    return reachable
