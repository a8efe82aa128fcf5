"""Where the time of a report goes: each step by itself, and what is left."""

from __future__ import annotations

import statistics
from collections.abc import Mapping

from bench.timing import API, LOAD, Case, measure, progress, table

REPEATS = 10
SENDER = (API.parent.parent / "sender.py").read_text("utf-8")
DEFINITIONS = SENDER.removesuffix("\nmain()\n")
MODULES = "import _signal, _socket, posix"


def _python(code: str) -> str:
    """Return a command that runs Python code with the flags of the sender."""
    return f"python3 -I -S -B -c '{code}'"


GIVEN = "export __api_url=$TELEMETRY_URL __api_agent=x __api_limit=5"
CASES = {
    "fork": Case(LOAD, "(:)", 100),
    "substitution": Case(LOAD, "read -r x < <(echo x)", 100),
    "host command": Case(LOAD, "x=$(pveversion)", REPEATS),
    "python": Case(":", _python("pass"), REPEATS),
    "quick exit": Case(":", _python("import posix; posix._exit(0)"), REPEATS),
    "imports": Case(":", _python(MODULES), REPEATS),
    "definitions": Case(GIVEN, _python(DEFINITIONS), REPEATS),
    "sender": Case(GIVEN, "echo '{}' | " + _python(SENDER), REPEATS),
    "pipe": Case(":", "echo '{}' | /bin/true", REPEATS),
    "update": Case(LOAD, "RANDOM_UUID=$i; post_update_to_api ok 0", REPEATS),
    "container": Case(LOAD, "RANDOM_UUID=$i; post_to_api", REPEATS),
    "curl": Case('. "$CURL"', "update_with_curl; POST_UPDATE_DONE=false", REPEATS),
}
# What a step takes: the sum of these cases, each with its sign.
STEPS: Mapping[str, tuple[str, ...]] = {
    "start and end of Python (`python3 -ISBc pass`)": ("+python",),
    "saved by ending with `_exit`": ("+quick exit", "-python"),
    "import of `_socket`, `_signal`, `posix`": ("+imports", "-python"),
    "compiling the sender": ("+definitions", "-imports"),
    "connection, request, answer": (
        *("+sender", "-pipe", "-definitions", "-quick exit", "+python"),
    ),
    "bash: gate, two forks, JSON, reading the answer": ("+update", "-sender", "+pipe"),
    "the host command, as far as it is not hidden": ("+container", "-update"),
    "**report of a container**": ("+container",),
    "for comparison: one fork of this bash": ("+fork",),
    "for comparison: a process substitution, read": ("+substitution",),
    "for comparison: the host command alone": ("+host command",),
    "for comparison: one `curl` by hand": ("+curl",),
}


def show(env: Mapping[str, str], rounds: int) -> None:
    """Measure all cases in turn, round by round, and print the table."""
    times: dict[str, list[float]] = {name: [] for name in CASES}
    for number in range(1, rounds + 1):
        progress(f"anatomy: round {number} of {rounds}")
        for name, case in CASES.items():
            times[name].append(measure(case, env))
    progress("")
    median = {name: statistics.median(values) for name, values in times.items()}
    whole = median["container"]
    table(
        ("step", "milliseconds", "share of the report"),
        (
            (step, f"{took / 1000:.2f}", f"{took / whole:.0%}")
            for step, parts in STEPS.items()
            for took in [sum(float(f"{p[0]}1") * median[p[1:]] for p in parts)]
        ),
    )
