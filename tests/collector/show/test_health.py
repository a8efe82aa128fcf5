"""What `/healthz` says, and how often it looks."""

from __future__ import annotations

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from shimgen.collector.keep.errors import StoreError
from shimgen.collector.show.health import Health


class Disk:
    """A store that counts how often it was written to, and a clock."""

    def __init__(self) -> None:
        self.full = False
        self.writes = 0
        self.now = 1000.0

    def check(self) -> None:
        """Write."""
        self.writes += 1
        if self.full:
            raise StoreError("no space is left")


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def health(disk: Disk) -> Health:
    return Health(disk.check, lambda: disk.now)


def status(health: Health) -> int:
    try:
        return health.show(Request({"type": "http"})).status_code
    except HTTPException as error:
        return error.status_code


def test_who_asks_often_makes_it_write_once_a_second(
    health: Health, disk: Disk
) -> None:
    for second in range(1, 4):
        assert [status(health) for _ in range(5)] == [200] * 5
        assert disk.writes == second
        disk.now += 1


def test_a_full_disk_is_asked_again_each_time(health: Health, disk: Disk) -> None:
    disk.full = True
    assert [status(health), status(health)] == [503, 503]
    disk.full = False
    assert status(health) == 200
    assert disk.writes == 3
