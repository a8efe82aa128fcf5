"""Whether a body is a valid report: first the fast check, then the full one.

Both have the verdict of the JSON Schema, as all come from shimgen/spec/payload.py.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from shimgen.collector.receive import check, shapes
from shimgen.spec import Spec


class Accepted(NamedTuple):
    """A valid report: its run, its event's function, its JSON as the shim writes it."""

    run: str
    event: str
    payload: bytes


class Validator:
    """Decides whether bodies are reports of `spec`."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._shapes = shapes.shapes(spec)

    def accept(self, body: bytes) -> Accepted:
        """Return the report in `body`; raises PayloadError if it is not valid.

        The JSON of the result has the order of the spec and no spaces, so that nothing
        is stored but the values of the fields.
        """
        for shape in self._shapes:
            if body.startswith(shape.head):
                run = shape.run_of(body)
                if run is not None:
                    return Accepted(run, shape.event, body)
        return self._check(body)

    def _check(self, body: bytes) -> Accepted:
        payload = check.parse(body)
        event = check.recognise(self._spec, payload)
        ordered = {f.key: payload[f.key] for f in event.fields if f.key in payload}
        run = payload.get(self._spec.run_key(event), "")
        return Accepted(run, event.function, msgspec.json.encode(ordered))
