"""Sends reports to a running collector at a steady rate."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

from shimgen.collector.keep.store import Report
from shimgen.errors import ShimgenError

_WAIT = 10.0  # seconds for an answer


def post(url: str, reports: Iterable[Report], rate: int) -> dict[int, int]:
    """Send reports one after another, at most `rate` a second.

    Returns how many answers each status had. Raises ShimgenError where nobody answers.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=_WAIT)
    path = parts.path or "/"
    statuses: dict[int, int] = {}
    begin = time.monotonic()
    try:
        for number, report in enumerate(reports):
            time.sleep(max(0.0, begin + number / rate - time.monotonic()))
            headers = {"Content-Type": "application/json"}
            connection.request("POST", path, report.payload, headers)
            answer = connection.getresponse()
            answer.read()
            statuses[answer.status] = statuses.get(answer.status, 0) + 1
    except (OSError, http.client.HTTPException) as error:
        raise ShimgenError(
            f"{url} does not answer: {error}; is `shimgen serve` running there?"
        ) from error
    finally:
        connection.close()
    return statuses
