"""Values of a dimension as texts: integers in buckets, and the order of them all."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence

from shimgen.collector.keep.store import OTHER
from shimgen.spec import Dimension

_NUMBER = re.compile(r"(<= |> )?([0-9]{1,10})(-[0-9]{1,10})?")
_LAST = 2  # after numbers (0) and words (1)


def label(dimension: Dimension, values: Sequence[object]) -> str:
    """Return what a run counts as, by the values of its fields of one event.

    Texts and numbers are joined by a blank; a number goes to its bucket if there are
    any. "" is unknown: nothing was given, or what no bucket can hold.
    """
    if dimension.buckets:
        return _bucket(dimension.buckets, values[0]) if values else ""
    if len(values) == 1 and isinstance(values[0], str):  # what most are
        return values[0]
    words = (str(v) for v in values if isinstance(v, str | int))
    return " ".join(filter(None, words))


def order(text: str) -> tuple[int, int, str]:
    """Sort labels by it: numbers and buckets as they ascend, words, "", OTHER."""
    if text in ("", OTHER):
        return _LAST, text == OTHER, text
    found = _NUMBER.fullmatch(text)
    if not found:
        return 1, 0, text
    sign, number = found[1], int(found[2])
    least = 0 if sign == "<= " else number + (sign == "> ")
    return 0, least, text


def bucket_labels(dimension: Dimension) -> tuple[str, ...]:
    """Return the labels of all buckets of a dimension in ascending order."""
    bounds = dimension.buckets
    return (
        tuple(_bucket(bounds, n) for n in (*bounds, bounds[-1] + 1)) if bounds else ()
    )


def _bucket(bounds: tuple[int, ...], value: object) -> str:
    """Name the bucket of a number by the numbers that fit: "<= 2", "3-4", "> 4"."""
    if type(value) is not int:  # a bool is an int to isinstance
        return ""
    place = bisect.bisect_left(bounds, value)
    if place == 0:
        return f"<= {bounds[0]}"
    if place == len(bounds):
        return f"> {bounds[-1]}"
    least, most = bounds[place - 1] + 1, bounds[place]
    return f"{least}" if least == most else f"{least}-{most}"
