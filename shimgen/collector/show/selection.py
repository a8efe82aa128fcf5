"""What a visitor selects in the URL: period, application and status."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

from shimgen.collector.keep.published import STATUSES, Days, Filter, Grain, Status
from shimgen.errors import ShimgenError

Period = Literal["30d", "90d", "12m", "all"]
PERIODS: dict[Period, str] = {
    "30d": "30 days",
    "90d": "90 days",
    "12m": "12 months",
    "all": "All time",
}
DEFAULT: Period = "30d"


class SelectionError(ShimgenError):
    """A URL selects an unknown value (status 400) or something without data (404)."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Selection(NamedTuple):
    """The selected runs; None for an application or a status means all of them."""

    period: Period = DEFAULT
    app: str | None = None
    status: Status | None = None

    @property
    def grain(self) -> Grain:
        """Whether the published counts are read by day or by month."""
        return "month" if self.period in ("12m", "all") else "day"

    def filter(self, published: Days | None) -> Filter:
        """Return the filter for these published days; "12m" covers whole months."""
        if published is None or self.period == "all":
            return Filter(None, None, self.app, self.status)
        last = published[1]
        if self.period == "12m":
            year, month = divmod(last.year * 12 + last.month - 12, 12)
            first = datetime.date(year, month + 1, 1)
            _, length = calendar.monthrange(last.year, last.month)
            last = last.replace(day=length)
        else:
            length = int(self.period.removesuffix("d"))
            first = last - datetime.timedelta(days=length - 1)
        return Filter(first, last, self.app, self.status)

    def query(self) -> str:
        """Return the URL's query, without the application; "" for the default."""
        parameters = {
            "period": self.period if self.period != DEFAULT else "",
            "status": self.status or "",
        }
        pairs = {key: value for key, value in parameters.items() if value}
        return f"?{urlencode(pairs)}" if pairs else ""

    @property
    def path(self) -> str:
        """The path of the statistics page: of all applications or the selected one."""
        return "/" if self.app is None else app_path(self.app)

    def url(self) -> str:
        """Return the address of the statistics page with this selection."""
        return self.path + self.query()

    def table_url(self, table: str, form: Literal["json", "csv"]) -> str:
        """Return the address of a table of the API with this selection."""
        parameters = {"period": self.period, "app": self.app, "status": self.status}
        pairs = {key: value for key, value in parameters.items() if value is not None}
        pairs |= {"format": "csv"} if form == "csv" else {}
        return f"/api/v1/{table}?{urlencode(pairs)}"


def app_path(app: str) -> str:
    """Return the path of an application's page, whatever its name contains."""
    # A browser removes "." and ".." from a path, even if they are percent-encoded.
    return (
        f"/app/{quote(app, safe='')}" if app.strip(".") or not app else f"/app//{app}"
    )


def select(query: Mapping[str, str], app: str | None = None) -> Selection:
    """Read the parameters of a query; raises SelectionError for an unknown value."""
    period = _choice(query, "period", PERIODS) or DEFAULT
    return Selection(period, app, _choice(query, "status", STATUSES))


T = TypeVar("T", bound=str)


def _choice(query: Mapping[str, str], key: str, choices: Iterable[T]) -> T | None:
    """Return the value of a parameter, None if it is not there or empty."""
    value = query.get(key, "")
    for choice in choices:
        if choice == value:
            return choice
    if value:
        raise SelectionError(f"{key} {value!r} is unknown; use {', '.join(choices)}")
    return None
