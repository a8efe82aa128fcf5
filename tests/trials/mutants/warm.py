"""A Python that has imported everything, and forks a process for each run of tests.

Python and pytest take 1.7 s to start, and most mutants are killed in less. The forked
process only imports the tests again, and shimgen if the mutant is in it.

    python -m trials.mutants.warm TEST...   # reads Orders, writes Ends, one per line

It writes the first End before it reads an Order: until then there must be no mutant.
"""

from __future__ import annotations

import gc
import os
import runpy
import select
import signal
import sys
import tempfile
from contextlib import suppress
from typing import IO, Literal, NoReturn

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from . import namespace

Kind = Literal["pytest", "shimgen", "program"]

# Modules that are imported already are not rewritten again: that is intended here.
IMPORTED = "ignore::pytest.PytestAssertRewriteWarning"
PLUGINS = ("no:randomly", "no:cacheprovider", "trials.mutants.unshrunk")
OPTIONS = ("-q", "-W", IMPORTED, *(f"-p{name}" for name in PLUGINS))


class Order(msgspec.Struct, frozen=True):
    """What to run in a process of its own: pytest, shimgen, or another program.

    `patience` is how long one test may take, in seconds. `reload` says that a mutant is
    in shimgen itself, so that it has to be imported again.
    """

    kind: Kind
    words: list[str]
    environment: dict[str, str]
    patience: float
    reload: bool = False


class End(msgspec.Struct, frozen=True):
    """The result: exit status, -1 for a hang, and the first test that failed."""

    status: int
    failed: str = ""


class Reporter:
    """A pytest plugin that reports each test to the parent process, as bats does."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Report that a test begins."""
        self._out.write(f"begin {nodeid}\n")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Report a test that failed."""
        if report.failed:
            self._out.write(f"not ok {report.nodeid}\n")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Report a file that cannot be imported."""
        if report.failed:
            self._out.write(f"not ok {report.nodeid}\n")


def serve(tests: list[str]) -> None:
    """Import everything that the tests need, then carry out orders to their end."""
    ends, orders = os.fdopen(os.dup(1), "wb"), os.fdopen(os.dup(0), "rb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nothing, descriptor)
    _warm_up(tests)
    ends.write(msgspec.json.encode(End(0)) + b"\n")
    ends.flush()
    with suppress(BrokenPipeError):  # the parent process has ended
        for line in orders:
            order = msgspec.json.decode(line, type=Order)
            end = run(order, ends.fileno(), orders.fileno())
            ends.write(msgspec.json.encode(end) + b"\n")
            ends.flush()


def _warm_up(tests: list[str]) -> None:
    """Collect the tests once, which imports everything and writes bytecode."""
    if pytest.main([*OPTIONS, "--collect-only", *tests]) != 0:
        raise RuntimeError("the tests cannot be collected; run `make pytest`")
    _draw_a_text()
    sys.dont_write_bytecode = (
        True  # bytecode of one mutant must not be used for another
    )
    gc.collect()
    gc.freeze()


@settings(max_examples=2, database=None)
@given(st.text())
def _draw_a_text(text: str) -> None:
    """Make hypothesis read its table of characters, which takes two seconds."""
    assert isinstance(text, str)


def run(order: Order, *private: int) -> End:
    """Run one order in a namespace of its own, without the `private` descriptors."""
    read, write = os.pipe()
    pid = namespace.fork()
    if pid == 0:
        for descriptor in (read, *private):
            os.close(descriptor)
        _carry_out(order, write)
    os.close(write)
    failed, hangs = _watch(read, order.patience)
    os.close(read)
    if failed or hangs:  # the result is known
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status == namespace.FAILED:
        raise RuntimeError(
            f"{order.words}: could not be run; the output above says why"
        )
    return End(-1 if hangs else status, failed)


def _watch(pipe: int, patience: float) -> tuple[str, bool]:
    """Return the first test that failed, or that hangs, and whether one hangs."""
    unread, current = b"", ""
    while True:
        if not select.select([pipe], [], [], patience)[0]:
            return current, True
        more = os.read(pipe, 65536)
        unread += more
        *lines, unread = unread.split(b"\n")
        for line in lines:
            state, _, name = line.decode("utf-8", "replace").partition(" ")
            if state == "begin":
                current = name
            elif state == "not":  # "ok 7 NAME" of bats, "ok NAME" of pytest
                number, _, rest = name.removeprefix("ok ").partition(" ")
                return (rest if number.isdigit() else name.removeprefix("ok ")), False
        if not more:
            return "", False


def _carry_out(order: Order, out: int) -> NoReturn:
    """Carry out an order in this process, and end it."""
    status = 1
    try:
        os.setsid()
        os.environ.clear()
        os.environ.update(order.environment)
        tempfile.tempdir = None
        # A job in the background ignores SIGINT, and its children inherit that.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.dup2(0, 2)
        if order.kind == "program":
            os.dup2(out, 1)
            status = namespace.FAILED  # if there is no such program
            os.execvp(order.words[0], order.words)
        _forget(order)
        if order.kind == "shimgen":
            runpy.run_module("shimgen", run_name="__main__", alter_sys=True)
        with os.fdopen(out, "w", buffering=1) as pipe:
            status = int(
                pytest.main([*OPTIONS, "-x", *order.words], plugins=[Reporter(pipe)])
            )
    except SystemExit as end:  # raised by the command line
        status = int(end.code or 0)
    finally:
        os._exit(status)


def _forget(order: Order) -> None:
    """Forget the imported tests, and shimgen if a mutant is in it."""
    sys.argv[1:] = order.words
    packages = ("support", *(("shimgen",) if order.reload else ()))
    for name in list(sys.modules):
        is_test = name.rpartition(".")[2].startswith(("test_", "conftest"))
        if is_test or name.partition(".")[0] in packages:
            del sys.modules[name]


if __name__ == "__main__":
    serve(sys.argv[1:])
