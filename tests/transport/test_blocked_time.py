"""A report delays a script by at most its limit and a second, whatever is wrong.

After that nothing of it is left, be it the server that hangs, a tool or the host.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest

from support.servers import Behaviour, Connection, Server, Unreachable, manners
from support.servers.manners import answer, drip, endlessly, response, then_hang
from support.together import together
from support.transports import TRANSPORTS, Outcome, Toolbox, program, report

OK = b"HTTP/1.1 200 OK\r\n"
SIX = OK + b"Content-Length: 6\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def drip_a_redirect(connection: Connection) -> None:
    """Redirect to the same place in a third of a second: only the sum is too much."""
    connection.request()
    connection.drip(response(302, b"", "Location: /dev/upload"), 0.004)


# Server behaviour and a pattern of the RESPONSE when time is up. A comment gives the
# status that curl 7.88 by itself would print, if it differs.
SERVERS: dict[str, tuple[Behaviour, bytes]] = {
    "silent": (manners.stay_silent, b"000"),
    "never answers": (manners.never_answer, b"000"),
    "drips the head": (drip(b"", response(200, b"ok")), b"000"),
    "drips the headers": (drip(OK, b"X: y\r\n" * 9), b"000"),  # curl: 200
    "hangs in the head": (then_hang(OK + b"X: "), b"000"),  # curl: 200
    "hangs before the body": (then_hang(SIX), b"200"),
    "hangs in the body": (then_hang(SIX + b"abc"), b"abc200"),
    "hangs in a body without length": (then_hang(OK + b"\r\nabc"), b"abc200"),
    "hangs in a chunk": (
        then_hang(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc"),
        b"5\r\nabc200",
    ),
    "drips the body": (drip(SIX, b"abcdef"), b"ab?c?200"),
    "endless NULs": (endlessly(OK + b"\r\n", b"\0" * 4096), b"200"),
    # bash 4.3 and 4.4 lose what `read` has when its time is up.
    "endless NULs after a body": (endlessly(OK + b"\r\nok", b"\0" * 999), b"(ok)?200"),
    "endless single NULs": (endlessly(OK + b"\r\nok", b"\0"), b"ok200"),
    # Bytes less than 1 ms apart: no pause between them is long enough to time out.
    "drips the body quickly": (drip(OK + b"\r\nok", b"\0" * 40_000, 5e-5), b"ok200"),
    "drips the head quickly": (drip(OK, b"X: y\r\n" * 9000, 5e-5), b"000"),
    "drips chunks without end": (
        endlessly(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n\0\r\n"),
        b"[1\r\n]+200",
    ),
    "hangs after 100": (then_hang(CONTINUE), b"000"),  # curl: 100
    "endless 100s": (endlessly(b"", CONTINUE), b"000"),  # curl: 100
    "drips redirects": (drip_a_redirect, b"000"),  # curl: 302
}

# Only SIGKILL ends it.
HANG = f"#!/bin/sh\ntrap '' HUP INT TERM\nexec {program('sleep')} 60\n"
READ = "read -r body\n"  # until the shim has written the whole body
ANSWER_AND_HANG = HANG.replace("\n", f"\n{READ}printf :ok200\n", 1)
FLOOD = "#!/bin/sh\nwhile :; do echo junk; done\n"

# Text of each stub, and a pattern of the RESPONSE; the server itself is good.
TOOLS: dict[str, tuple[dict[str, str], bytes]] = {
    "python3 hangs": ({"python3": HANG}, b"000"),
    "python3 hangs, no curl": ({"python3": HANG, "curl": ""}, b"000"),
    "python3 answers and hangs": ({"python3": ANSWER_AND_HANG}, b"000"),
    "python3 floods": ({"python3": FLOOD}, b"000|ok200"),
    "curl hangs": ({"python3": "", "curl": HANG}, b"000"),
    "curl floods": ({"python3": "", "curl": FLOOD}, b"000"),
    "pveversion hangs": ({"pveversion": HANG}, b"000|ok200"),
    "pveversion floods": ({"pveversion": FLOOD}, b"000|ok200"),
}


@pytest.fixture(scope="module")
def against(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str, str], Outcome]]:
    base = tmp_path_factory.mktemp("path")

    def job(transport: str, case: str) -> Outcome:
        toolbox = Toolbox(base / transport / case.replace(" ", "-"), transport)
        if case == "unreachable":
            with Unreachable() as nobody:
                return report(toolbox, nobody.url())
        with Server(SERVERS[case][0]) as server:
            return report(toolbox, server.url())

    yield from together(request, job, "transport", "case")


@pytest.fixture(scope="module")
def with_tools(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Outcome]]:
    base = tmp_path_factory.mktemp("path")

    yield from together(request, partial(report_with, base), "tools")


@pytest.fixture(scope="module")
def in_background(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Outcome]]:
    base = tmp_path_factory.mktemp("path")
    job = partial(report_with, base, environment={"TELEMETRY_BACKGROUND": "yes"})
    yield from together(request, job, "tools")


def report_with(
    base: Path, tools: str, environment: Mapping[str, str] | None = None
) -> Outcome:
    """Report to a good server with these tools, in a directory below `base`."""
    toolbox = Toolbox(base / tools.replace(" ", "-"), *TRANSPORTS)
    for name, text in TOOLS[tools][0].items():
        toolbox.script(name, text) if text else (toolbox.path / name).unlink()
    with Server(answer(200, b"ok")) as server:
        return report(toolbox, server.url(), environment)


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("case", [*SERVERS, "unreachable"])
def test_a_slow_server_delays_no_script_beyond_the_limit(
    transport: str, case: str, against: Callable[[str, str], Outcome]
) -> None:
    seen = against(transport, case)
    expected = SERVERS[case][1] if case in SERVERS else b"000"
    assert re.fullmatch(expected, seen.response), seen.response
    seen.assert_answered(seen.response)
    seen.assert_good_guest()


@pytest.mark.parametrize("tools", TOOLS)
def test_a_hanging_tool_delays_no_script_beyond_the_limit(
    tools: str, with_tools: Callable[[str], Outcome]
) -> None:
    seen = with_tools(tools)
    assert re.fullmatch(TOOLS[tools][1], seen.response), seen.response
    seen.assert_answered(seen.response)
    seen.assert_good_guest()


@pytest.mark.parametrize("tools", ["python3 hangs", "curl hangs", "pveversion hangs"])
def test_a_report_in_the_background_ends_with_its_limit_too(
    tools: str, in_background: Callable[[str], Outcome]
) -> None:
    seen = in_background(tools)
    assert (seen.response, seen.flag) == (b"", "true")
    seen.assert_good_guest()


# A python3 that cannot run the sender counts as missing.
USELESS = {
    "exits 1": "#!/bin/sh\nexit 1\n",
    "exits 0 and says nothing": "#!/bin/sh\nexit 0\n",
    "prints junk": "#!/bin/sh\necho Python 2.7.18\n",
    "prints an answer without its mark": f"#!/bin/sh\n{READ}printf junk200\n",
    "prints junk on stderr": "#!/bin/sh\necho oh no >&2\nexit 3\n",
    "kills itself": "#!/bin/sh\nkill -9 $$\n",
    "has no interpreter": "#!/nonexistent/interpreter\n",
    "is empty": "",
    "is no program": "\x7fELF",
}


def assert_curl_takes_over(toolbox: Toolbox) -> None:
    """Fail unless one request comes, answered and as quiet as ever."""
    with Server(answer(200, b"ok")) as server:
        seen = report(toolbox, server.url(), limit=5)
    seen.assert_answered(b"ok200")
    seen.assert_good_guest(limit=5)
    assert len(server.requests) == 1


@pytest.mark.parametrize("manner", USELESS)
def test_curl_takes_over_from_a_python3_that(manner: str, tmp_path: Path) -> None:
    toolbox = Toolbox(tmp_path / "path", "curl")
    toolbox.script("python3", USELESS[manner])
    assert_curl_takes_over(toolbox)


def test_curl_takes_over_from_a_python3_that_is_a_directory(tmp_path: Path) -> None:
    toolbox = Toolbox(tmp_path / "path", "curl")
    (toolbox.path / "python3").mkdir()
    assert_curl_takes_over(toolbox)


def test_curl_takes_over_from_a_python3_that_is_not_executable(tmp_path: Path) -> None:
    toolbox = Toolbox(tmp_path / "path", "curl")
    toolbox.script("python3", USELESS["prints junk"])
    (toolbox.path / "python3").chmod(0o644)
    assert_curl_takes_over(toolbox)


def test_curl_takes_over_from_a_python3_that_links_to_nothing(tmp_path: Path) -> None:
    toolbox = Toolbox(tmp_path / "path", "curl")
    (toolbox.path / "python3").symlink_to("gone")
    assert_curl_takes_over(toolbox)


def test_python3_is_used_first_where_both_are_there(tmp_path: Path) -> None:
    toolbox = Toolbox(tmp_path / "path", "python3")
    toolbox.script("curl", "#!/bin/sh\nkill -9 $PPID\n")
    assert_curl_takes_over(toolbox)


def test_what_pveversion_leaves_running_is_not_waited_for(tmp_path: Path) -> None:
    toolbox = Toolbox(tmp_path / "path", "python3")
    leave = f"{program('sleep')} 60 <&- >/dev/null 2>&1 &"
    toolbox.script("pveversion", f"#!/bin/sh\n{leave}\necho pve-manager/8.2.2/x\n")
    with Server(answer(200, b"ok")) as server:
        report(toolbox, server.url(), limit=2).assert_answered(b"ok200")


def test_a_number_that_python3_prints_is_not_taken_for_a_process(
    tmp_path: Path,
) -> None:
    toolbox = Toolbox(tmp_path / "path")
    with subprocess.Popen([program("sleep"), "60"]) as bystander:
        toolbox.script(
            "python3", HANG.replace("\n", f"\n{READ}echo {bystander.pid}\n", 1)
        )
        seen = report(toolbox, "http://127.0.0.1:9/")
        assert bystander.poll() is None
        bystander.kill()
    seen.assert_answered(b"000")


@pytest.mark.parametrize("manner", USELESS)
def test_two_broken_transports_give_no_answer(manner: str, tmp_path: Path) -> None:
    toolbox = Toolbox(tmp_path / "path")
    toolbox.script("python3", USELESS[manner])
    toolbox.script("curl", USELESS[manner])
    with Server(answer(200, b"ok")) as server:
        seen = report(toolbox, server.url(), limit=5)
    seen.assert_answered(b"000")
    seen.assert_good_guest(limit=5)
    assert server.accepted == 0
