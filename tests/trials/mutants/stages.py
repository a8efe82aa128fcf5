"""The tests that are run for mutants, in the order of the time that they take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PATIENCE = 20  # seconds for one test; the slowest takes 4, so this is a hang
ANY, CASE, RUN = ".py::test_", "_cases.py::test_", "_runs.py::test_"


@dataclass(frozen=True)
class Stage:
    """Tests that run together: of pytest, of bats, or the check of a rendered file.

    `tests` are names of files below tests/, or single tests as pytest names them. A
    name with a slash in its file is a path below the top of the project instead.
    `only` is pytest's `-k` or bats' `--filter`; `examples` is the share of hypothesis'
    examples to try. `timed` tests may fail on a busy machine, so a failure only counts
    when it happens twice. `patience` is the time for one test in seconds.
    """

    name: str
    tests: tuple[str, ...]
    only: str = ""
    examples: float = 0.1
    timed: bool = False
    patience: float = PATIENCE

    @property
    def is_bats(self) -> bool:
        """Whether bats runs the tests."""
        return self.tests[0].endswith(".bats")

    @property
    def files(self) -> tuple[str, ...]:
        """The files of the tests."""
        return tuple(dict.fromkeys(test.partition("::")[0] for test in self.tests))


def test_file(tree: Path, name: str) -> Path:
    """Return the path of a stage's file in a copy of the project.

    Raises LookupError if there is no such file, or more than one.
    """
    paths = [tree / name] if "/" in name else _test_files(tree / "tests")[name]
    paths = [path for path in paths if path.is_file()]
    if len(paths) != 1:
        raise LookupError(f"{len(paths)} test files are called {name}")
    return paths[0]


@cache
def _test_files(folder: Path) -> Mapping[str, list[Path]]:
    """Return the paths of all files below a folder by their names."""
    paths: dict[str, list[Path]] = defaultdict(list)
    for path in folder.rglob("*"):
        paths[path.name].append(path)
    return paths


def near(part: str, *tests: str) -> Stage:
    """Return quick tests of a part, with the spec that has every feature.

    A single word names a file; other names are tests that compare bash with the
    reference.
    """
    return Stage(f"near {part}", tuple(map(_named, tests)))


def _named(test: str) -> str:
    if "::" not in test:
        return f"test_{test}.py"
    return f"test_differential{test}" + ("" if test.startswith(RUN) else "[full]")


NEAR = {
    "gate": near(
        "gate",
        "private_names",
        f"{ANY}every_consent_is_read_alike",
        f"{CASE}every_path_holds_the_same_programs",
        f"{CASE}nothing_has_to_be_set",
        f"{CASE}run_of_any_name_is_reported_once",
        f"{CASE}line_of_another_variable_is_no_consent",
        f"{CASE}every_do_not_track_is_read_alike",
        f"{RUN}start_of_a_run_has_no_part_in_its_end",
        f"{ANY}gate_closes_for_the_same_reasons",
        "messages",
    ),
    "payload": near(
        "payload",
        f"{ANY}payload_is_the_same_for_any_values",
        f"{CASE}every_duration_is_counted_or_refused_alike",
        f"{CASE}every_output_of_a_command_is_read_alike",
        f"{ANY}every_case_of_a_value_is_treated_alike",
    ),
    "records": near(
        "records",
        "private_names",
        f"{ANY}records_are_the_same_for_any_words",
        f"{ANY}every_metric_is_recorded_or_refused_alike",
        "messages",
    ),
    "catalogue": near(
        "catalogue",
        f"{RUN}codes_of_the_script_are_kept_and_found_alike",
        "exit_codes",
        "additions",
        "private_names",
        f"{CASE}code_of_one_category_is_none_of_another",
        f"{ANY}catalogue_answers_the_same",
        "messages",
    ),
    **dict.fromkeys(("guard", "begin", "end"), near("loading", "loading")),
    "handler": near("handler", "handler_messages"),
    "report": near(
        "report",
        f"{ANY}every_word_and_code_means_the_same",
        f"{ANY}settings_mean_the_same",
        "messages",
        f"{RUN}two_reports_leave_the_same_for_a_third",
        f"{RUN}exit_code_of_the_script_counts_where_nothing_is_said",
        "handler_messages",
        "loading",
        f"{ANY}every_timeout_is_taken_or_refused_alike",
        f"{ANY}every_url_is_taken_or_refused_alike",
        f"{CASE}run_of_any_name_is_reported_once",
        "inherited",
        "private_names",
    ),
}

# One spec kills nearly all that four specs kill; two tests take most of its time.
BIG = "test_every_case_of_a or test_variable_of_any"
TWINS = Stage("twins", ("test_differential.py",), f"full and not ({BIG})")
BIG_TWINS = Stage("big twins", ("test_differential.py",), f"full and ({BIG})")
MORE_TWINS = Stage("more twins", ("test_differential.py",), "hostile", 0.3)
CASES = Stage(
    "cases",
    ("test_differential_cases.py", "test_differential_runs.py"),
    "full or hostile",
)
STORY = Stage("story", ("test_stateful.py",), examples=0.2)
TRANSPORTS = Stage("transports", ("test_differential_transports.py",), timed=True)
GIVEN = Stage("given", ("test_inherited.py",))
CODES = Stage("codes", ("test_exit_codes.py", "test_additions.py"))
CURL = Stage(
    "curl",
    (
        *("test_transport_functions.py", "test_inherited.py"),
        "test_differential_transports.py",
        *("test_request.py", "test_redirects.py", "test_old_curl.py"),
    ),
    "not python3",
    timed=True,
)
SEED = Stage("seed", ("seed.bats",))
CONSENT = Stage("consent", ("consent.bats",))
GUEST = Stage("guest", ("guest.bats",))
STATE = Stage("state", ("guest_state.bats",))
CALLERS = Stage("callers", ("callers.bats",))
RESTRICTED = Stage("restricted", ("surroundings.bats",), "restricted")
HANDLER = Stage("handler", ("handler.bats",))
ENDS = Stage("ends", ("ends.bats",))
SCRIPTS = Stage("scripts", ("test_ends.py",), examples=0.5)
CTRL_C = Stage("ctrl c", ("test_ctrl_c.py",))
REQUEST = Stage("request", ("test_request.py", "test_redirects.py"), timed=True)
ROUNDABOUT = Stage("roundabout", ("test_proxy.py", "test_tls.py"), timed=True)
MANNERS = Stage("manners", ("test_bad_manners.py",), timed=True)
BLOCKED = Stage("blocked", ("test_blocked_time.py",), timed=True)
CUT = Stage("cut", ("test_truncation.py",), patience=200)
# Tests of the sender: without curl, and on the system's Python.
PLAIN, ANY_SENDER = "not curl", "usr or not python3"
SENDER_TESTS = Stage(
    "sender",
    ("test_sender_functions.py", "test_sender_rest.py", "test_sender.py"),
    ANY_SENDER,
    timed=True,
)
PYTHONS = Stage("pythons", ("test_sender.py",), f"not ({ANY_SENDER})", timed=True)
SENT = Stage("sent", REQUEST.tests, PLAIN, timed=True)
VIA = Stage("via", ROUNDABOUT.tests, PLAIN, timed=True)
RUDE = Stage("rude", (*MANNERS.tests, *BLOCKED.tests), PLAIN, timed=True)
RULES = Stage(
    "rules",
    (
        *("test_reference.py", "test_reference_gate.py", "test_reference_values.py"),
        *("test_reference_edges.py", "test_differential.py"),
        "test_reference_handler.py",
        "test_differential_runs.py",
    ),
    f"not (frozen or hostile or enlarged or {BIG})",
)
PREVIEW = Stage("preview", ("test_cli.py",))
RENDER = Stage(
    "render",
    (
        *("test_render.py", "test_quote.py", "test_regions.py"),
        *("test_outcomes.py", "test_uses.py"),
    ),
)
SHAPE = Stage("shape", ("test_lint.py", "test_docs.py"))

# shellcheck sees missing quotes that no test may notice.
QUOTES = Stage("quotes", ("shell/dist/api.func", "shell/dist/error_handler.func"))
# The committed files are compared byte by byte with the rendered ones.
FRESH = Stage("fresh", ("shell/dist/SHA256SUMS",))
