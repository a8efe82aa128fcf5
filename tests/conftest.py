"""What every test may use: the frozen spec, its rendered files, a line of totals."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

from shimgen.spec import Spec
from support.frozen import FROZEN, render_files
from support.paths import ROOT

# Tests of properties have no deadline: a slow machine is not a failure.
settings.register_profile("here", deadline=None)
settings.load_profile("here")


def pytest_configure() -> None:
    """Render the shell files of the frozen spec, before any test is collected."""
    # A job in the background ignores SIGINT, and its children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    render_files()


@pytest.fixture(scope="session")
def spec() -> Spec:
    """Return the spec that the tests own."""
    return FROZEN


@pytest.fixture(scope="session")
def checkout() -> Path:
    """Return the top of the repository."""
    return ROOT


@pytest.fixture
def clean_environment() -> dict[str, str]:
    """Return an environment without the settings of the user who runs the tests."""
    return {"PATH": os.environ["PATH"], "LC_ALL": "C"}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print one line with the numbers of tests that passed and failed."""
    stats = terminalreporter.stats
    failed = len(stats.get("failed", ())) + len(stats.get("error", ()))
    passed = len(stats.get("passed", ()))
    terminalreporter.write_line(f"pytest: {passed} passed, {failed} failed")
