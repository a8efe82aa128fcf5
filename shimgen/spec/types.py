"""The spec as frozen types: everything that differs between projects."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from shimgen.errors import ShimgenError


def _text(pattern: str, description: str) -> Meta:
    """A text that matches all of `pattern`; `description` follows "must be"."""
    return Meta(pattern=rf"\A(?:{pattern})\Z", description=description)


_LINE = r"[!-~](?:[ -~]*[!-~])?"
_ASCII_LINE = "one line of printable ASCII without blanks at its ends"
# No control characters, and none that turn the direction of a text around: these show a
# line in another order than bash reads it.
_SHOWN = (
    r"(?!\s)[^\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+(?<!\s)"
)
_IS_SHOWN = "one line of printable text without blanks at its ends"
_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_COMMAND = "[A-Za-z0-9_][A-Za-z0-9._+-]*"
_IS_COMMAND = 'the name of a program: letters, digits and ". _ + -"'

Line = Annotated[str, _text(_LINE, _ASCII_LINE)]
OptionalLine = Annotated[str, _text(f"({_LINE})?", f"empty or {_ASCII_LINE}")]
Shown = Annotated[str, _text(_SHOWN, _IS_SHOWN)]
OptionalShown = Annotated[str, _text(f"({_SHOWN})?", f"empty or {_IS_SHOWN}")]
Identifier = Annotated[
    str,
    _text(
        "[a-z][a-z0-9_]{0,31}",
        '1-32 lower-case letters, digits and "_", a letter first',
    ),
]
Slug = Annotated[
    str, _text("[a-z][a-z0-9-]*", 'lower-case letters, digits and "-", a letter first')
]
FileName = Annotated[
    str,
    _text(
        "[A-Za-z0-9][A-Za-z0-9._+-]*",
        'a file name of letters, digits and ". _ + -" without a folder',
    ),
]
Version = Annotated[
    str, _text("[0-9A-Za-z][0-9A-Za-z.+-]*", 'a version such as "1.0.0"')
]
Url = Annotated[
    str,
    _text(
        "(?=.{1,2048}$)(?i:https?)://[!-.0->@-~][!-~]*",
        "an http:// or https:// URL of at most 2048 printable characters",
    ),
]
Name = Annotated[
    str, _text(_NAME, 'a bash name: letters, digits and "_", no digit first')
]
Names = Annotated[
    tuple[Name, ...], Meta(description="a bash name or a list of bash names")
]
Command = Annotated[str, _text(_COMMAND, _IS_COMMAND)]
OptionalCommand = Annotated[str, _text(f"({_COMMAND})?", _IS_COMMAND)]
AbsolutePath = Annotated[
    str,
    _text("(/[ -~]*[!-.0-~])?", 'empty or the path of a file, beginning with "/"'),
]
Unit = Annotated[str, _text("[A-Za-z%]{0,8}", "at most 8 letters")]
Seconds = Annotated[
    int, Meta(ge=1, le=99, description="a whole number of seconds, 1-99")
]
Length = Annotated[
    int, Meta(ge=1, le=4096, description="a whole number of bytes, 1-4096")
]
Code = Annotated[
    int, Meta(ge=1, le=255, description='a number 1-255 (0 always is "Success")')
]
CodeOrZero = Annotated[int, Meta(ge=0, le=255, description="a number 0-255")]
_STATUS_WORD = "[A-Za-z0-9_.-]{1,15}"  # a shim looks at 16 characters of an argument
_IS_STATUS_WORD = '1-15 letters, digits and ". _ -"'
StatusWord = Annotated[str, _text(_STATUS_WORD, _IS_STATUS_WORD)]
WordCodes = Annotated[
    dict[str, Code], Meta(description="a table of words and exit codes 1-255")
]
Counts = Annotated[
    Literal["success", "failure", "neither"],
    Meta(description='"success", "failure" or "neither"'),
]
Part = Annotated[
    int, Meta(ge=0, le=99, description="a number 1-99, or 0 for the whole line")
]
Constant = Annotated[str | int | None, Meta(description="a text or a whole number")]
Flag = Annotated[bool, Meta(description="true or false")]
FieldType = Annotated[
    Literal["text", "integer", "decimal", "boolean", "enum", "list", "constant"],
    Meta(
        description='"text", "integer", "decimal", "boolean", "enum", "list" or '
        '"constant"'
    ),
]
Outcome = Annotated[
    Literal["", "status", "exit_code", "explanation", "group", "duration"],
    Meta(description='"status", "exit_code", "explanation", "group" or "duration"'),
]
OptionalIdentifier = Annotated[
    str,
    _text(
        "([a-z][a-z0-9_]{0,31})?",
        '1-32 lower-case letters, digits and "_", a letter first',
    ),
]
Bound = Annotated[
    int, Meta(ge=0, le=999_999_999, description="a whole number, 0-999999999")
]
Kind = Annotated[Literal["start", "outcome"], Meta(description='"start" or "outcome"')]


class Project(Struct, frozen=True):
    """Names, endpoint, and the commands without which a host reports nothing.

    `ignored` names functions of an older file that scripts still call: they are
    defined, and do nothing.
    """

    name: Slug
    title: Line
    version: Version
    file: FileName
    error_handler: FileName
    endpoint: Url
    run_id: Name
    requires: tuple[Command, ...] = ()
    ignored: tuple[Name, ...] = ()


class Limits(Struct, frozen=True):
    """Seconds for a report, and the default length in bytes of a text field."""

    timeout: Seconds = 5
    max_timeout: Seconds = 30
    max_length: Length = 64


class Consent(Struct, frozen=True):
    """The variable and the file (empty: none) that allow or forbid reports."""

    variable: Name
    file: AbsolutePath = ""


class ExitCode(Struct, frozen=True):
    """One exit code, its meaning and how to recover.

    `ascii` is the meaning as it is sent, where the one that is shown is not ASCII.
    `group` is a word that stands for the code's kind of cause.
    """

    code: Code
    meaning: Shown
    recovery: OptionalShown = ""
    group: OptionalIdentifier = ""
    ascii: OptionalLine = ""


class Category(Struct, frozen=True):
    """The exit codes of one source; `label` is put in front of each meaning."""

    name: Identifier
    title: Line
    codes: tuple[ExitCode, ...]
    label: OptionalLine = ""

    def describe(self, row: ExitCode) -> str:
        """What `explain_exit_code` prints for `row`."""
        return self._labelled(row.meaning)

    def explain(self, row: ExitCode) -> str:
        """What a report says about `row`, in ASCII."""
        return self._labelled(row.ascii or row.meaning)

    def _labelled(self, meaning: str) -> str:
        return f"{self.label}: {meaning}" if self.label else meaning


class Status(Struct, frozen=True):
    """One way in which a run can end.

    A script passes `name` or one of `words` as STATUS. `code` is what a report says
    where no exit code other than 0 is given; `word_codes` the same for single words. A
    failure with one of `codes` has this status, whatever the word. `fallback` gives it
    to words that no status has. `counts` is what statistics make of such a run.
    """

    name: Identifier
    counts: Counts
    words: tuple[StatusWord, ...] = ()
    code: CodeOrZero = 0
    word_codes: WordCodes = {}
    codes: tuple[Code, ...] = ()
    fallback: Flag = False

    def code_of(self, word: str) -> int:
        """Return the exit code for a word where none other than 0 is given."""
        least = 1 if self.counts == "failure" else 0
        return self.word_codes.get(word, self.code or least)


# What a spec has that names none.
STATUSES = (
    Status("completed", "success", words=("success", "done", "ok")),
    Status(
        "failed",
        "failure",
        words=("failure", "error", "aborted"),
        word_codes={"aborted": 130},
    ),
)


class Handler(Struct, frozen=True):
    """What the error handler does for this project.

    `clean_exit` is the status that it reports where a script ends with 0 and has opened
    a run, but not closed it; empty: none, so that the run stays unfinished.
    """

    clean_exit: OptionalIdentifier = ""


class Field(Struct, frozen=True):
    """One key of a payload and the one source of its value.

    `variable` names variables of which the first that is set and not empty counts;
    `part` is the 1-based "/"-separated part of the first line that `command`
    prints, 0 for the whole line. `max_length` is in bytes; a field that says none gets
    that of the limits when a spec is loaded. `values` are the words that it may send,
    if these are a closed list. `dimension` names the dimension under which statistics
    count the value.
    """

    key: Identifier
    type: FieldType
    description: Line
    example: OptionalLine = ""
    variable: Names = ()
    value: Constant = None
    default: OptionalLine = ""
    command: OptionalCommand = ""
    part: Part = 0
    outcome: Outcome = ""
    unit: Unit = ""
    max_length: Length = 0
    optional: Flag = False
    values: tuple[Line, ...] = ()
    dimension: OptionalIdentifier = ""


class Dimension(Struct, frozen=True):
    """A property that statistics count runs by; "app" groups all of them.

    Several fields of an event with the same dimension are joined by a blank. `buckets`
    are the upper bounds, ascending, of the ranges in which an integer is counted;
    empty: each value by itself.
    """

    name: Identifier
    title: Line
    buckets: tuple[Bound, ...] = ()


class Event(Struct, frozen=True):
    """One report: the function that makes it, its flag and its fields."""

    function: Name
    kind: Kind
    flag: Name
    description: Line
    fields: tuple[Field, ...]

    @property
    def by_outcome(self) -> dict[str, Field]:
        """The fields that a part of the outcome fills, by the name of that part."""
        return {field.outcome: field for field in self.fields if field.outcome}


class Spec(Struct, frozen=True):
    """A whole spec; `source` (file name) and `digest` (SHA-256) identify it."""

    project: Project
    limits: Limits
    consent: Consent
    categories: tuple[Category, ...]
    events: tuple[Event, ...]
    dimensions: tuple[Dimension, ...] = ()
    statuses: tuple[Status, ...] = STATUSES
    handler: Handler = Handler()
    source: str = ""
    digest: str = ""

    def event(self, function: str) -> Event:
        """Return the event of a function; raises ShimgenError if there is none."""
        for event in self.events:
            if event.function == function:
                return event
        names = ", ".join(event.function for event in self.events)
        raise ShimgenError(f'no event "{function}" in the spec; use one of {names}')

    def status(self, counts: str) -> Status:
        """Return the first status that counts so; raises StopIteration without one."""
        return next(status for status in self.statuses if status.counts == counts)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of all exit codes, each once."""
        rows = (row for category in self.categories for row in category.codes)
        return tuple(dict.fromkeys(row.group for row in rows if row.group))

    def run_key(self, event: Event) -> str:
        """Return the key of the field that says which run a report belongs to."""
        run_id = (self.project.run_id,)
        return next(field.key for field in event.fields if field.variable == run_id)
