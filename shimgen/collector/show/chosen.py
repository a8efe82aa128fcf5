"""What a visitor has chosen to see, as it stands in a URL: time, app, status."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

from shimgen.collector.keep.store import STATUSES, Filter, Status
from shimgen.errors import ShimgenError

Period = Literal["30d", "90d", "12m", "all"]
PERIODS: dict[Period, str] = {
    "30d": "30 days",
    "90d": "90 days",
    "12m": "12 months",
    "all": "All time",
}
DEFAULT: Period = "30d"
Span = tuple[datetime.date, datetime.date]


class ChoiceError(ShimgenError):
    """A URL asks for what cannot be chosen (400), or for what there is not (404)."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Chosen(NamedTuple):
    """The choice; None for an application or a status means all of them."""

    period: Period = DEFAULT
    app: str | None = None
    status: Status | None = None

    @property
    def grain(self) -> Literal["day", "month"]:
        """How finely the published counts are read."""
        return "month" if self.period in ("12m", "all") else "day"

    def filter(self, span: Span | None) -> Filter:
        """Return it for the published days; whole months where the grain is a month."""
        if span is None or self.period == "all":
            return Filter(None, None, self.app, self.status)
        last = span[1]
        if self.period == "12m":
            year, month = divmod(last.year * 12 + last.month - 12, 12)
            first = datetime.date(year, month + 1, 1)
            _, length = calendar.monthrange(last.year, last.month)
            last = last.replace(day=length)
        else:
            days = int(self.period.removesuffix("d"))
            first = last - datetime.timedelta(days=days - 1)
        return Filter(first, last, self.app, self.status)

    def query(self) -> str:
        """Return it as a URL's query, without the application; "" for the default."""
        given = {
            "period": self.period if self.period != DEFAULT else "",
            "status": self.status or "",
        }
        pairs = {key: value for key, value in given.items() if value}
        return f"?{urlencode(pairs)}" if pairs else ""

    def url(self) -> str:
        """Return the address of the page that shows it."""
        place = "/" if self.app is None else app_path(self.app)
        return place + self.query()

    def table(self, name: str, form: Literal["json", "csv"]) -> str:
        """Return the address of one of its tables in the API."""
        given = {"period": self.period, "app": self.app, "status": self.status}
        pairs = {key: value for key, value in given.items() if value is not None}
        pairs |= {"format": "csv"} if form == "csv" else {}
        return f"/api/v1/{name}?{urlencode(pairs)}"


def app_path(app: str) -> str:
    """Return the path of the page of an application, whatever its name."""
    # A browser takes "." and ".." for folders, encoded or not.
    return (
        f"/app/{quote(app, safe='')}" if app.strip(".") or not app else f"/app//{app}"
    )


def choose(query: Mapping[str, str], app: str | None = None) -> Chosen:
    """Read a query; raises ChoiceError for a value that is not to be chosen."""
    period = _one_of(query, "period", PERIODS) or DEFAULT
    return Chosen(period, app, _one_of(query, "status", STATUSES))


T = TypeVar("T", bound=str)


def _one_of(query: Mapping[str, str], key: str, known: Iterable[T]) -> T | None:
    """Return what a query says under a key; None if it says nothing."""
    text = query.get(key, "")
    for one in known:
        if one == text:
            return one
    if text:
        raise ChoiceError(f"{key} {text!r} is unknown; use {', '.join(known)}")
    return None
