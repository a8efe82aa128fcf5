"""How long a report delays a script when something is wrong, as a distribution."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.timing import LOAD, Case, progress, table, times
from support.servers import Behaviour, Refusing, Server, Unreachable, manners

LIMIT = 1  # seconds
SERVERS: dict[str, Behaviour] = {
    "an answer": manners.answer(200, b"ok"),
    "closed at once": manners.close_at_once,
    "reset at once": manners.reset_at_once,
    "closed after the request": manners.close_after_request,
    "reset after the request": manners.reset_after_request,
    "garbage": manners.say(b"garbage"),
    "silent": manners.stay_silent,
    "never answers": manners.never_answer,
    "a byte a second": manners.drip(b"", manners.response(200, b"ok")),
}
NOBODY = {"refused": Refusing, "packets dropped": Unreachable}
TOOLS = ("python3", "pveversion")
HANG = "#!/bin/sh\nexec sleep 60\n"


def show(env: Mapping[str, str], rounds: int) -> None:
    """Print the table; `rounds` is the number of reports a fault."""
    rows = []
    for name, settings in _faults(env):
        progress(f"blocked time: {name}")
        case = Case(LOAD, "RANDOM_UUID=$i; post_to_api", rounds)
        values = [value / 1000 for value in times(case, {**env, **settings})]
        low, high = min(values), max(values)
        row = (low, statistics.median(values), high)
        rows.append((name, *(f"{value:.0f} ms" for value in row)))
    progress("")
    table((f"fault, limit {LIMIT} s", "least", "median", "most"), rows)


def _faults(env: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each fault by name, and the environment that causes it."""
    limit = {"TELEMETRY_TIMEOUT": str(LIMIT)}
    for name, behaviour in SERVERS.items():
        with Server(behaviour) as server:
            yield name, {**limit, "TELEMETRY_URL": server.url()}
    for name, nobody in NOBODY.items():
        with nobody() as port:
            yield name, {**limit, "TELEMETRY_URL": port.url()}
    for tool in TOOLS:
        with _hanging(tool) as folder:
            yield f"{tool} hangs", {**limit, "PATH": f"{folder}:{env['PATH']}"}


@contextmanager
def _hanging(tool: str) -> Iterator[str]:
    with TemporaryDirectory() as folder:
        program = Path(folder) / tool
        program.write_text(HANG)
        program.chmod(0o755)
        yield folder
