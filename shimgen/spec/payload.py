"""What a value of a payload may be: the one table of rules for what is sent.

The JSON Schema, the reference page and the collector ask here. The shell functions and
`reference/` produce the values, and are tested against the schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol

from msgspec import Meta

from .types import Counts, Event, Field, Spec

Schema = dict[str, Any]

UNKNOWN_GROUP = "unknown"  # of an exit code that has none
MAX_INTEGER = 999_999_999
MAX_EXIT_CODE = 255
MAX_DURATION = 86_400  # seconds
MAX_WORDS = 16
LIMIT = MAX_INTEGER + 1  # of a decimal number, which is below it

# JSON Schema's "$" matches at the end of the text only; Python's also before a final
# newline, so Python uses "\Z".
TEXT = "^([!-~][ -~]*)?$"  # printable ASCII without a space in front
WORD = "^[A-Za-z0-9._+:=-]{1,32}$"
_TEXT = re.compile(TEXT.replace("$", r"\Z"))
_WORD = re.compile(WORD.replace("$", r"\Z"))


class Rule(Protocol):
    """What a value may be, in the four forms in which it is needed."""

    @property
    def title(self) -> str:
        """The rule in a few words, in Markdown."""

    @property
    def schema(self) -> Schema:
        """The rule as JSON Schema."""

    @property
    def type(self) -> Any:
        """The type that msgspec decodes such a value to.

        For a text it says the length alone: a reader has to check the characters.
        """

    def problem(self, value: object) -> str:
        """What is wrong with a decoded JSON value; empty if nothing is."""


@dataclass(frozen=True)
class Constant:
    """Always the same value."""

    value: str | int | None

    @property
    def title(self) -> str:  # noqa: D102  Rule says it, here and below
        return "constant"

    @property
    def schema(self) -> Schema:  # noqa: D102
        return {"const": self.value}

    @property
    def type(self) -> Any:  # noqa: D102
        return Literal[self.value]

    def problem(self, value: object) -> str:  # noqa: D102
        if type(value) is type(self.value) and value == self.value:
            return ""
        return f"must be {json.dumps(self.value)}"


@dataclass(frozen=True)
class OneOf:
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def title(self) -> str:  # noqa: D102
        return f"text: {' or '.join(f'`{word}`' for word in self.words)}"

    @property
    def schema(self) -> Schema:  # noqa: D102
        return {"enum": list(self.words)}

    @property
    def type(self) -> Any:  # noqa: D102
        return Literal[self.words]

    def problem(self, value: object) -> str:  # noqa: D102
        if isinstance(value, str) and value in self.words:
            return ""
        return f"must be {' or '.join(json.dumps(word) for word in self.words)}"


@dataclass(frozen=True)
class WholeNumber:
    """A whole number from 0 to `maximum`, or null where that is allowed."""

    maximum: int
    or_null: bool = True

    @property
    def title(self) -> str:  # noqa: D102
        return f"integer{' or null' if self.or_null else ''}"

    @property
    def schema(self) -> Schema:  # noqa: D102
        kind = ["integer", "null"] if self.or_null else "integer"
        return {"type": kind, "minimum": 0, "maximum": self.maximum}

    @property
    def type(self) -> Any:  # noqa: D102
        number = Annotated[int, Meta(ge=0, le=self.maximum)]
        return number | None if self.or_null else number

    def problem(self, value: object) -> str:  # noqa: D102
        if value is None and self.or_null:
            return ""
        # isinstance would let a bool through.
        if type(value) is int and 0 <= value <= self.maximum:
            return ""
        return (
            f"must be a whole number 0-{self.maximum}"
            f"{' or null' if self.or_null else ''}"
        )


@dataclass(frozen=True)
class Decimal:
    """A number from 0, of at most 9 digits before the point and 6 behind, or null."""

    @property
    def title(self) -> str:  # noqa: D102
        return "decimal number or null"

    @property
    def schema(self) -> Schema:  # noqa: D102
        return {"type": ["number", "null"], "minimum": 0, "exclusiveMaximum": LIMIT}

    @property
    def type(self) -> Any:  # noqa: D102
        return Annotated[float, Meta(ge=0, lt=LIMIT)] | None

    def problem(self, value: object) -> str:  # noqa: D102
        if value is None:
            return ""
        # isinstance would let a bool through.
        if type(value) in (int, float) and 0 <= value < LIMIT:  # type: ignore[operator]
            return ""
        return f"must be a number from 0 to below {LIMIT} or null"


@dataclass(frozen=True)
class Boolean:
    """True, false, or null where a script says neither."""

    @property
    def title(self) -> str:  # noqa: D102
        return "boolean or null"

    @property
    def schema(self) -> Schema:  # noqa: D102
        return {"type": ["boolean", "null"]}

    @property
    def type(self) -> Any:  # noqa: D102
        return bool | None

    def problem(self, value: object) -> str:  # noqa: D102
        if value is None or isinstance(value, bool):
            return ""
        return "must be true, false or null"


@dataclass(frozen=True)
class Words:
    """A list of at least `minimum` and at most MAX_WORDS words."""

    minimum: int

    @property
    def title(self) -> str:  # noqa: D102
        return "list of words"

    @property
    def schema(self) -> Schema:  # noqa: D102
        minimum = {"minItems": self.minimum} if self.minimum else {}
        items = {"type": "string", "pattern": WORD}
        return {"type": "array", "items": items} | minimum | {"maxItems": MAX_WORDS}

    @property
    def type(self) -> Any:  # noqa: D102
        word = Annotated[str, Meta(pattern=_WORD.pattern)]
        size = Meta(min_length=self.minimum, max_length=MAX_WORDS)
        return Annotated[list[word], size]

    def problem(self, value: object) -> str:  # noqa: D102
        if not isinstance(value, list) or not self.minimum <= len(value) <= MAX_WORDS:
            return f"must be a list of {self.minimum}-{MAX_WORDS} words"
        if all(isinstance(word, str) and _WORD.search(word) for word in value):
            return ""
        return 'must hold only words of 1-32 letters, digits and ". _ + : = -"'


@dataclass(frozen=True)
class Text:
    """Printable ASCII without a space in front."""

    max_length: int  # bytes

    @property
    def title(self) -> str:  # noqa: D102
        return f"text, at most {self.max_length}"

    @property
    def schema(self) -> Schema:  # noqa: D102
        return {"type": "string", "maxLength": self.max_length, "pattern": TEXT}

    @property
    def type(self) -> Any:  # noqa: D102
        return Annotated[str, Meta(max_length=self.max_length)]

    def problem(self, value: object) -> str:  # noqa: D102
        if (
            isinstance(value, str)
            and len(value) <= self.max_length
            and _TEXT.search(value)
        ):
            return ""
        return (
            f"must be at most {self.max_length} printable ASCII characters, "
            "no space in front"
        )


def rule(field: Field) -> Rule:
    """Return what the value of `field` may be."""
    if field.type == "constant":
        return Constant(field.value)
    if field.values:
        more = (field.default,) if field.type == "enum" else ()
        return OneOf(tuple(dict.fromkeys((*field.values, *more))))
    if field.outcome == "exit_code":
        return WholeNumber(MAX_EXIT_CODE, or_null=False)
    if field.outcome == "duration":
        return WholeNumber(MAX_DURATION)
    if field.type == "boolean":
        return Boolean()
    if field.type == "decimal":
        return Decimal()
    if field.type == "integer":
        return WholeNumber(MAX_INTEGER)
    if field.type == "list":
        return Words(1 if field.optional else 0)
    return Text(field.max_length)


@dataclass(frozen=True)
class OutcomeRule:
    """What the fields of an outcome must be together.

    A run that counts as a success has exit code 0 and nothing to explain; one that
    counts as a failure never has 0. `counts` says what a run counts as, by its status
    as it is sent. A key is empty where the event lacks it.
    """

    counts: Mapping[str, Counts]
    status_key: str
    exit_code_key: str
    explanation_key: str

    def problems(
        self, status: object, exit_code: object, explanation: object
    ) -> list[tuple[str, str]]:
        """Return key and text of each contradiction; None stands for "not given"."""
        problems = []
        counts = self.counts.get(status) if isinstance(status, str) else None
        if exit_code is not None and counts == "success" and exit_code != 0:
            problems.append((self.exit_code_key, "must be 0 in a success"))
        if exit_code == 0 and counts == "failure":
            problems.append((self.exit_code_key, "must not be 0 in a failure"))
        if counts == "success" and explanation:
            problems.append((self.explanation_key, "must be empty in a success"))
        return problems

    @property
    def schema(self) -> Schema:
        """The rule as JSON Schema; empty where it constrains nothing."""
        success: Schema = {}
        failure: Schema = {}
        if self.exit_code_key:
            success[self.exit_code_key] = {"const": 0}
            failure[self.exit_code_key] = {"minimum": 1}
        if self.explanation_key:
            success[self.explanation_key] = {"const": ""}
        rules = [
            {"if": self._is(counts), "then": {"properties": properties}}
            for counts, properties in (("success", success), ("failure", failure))
            if properties
        ]
        return {"allOf": rules} if rules else {}

    def _is(self, counts: str) -> Schema:
        """Match a payload whose status counts so; one without a status matches all."""
        words = [word for word, what in self.counts.items() if what == counts]
        return {"properties": {self.status_key: {"enum": words}}}


def outcome_rule(spec: Spec, event: Event) -> OutcomeRule | None:
    """Return the rule for the outcome of `event`; None if it has no status."""
    fields = event.by_outcome
    if "status" not in fields:
        return None
    keys = {part: field.key for part, field in fields.items()}
    length = fields["status"].max_length
    return OutcomeRule(
        counts={status.name[:length]: status.counts for status in spec.statuses},
        status_key=keys["status"],
        exit_code_key=keys.get("exit_code", ""),
        explanation_key=keys.get("explanation", ""),
    )
