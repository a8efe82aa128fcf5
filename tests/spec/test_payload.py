"""The forms of a rule agree: message, JSON Schema, and type."""

from __future__ import annotations

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shimgen.spec import Counts, Event, load
from shimgen.spec.payload import (
    Boolean,
    Constant,
    Decimal,
    OneOf,
    OutcomeRule,
    Rule,
    Text,
    WholeNumber,
    Words,
    outcome_rule,
    rule,
)
from support.frozen import FROZEN, FROZEN_SPEC
from support.paths import SPECS

RULES = [
    Constant("lxc"),
    Constant(1),
    OneOf(("completed", "failed")),
    WholeNumber(255, or_null=False),
    WholeNumber(999),
    Words(0),
    Words(1),
    Text(5),
    Decimal(),
    Boolean(),
]
# Values at, below and above every limit of these rules.
VALUES: list[object] = [
    *(None, True, False, 1.5, {}, "", " ", "a", " a", "a ", "abcde", "abcdef", "a\n"),
    *("é", "lxc", "completed", "failed", "x" * 33),
    *(-1, 0, 1, 254, 255, 256, 999, 1000, 999_999_999.5, 1_000_000_000),
    *([], [""], ["a"], ["a b"], ["a\n"], ["x" * 32], ["x" * 33], [1], ["a"] * 16),
    ["a"] * 17,
]
EVENTS = [
    event for path in (FROZEN_SPEC, SPECS / "full.toml") for event in load(path).events
]


def decodes(rule: Rule, value: object) -> bool:
    try:
        msgspec.convert(value, rule.type, strict=True)
    except msgspec.ValidationError:
        return False
    return True


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_message_schema_and_type_agree(rule: Rule, value: object) -> None:
    accepted = not rule.problem(value)
    # A schema's "$" would let a final newline through in Python's `re`, not elsewhere.
    if not (isinstance(value, str) and value.endswith("\n")) and value != ["a\n"]:
        validator = jsonschema.Draft202012Validator(rule.schema)
        assert validator.is_valid(value) == accepted
    if isinstance(rule, Text) and isinstance(value, str):
        assert decodes(rule, value) or not accepted, "the type says the length alone"
    else:
        assert decodes(rule, value) == accepted


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_a_refusal_says_what_is_wanted(rule: Rule) -> None:
    assert rule.problem({}).startswith(("must be ", "must hold "))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.function)
def test_every_field_has_a_rule_and_a_title(event: Event) -> None:
    assert all(rule(field).title for field in event.fields)


COUNTS: dict[str, Counts] = {
    "completed": "success",
    "failed": "failure",
    "skipped": "neither",
}
STATUS = st.sampled_from([*COUNTS])
CODE = st.one_of(st.none(), st.integers(0, 255))
EXPLANATION = st.one_of(st.none(), st.sampled_from(["", "Command not found"]))


@given(status=STATUS, code=CODE, explanation=EXPLANATION)
def test_an_outcome_is_judged_as_its_schema_judges_it(
    status: str, code: int | None, explanation: str | None
) -> None:
    outcome = OutcomeRule(COUNTS, "status", "exit_code", "explanation")
    given = {"status": status, "exit_code": code, "explanation": explanation}
    payload = {key: value for key, value in given.items() if value is not None}
    validator = jsonschema.Draft202012Validator(outcome.schema)
    problems = outcome.problems(status, code, explanation)
    assert validator.is_valid(payload) == (not problems)


def test_an_event_without_a_status_has_no_outcome() -> None:
    starts = [event for event in EVENTS if event.kind == "start"]
    assert starts
    assert all(outcome_rule(FROZEN, event) is None for event in starts)
