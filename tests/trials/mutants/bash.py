"""Mutants of bash: a line is dropped, a test negated, a constant changed, and so on.

They are made from the text, line by line; comments are left alone. Some of them are not
valid bash: `is_bash` asks `bash -n`.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Collection, Iterator
from itertools import accumulate

Change = tuple[int, int, str]
"""Begin and end of a part of a line of code, and its replacement."""

_UP_TO_COMMENT = re.compile(
    r"""(?:\\.|'[^']*'|"(?:\\.|[^"\\])*"|(?<!\s)\#|[^\s#]|\s(?!\#))*"""
)
_REGION = re.compile(r" *# >>> spec: .*\n(?:(?! *# <<< spec).*\n)*")


_FUNCTION = re.compile(r"(\w+)\(\) [{(]")


def mutations(source: str, isolated: Collection[str] = ()) -> Iterator[str]:
    """Yield the source with one change, for each possible change.

    The functions in `isolated` run with nounset off and the default IFS: there a
    change that makes no difference under these is left out. Generated regions are left
    alone, as the generator overwrites them.
    """
    lines = source.splitlines(keepends=True)
    starts = list(accumulate(map(len, lines), initial=0))
    generated = [match.span() for match in _REGION.finditer(source)]
    seen = {source}
    function = ""
    for number, line in enumerate(lines):
        start = starts[number]
        if definition := _FUNCTION.match(line):
            function = definition[1]
        if any(begin <= start < end for begin, end in generated):
            continue
        continued = number > 0 and lines[number - 1].endswith("\\\n")
        code = code_of(line)
        for begin, end, new in _changes(code, continued=continued):
            if function in isolated and _is_equivalent(code, begin, end, new):
                continue
            text = source[: start + begin] + new + source[start + end :]
            if text not in seen:
                seen.add(text)
                yield text
        if line.startswith(("}", ")")):
            function = ""


_NUMBER = re.compile(r"\$\(\((?:(?!\)\)).)*\)\)|\$\{#\w+\}|\$[#$?]|\$BASHPID")
_NAME_BEFORE = re.compile(r"\$\{\w+$")


def _is_equivalent(code: str, begin: int, end: int, new: str) -> bool:
    """Whether a change makes no difference with nounset off and the default IFS.

    With nounset off, `${name-}` is `${name}`. A number is not empty and is not split.
    """
    old = code[begin:end]
    if (old, new) == ("-", ""):
        return bool(_NAME_BEFORE.search(code[:begin]))
    return old == f'"{new}"' and bool(_NUMBER.fullmatch(new))


def is_bash(text: str) -> bool:
    """Whether bash can parse a text; a mutant that it cannot is not tried."""
    done = subprocess.run(
        ["bash", "-n"], input=text.encode(), capture_output=True, check=False
    )
    return done.returncode == 0


def code_of(line: str) -> str:
    """Return a line without its comment and its line end."""
    code = _UP_TO_COMMENT.match(line.rstrip("\n"))
    return code[0].rstrip() if code and not line.lstrip().startswith("#") else ""


def _changes(code: str, *, continued: bool) -> Iterator[Change]:
    if not code.strip():
        return
    yield from _dropped(code, continued=continued)
    for operator in OPERATORS:
        yield from operator(code)


def _dropped(code: str, *, continued: bool) -> Iterator[Change]:
    """Drop a line; of a command over several lines, only a continuation line."""
    begin = len(code) - len(code.lstrip())
    if code.strip() in {";;", "fi", "done", "esac", "then", "do", "{", "}", ")", "))"}:
        return
    if continued:
        yield begin, len(code), "\\" if code.endswith("\\") else ""
    elif not code.endswith("\\"):
        operator = re.search(r" (\|\||&&|\|)$", code)
        yield begin, len(code), ":" + (operator[0] if operator else "")


_NEGATED = re.compile(
    r"(?:^\s*|\b(?:if|elif|while) |\|\| |&& )(?P<no>! )?"
    r"(?P<test>\[\[ |\(\(|builtin test |__api_\w+ (?=.*(?:\|\||&&))|(?<=if )__api_\w+)"
)


