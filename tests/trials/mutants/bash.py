"""Mutants of bash: a line dropped, a test negated, a constant changed, and the like.

They are made from the text, line by line, with just enough of bash's syntax to leave
comments alone. `bash -n` says afterwards which of them are bash at all.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from itertools import accumulate

Change = tuple[int, int, str]
"""From where to where in a line of code, and what comes instead."""

_UP_TO_COMMENT = re.compile(
    r"""(?:\\.|'[^']*'|"(?:\\.|[^"\\])*"|(?<!\s)\#|[^\s#]|\s(?!\#))*"""
)
_REGION = re.compile(r" *# >>> .*\n(?:(?! *# <<<).*\n)*")


def mutations(source: str) -> Iterator[str]:
    """Yield the source with one change, for each change there is.

    Generated regions are left alone: what the generator puts there replaces them.
    """
    lines = source.splitlines(keepends=True)
    starts = list(accumulate(map(len, lines), initial=0))
    generated = [match.span() for match in _REGION.finditer(source)]
    seen = {source}
    for number, line in enumerate(lines):
        start = starts[number]
        if any(begin <= start < end for begin, end in generated):
            continue
        continued = number > 0 and lines[number - 1].endswith("\\\n")
        for begin, end, new in _changes(_code(line), continued=continued):
            text = source[: start + begin] + new + source[start + end :]
            if text not in seen:
                seen.add(text)
                yield text


def is_bash(text: str) -> bool:
    """Whether bash can parse it: a mutant that it cannot says nothing of the tests."""
    done = subprocess.run(
        ["bash", "-n"], input=text.encode(), capture_output=True, check=False
    )
    return done.returncode == 0


def _code(line: str) -> str:
    """Return a line without its comment and its end."""
    found = _UP_TO_COMMENT.match(line.rstrip("\n"))
    return found[0].rstrip() if found and not line.lstrip().startswith("#") else ""


def _changes(code: str, *, continued: bool) -> Iterator[Change]:
    if not code.strip():
        return
    yield from _dropped(code, continued=continued)
    for operator in OPERATORS:
        yield from operator(code)


def _dropped(code: str, *, continued: bool) -> Iterator[Change]:
    """Leave a line out. Of a command over several lines, only what follows its name."""
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
    """Turn a test around."""
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
    """Change a comparison; what only negates a whole test is left to `_negated`."""
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
    """Return an operator that replaces what a pattern finds."""
    compiled = re.compile(pattern)

    def operator(code: str) -> Iterator[Change]:
        for match in compiled.finditer(code):
            yield *match.span(), new(match)

    return operator


def _unquoted(code: str) -> Iterator[Change]:
    """Leave double quotes out where bash would look at the value again.

    That is not so on the right of an assignment, nor inside `[[`, but for a pattern.
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
    """Return the next number; of an amount of time a tenfold one."""
    return f"{match[0]}0" if match[0].endswith("00000") else str(int(match[0]) + 1)


def _text(match: re.Match[str]) -> str:
    """Return no text for one, and one for none."""
    return "''" if match[0].strip("$'") else "x"


OPERATORS: tuple[Callable[[str], Iterator[Change]], ...] = (
    _negated,
    _compared,
    _unquoted,
    # A constant: a status, another number, an argument's, a word, a text.
    _replaced(r"(?<=return )\d|(?<=exit )\d", lambda m: str(int(m[0] == "0"))),
    _replaced(r"(?<![\w$\[<>&.-])(?<!\$\{)(?<!return )(?<!exit )\d+(?![\w>])", _number),
    _replaced(r"(?<=\$)[1-6]|(?<=\$\{)[1-6]", lambda m: str(int(m[0]) + 1)),
    _replaced(r"(?<==)[a-z]+(?=$| )|(?<== )[a-z]+(?=$| )", lambda m: m[0] + "x"),
    _replaced(r"(?<= )(?:true|false)$", lambda m: m[0] + "x"),
    _replaced(r"(?<![\w'])\$?'[^']*'", _text),
    # The arms of && and ||.
    _replaced(r"(?<= )&&(?= |$)", lambda _: "||"),
    _replaced(r"(?<= )\|\|(?= |$)", lambda _: "&&"),
    # What an expansion cuts, and what it takes for an unset variable.
    _replaced(r"(?<=[\w!])(?:%%|##|//)(?=[^%#/])", lambda m: m[0][0]),
    _replaced(r"(?<=\w)-(?=\})", lambda _: ""),
    _replaced(r"(?<=\w):-", lambda _: "-"),
    # A redirection.
    _replaced(r" ?\d?(?:>&-|<&-|>&2|>/dev/null|</dev/null)", lambda _: ""),
)
