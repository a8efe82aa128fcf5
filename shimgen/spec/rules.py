"""Rules of a spec that concern more than one key, or names that bash has taken."""

from __future__ import annotations

import re

from .names import (
    SHIM_FUNCTIONS,
    SHIM_INPUTS,
    TAKEN_FUNCTIONS,
    TAKEN_VARIABLES,
)
from .reader import Reader
from .types import Category, Event, Field, Spec

SOURCES = ("variable", "value", "command", "outcome")

# Which keys a field of each type may have, besides key, type and description.
ALLOWED = {
    "text": {"variable", "command", "outcome", "part", "default", "max_length"},
    "integer": {"variable", "outcome", "unit", "default"},
    "decimal": {"variable", "unit", "default"},
    "boolean": {"variable"},
    "enum": {"variable", "command", "part", "values", "default"},
    "constant": {"value"},
    "list": {"variable"},
}
OUTCOME_TYPES = {
    "status": "text",
    "exit_code": "integer",
    "explanation": "text",
    "group": "text",
    "duration": "integer",
}


def check(spec: Spec, reader: Reader) -> None:
    """Record in `reader` every rule that `spec` breaks."""
    _Rules(spec, reader).check()


class _Rules:
    def __init__(self, spec: Spec, reader: Reader) -> None:
        self.spec = spec
        self.reader = reader

    def check(self) -> None:
        self._project()
        self.reader.unique("category[{}].name", [c.name for c in self.spec.categories])
        for number, category in enumerate(self.spec.categories):
            self._category(f"category[{number}]", category)
        functions = [e.function for e in self.spec.events]
        self.reader.unique("event[{}].function", functions)
        self._ignored(functions)
        if not functions and self.reader.clean("event"):
            self.reader.add("event", None, "is empty; add an [[event]]")
        for number, event in enumerate(self.spec.events):
            self._event(f"event[{number}]", event)
        self._flags()
        self._outcomes()

    def _project(self) -> None:
        project, limits = self.spec.project, self.spec.limits
        add = self.reader.add
        for key in ("file", "error_handler"):
            if getattr(project, key) == "SHA256SUMS":
                add(
                    f"project.{key}",
                    "SHA256SUMS",
                    "is taken by the checksums; rename it",
                )
        if project.error_handler == project.file != "":
            remedy = "must not be the name in project.file; rename one"
            add("project.error_handler", project.file, remedy)
        self.reader.unique("project.requires[{}]", project.requires)
        self._variable("project.run_id", project.run_id)
        self._variable("consent.variable", self.spec.consent.variable)
        if self.spec.consent.variable == project.run_id != "":
            remedy = "must not be the variable of project.run_id; rename one"
            add("consent.variable", project.run_id, remedy)
        known = self.reader.clean("limits.timeout", "limits.max_timeout")
        if known and limits.timeout > limits.max_timeout:
            remedy = f"must not exceed limits.max_timeout ({limits.max_timeout})"
            add("limits.timeout", limits.timeout, remedy)
        if self.spec.consent.file.endswith("/.."):
            add(
                "consent.file", self.spec.consent.file, "must name a file, not a folder"
            )

    def _ignored(self, functions: list[str]) -> None:
        ignored = self.spec.project.ignored
        self.reader.unique("project.ignored[{}]", ignored)
        for number, name in enumerate(ignored):
            path = f"project.ignored[{number}]"
            self._function(path, name)
            if name in functions:
                self.reader.add(path, name, "is a report of this spec; remove it")

    def _category(self, path: str, category: Category) -> None:
        codes = [row.code for row in category.codes]
        if not codes and self.reader.clean(f"{path}.codes"):
            self.reader.add(f"{path}.codes", [], "is empty; add a code or remove it")
        self.reader.unique(path + ".codes[{}].code", codes)
        fields = (field for event in self.spec.events for field in event.fields)
        is_sent = any(field.outcome == "explanation" for field in fields)
        for number, row in enumerate(category.codes):
            place = f"{path}.codes[{number}].ascii"
            if row.ascii and row.meaning.isascii():
                remedy = "means nothing beside a meaning in ASCII; remove it"
                self.reader.add(place, row.ascii, remedy)
            elif is_sent and not row.ascii and not row.meaning.isascii():
                remedy = "is missing: reports hold the meaning, and only ASCII; add it"
                self.reader.add(place, None, remedy)

    def _event(self, path: str, event: Event) -> None:
        self._function(f"{path}.function", event.function)
        self._variable(f"{path}.flag", event.flag)
        self.reader.unique(path + ".fields[{}].key", [f.key for f in event.fields])
        outcomes = [f.outcome for f in event.fields]
        self.reader.unique(path + ".fields[{}].outcome", outcomes)
        for number, field in enumerate(event.fields):
            place = f"{path}.fields[{number}]"
            _FieldRules(self.spec, self.reader, place, event, field).check()
            for index, name in enumerate(field.variable):
                self._variable(f"{place}.variable[{index}]", name)
        if not self.reader.clean(f"{path}.fields", f"{path}.kind", "project.run_id"):
            return
        run_id = self.spec.project.run_id
        if not any(f.variable == (run_id,) and f.type == "text" for f in event.fields):
            remedy = (
                f'has no text field with variable = "{run_id}" (project.run_id); add'
            )
            self.reader.add(f"{path}.fields", None, f"{remedy} one")
        if event.kind == "outcome" and "status" not in outcomes:
            remedy = 'has no field with outcome = "status"; add one'
            self.reader.add(f"{path}.fields", None, remedy)

    def _function(self, path: str, name: str) -> None:
        commands = {f.command for e in self.spec.events for f in e.fields}
        if name in SHIM_FUNCTIONS:
            self.reader.add(path, name, "is a function of the shim itself; rename it")
        elif name in TAKEN_FUNCTIONS or name.startswith("__api_"):
            self.reader.add(path, name, "is taken by bash or by the shim; rename it")
        elif name and name in commands.union(self.spec.project.requires):
            self.reader.add(path, name, "is a host command of this spec; rename it")

    def _variable(self, path: str, name: str) -> None:
        if name in TAKEN_VARIABLES or name.startswith(("__api_", "BASH")):
            self.reader.add(path, name, "is set by bash or by the shim; use another")

    def _flags(self) -> None:
        """Only the shim sets a flag; start events may share one, an outcome may not."""
        fields = [f for e in self.spec.events for f in e.fields]
        read = {name for f in fields for name in f.variable}
        read |= {self.spec.project.run_id, self.spec.consent.variable, *SHIM_INPUTS}
        first: dict[str, int] = {}
        for number, event in enumerate(self.spec.events):
            path = f"event[{number}].flag"
            if event.flag in read - {""}:
                self.reader.add(path, event.flag, "is also an input; rename one")
            other = first.setdefault(event.flag, number)
            kinds = {event.kind, self.spec.events[other].kind}
            if other != number and event.flag and "outcome" in kinds:
                remedy = f"is the flag of event[{other}] too; rename one"
                self.reader.add(path, event.flag, remedy)

    def _outcomes(self) -> None:
        """A run has one outcome, which the error handler reports."""
        kinds = [event.kind for event in self.spec.events]
        for number in [i for i, kind in enumerate(kinds) if kind == "outcome"][1:]:
            remedy = (
                f"appears twice (first at event[{kinds.index('outcome')}]); keep one"
            )
            self.reader.add(f"event[{number}].kind", "outcome", remedy)