def _negated(code: str) -> Iterator[Change]:
    """Negate a test."""
    for match in _NEGATED.finditer(code):
        if match["no"]:
            yield *match.span("no"), ""
        else:
            yield match.start("test"), match.start("test"), "! "


_COMPARED = (
    *((" == ", " != "), (" != ", " == "), ("-z ", "-n "), ("-n ", "-z ")),
    *(("-lt ", "-le "), ("-gt ", "-ge ")),
    *((" < ", " <= "), (" <= ", " < "), (" > ", " >= "), (" >= ", " > ")),
)


def _compared(code: str) -> Iterator[Change]:
    """Change a comparison, unless that only negates a whole test: see `_negated`."""
    for part in re.finditer(r"\[\[ .*?(?:\]\]|$)|\(\(.*?\)\)", code):
        alone = part[0].startswith("[[") and not re.search(r"&&|\|\|", part[0])
        for old, new in _COMPARED:
            if alone and old not in ("-lt ", "-gt "):
                continue
            for match in re.finditer(re.escape(old), part[0]):
                begin = part.start() + match.start()
                yield begin, begin + len(old), new


def _replaced(
    pattern: str, new: Callable[[re.Match[str]], str]
) -> Callable[[str], Iterator[Change]]:
    """Return an operator that replaces each match of a pattern."""
    compiled = re.compile(pattern)

    def operator(code: str) -> Iterator[Change]:
        for match in compiled.finditer(code):
            yield *match.span(), new(match)

    return operator


def _unquoted(code: str) -> Iterator[Change]:
    """Leave out double quotes where bash would split or expand the value.

    It does neither on the right of an assignment, nor inside `[[`; there it takes the
    right of `==` and `!=` for a pattern.
    """
    tests = [match.span() for match in re.finditer(r"\[\[ .*?(?:\]\]|$)", code)]
    for match in re.finditer(r"\"([^\"]*\$[^\"]*)\"", code):
        if re.search(r"(?:\w|\])\+?=(?:[^\s\"]|\"[^\"]*\")*$", code[: match.start()]):
            continue
        tested = any(begin < match.start() < end for begin, end in tests)
        if tested and not re.search(r"[!=]= \S*$", code[: match.start()]):
            continue
        yield *match.span(), match[1]


def _number(match: re.Match[str]) -> str:
    """Return the next number; a tenfold one for a time in microseconds."""
    return f"{match[0]}0" if match[0].endswith("00000") else str(int(match[0]) + 1)


def _text(match: re.Match[str]) -> str:
    """Return an empty text, or x if it is empty already."""
    return "''" if match[0].strip("$'") else "x"


OPERATORS: tuple[Callable[[str], Iterator[Change]], ...] = (
    _negated,
    _compared,
    _unquoted,
    # Constants: a status, another number, the number of an argument, a word, a text.
    _replaced(r"(?<=return )\d|(?<=exit )\d", lambda m: str(int(m[0] == "0"))),
    _replaced(r"(?<![\w$\[<>&.-])(?<!\$\{)(?<!return )(?<!exit )\d+(?![\w>])", _number),
    _replaced(r"(?<=\$)[1-6]|(?<=\$\{)[1-6]", lambda m: str(int(m[0]) + 1)),
    _replaced(r"(?<==)[a-z]+(?=$| )|(?<== )[a-z]+(?=$| )", lambda m: m[0] + "x"),
    _replaced(r"(?<= )(?:true|false)$", lambda m: m[0] + "x"),
    _replaced(r"(?<![\w'])\$?'[^']*'", _text),
    # && and ||.
    _replaced(r"(?<= )&&(?= |$)", lambda _: "||"),
    _replaced(r"(?<= )\|\|(?= |$)", lambda _: "&&"),
    # What an expansion removes, and its default for an unset variable.
    _replaced(r"(?<=[\w!])(?:%%|##|//)(?=[^%#/])", lambda m: m[0][0]),
    _replaced(r"(?<=\w)-(?=\})", lambda _: ""),
    _replaced(r"(?<=\w):-", lambda _: "-"),
    # Redirections.
    _replaced(r" ?\d?(?:>&-|<&-|>&2|>/dev/null|</dev/null)", lambda _: ""),
)
