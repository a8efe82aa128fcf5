"""The interfaces to the storage of reports and private counts, and their types.

`sqlite.py` implements them. Another database would be a second module beside that one.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from shimgen.collector.keep.published import Figures

Row = dict[str, str | int]  # one exported count, by column


class Report(NamedTuple):
    """One valid report: its run, its event's function, its JSON, epoch seconds."""

    run: str
    event: str
    payload: bytes
    received: int


class Run(NamedTuple):
    """A run that is not folded yet, with its reports in the order of arrival."""

    random_id: str
    reports: tuple[Report, ...]


class Inbox(Protocol):
    """Where valid reports go."""

    def add(self, reports: Sequence[Report]) -> None:
        """Store reports; when it returns, either all of them are durable or none is.

        A second report of the same run and event replaces the first. Raises StoreError
        if the reports are not stored. It may be called from any thread.
        """


class Store(Inbox, Figures, Protocol):
    """Reports, private counts and published counts, for the server.

    A method may be called from any thread. All raise StoreError if the storage does not
    work.
    """

    def runs(self, limit: int) -> list[Run]:
        """Return the runs that are not folded, those with the newest report first."""

    def oldest(self) -> int | None:
        """Return when the oldest report arrived, in epoch seconds; None without one."""

    def fold(self, before: int) -> int:
        """Fold the runs whose first report came before epoch second `before`.

        They are added to the cube, and their reports are overwritten on the disk.
        Returns the number of runs.
        """

    def publish(self, until: datetime.date, k: int) -> int:
        """Publish the runs of the cube up to a day, in cells of at least `k` runs.

        Each day is published only once. Returns the number of published runs.
        """

    def check(self) -> None:
        """Write something; raises StoreError if that fails."""

    def close(self) -> None:
        """Release files and connections."""


class Archive(Store, Protocol):
    """A store with what an operator's tools need beyond the server."""

    def backup(self, target: Path, progress: Callable[[int, int], None]) -> None:
        """Copy the database to a new file while it is in use.

        `progress` gets the number of pages left and the number of all pages.
        """

    def cube(self) -> Iterator[Row]:
        """Yield the private counts."""

    def published(self) -> Iterator[Row]:
        """Yield the published cells of days."""

    def take_in(self, exported: Iterable[Mapping[str, object]], digest: str) -> int:
        """Add exported private counts, all or none, and only once for each `digest`.

        Returns the number of runs. Raises StoreError if the rows do not fit the spec.
        """
