"""Unusual tools, variables, URLs, proxies and terminals, with real servers."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.certificates import Certificates
from support.frozen import API_FUNC
from support.servers import Connection, Server
from support.servers.manners import answer, response
from support.transports import (
    HUNG,
    REPORT,
    SCRIPT,
    Toolbox,
    program,
    python3,
    report,
)

SLEEP = program("sleep")
HANG = f"exec {SLEEP} 60\n"


# What the python3 does, and whether the host command hangs meanwhile.
MANNERS = {
    "prints 0 and hangs": ("echo 0\n" + HANG, False),
    "prints a line, the host command hangs": ("echo junk\n", True),
    "prints half a line, the host command hangs": ("printf junk\n", True),
    "prints lines without end": ("while :; do echo x; done\n", False),
    "starts an answer and hangs": (f"{SLEEP} 0.8; echo :\n" + HANG, False),
    "closes all and hangs": ("exec <&- >&- 2>&-\n" + HANG, True),
    "is killed, the host command hangs": ("kill -9 $$\n", True),
}


@pytest.mark.parametrize("manner", MANNERS)
def test_nothing_outlives_the_limit_with_a_python3_that(
    manner: str, tmp_path: Path
) -> None:
    toolbox = Toolbox(tmp_path / "path")
    does, hangs = MANNERS[manner]
    toolbox.script("python3", f"#!/bin/sh\n{does}")
    if hangs:
        toolbox.script("pveversion", f"#!/bin/sh\n{HANG}")
    with Server(answer(200, b"ok")) as server:
        seen = report(toolbox, server.url())
    seen.assert_answered(b"000")
    seen.assert_good_guest()


def test_a_python3_that_is_a_script_around_the_real_one_sends(tmp_path: Path) -> None:
    toolbox = Toolbox(tmp_path / "path")
    toolbox.script("python3", f'#!/bin/sh\nexec {python3()} "$@"\n')
    with Server(answer(200, b"ok")) as server:
        report(toolbox, server.url(), limit=5).assert_answered(b"ok200")


@pytest.mark.parametrize(
    "host_command",
    [HANG, "while :; do echo junk; done\n", "while :; do printf junk; done\n"],
    ids=["hangs", "prints lines without end", "prints a line without end"],
)
def test_a_report_goes_without_the_value_of_a_host_command_that(
    host_command: str, tmp_path: Path
) -> None:
    toolbox = Toolbox(tmp_path / "path", "python3")
    toolbox.script("pveversion", f"#!/bin/sh\n{host_command}")
    with Server(answer(200, b"ok")) as server:
        script = f"ulimit -v 1000000\n{REPORT}"  # KiB; bash must not keep all of it
        seen = report(toolbox, server.url(), limit=6, script=script)
    seen.assert_answered(b"ok200")
    seen.assert_good_guest(limit=6)
    assert json.loads(server.requests[0].body)["pve_version"] == ""


def test_a_path_of_many_entries_costs_no_time(tmp_path: Path) -> None:
    toolbox = Toolbox(tmp_path / "path", "python3")
    with Server(answer(200, b"ok")) as server:
        # Not exported: the kernel takes no variable of this length.
        lines = "export -n PATH; printf -v many '/not/here/nor/there/%s:' {1..12000}\n"
        lines += f"PATH=$many$PATH\n{REPORT}"
        seen = report(toolbox, server.url(), limit=5, script=lines)
    seen.assert_answered(b"ok200")
    seen.assert_good_guest(limit=5)


@pytest.mark.parametrize("outer", ["0123456789", "\n\t", "", ":"], ids=repr)
def test_words_are_split_whatever_the_ifs_of_several_functions(
    outer: str, tmp_path: Path
) -> None:
    toolbox = Toolbox(tmp_path / "path")
    toolbox.script("python3", f"#!/bin/sh\n{HANG}")
    printed = tmp_path / "printed"
    script = "\n".join(
        [
            '. "$1"; record_feature gpu ipv6; record_package a 1',
            "inner() {",
            "  local IFS=,",
            f"  TELEMETRY_DRY_RUN=yes post_update_to_api failed 9 >'{printed}'",
            "  post_to_api",
            '  printf "%s\\n%s\\n%s" "$?" "$POST_TO_API_DONE" "$RESPONSE"',
            "}",
            'outer() { local IFS="$OUTER"; inner; }',
            "outer",
        ]
    )
    seen = report(toolbox, "http://127.0.0.1:9/", {"OUTER": outer}, script=script)
    seen.assert_answered(b"000")
    seen.assert_good_guest()
    body = json.loads(printed.read_text())
    assert (body["features"], body["packages"]) == (["gpu", "ipv6"], ["a=1"])


@pytest.mark.parametrize(
    "setting",
    [
        *(f"BASH_COMPAT={level}" for level in ("3.1", "31", "4.0", "4.2", "42", "5.0")),
        *(f"shopt -s compat{level} 2>&-" for level in (31, 32, 40, 41, 42, 43, 44)),
        *(
            f"readonly BASH_COMPAT={level}"
            for level in ("3.1", "32", "4.0", "4.1", "42")
        ),
    ],
)
def test_a_value_is_escaped_whatever_the_compatibility_level(
    setting: str, tmp_path: Path
) -> None:
    toolbox = Toolbox(tmp_path / "path", "python3")
    name = "a\"b\\c'&~d"
    with Server(answer(200, b"ok")) as server:
        environment = {"NSAPP": name}
        script = f"{setting}\n{REPORT}"
        seen = report(toolbox, server.url(), environment, limit=5, script=script)
    seen.assert_answered(b"ok200")
    assert json.loads(server.requests[0].body)["nsapp"] == name


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("NSAPP=(one two)", "one"),
        ("unset NSAPP; declare -A NSAPP=([0]=zero [a]=b)", "zero"),
        ("unset NSAPP; declare -A NSAPP=([a]=b)", ""),
        ("unset NSAPP; declare -n NSAPP=other; other=there", "there"),
        ("unset NSAPP; declare -n NSAPP=nowhere", ""),
        ("readonly NSAPP", SCRIPT["NSAPP"]),
        ("declare -i NSAPP=7", "7"),
    ],
)
def test_a_field_may_be_any_kind_of_variable(
    toolbox: Toolbox, line: str, name: str
) -> None:
    with Server(answer(200, b"ok")) as server:
        seen = report(toolbox, server.url(), limit=5, script=f"{line}\n{REPORT}")
    seen.assert_answered(b"ok200")
    assert json.loads(server.requests[0].body)["nsapp"] == name


@pytest.mark.parametrize("line", ["ulimit -f 0", "TMOUT=1", "readonly TMOUT=1"])
def test_a_slow_answer_is_waited_for_with(toolbox: Toolbox, line: str) -> None:
    def slowly(connection: Connection) -> None:
        connection.request()
        connection.server.stopping.wait(1.3)
        connection.send(response(200, b"late"))

    with Server(slowly) as server:
        seen = report(toolbox, server.url(), limit=5, script=f"{line}\n{REPORT}")
    seen.assert_answered(b"late200")
    seen.assert_good_guest(limit=5)


@pytest.mark.parametrize(
    "ending",
    [
        "a b",
        "a\tb",
        "a\r\nX-Injected: 1",
        "a\n",
        "\r",
        " ",
        "caf\N{LATIN SMALL LETTER E WITH ACUTE}",
        "$(exit 1)",
    ],
)
def test_nothing_is_sent_to_a_url_with_other_than_printable_ascii(
    toolbox: Toolbox, ending: str
) -> None:
    with Server(answer(200, b"ok")) as server:
        seen = report(toolbox, server.url("/" + ending), limit=5)
    assert seen.response == b""
    seen.assert_good_guest(limit=5)
    assert server.accepted == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.test/",  # no punycode here
        "http:PORT",
        "http:///127.0.0.1:PORT/",
        "//127.0.0.1:PORT/",
        "127.0.0.1:PORT",
        "file:///etc/hostname",
        "-o/dev/full",
        "@/etc/hostname",
    ],
)
def test_nothing_is_sent_to_what_is_not_an_http_url(toolbox: Toolbox, url: str) -> None:
    with Server(answer(200, b"ok")) as server:
        seen = report(toolbox, url.replace("PORT", str(server.port)), limit=5)
    assert seen.response == b""
    seen.assert_good_guest(limit=5)
    assert server.accepted == 0


def test_line_ends_in_credentials_add_no_header(toolbox: Toolbox) -> None:
    with Server(answer(200, b"ok")) as server:
        url = server.url().replace("//", "//u:p%0d%0aX-Injected:%201@")
        report(toolbox, url, limit=5).assert_answered(b"ok200")
    assert server.requests[0].header(b"X-Injected") is None


@pytest.mark.parametrize("name", ["http_proxy", "all_proxy"])
def test_a_proxy_at_a_unix_socket_gives_no_answer_and_is_not_bypassed(
    toolbox: Toolbox, tmp_path: Path, name: str
) -> None:
    environment = {name: f"unix://{tmp_path}/proxy.sock"}
    with Server(answer(200, b"ok")) as server:
        seen = report(toolbox, server.url(), environment, limit=5)
    seen.assert_answered(b"000")
    seen.assert_good_guest(limit=5)
    assert server.accepted == 0


def test_a_directory_of_authorities_is_trusted_as_curl_trusts_it(
    toolbox: Toolbox, tmp_path: Path
) -> None:
    certificates = Certificates(tmp_path)
    (tmp_path / "store").mkdir()
    shutil.copy(certificates.bundle, tmp_path / "store" / "ours.pem")
    subprocess.run([program("openssl"), "rehash", tmp_path / "store"], check=True)
    trust = {"SSL_CERT_DIR": str(tmp_path / "store")}
    with Server(answer(200, b"ok"), tls=certificates.good) as server:
        report(toolbox, server.url(), trust, limit=5).assert_answered(b"ok200")


class Terminal:
    """An interactive bash on a terminal of its own."""

    PROMPT = b"ready> "

    def __init__(self, toolbox: Toolbox, url: str, limit: int) -> None:
        self.environment = {
            **SCRIPT,
            "PATH": f"{toolbox.path}:{os.defpath}",
            "TELEMETRY_URL": url,
            "TELEMETRY_TIMEOUT": str(limit),
            "FILE": str(API_FUNC),
            "PS1": self.PROMPT.decode(),
            "TERM": "dumb",
        }
        self.seen = b""

    @contextmanager
    def open(self) -> Iterator[Terminal]:
        """Start the shell; hang the terminal up at the end."""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            arguments = ["bash", "--norc", "--noediting", "-i"]
            os.execve(program("bash"), arguments, self.environment)
        try:
            self.until(self.PROMPT)
            yield self
        finally:
            os.close(self.fd)
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)

    def until(self, text: bytes) -> bytes:
        """Return what the terminal shows up to a text."""
        deadline = time.monotonic() + HUNG
        while text not in self.seen:
            remaining = max(deadline - time.monotonic(), 0)
            if not select.select([self.fd], [], [], remaining)[0]:
                raise AssertionError(f"no {text!r} in {self.seen!r}")
            self.seen += os.read(self.fd, 4096)
        shown, _, self.seen = self.seen.partition(text)
        return shown

    def run(self, line: str) -> str:
        """Type a line and return what it shows."""
        self.type(line)
        return self.until(b"\n" + self.PROMPT).decode().partition("\n")[2].strip()

    def type(self, line: str) -> None:
        """Type a line and wait for nothing."""
        os.write(self.fd, line.encode() + b"\n")

    def press(self, key: str) -> None:
        """Press Ctrl and a key."""
        os.write(self.fd, bytes([ord(key) & 0x1F]))


SEND = '. "$FILE"; post_to_api; echo "got $RESPONSE"'


@pytest.mark.parametrize(
    "command",
    [
        SEND,
        f"({SEND})",
        f"bash --norc -c '{SEND}'",
        f"bash --norc -c 'set -m; {SEND}'",
        f"bash --norc -ic '{SEND}'",
        f"bash --norc -c '{SEND}' >out & wait; cat out",
        f"bash --norc -c 'set -m; {SEND}' >out & wait; cat out",
    ],
)
def test_a_report_from_a_terminal_stops_nothing_and_keeps_the_foreground(
    toolboxes: dict[str, Toolbox], tmp_path: Path, command: str
) -> None:
    with Server(answer(200, b"ok")) as server:
        terminal = Terminal(toolboxes["python3"], server.url(), 5)
        with terminal.open():
            terminal.run(f"cd '{tmp_path}'; stty tostop")
            shown = terminal.run(command)
            assert "got ok200" in shown
            assert "topped" not in shown
            assert os.tcgetpgrp(terminal.fd) == terminal.pid
            assert terminal.run("jobs").rpartition("Done")[0] == ""


@pytest.mark.parametrize("tool", ["python3", "pveversion"])
@pytest.mark.parametrize("command", [SEND, f"bash --norc -c '{SEND}; echo on'"])
def test_ctrl_c_at_a_terminal_ends_a_send_that_hangs(
    tmp_path: Path, tool: str, command: str
) -> None:
    toolbox = Toolbox(tmp_path / "path", "python3")
    hung = tmp_path / "hung"
    os.mkfifo(hung)
    (toolbox.path / tool).unlink()
    toolbox.script(tool, f"#!/bin/sh\necho $$ >'{hung}'\n{HANG}")
    terminal = Terminal(toolbox, "http://127.0.0.1:9/", 20)
    with terminal.open():
        terminal.type(command)
        process = os.pidfd_open(int(hung.read_text()))
        terminal.press("C")
        shown = terminal.until(b"\n" + Terminal.PROMPT)
        assert not re.search(rb"(?m)^(got|on)", shown)
        assert select.select([process], [], [], HUNG / 2)[0], "the tool hangs on"
        os.close(process)
        assert os.tcgetpgrp(terminal.fd) == terminal.pid


def test_a_report_in_the_background_outlives_the_terminal(
    tmp_path: Path,
) -> None:
    toolbox = Toolbox(tmp_path / "path", "python3")
    go = tmp_path / "go"
    os.mkfifo(go)
    toolbox.script("pveversion", f"#!/bin/sh\nread line <'{go}'\necho a/1.2/b\n")
    with Server(answer(200, b"ok")) as server:
        terminal = Terminal(toolbox, server.url(), 20)
        with terminal.open():
            command = f"TELEMETRY_BACKGROUND=yes; {SEND}"
            assert terminal.run(command).rstrip() == "got"
        go.write_text("\n")
        assert server.received.wait(HUNG)
    assert json.loads(server.requests[0].body)["pve_version"] == "1.2"