class _FieldRules:
    def __init__(
        self, spec: Spec, reader: Reader, path: str, event: Event, field: Field
    ) -> None:
        self.groups = spec.groups
        self.reader = reader
        self.path = path
        self.event = event
        self.field = field
        self.max_length = field.max_length or spec.limits.max_length

    def check(self) -> None:
        if not self._clean("type"):
            return
        self._keys()
        self.reader.unique(self.path + ".variable[{}]", self.field.variable)
        if self._clean(*SOURCES):
            self._source()
        if self.field.outcome:
            self._outcome()
        if self.field.type == "enum":
            self._enum()
        self._optional()
        self._sample("default")
        self._sample("example")

    def _clean(self, *keys: str) -> bool:
        return self.reader.clean(*(f"{self.path}.{key}" for key in keys))

    def _add(self, key: str, remedy: str) -> None:
        self.reader.add(f"{self.path}.{key}", getattr(self.field, key), remedy)

    def _set(self, key: str) -> bool:
        return getattr(self.field, key) not in ("", (), None, 0) or (
            key == "value" and self.field.value is not None
        )

    def _keys(self) -> None:
        """Find keys that have no meaning for this type or source."""
        allowed = ALLOWED[self.field.type]
        for key in sorted(set().union(*ALLOWED.values()) - allowed):
            if self._set(key):
                self._add(
                    key,
                    f'means nothing in a field of type "{self.field.type}"; remove it',
                )
        for key, needs in (
            ("part", "command"),
            ("unit", "variable"),
            ("default", "variable"),
        ):
            if key == "default" and self.field.type == "enum":
                continue
            if self._set(key) and not self._set(needs) and self._clean(needs):
                self._add(
                    key, f'means nothing without "{needs}"; remove it or add that'
                )

    def _source(self) -> None:
        sources = [key for key in SOURCES if self._set(key)]
        possible = [key for key in SOURCES if key in ALLOWED[self.field.type]]
        if not sources:
            remedy = f"has no source; add {' or '.join(possible)}"
            self.reader.add(self.path, None, remedy)
        group = self.field.outcome == "group"  # a variable may override it
        for key in sources[1:] if not group else sources[2:]:
            self._add(key, f'must not stand beside "{sources[0]}"; remove one')
        names = self.field.variable
        if self.field.type == "list" and len(names) > 1:
            self._add("variable", "must be one name in a list field; keep one")
        value = self.field.value
        if isinstance(value, str) and not re.fullmatch(r"[ -~]{0,4096}", value):
            self._add("value", "must be one line of printable ASCII")
        elif isinstance(value, int) and abs(value) >= 2**53:
            self._add("value", "must be below 2^53 to survive as a JSON number")

    def _enum(self) -> None:
        """An enum has words to choose from, and one that stands for all else."""
        values = self.field.values
        self.reader.unique(self.path + ".values[{}]", values)
        if not values and self._clean("values"):
            remedy = 'is missing; list the words that an "enum" may send'
            self.reader.add(f"{self.path}.values", None, remedy)
        if not self.field.default and self._clean("default"):
            remedy = "is missing; name the word that stands for any other value"
            self.reader.add(f"{self.path}.default", None, remedy)
        allowed = {*values, self.field.default}
        if self.field.example and self.field.example not in allowed:
            self._add("example", "must be one of the values, or the default")

    def _outcome(self) -> None:
        kind = OUTCOME_TYPES[self.field.outcome]
        if self._clean("outcome") and self.event.kind == "start":
            self._add("outcome", 'means nothing in an event of kind "start"; remove it')
        if self.field.type != kind:
            self._add("type", f'must be "{kind}" for outcome "{self.field.outcome}"')
        if self.field.outcome == "group" and self._clean("variable"):
            self._group()
        if self.field.outcome == "duration" and not self.field.optional:
            remedy = "must be true for a duration: no script has to start the timer"
            self._add("optional", remedy)

    def _group(self) -> None:
        if not self.groups:
            self._add("outcome", "means nothing, as no exit code has a group; add some")

    def _optional(self) -> None:
        field = self.field
        if not field.optional or field.outcome == "duration":
            return
        if not field.variable and self._clean("variable", "outcome"):
            self._add("optional", "means nothing without a variable; remove it")
        if field.default and field.type != "enum":
            self._add("optional", 'contradicts "default"; remove one')

    def _sample(self, key: str) -> None:
        """A default or an example must be a value that the field sends unchanged."""
        text = getattr(self.field, key)
        numeric = self.field.type in ("integer", "decimal")
        decides = "unit" if numeric else "max_length"
        if not text or not self._clean(key, decides):
            return
        if numeric:
            unit = re.escape(self.field.unit)
            point, more = ("", "")
            if self.field.type == "decimal":
                point, more = r"(?:\.[0-9]{1,6})?", ", then a point and 1-6 digits"
            if not re.fullmatch(rf"[0-9]{{1,9}}{point}(?:{unit})?", text):
                remedy = f"must be 1-9 digits{more}, with the unit if there is one"
                self._add(key, remedy)
        elif self.field.type == "boolean":
            if text not in ("true", "false"):
                self._add(key, "must be true or false")
        elif len(text) > self.max_length and not self.field.command:
            self._add(key, f"must be at most {self.max_length} characters long")
