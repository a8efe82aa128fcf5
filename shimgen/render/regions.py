"""The generated lines: one function for each region of the shell parts.

An item of a region is a line of bash. It is data: an assignment, a table's row, a
call with one field. Only the sender's text spans lines, and is taken as it is.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from shimgen.errors import ShimgenError
from shimgen.spec import Category, ExitCode, Spec

from . import outcomes
from .code import marked
from .events import write_event
from .quote import bash_word

WIDTH = 79  # columns of lists and comments


def no_ops(functions: Iterable[str]) -> list[str]:
    """Write POSIX functions that do nothing, for a shell that cannot do more."""
    return [f"{name}() {{ :; }}" for name in functions]


def private(variables: Iterable[str]) -> list[str]:
    """Free the variables that loading sets; where that works, set the first two."""
    words = ["\\builtin unset -v __api_bash __api_aliases", *variables]
    return [
        *_continued(words),
        "  2>&- && __api_bash=${BASH_VERSION-} __api_aliases=' '",
    ]


def exit_codes(spec: Spec) -> list[str]:
    """Write a `case` with a line for each code, category by category.

    Of the categories that have a code, the first gives it its meaning without a name.
    """
    lines: list[str] = ["case $1 in"]
    taken: set[int] = set()
    for category in spec.categories:
        for row in sorted(category.codes, key=lambda row: row.code):
            pattern = "" if row.code in taken else f"{row.code} | "
            means = " ".join(["__api_means", *_meaning(category, row)])
            lines.append(f"{pattern}{category.name}:{row.code}) {means} ;;")
        taken |= {row.code for row in category.codes}
    return marked([*lines, "*) __api_means '' '' ;;", "esac"])


def _meaning(category: Category, row: ExitCode) -> list[str]:
    """Return the arguments of __api_means for a code, without empty ones at the end."""
    texts = [category.describe(row), row.recovery, row.group]
    texts += [category.explain(row)] if row.ascii else []
    while not texts[-1]:
        texts.pop()
    return [*map(bash_word, texts)]


def settings(spec: Spec) -> list[str]:
    """Write what the spec sets for the hand-written functions."""
    project, limits, consent = spec.project, spec.limits, spec.consent
    requires = " ".join(map(bash_word, project.requires))
    values = {
        "file": project.file,
        "agent": f"{project.file}/{project.version}",
        "endpoint": project.endpoint,
        "timeout": str(limits.timeout),
        "max_timeout": str(limits.max_timeout),
        "consent": consent.variable,
        "consent_file": consent.file,
        "run_id": project.run_id,
    }
    lines = [f"__api_{name}={bash_word(value)}" for name, value in values.items()]
    return marked([*lines, f"__api_requires=({requires})"])


def sender(code: str) -> list[str]:
    """Write the function that holds the sender, in quotes and verbatim."""
    if "'" in code or "\0" in code:
        raise ShimgenError("sender.py: holds a single quote or a NUL; do without")
    return ["__api_sender() {", f"  exec python3 -I -S -B -c '{code}' 3>&-", "}"]


def payload_variables(spec: Spec) -> list[str]:
    """Take what the payload reads out of the environment of started programs."""
    names = [spec.project.run_id, spec.consent.variable]
    names += [n for e in spec.events for f in e.fields for n in f.variable]
    return wrapped(["export -n", *sorted(set(names))])


def flags(spec: Spec) -> list[str]:
    """Give each flag its first value."""
    return [
        f"[[ ${{{flag}+set}} ]] || __api_store {flag} false"
        for flag in dict.fromkeys(event.flag for event in spec.events)
    ]


def events(spec: Spec) -> list[str]:
    """Write each event's public function and the list of its fields."""
    lines: list[str] = []
    for event in spec.events:
        lines += ["", *write_event(spec, event)]
    if spec.project.ignored:
        lines += ["", "# Older scripts call these functions, which do nothing."]
        lines += [f"{name}() {{ builtin :; }}" for name in spec.project.ignored]
    return lines[1:]


def groups(spec: Spec) -> list[str]:
    """Take a group that the script names, where the spec has it."""
    return _branches(spec.groups, "__api_group=$3")


def close(spec: Spec) -> list[str]:
    """Report the outcome of a run with the exit code in `$1`."""
    names = [event.function for event in spec.events if event.kind == "outcome"]
    lines = [f"{name} '' \"$1\"" for name in names] or ["builtin :"]
    if not spec.handler.clean_exit:
        return lines
    clean = [f'{name} "$__api_clean_exit" 0' for name in names] or ["builtin :"]
    return _either("[[ $1 == 0 ]]", clean, lines)


def clean_exit(spec: Spec) -> list[str]:
    """Set the status of an open run whose script ends with 0."""
    return [f"__api_clean_exit={bash_word(spec.handler.clean_exit)}"]


def _either(condition: str, yes: list[str], no: list[str]) -> list[str]:
    indented = ([f"  {line}" for line in lines] for lines in (yes, no))
    return [f"if {condition}; then", *next(indented), "else", *next(indented), "fi"]


def reported(spec: Spec) -> list[str]:
    """Set `$1` to what of the end of a run was reported, where that can be."""
    ends = [event for event in spec.events if event.kind == "outcome"]
    can = [
        f"! builtin declare -F {event.function} >/dev/null || builtin set -- nothing"
        for event in ends
    ]
    was = [
        f"[[ ${{{event.flag}-}} != true ]] || builtin set -- 'exit code and meaning'"
        for event in ends
    ]
    return [*can, *was] or ["builtin :"]


def _lines(words: list[str]) -> list[str]:
    return textwrap.wrap(
        " ".join(words), WIDTH - 8, break_long_words=False, break_on_hyphens=False
    )


def _continued(words: list[str]) -> list[str]:
    """Write the words of one command that goes on in the next line."""
    return [f"{line} \\" for line in _indented(words)]


def _branches(words: Sequence[str], command: str) -> list[str]:
    """Write the branches of a `case` that do the same for many words, a line each."""
    if not words:
        return []
    return [f"{' | '.join(line.split())}) {command} ;;" for line in _lines([*words])]


def _indented(words: list[str]) -> list[str]:
    first, *rest = _lines(words)
    return [first, *(f"  {line}" for line in rest)]


def wrapped(words: list[str]) -> list[str]:
    """Write one command over as many lines as it needs."""
    lines = _indented(words)
    return [f"{line} \\" for line in lines[:-1]] + lines[-1:]


@dataclass(frozen=True)
class Source:
    """What the regions of one file are written from.

    `functions` are those that a script calls, `variables` the private ones that are
    set when the file is loaded.
    """

    spec: Spec
    header: list[str]
    sender: str
    functions: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


# Every region, by the name in its marks.
REGIONS: Mapping[str, Callable[[Source], list[str]]] = {
    "header": lambda source: source.header,
    "private": lambda source: private(source.variables),
    "no_ops": lambda source: no_ops(source.functions),
    "settings": lambda source: settings(source.spec),
    "events": lambda source: events(source.spec),
    "flags": lambda source: flags(source.spec),
    "payload_variables": lambda source: payload_variables(source.spec),
    "sender": lambda source: sender(source.sender),
    "words": lambda source: outcomes.words(source.spec),
    "by_code": lambda source: outcomes.by_code(source.spec),
    "codes": lambda source: outcomes.codes(source.spec),
    "clean_exit": lambda source: clean_exit(source.spec),
    "groups": lambda source: groups(source.spec),
    "exit_codes": lambda source: exit_codes(source.spec),
    "close": lambda source: close(source.spec),
    "reported": lambda source: reported(source.spec),
}
