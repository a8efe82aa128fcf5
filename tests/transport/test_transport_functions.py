"""Functions of the transport by themselves: heads of answers, clocks and limits."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support.frozen import API_FUNC
from support.transports import program


def call(script: str, *values: str) -> list[str]:
    """Run a script that has the file, in a subshell as a send has it."""
    before = f'. "{API_FUNC}"; __api_prepare true; exec 2>&1\n'
    done = subprocess.run(
        [program("bash"), "--norc", "-c", before + script, "bash", *values],
        stdout=subprocess.PIPE,
        check=True,
    )
    return done.stdout.decode("latin-1").split("\0")[:-1]


HEAD = """
__api_out=$1 __api_place=old __api_http=old
__api_take_head
printf '%s\\0' "$?" "$__api_http" "$__api_place" "$__api_out"
"""
OK = "HTTP/1.1 200 OK"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (f"{OK}\r\nA: b\r\n\r\nbody", ("0", "200", "", "body")),
        (f"{OK}\r\n\r\n", ("0", "200", "", "")),
        (f"{OK}\nA: b\n\nx\n\r\ny", ("0", "200", "", "x\n\r\ny")),
        (f"{OK}\r\nA: b\r\n\r\nx\n\ny", ("0", "200", "", "x\n\ny")),
        (f"{OK}\r\n\r\nx\r\n\r\ny", ("0", "200", "", "x\r\n\r\ny")),
        (f"{OK}\n\nx\n\ny", ("0", "200", "", "x\n\ny")),
        (f"{OK}\r\n\r\n\nx", ("0", "200", "", "\nx")),
        (f"{OK}\n\n\nx", ("0", "200", "", "\nx")),
        (f"HTTP/1.1 100 C\r\n\r\n{OK}\r\n\r\nx", ("0", "200", "", "x")),
        (f"HTTP/1.1 103 E\r\nLocation: /a\r\n\r\n{OK}\r\n\r\nx", ("0", "200", "", "x")),
        (f"{OK}\r\nlOCATION: \t/a b\t \r\n\r\n", ("0", "200", "/a b", "")),
        (
            f"{OK}\nX-Location: /x\nLocation:/a\nLocation: /b\n\n",
            ("0", "200", "/a", ""),
        ),
        (f"{OK}\r\nLocation:\r\n\r\n", ("0", "200", "", "")),
        ("HTTP/1.1 20 OK\r\n\r\nx", ("0", "000", "", "x")),
        ("HTTP/1.1 OK 200\r\n\r\nx", ("0", "000", "", "x")),
    ],
)
def test_a_head_is_taken_off_an_answer(answer: str, expected: tuple[str, ...]) -> None:
    assert call(HEAD, answer) == [*expected]


@pytest.mark.parametrize("answer", ["", OK, f"{OK}\r\nA: b\r\n", f"{OK}\r\n \r\nx"])
def test_without_a_whole_head_it_fails(answer: str) -> None:
    assert call(HEAD, answer)[0] == "1"


LEFT = """
unset -v EPOCHREALTIME; EPOCHREALTIME=1000.000000 __api_limit=5 __api_deadline=$1
__api_set_left
printf '%s\\0' "$?" "${__api_left-}" "${__api_wait-}"
"""


@pytest.mark.parametrize(
    ("deadline", "expected"),
    [
        (1_002_345_678, ["0", "2.345678", "2.745678"]),
        (1_002_600_000, ["0", "2.600000", "3.000000"]),
        (1_000_000_500, ["0", "0.000500", "0.400500"]),
        (1_012_000_000, ["0", "5.000000", "5.400000"]),
        (1_000_000_000, ["1", "", ""]),
        (999_000_000, ["1", "", ""]),
    ],
)
def test_what_is_left_is_the_time_to_the_deadline_and_no_more_than_the_limit(
    deadline: int, expected: list[str]
) -> None:
    assert call(LEFT, str(deadline)) == expected


NOW = """
unset -v EPOCHREALTIME; EPOCHREALTIME=$1
__api_set_now
printf '%s\\0' "$__api_now"
"""


def uptime() -> int:
    """Return the microseconds that the machine has been up, as the kernel says it."""
    return int(Path("/proc/uptime").read_text().split()[0].replace(".", "")) * 10_000


@pytest.mark.parametrize("clock", ["", "1000,123456", "1000.12", "x1000.123456"])
def test_the_clock_of_the_machine_serves_where_bash_has_no_other(clock: str) -> None:
    before = uptime()
    (now,) = call(NOW, clock)
    assert before <= int(now) <= uptime()


def test_bashs_clock_counts_microseconds() -> None:
    assert call(NOW, "1000.123456") == ["1000123456"]


INPUT = """
__api_url=$1 __api_body=$2
printf '%s\\0' "$(__api_curl_input)"
"""


def test_every_quote_and_backslash_reaches_curl() -> None:
    (read,) = call(INPUT, r'http://a/"\"\#x', r'{"a":"\\\\\""}')
    assert read.splitlines() == [
        r'url = "http://a/\"\\\"\\"',
        r'data-binary = "{\"a\":\"\\\\\\\\\\\"\"}"',
    ]
