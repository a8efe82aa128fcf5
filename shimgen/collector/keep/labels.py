"""Labels: the texts under which values are counted, with buckets for integers."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence

from shimgen.collector.keep.published import OTHER
from shimgen.spec import Dimension

_NUMERIC_LABEL = re.compile(r"(<= |> )?([0-9]{1,10})(-[0-9]{1,10})?")


def label(dimension: Dimension, values: Sequence[object]) -> str:
    """Return the label of a run, from the values of the dimension's fields in a report.

    Texts and numbers are joined by a space. If the dimension has buckets, the first
    value gives the bucket. "" means unknown: no value, or none that fits a bucket.
    """
    if dimension.buckets:
        return _bucket(dimension.buckets, values[0]) if values else ""
    if len(values) == 1 and isinstance(values[0], str):  # the usual case, made fast
        return values[0]
    words = (str(v) for v in values if isinstance(v, str | int))
    return " ".join(filter(None, words))


def sort_key(text: str) -> tuple[int, int, str]:
    """Return the key that sorts labels: numbers and buckets, words, "", OTHER."""
    if text in ("", OTHER):
        return 2, text == OTHER, text
    match = _NUMERIC_LABEL.fullmatch(text)
    if not match:
        return 1, 0, text
    sign, number = match[1], int(match[2])
    least = 0 if sign == "<= " else number + (sign == "> ")
    return 0, least, text


def bucket_labels(dimension: Dimension) -> tuple[str, ...]:
    """Return the labels of all buckets of a dimension, in ascending order."""
    bounds = dimension.buckets
    return (
        tuple(_bucket(bounds, n) for n in (*bounds, bounds[-1] + 1)) if bounds else ()
    )


def _bucket(bounds: tuple[int, ...], value: object) -> str:
    """Return the label of a number's bucket, such as "<= 2", "3-4" or "> 4"."""
    if type(value) is not int:  # isinstance(True, int) is true
        return ""
    place = bisect.bisect_left(bounds, value)
    if place == 0:
        return f"<= {bounds[0]}"
    if place == len(bounds):
        return f"> {bounds[-1]}"
    least, most = bounds[place - 1] + 1, bounds[place]
    return f"{least}" if least == most else f"{least}-{most}"
