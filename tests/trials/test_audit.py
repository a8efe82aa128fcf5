"""`make audit`: a trace is read as it was meant, and nothing slips through."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from trials.audit import exposure
from trials.audit.acts import Act, Reader, is_tls
from trials.audit.allowed import Allowed, Entry, load
from trials.audit.runs import PAYLOAD, RUNS, Run
from trials.audit.stage import Played
from trials.audit.strace import TraceError, described, parse, read, split, strings

TCP = "3<TCP:[127.0.0.1:4000->127.0.0.1:80]>"
PAIR = "3<UNIX-STREAM:[11->12]>"
HERE = "AT_FDCWD</home>"
TO_HTTP = 'sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}'
SENDER_OWN = {"__api_url": "http://h/", "__api_agent": "a", "__api_limit": "5"}


def acts(*lines: str) -> list[Act]:
    """Read lines of one process, without their times."""
    calls = [parse(f"1.000001 {line}", 1) for line in lines]
    return Reader({"/out": "stdout"}).read([call for call in calls if call])


@pytest.mark.parametrize(
    ("line", "column", "what"),
    [
        (
            f'openat({HERE}, "a", O_WRONLY|O_CREAT, 0666) = 3</home/a>',
            "files written",
            "open /home/a",
        ),
        (
            f'openat({HERE}, "/x", O_RDWR) = -1 EROFS (Read-only file system)',
            "files written",
            "open /x (EROFS)",
        ),
        (
            f'renameat({HERE}, "a", {HERE}, "b") = 0',
            "files written",
            "renameat /home/a to /home/b",
        ),
        ("fchmod(3</home/a>, 0600) = 0", "files written", "fchmod /home/a"),
        ('write(1</out>, "hi\\n", 3) = 3', "files written", "print on stdout: hi"),
        ('write(4</home/a>, "hi", 2) = 2', "files written", "write /home/a"),
        ("clone(child_stack=NULL, flags=SIGCHLD) = 7", "processes", "fork"),
        ("clone3({flags=CLONE_VM|CLONE_THREAD}, 88) = 7", "processes", "thread"),
        ('execve("/bin/ls", ["ls", "a, b"], ["A=1"]) = 0', "processes", "run ls a, b"),
        ("kill(7, SIGKILL) = 0", "processes", "kill SIGKILL"),
        (
            "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 3<TCP:[9]>",
            "addresses",
            "socket AF_INET SOCK_STREAM",
        ),
        (
            f"connect(3<TCP:[9]>, {{sa_family=AF_INET, {TO_HTTP}, 16) = -1 EINPROGRESS",
            "addresses",
            "connect to tcp 127.0.0.1:80",
        ),
        (
            'connect(3<UNIX:[9]>, {sa_family=AF_UNIX, sun_path="/run/x"}, 9) = 0',
            "addresses",
            "connect to unix /run/x",
        ),
        (
            "io_uring_setup(8, {flags=0}) = 3",
            "other calls",
            "io_uring_setup(8, {flags=0})",
        ),
        (
            "ioctl(0</dev/tty>, TIOCSTI, [13]) = 0",
            "other calls",
            "ioctl(0</dev/tty>, TIOCSTI, [13])",
        ),
        (f"sendfile({TCP}, 4</etc/passwd>, NULL, 99) = 99", "other calls", None),
        (f"writev({TCP}, 0x7ffe, 1) = 4", "other calls", None),
    ],
)
def test_a_call_is_told_in_words(line: str, column: str, what: str | None) -> None:
    (act,) = acts(line)
    assert act.column == column
    assert what in (None, act.what)


@pytest.mark.parametrize(
    "line",
    [
        f'openat({HERE}, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3</etc/passwd>',
        'write(1<pipe:[12]>, "within", 6) = 6',
        f'sendto({PAIR}, "within", 6, 0, NULL, 0) = 6',
        "ioctl(0</dev/null<char 1:3>>, TCGETS, 0x7ff) = -1 ENOTTY (Inappropriate)",
        "--- SIGCHLD {si_signo=SIGCHLD} ---",
        "+++ exited with 0 +++",
    ],
)
def test_what_nobody_else_notices_is_left_out(line: str) -> None:
    assert acts(line) == []


def test_bytes_sent_on_a_connection_are_put_together() -> None:
    (act,) = acts(
        f'sendto({TCP}, "PO\\x53T", 4, MSG_NOSIGNAL, NULL, 0) = 4',
        f'write({TCP}, " /lost", 6) = 2',
        f'writev({TCP}, [{{iov_base="a", iov_len=1}}, {{iov_base="b"}}], 2) = 2',
        f'write({TCP}, "again", 5) = -1 EAGAIN (Resource temporarily unavailable)',
    )
    assert act.column == "bytes sent"
    assert act.sent == b"POST /ab"


def test_a_datagram_tells_its_address_without_a_connection() -> None:
    address, sent = acts(
        f'sendto(3<UDP:[9]>, "query", 5, 0, {{sa_family=AF_INET, {TO_HTTP}, 16) = 5'
    )
    assert address.what == "send to udp 127.0.0.1:80"
    assert sent.sent == b"query"


def test_arguments_are_split_where_they_end() -> None:
    text = r'3</a,b<char 1:3>>, "c, \"d", [{e=1, f=2}], 1<<4, g(h, i)'
    assert split(text) == (
        "3</a,b<char 1:3>>",
        r'"c, \"d"',
        "[{e=1, f=2}]",
        "1<<4",
        "g(h, i)",
    )
    assert split(f"{TCP}, 1") == (TCP, "1")


def test_strings_are_the_bytes_that_they_were() -> None:
    assert strings(r'["a\"b\\", "\x00\n\33"]') == [b'a"b\\', b"\0\n\x1b"]


def test_a_string_that_was_cut_off_is_no_evidence() -> None:
    with pytest.raises(TraceError, match="cut"):
        strings('"POST"...')


def test_a_line_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(TraceError, match="not a line"):
        parse("strace: something went wrong", 1)


@pytest.mark.parametrize(
    ("descriptor", "what"),
    [
        ("3</dev/null<char 1:3>>", "/dev/null"),
        ("3</tmp/x>(deleted)", "/tmp/x"),
        ("AT_FDCWD</home>", "/home"),
        ("1<pipe:[12]>", "pipe:[12]"),
        ("3", ""),
    ],
)
def test_a_descriptor_says_what_it_is(descriptor: str, what: str) -> None:
    assert described(descriptor) == what


def test_calls_of_all_processes_are_put_in_order(tmp_path: Path) -> None:
    (tmp_path / "trace.7").write_text("2.5 fork() = 9\n")
    (tmp_path / "trace.9").write_text("1.5 vfork() = 8\n3.5 kill(7, SIGHUP) = 0\n")
    calls = read(tmp_path)
    assert [(call.name, call.process) for call in calls] == [
        ("vfork", 9),
        ("fork", 7),
        ("kill", 9),
    ]


def test_only_whole_tls_records_count_as_tls() -> None:
    record = b"\x17\x03\x03\x00\x02ab"
    assert is_tls(b"\x16\x03\x01\x00\x01x" + record)
    assert not is_tls(record + b"POST / HTTP/1.0")
    assert not is_tls(b"POST / HTTP/1.0")


SOME = Allowed(
    [
        Entry("processes", "fork", "", ("way",), times=2),
        Entry("processes", "run a", "", ("way",), each="run"),
        Entry("processes", "thread", "", ("way",), optional=True),
        Entry("processes", "run b", "", ("elsewhere",)),
    ],
    {},
    load().bodies,
)


@pytest.mark.parametrize(
    ("done", "problems"),
    [
        ({"fork": 4, "run a": 1}, []),
        ({"fork": 4, "run a": 1, "thread": 2}, []),
        ({"fork": 4, "run a": 1, "thread": 3}, ["not allowed: 1 x thread"]),
        ({"fork": 5, "run a": 1}, ["not allowed: 1 x fork"]),
        ({"fork": 4, "run a": 1, "run b": 1}, ["not allowed: 1 x run b"]),
        ({"fork": 3, "run a": 1}, ["did not happen: 1 x fork"]),
    ],
)
def test_what_is_done_must_be_what_is_allowed(
    done: dict[str, int], problems: list[str]
) -> None:
    run = Run("two reports", ("way",))
    assert SOME.problems(run, "processes", Counter(done)) == problems


def test_each_entry_of_the_allow_list_has_a_reason_and_belongs_to_a_run() -> None:
    allowed = load()
    ways = {way for run in RUNS for way in run.ways}
    for entry in allowed.entries:
        assert entry.why
        assert set(entry.when) <= ways
    assert set(allowed.heads) == {run.head for run in RUNS if run.head}
    assert set(allowed.bodies) == {name for run in RUNS for name in run.reports}


def test_a_run_of_a_user_who_said_no_may_do_nothing() -> None:
    allowed = load()
    runs = [run for run in RUNS if run.title in ("DIAGNOSTICS=no", "DO_NOT_TRACK=1")]
    assert [allowed.permits(run) for run in runs] == [[], []]


def played() -> Played:
    """Return a run whose caller exported HOME and the report's variables."""
    exported = {"HOME": "/home", "TELEMETRY_URL": "http://h/", **PAYLOAD}
    return Played(RUNS[0], [], [], [], exported, "127.0.0.1:80")


