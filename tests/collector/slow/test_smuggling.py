"""A request that two programs may parse differently is refused completely."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.spec import Spec
from support.collecting import START, UPLOAD
from support.raw import UNLIMITED, play, port, request
from support.serving import serving

HIDDEN = request("hidden")
BODY = json.dumps(START | {"random_id": "outer"}, separators=(",", ":")).encode()
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)


def post(*lines: str, body: bytes, start: str = f"POST {UPLOAD} HTTP/1.1") -> bytes:
    """Return a request with these header lines; `body` may hide another request."""
    head = [start, "Host: a", "Content-Type: application/json", *lines]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


LONG = f"Content-Length: {len(BODY) + len(HIDDEN)}"
SHORT = f"Content-Length: {len(BODY)}"
TE = "Transfer-Encoding: chunked"
FORMS = {
    "length and chunks": post(SHORT, TE, body=CHUNKED + HIDDEN),
    "chunks and length": post(TE, LONG, body=CHUNKED + HIDDEN),
    "two lengths": post(SHORT, LONG, body=BODY + HIDDEN),
    "one length twice": post(SHORT, SHORT, body=BODY + HIDDEN),
    "a list of lengths": post(f"{SHORT}, {len(BODY)}", body=BODY + HIDDEN),
    "a length with a sign": post(f"Content-Length: +{len(BODY)}", body=BODY + HIDDEN),
    "a negative length": post("Content-Length: -1", body=BODY + HIDDEN),
    "a hexadecimal length": post("Content-Length: 0x1", body=BODY + HIDDEN),
    "a length of two words": post("Content-Length: 1 2", body=BODY + HIDDEN),
    "a length too large": post(f"Content-Length: {2**64 + 5}", body=BODY + HIDDEN),
    "a blank before the colon": post(f"Content-Length : {len(BODY)}", body=BODY),
    "a folded length": post(f"Content-Length:\r\n {len(BODY)}", body=BODY + HIDDEN),
    "a folded header": post(f"X: a\r\n {LONG}", SHORT, body=BODY + HIDDEN),
    "another coding": post("Transfer-Encoding: xchunked", body=CHUNKED + HIDDEN),
    "chunks that are not last": post(f"{TE}, identity", body=CHUNKED + HIDDEN),
    "chunks twice and a length": post(TE, TE, SHORT, body=CHUNKED + HIDDEN),
    "a tab in the coding": post("Transfer-Encoding:\x0bchunked", body=CHUNKED + HIDDEN),
    "NUL in a header": post("X: a\x00b", SHORT, body=BODY + HIDDEN),
    "a bare CR": post(f"X: a\r{LONG}", SHORT, body=BODY + HIDDEN),
    "a chunk size with 0x": post(TE, body=b"0x" + CHUNKED + HIDDEN),
    "a chunk size with a sign": post(TE, body=b"+" + CHUNKED + HIDDEN),
    "a negative chunk": post(TE, body=b"-1\r\n" + HIDDEN),
    "a chunk too large": post(TE, body=b"f" * 17 + b"\r\n" + HIDDEN),
    "a chunk longer than it says": post(TE, body=b"1\r\n" + HIDDEN),
    "a chunk size ended by LF": post(TE, body=CHUNKED.replace(b"\r\n", b"\n") + HIDDEN),
    "chunks of HTTP/1.0": post(
        TE, body=CHUNKED + HIDDEN, start=f"POST {UPLOAD} HTTP/1.0"
    ),
    "no version": post(SHORT, body=BODY + HIDDEN, start=f"POST {UPLOAD}"),
    "another version": post(SHORT, body=BODY, start=f"POST {UPLOAD} HTTP/9.9"),
    "a blank in the path": post(SHORT, body=BODY, start="POST /dev/upload x HTTP/1.1"),
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    db = tmp_path_factory.mktemp("smuggling") / "db"
    with serving(db, *UNLIMITED) as (url, _):
        yield port(url), db


async def exchange(to: int, sent: bytes) -> bytes:
    """Send bytes; return all that arrives until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", to)
    writer.write(sent)
    answers = b""
    with contextlib.suppress(ConnectionError):
        while part := await reader.read(65536):
            answers += part
    writer.close()
    return answers


@pytest.mark.parametrize("form", FORMS)
def test_an_ambiguous_request_is_refused_and_nothing_of_it_is_stored(
    form: str, served: tuple[int, Path], spec: Spec
) -> None:
    to, db = served
    answers = play(exchange(to, FORMS[form]))
    statuses = re.findall(rb"HTTP/1\.1 (\d)", answers)
    assert set(statuses) <= {b"4"}, answers
    with contextlib.closing(SQLiteStore(db, spec)) as store:
        assert store.runs(9) == []


def test_bytes_that_are_not_http_are_refused_with_problem_details(
    served: tuple[int, Path],
) -> None:
    answers = play(exchange(served[0], b"\x16\x03\x01 no HTTP\r\n\r\n"))
    head, _, body = answers.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert json.loads(body)["status"] == 400
