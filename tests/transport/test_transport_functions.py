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


ANSWER = """
__api_url=$1 __api_newer=--s __api_limit=5 __api_word=
__api_set_now
__api_deadline=$((__api_now + 5000000))
printf '%s\\0' "$(printf '%b' "${@:2}" | __api_read_answer)"
"""
OK = "HTTP/1.1 200 OK"
LAST = r":\n000"


def read(answer: str, *, url: str = "http://h/a/b?c") -> tuple[str, str]:
    """Return where to go on, and body and status; `%b` is the form of the answer."""
    pieces = [answer[at : at + 99_999] for at in range(0, len(answer), 99_999)]
    (printed,) = call(ANSWER, url, *pieces)
    place, _, rest = printed.partition("\n")
    return place, rest


@pytest.mark.parametrize(
    ("answer", "rest"),
    [
        (rf"{OK}\r\nA: b\r\n\r\nbody", "body200"),
        (rf"{OK}\r\n\r\n", "200"),
        (r"HTTP/1.0 404\n\nx", "x404"),
        (r"HTTP/1.1 999 \n\nx", "x999"),
        (rf"{OK}\nA: b\n\nx\n\r\ny", "x\n\r\ny200"),
        (rf"{OK}\r\nA: b\r\n\r\nx\n\ny", "x\n\ny200"),
        (rf"{OK}\r\n\r\n\nx", "\nx200"),
        (rf"{OK}\n\n\nx\n", "\nx\n200"),
        (rf"{OK}\r\n\r\nx:\ny", "x:\ny200"),
        (rf"HTTP/1.1 100 C\r\n\r\n{OK}\r\n\r\nx", "x200"),
        (rf"HTTP/1.1 103 E\r\nA: b\r\n\r\n{OK}\r\n\r\nx", "x200"),
        (rf"{OK}\r\nLocation: /a\r\n\r\nx", "x200"),
        (r"HTTP/1.1 303 S\r\nLocation: /a\r\n\r\nx", "x303"),
    ],
)
def test_an_answer_is_body_and_status_behind_its_head(answer: str, rest: str) -> None:
    assert read(answer + LAST) == ("", rest)


@pytest.mark.parametrize(
    "answer",
    [
        *("", OK, rf"{OK}\r\n", rf"{OK}\r\nA: b\r\n", rf"{OK}\r\n \r\nx"),
        *(r"HTTP/1.1 20 OK\r\n\r\nx", r"HTTP/1.1 2000 OK\r\n\r\nx"),
        *(r"HTTP/1.1 000 OK\r\n\r\nx", r"HTTP/1.1 OK 200\r\n\r\nx"),
        *(r"HTTP/2 200 OK\r\n\r\nx", r"x 200 OK\r\n\r\nx", rf"\r\n{OK}\r\n\r\nx"),
        *(r"HTTP/1.1 100 C\r\n\r\n", rf"HTTP/1.1 100 C\r\n\r\n{OK}\r\n"),
        *(OK + r"\nA: b" * 4096 + r"\n\nx", r"HTTP/1.1 100 C\n\n" * 4096),
    ],
)
def test_without_a_whole_head_there_is_no_answer(answer: str) -> None:
    assert read(answer + LAST) == ("", "")


@pytest.mark.parametrize("more", [r"\n:x", "", r":\nx"])
def test_only_the_start_of_a_long_body_is_told(more: str) -> None:
    body = "a" * 131072 + more
    assert read(rf"{OK}\r\n\r\n{body}{LAST}") == ("", "a" * 4096 + "200")
    assert read(rf"{OK}\r\n\r\n{body[:4097]}{LAST}") == ("", "a" * 4096 + "200")


@pytest.mark.parametrize(
    ("header", "told", "place"),
    [
        ("Location: b", "http://h/a/b", "http://h/a/b"),
        (r"lOCATION:\t b\t ", "http://h/a/b", "http://h/a/b"),
        ("Location: //H:8/b", "http://h/a//H:8/b", "http://H:8/b"),
        ("Location: HTTPS://H/b", "http://h/a/HTTPS://H/b", "HTTPS://H/b"),
        (r"X-Location: //x\nLocation:b\nLocation: //y", "http://h/b", "http://h/b"),
        ("Location: b", "http://i/b", ""),
        ("Location: //i/b", "http://h/b", ""),
        ("Location: b c", "http://h/b", ""),
        ("Location:", "", ""),
        ("A: b", "http://h/b", ""),
    ],
)
def test_a_redirect_leads_where_curl_says_or_a_whole_url(
    header: str, told: str, place: str
) -> None:
    answer = rf"HTTP/1.1 307 T\r\n{header}\r\n\r\nx:\n000{told}"
    assert read(answer) == (place, "x307")


def test_a_redirect_never_leads_back_to_plain_http() -> None:
    answer = r"HTTP/1.1 307 T\r\nLocation: http://h/\r\n\r\nx:\n000http://h/"
    assert read(answer, url="http://h") == ("http://h/", "x307")
    assert read(answer, url="https://h") == ("", "x307")


LEFT = """
unset -v EPOCHREALTIME; EPOCHREALTIME=1000.000000 __api_deadline=$1
__api_began=$(($1 - 5000000))
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
