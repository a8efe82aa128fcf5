"""What /healthz answers, and how often it checks the storage."""

from __future__ import annotations

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from shimgen.collector.keep.errors import StoreError
from shimgen.collector.show.health import Health


class Disk:
    """A disk that counts writes, and a clock."""

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


def test_frequent_requests_cause_one_write_a_second(health: Health, disk: Disk) -> None:
    for second in range(1, 4):
        assert [status(health) for _ in range(5)] == [200] * 5
        assert disk.writes == second
        disk.now += 1


def test_a_failed_check_is_repeated_on_each_request(health: Health, disk: Disk) -> None:
    disk.full = True
    assert [status(health), status(health)] == [503, 503]
    disk.full = False
    assert status(health) == 200
    assert disk.writes == 3
