"""Sends reports to a running collector at a constant rate."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

from shimgen.collector.keep.store import Report
from shimgen.errors import ShimgenError

_TIMEOUT = 10.0  # seconds to wait for an answer


def post(url: str, reports: Iterable[Report], rate: int) -> dict[int, int]:
    """Send reports one after the other, `rate` in a second at most.

    Returns how many answers had each HTTP status. Raises ShimgenError if there is no
    answer.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connect(parts.netloc, timeout=_TIMEOUT)
    path = parts.path or "/"
    statuses: dict[int, int] = {}
    start = time.monotonic()
    try:
        for number, report in enumerate(reports):
            time.sleep(max(0.0, start + number / rate - time.monotonic()))
            headers = {"Content-Type": "application/json"}
            connection.request("POST", path, report.payload, headers)
            answer = connection.getresponse()
            answer.read()
            statuses[answer.status] = statuses.get(answer.status, 0) + 1
    except (OSError, http.client.HTTPException) as error:
        raise ShimgenError(
            f"{url} does not answer: {error}; check that `shimgen serve` runs there"
        ) from error
    finally:
        connection.close()
    return statuses
