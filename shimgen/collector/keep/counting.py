"""What a run counts as: from its reports to one combination of values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from shimgen.collector.keep.labels import label
from shimgen.collector.keep.store import Report, Status
from shimgen.spec import Event, Spec
from shimgen.spec import payload as schema

APP = "app"  # the dimension that statistics group by first
_decode = msgspec.json.Decoder().decode


class Combination(NamedTuple):
    """What is counted of a run; "" is what nothing is known of.

    `values` are those of the spec's dimensions, in the order of the spec.
    """

    event: str
    status: Status
    exit_code: str
    values: tuple[str, ...]


class _Keys(NamedTuple):
    """Where the payload of an event holds what is counted."""

    dimensions: tuple[tuple[int, tuple[str, ...]], ...]  # place in the spec, keys
    status: str
    completed: str  # the status of a completed run
    exit_code: str


class Counting:
    """Counts runs by the rules of `spec`; what it cannot read is unknown, no error.

    For what a run is not counted twice must not depend on what was sent.
    """

    def __init__(self, spec: Spec) -> None:
        self._dimensions = spec.dimensions
        self._starts = {e.function for e in spec.events if e.kind == "start"}
        self._keys = {event.function: _keys(spec, event) for event in spec.events}

    def combine(self, reports: Iterable[Report]) -> Combination:
        """Return what the reports of one run, in the order of arrival, count as.

        The newest start and the newest outcome count; where both have a value of a
        dimension, the start's. A run without an outcome is unfinished.
        """
        start: Report | None = None
        outcome: Report | None = None
        last = ""
        for report in reports:
            last = report.event
            if report.event in self._starts:
                start = report
            elif report.event in self._keys:
                outcome = report
        values = [""] * len(self._dimensions)
        for report in filter(None, (outcome, start)):
            self._read(report, values)
        status, exit_code = self._ended(outcome) if outcome else ("unfinished", "")
        named = start or outcome
        event = named.event if named else last
        return Combination(event, status, exit_code, tuple(values))

    def _read(self, report: Report, values: list[str]) -> None:
        payload = _payload(report)
        for place, keys in self._keys[report.event].dimensions:
            found = label(self._dimensions[place], [payload.get(k) for k in keys])
            values[place] = found or values[place]

    def _ended(self, outcome: Report) -> tuple[Status, str]:
        payload, keys = _payload(outcome), self._keys[outcome.event]
        code = payload.get(keys.exit_code)
        status: Status = (
            "completed" if payload.get(keys.status) == keys.completed else "failed"
        )
        return status, str(code) if type(code) is int else ""


def _keys(spec: Spec, event: Event) -> _Keys:
    dimensions = []
    for place, dimension in enumerate(spec.dimensions):
        keys = tuple(f.key for f in event.fields if f.dimension == dimension.name)
        if keys:
            dimensions.append((place, keys))
    given = {field.outcome: field for field in event.fields if field.outcome}
    status, code = given.get("status"), given.get("exit_code")
    length = (status and status.max_length) or spec.limits.max_length
    return _Keys(
        tuple(dimensions),
        status.key if status else "",
        schema.STATUSES[0][:length],
        code.key if code else "",
    )


def _payload(report: Report) -> Mapping[str, object]:
    try:
        found = _decode(report.payload)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}