def started(*argv: str, **environment: str) -> Act:
    """Return a started program."""
    pairs = (f"{name}={value}".encode() for name, value in environment.items())
    words = tuple(word.encode() for word in argv)
    return Act("processes", "run", words, tuple(pairs))


@pytest.mark.parametrize(
    "argument", ["mark-app", '{"random_id":', "http://127.0.0.1:80/", "mark-password"]
)
def test_arguments_hold_no_part_of_a_report(argument: str) -> None:
    assert exposure.in_arguments(played(), [started("curl", "-s")]) == []
    assert exposure.in_arguments(played(), [started("curl", argument)])


@pytest.mark.parametrize(
    ("program", "environment", "problems"),
    [
        ("curl", {"HOME": "/home", "PWD": "/"}, []),
        ("python3", {"HOME": "/home", **SENDER_OWN}, []),
        ("tail", {"HOME": "/home", **PAYLOAD}, []),
        ("curl", {"HOME": "/home", "NSAPP": "x"}, ["curl has NSAPP"]),
        ("curl", {"HOME": "/home", "TELEMETRY_URL": "x"}, ["curl has TELEMETRY_URL"]),
        (
            "curl",
            {"HOME": "/home", **SENDER_OWN},
            [f"curl has {n}" for n in sorted(SENDER_OWN)],
        ),
        ("curl", {}, ["curl lacks HOME"]),
        ("curl", {"HOME": "/root"}, ["curl has another HOME"]),
        (
            "python3",
            {"HOME": "/home", **SENDER_OWN, "__api_agent": "mark-app"},
            ["python3 has a part of the report in __api_agent"],
        ),
    ],
)
def test_a_child_gets_what_it_needs(
    program: str, environment: dict[str, str], problems: list[str]
) -> None:
    act = started(program, **environment)
    assert exposure.in_environment(played(), [act]) == problems
