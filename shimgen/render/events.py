"""The functions of the events: a line for each field, from its source to its type."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from shimgen.spec import Event, Field, Spec

from . import outcomes
from .code import marked
from .quote import bash_word, comment, harmless, json_text

MAX_WIDTH = 100  # columns of a field's line with its description


def write_event(spec: Spec, event: Event) -> list[str]:
    """Write the public function of an event, and the list of its fields."""
    name = event.function
    words, arguments = ("", "") if event.kind == "start" else (OUTCOME_WORDS, ' "$@"')
    usage = f" {outcomes.usage(spec)} {OUTCOME_USAGE}" if words else ""
    lines = [f"# Usage: {name}{words}", "#"]
    lines += comment(f"{event.description}{usage} Returns 0.")
    report = f'__api_report "$?" {event.kind} {name} {event.flag}{arguments}'
    lines += [f"{name}() {{ {report}; }}", ""]
    lines.append(f"__api_fields_{name}() {{")
    calls = [call for field in event.fields for call in _field(field)]
    return [*lines, *(f"  {line}" for line in _with_comments(calls)), "}"]


OUTCOME_WORDS = " [STATUS] [EXIT_CODE] [force]"
OUTCOME_USAGE = (
    "EXIT_CODE: 0-255, INTERRUPTED, TERMINATED, HANGUP; without it the variable "
    "EXIT_CODE, then $? at the call. The first outcome of a run stands, unless `force` "
    "says otherwise."
)


def _field(field: Field) -> list[tuple[str, str]]:
    """Return the lines of a field, each with what its comment says."""
    before, call = _call(field)
    says = {call: harmless(field.description)}
    return [(line, says.get(line, "")) for line in marked([*before, call])]


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
    if field.outcome == "duration":
        return [], f"__api_duration {field.key}"
    before, value = _value(field)
    call = " ".join(_typed(field, value))
    if field.command:
        before = [f"__api_from_command {field.part} {field.command}"]
    elif field.optional and field.type != "list":
        call = f"[[ -z {value[1:-1]} ]] || {call}"
    return before, call


def _typed(field: Field, value: str) -> list[str]:
    """Return the words that send a value by the rule of the field's type."""
    words = [field.key, value]
    length = str(field.max_length)
    if field.outcome == "group":
        return ["__api_send_group", field.key, length, value]
    if field.type == "text":
        return ["__api_text", field.key, length, value]
    if field.type == "list":
        words += ["optional"] if field.optional else []
    elif field.type == "enum":
        words += map(bash_word, (field.default, *field.values))
    elif field.unit:
        words += [bash_word(field.unit)]
    return [f"__api_{field.type}", *words]


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
    if field.outcome in OUTCOME_VALUES:
        return [], OUTCOME_VALUES[field.outcome]
    if field.command:
        return [], '"$__api_word"'
    before, default = [], "" if field.type == "enum" else field.default
    if not re.fullmatch(r"[A-Za-z0-9._+:/-]*", default):
        before, default = [f"set -- {bash_word(default)}"], "$1"
    return before, f'"{_expansion(field.variable, default)}"'


def _expansion(variables: Sequence[str], default: str = "") -> str:
    """Write the first of the variables that is set and not empty, else the default."""
    if not variables:
        return default
    *others, last = variables
    value = f"${{{last}:-{default}}}" if default else f"${{{last}-}}"
    for name in reversed(others):
        value = f"${{{name}:-{value}}}"
    return value
