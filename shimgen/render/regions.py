"""The generated lines: one function for each region of the shell parts.

An item of a region is a line of bash. It is data: an assignment, a table's row, a
call with one field. Only the sender's text spans lines, and is taken as it is.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from shimgen.errors import ShimgenError
from shimgen.spec import Event, Field, Spec

from .quote import bash_word, comment, harmless, json_text

WIDTH = 79  # columns of lists and comments
MAX_WIDTH = 100  # columns of a field's line with its description
NO_CODE = (
    "# shellcheck disable=SC1003,SC2016 # a text of the spec, that looks like code"
)


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
            texts = f"{bash_word(category.describe(row))} {bash_word(row.recovery)}"
            lines.append(f"{pattern}{category.name}:{row.code}) __api_means {texts} ;;")
        taken |= {row.code for row in category.codes}
    return _marked([*lines, "*) __api_means '' '' ;;", "esac"])


def _marked(lines: list[str]) -> list[str]:
    """Tell shellcheck in front of a command that its text is not meant as code."""
    result: list[str] = []
    for command in _commands(lines):
        if any(map(_looks_like_code, command)):
            result.append(NO_CODE)
        result += command
    return result


def _looks_like_code(line: str) -> bool:
    return bool(re.search(r"'[^']*[$`\\]", line))


def _commands(lines: list[str]) -> Iterator[list[str]]:
    """Part lines into commands: those of a `case` together, each other one alone."""
    command: list[str] = []
    for line in lines:
        command.append(line)
        if not command[0].startswith("case ") or line == "esac":
            yield command
            command = []


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
    return _marked([*lines, f"__api_requires=({requires})"])


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
        lines += ["", *_event(event)]
    if spec.project.ignored:
        lines += ["", "# Older scripts call these functions, which do nothing."]
        lines += [f"{name}() {{ builtin :; }}" for name in spec.project.ignored]
    return lines[1:]


def close(spec: Spec) -> list[str]:
    """Report the outcome of a run with the exit code in `$1`."""
    names = [event.function for event in spec.events if event.kind == "outcome"]
    return [f"{name} '' \"$1\"" for name in names] or ["builtin :"]


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


def _event(event: Event) -> list[str]:
    name = event.function
    words, arguments = ("", "") if event.kind == "start" else (OUTCOME_WORDS, ' "$@"')
    usage = f" {OUTCOME_USAGE}" if event.kind == "outcome" else ""
    lines = [f"# Usage: {name}{words}", "#"]
    lines += comment(f"{event.description}{usage} Returns 0.")
    report = f'__api_report "$?" {event.kind} {name} {event.flag}{arguments}'
    lines += [f"{name}() {{ {report}; }}", ""]
    lines.append(f"__api_fields_{name}() {{")
    calls = [call for field in event.fields for call in _field(field)]
    return [*lines, *(f"  {line}" for line in _with_comments(calls)), "}"]


OUTCOME_WORDS = " [STATUS] [EXIT_CODE] [force]"
OUTCOME_USAGE = (
    "STATUS: completed, success, done, ok; or failed, failure, error, aborted. Else "
    "the code decides. EXIT_CODE: 0-255, INTERRUPTED, TERMINATED, HANGUP; without it "
    "the variable EXIT_CODE, then $? at the call. The first outcome of a run stands, "
    "unless `force` says otherwise."
)


def _field(field: Field) -> list[tuple[str, str]]:
    """Return the lines of a field, each with what its comment says."""
    before, call = _call(field)
    says = {call: harmless(field.description)}
    return [(line, says.get(line, "")) for line in _marked([*before, call])]


def _with_comments(lines: list[tuple[str, str]]) -> list[str]:
    """Put comments behind lines, where there is room, aligned as shfmt does."""
    room = MAX_WIDTH - 4 - max(len(code) for code, _ in lines) - len(" # ")
    result: list[str] = []
    for commented, group in groupby(lines, lambda line: 0 < len(line[1]) <= room):
        block = list(group)
        width = max(len(code) for code, _ in block)
        result += [
            f"{code:{width}} # {text}" if commented else code for code, text in block
        ]
    return result


def _call(field: Field) -> tuple[list[str], str]:
    """Return the lines in front of a field's call, and the call."""
    if field.type == "constant":
        assert field.value is not None, "rules.py: a constant has a value"
        return [], f"__api_constant {field.key} {bash_word(json_text(field.value))}"
    if field.command:
        words = (field.key, str(field.max_length), field.command, str(field.part))
        return [], f"__api_command {' '.join(words)}"
    if field.outcome == "duration":
        return [], f"__api_duration {field.key}"
    before, value = _value(field)
    if field.type == "list":
        optional = " optional" if field.optional else ""
        return before, f"__api_list {field.key} {value}{optional}"
    if field.type == "integer":
        call = f"__api_integer {field.key} {value}"
        call += f" {bash_word(field.unit)}" if field.unit else ""
    else:
        call = f"__api_text {field.key} {field.max_length} {value}"
    unset = f"[[ -z {value[1:-1]} ]] || " if field.optional else ""
    return before, unset + call


OUTCOME_VALUES = {
    "status": '"$__api_status"',
    "exit_code": '"$__api_code"',
    "explanation": '"$__api_explanation"',
}


def _value(field: Field) -> tuple[list[str], str]:
    """Return the double-quoted expansion of a field's source.

    A default that bash could read as more than text goes through `$1`, whose value
    no expansion looks at again.
    """
    if field.outcome:
        return [], OUTCOME_VALUES[field.outcome]
    before, default = [], field.default
    if not re.fullmatch(r"[A-Za-z0-9._+:/-]*", default):
        before, default = [f"set -- {bash_word(default)}"], "$1"
    *others, last = field.variable
    value = f"${{{last}:-{default}}}" if default else f"${{{last}-}}"
    for name in reversed(others):
        value = f"${{{name}:-{value}}}"
    return before, f'"{value}"'


def _lines(words: list[str]) -> list[str]:
    return textwrap.wrap(
        " ".join(words), WIDTH - 8, break_long_words=False, break_on_hyphens=False
    )


def _continued(words: list[str]) -> list[str]:
    """Write the words of one command that goes on in the next line."""
    return [f"{line} \\" for line in _indented(words)]


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
    "exit_codes": lambda source: exit_codes(source.spec),
    "close": lambda source: close(source.spec),
    "reported": lambda source: reported(source.spec),
}
