"""Time of a report, of sourcing and of the catalogue, as ratios to a minimum."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from bench.timing import LOAD, Case, measure, progress, spread, table

REPEATS = 10  # reports in one process, so that its own start counts little
EXPLAINED = 1000


@dataclass(frozen=True)
class Ratio:
    """A row of the table: the ratio of two cases, and the most that it should be."""

    title: str
    case: str
    base: str
    most: float | None = None


def _reports(count: int) -> Case:
    """Return one script that makes so many reports, start and sourcing included."""
    loop = f"for ((i = 0; i < {count}; i++)); do RANDOM_UUID=$i; post_to_api; done"
    return Case("", LOAD + loop)


CASES = {
    "true": Case("", ""),
    "source": Case("", LOAD),
    "floor": Case(":", "pveversion >/dev/null; python3 -ISc pass", REPEATS),
    "python": Case(":", "python3 -ISc pass", REPEATS),
    "curl": Case('. "$CURL"', "post_with_curl", REPEATS),
    "container": Case(LOAD, "RANDOM_UUID=$i; post_to_api", REPEATS),
    "vm": Case(LOAD, "RANDOM_UUID=$i; post_to_api_vm", REPEATS),
    "update": Case(LOAD, "RANDOM_UUID=$i; post_update_to_api ok 0", REPEATS),
    "run": Case(
        LOAD, "RANDOM_UUID=$i; post_to_api; post_update_to_api failed 1", REPEATS
    ),
    "run and repeat": Case(
        LOAD,
        "RANDOM_UUID=$i; post_to_api; post_update_to_api failed 1; "
        "post_update_to_api failed 1",
        REPEATS,
    ),
    "run by curl": Case('. "$CURL"', "run_with_curl", REPEATS),
    "https": Case(
        LOAD + "TELEMETRY_URL=$HTTPS_URL", "RANDOM_UUID=$i; post_to_api", REPEATS
    ),
    "ssl": Case(":", "pveversion >/dev/null; python3 -ISc 'import ssl'", REPEATS),
    "curl_https": Case(
        '. "$CURL"; TELEMETRY_URL=$HTTPS_URL CURL_CA_BUNDLE=$SSL_CERT_FILE',
        "post_with_curl",
        REPEATS,
    ),
    "background": Case(LOAD + "TELEMETRY_BACKGROUND=yes", "post_to_api"),
    "foreground": Case(LOAD, "post_to_api"),
    "closed": Case(LOAD + "DIAGNOSTICS=no", "post_to_api", EXPLAINED),
    "explain": Case(LOAD, "explain_exit_code 231", EXPLAINED),
    "printf": Case(
        "describe() { printf '%s\\n' \"meaning of $1\"; }", "describe 231", EXPLAINED
    ),
    "1 report": _reports(1),
    "10 reports": _reports(10),
    "100 reports": _reports(100),
}
RATIOS = (
    Ratio("sourcing / bash -c true", "source", "true", 2.2),
    Ratio("container report / floor", "container", "floor", 1.25),
    Ratio("container report / curl by hand", "container", "curl", 1.2),
    Ratio("VM report / floor", "vm", "floor"),
    Ratio("update report / python3 -ISc pass", "update", "python"),
    Ratio("whole run of two reports / floor", "run", "floor"),
    Ratio("two reports and a repeat / by curl", "run and repeat", "run by curl", 1.1),
    Ratio("report by https / by http", "https", "container"),
    Ratio("report by https / floor with `import ssl`", "https", "ssl"),
    Ratio("report by https / curl by hand by https", "https", "curl_https"),
    Ratio("background / foreground", "background", "foreground", 0.25),
    Ratio("explain_exit_code / one printf", "explain", "printf", 2.5),
    Ratio("closed gate / one printf", "closed", "printf"),
    Ratio("script of 10 reports / of 1", "10 reports", "1 report"),
    Ratio("script of 100 reports / of 10", "100 reports", "10 reports"),
)


def show(env: Mapping[str, str], rounds: int) -> None:
    """Measure all cases in turn, round by round, and print the tables."""
    times: dict[str, list[float]] = {name: [] for name in CASES}
    for number in range(1, rounds + 1):
        progress(f"costs: round {number} of {rounds}")
        for name, case in CASES.items():
            times[name].append(measure(case, env))
    progress("")
    table(
        ("case", "median", "middle half"),
        ((name, *_milliseconds(values)) for name, values in times.items()),
    )
    table(
        ("ratio", "median", "middle half", "wanted"),
        (_row(ratio, times) for ratio in RATIOS),
    )


def _milliseconds(microseconds: list[float]) -> tuple[str, str]:
    values = [value / 1000 for value in microseconds]
    return f"{statistics.median(values):.3f} ms", spread(values)


def _row(ratio: Ratio, times: Mapping[str, list[float]]) -> tuple[str, ...]:
    pairs = zip(times[ratio.case], times[ratio.base], strict=True)
    values = [case / base for case, base in pairs]
    most = f"at most {ratio.most}" if ratio.most else ""
    return ratio.title, f"{statistics.median(values):.2f}", spread(values), most
