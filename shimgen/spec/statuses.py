"""Rules of the statuses: in which ways a run can end, and which words mean them."""

from __future__ import annotations

from .reader import Reader
from .types import Spec, Status


def check(spec: Spec, reader: Reader) -> None:
    """Record in `reader` every rule that the statuses of `spec` break."""
    names = [status.name for status in spec.statuses]
    reader.unique("status[{}].name", names)
    taken: dict[object, str] = {}
    for number, status in enumerate(spec.statuses):
        path = f"status[{number}]"
        _codes(status, path, reader)
        for key, values in (("words", status.words), ("codes", status.codes)):
            for place, value in enumerate(values):
                where = f"{path}.{key}[{place}]"
                if value in names or value in taken:
                    first = taken.get(value, "a name")
                    remedy = f"is taken (by {first}); remove one"
                    reader.add(where, value, remedy)
                taken.setdefault(value, where)
    if reader.clean("status"):
        for counts in ("success", "failure"):
            if not any(status.counts == counts for status in spec.statuses):
                remedy = f'has none that counts as "{counts}"; add one'
                reader.add("status", None, remedy)
    fallbacks = [n for n, status in enumerate(spec.statuses) if status.fallback]
    for number in fallbacks[1:]:
        remedy = f"is true twice (first in status[{fallbacks[0]}]); keep one"
        reader.add(f"status[{number}].fallback", True, remedy)
    wanted = spec.handler.clean_exit
    if wanted and wanted not in names and reader.clean("handler"):
        remedy = f"is no status; use one of {', '.join(names)}"
        reader.add("handler.clean_exit", wanted, remedy)


def _codes(status: Status, path: str, reader: Reader) -> None:
    if status.counts == "success":
        for key in ("code", "word_codes", "codes"):
            if value := getattr(status, key):
                remedy = "means nothing in a success, whose exit code is 0; remove it"
                reader.add(f"{path}.{key}", value, remedy)
    for word in status.word_codes:
        if word not in (status.name, *status.words):
            remedy = f"is no word of this status; add it to {path}.words"
            reader.add(f"{path}.word_codes.{word}", None, remedy)
