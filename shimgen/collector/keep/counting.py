"""How a run is counted: its reports give one combination of values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from shimgen.collector.keep.labels import label
from shimgen.collector.keep.published import Status
from shimgen.collector.keep.store import Report
from shimgen.spec import Counts, Event, Spec
from shimgen.spec.payload import outcome_rule

_decode = msgspec.json.Decoder().decode


class Combination(NamedTuple):
    """The values under which a run is counted; "" stands for an unknown one.

    `values` are those of the spec's dimensions, in the order of the spec.
    """

    event: str
    status: Status
    exit_code: str
    values: tuple[str, ...]


# Statistics know no third kind of end: what counts as neither is shown as unfinished.
STATUS_OF: Mapping[Counts, Status] = {
    "success": "completed",
    "failure": "failed",
    "neither": "unfinished",
}


class _Keys(NamedTuple):
    """Where the payload of an event has the values to count."""

    dimensions: tuple[tuple[int, tuple[str, ...]], ...]  # index in the spec, keys
    status: str
    counts: Mapping[str, Counts]  # what a run counts as, by the value of `status`
    exit_code: str


class Counting:
    """Counts runs by the dimensions of `spec`.

    A value that it cannot read is counted as unknown and is never an error: every
    report must be folded, whatever it contains.
    """

    def __init__(self, spec: Spec) -> None:
        self._dimensions = spec.dimensions
        self._starts = {e.function for e in spec.events if e.kind == "start"}
        self._keys = {event.function: _keys(spec, event) for event in spec.events}

    def combine(self, reports: Iterable[Report]) -> Combination:
        """Return the combination of one run; its reports are in the order of arrival.

        The newest start and the newest outcome are counted. If both have a value of a
        dimension, that of the start wins. A run without an outcome is unfinished.
        """
        start: Report | None = None
        outcome: Report | None = None
        last_event = ""
        for report in reports:
            last_event = report.event
            if report.event in self._starts:
                start = report
            elif report.event in self._keys:
                outcome = report
        values = [""] * len(self._dimensions)
        for report in filter(None, (outcome, start)):
            self._read(report, values)
        status, exit_code = self._ending(outcome) if outcome else ("unfinished", "")
        known = start or outcome
        event = known.event if known else last_event
        return Combination(event, status, exit_code, tuple(values))

    def _read(self, report: Report, values: list[str]) -> None:
        """Put the labels that a report gives into `values`."""
        payload = _payload(report)
        for place, keys in self._keys[report.event].dimensions:
            text = label(self._dimensions[place], [payload.get(k) for k in keys])
            values[place] = text or values[place]

    def _ending(self, outcome: Report) -> tuple[Status, str]:
        """Return status and exit code."""
        payload, keys = _payload(outcome), self._keys[outcome.event]
        code = payload.get(keys.exit_code)
        word = payload.get(keys.status)
        counts = keys.counts.get(word) if isinstance(word, str) else None
        status = STATUS_OF[counts] if counts else "failed"
        return status, str(code) if type(code) is int else ""


def _keys(spec: Spec, event: Event) -> _Keys:
    dimensions = []
    for place, dimension in enumerate(spec.dimensions):
        keys = tuple(f.key for f in event.fields if f.dimension == dimension.name)
        if keys:
            dimensions.append((place, keys))
    outcome = outcome_rule(spec, event)
    if not outcome:
        return _Keys(tuple(dimensions), "", {}, "")
    return _Keys(
        tuple(dimensions),
        outcome.status_key,
        outcome.counts,
        outcome.exit_code_key,
    )


def _payload(report: Report) -> Mapping[str, object]:
    try:
        payload = _decode(report.payload)
    except msgspec.DecodeError:
        return {}
    return payload if isinstance(payload, dict) else {}
