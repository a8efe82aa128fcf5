"""Days as the database has them: as numbers, counted from 1970-01-01 in UTC."""

from __future__ import annotations

import datetime

SECONDS = 86_400  # of a day
_EPOCH = datetime.date(1970, 1, 1).toordinal()


def number(date: datetime.date) -> int:
    """Return the number of a date."""
    return date.toordinal() - _EPOCH


def date(day: int) -> datetime.date:
    """Return the date of a day's number."""
    return datetime.date.fromordinal(_EPOCH + day)


def month(day: int) -> int:
    """Return the number of the first day of a day's month."""
    return number(date(day).replace(day=1))


def last_complete(before: int) -> datetime.date:
    """Return the last day that ended before epoch second `before`, or at it."""
    return date(before // SECONDS - 1)
