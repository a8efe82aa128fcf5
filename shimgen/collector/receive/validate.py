"""Which report a body is: at once if it is as the shim writes it, else by reading it.

The verdict is that of schema.py's JSON Schema, whichever way it is found.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from shimgen.collector.receive import explain, payload
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
        self._shapes = payload.shapes(spec)

    def accept(self, body: bytes) -> Accepted:
        """Return the report that a body is.

        Its JSON is in the order of the spec and without blanks, so that nothing is
        kept but what the fields say. Raises PayloadError with what is wrong.
        """
        for shape in self._shapes:
            if body.startswith(shape.head):
                run = shape.run_of(body)
                if run is not None:
                    return Accepted(run, shape.event, body)
        return self._explained(body)

    def _explained(self, body: bytes) -> Accepted:
        found = explain.parse(body)
        event = explain.recognise(self._spec, found)
        ordered = {f.key: found[f.key] for f in event.fields if f.key in found}
        run = found.get(explain.run_key(self._spec, event), "")
        return Accepted(run, event.function, msgspec.json.encode(ordered))
