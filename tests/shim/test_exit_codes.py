"""Exit codes in both shell files and the reference (docs/behaviour.md section 5)."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path

import pytest

from shimgen import reference
from shimgen.spec import DEFAULT_SPEC, load
from support.paths import ROOT
from support.transports import program

SPEC = load(DEFAULT_SPEC)
FILES = ("api.func", "error_handler.func")
CODES = range(301)
UNKNOWN = ("Unknown error", "")

# Asks for each code in each category and ends each answer with a NUL.
ASK = r"""
. "$1"
shift
for code in {0..300}; do
  for category in '' "$@"; do
    explain_exit_code "$code" $category
    printf '\0'
    suggest_recovery "$code" $category
    printf '\0'
  done
done
"""

Text = tuple[str, str]


def table() -> dict[tuple[str, int], Text]:
    """Read meaning and recovery by category and code, in the seed's order."""
    file = Path(__file__).with_name("exit_codes.txt")
    lines = file.read_text("ascii").splitlines()
    rows = [line.split(" | ") for line in lines if line and line[0] != "#"]
    return {(row[1], int(row[0])): (row[2], row[3]) for row in rows}


TABLE = table()
CATEGORIES = tuple(dict.fromkeys(category for category, _ in TABLE))
CLAIMED_TWICE = {
    code: [category for category, one in TABLE if one == code]
    for code, times in Counter(code for _, code in TABLE).items()
    if times > 1
}


def expected(code: int, category: str) -> Text:
    """Return what the table says; without a category the first that has the code."""
    if code == 0:
        return ("Success", "")
    for one in (category,) if category else CATEGORIES:
        if (one, code) in TABLE:
            return TABLE[one, code]
    return UNKNOWN


@pytest.fixture(scope="module", params=FILES)
def answers(request: pytest.FixtureRequest) -> dict[tuple[str, int], Text]:
    """Ask one of the shell files for everything."""
    asked = (*CATEGORIES, "nowhere")
    file = ROOT / "shell" / "dist" / request.param
    done = subprocess.run(
        [program("bash"), "--norc", "-c", ASK, "bash", file, *asked],
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stderr == ""
    said = iter(done.stdout.split("\0")[:-1])
    found = {}
    for code in CODES:
        for category in ("", *asked):
            meaning, recovery = next(said), next(said)
            assert meaning.endswith("\n")
            assert recovery == "" or recovery.endswith("\n")
            found[category, code] = (
                meaning.removesuffix("\n"),
                recovery.removesuffix("\n"),
            )
    return found


def test_seed_has_55_rows_in_8_categories_and_5_codes_twice() -> None:
    assert len(TABLE) == 55
    assert CATEGORIES == (
        "shell",
        "package",
        "nodejs",
        "python",
        "postgresql",
        "mysql",
        "mongodb",
        "proxmox",
    )
    assert CLAIMED_TWICE == {
        210: ["python", "proxmox"],
        211: ["python", "proxmox"],
        231: ["postgresql", "proxmox"],
        243: ["nodejs", "mysql"],
        254: ["nodejs", "mongodb"],
    }


def test_spec_has_the_rows_of_the_seed_in_its_order() -> None:
    rows = {
        (category.name, row.code): (category.describe(row), row.recovery)
        for category in SPEC.categories
        for row in category.codes
    }
    assert list(rows.items()) == list(TABLE.items())


def test_shell_file_knows_each_row_by_its_category(
    answers: dict[tuple[str, int], Text],
) -> None:
    assert {key: answers[key] for key in TABLE} == TABLE


def test_shell_file_takes_the_first_category_for_a_code_claimed_twice(
    answers: dict[tuple[str, int], Text],
) -> None:
    firsts = {code: names[0] for code, names in CLAIMED_TWICE.items()}
    assert {code: answers["", code] for code in firsts} == {
        code: TABLE[category, code] for code, category in firsts.items()
    }


def test_shell_file_says_what_the_table_says_for_0_to_300_in_any_category(
    answers: dict[tuple[str, int], Text],
) -> None:
    wrong = {
        (category, code): said
        for (category, code), said in answers.items()
        if said != expected(code, category)
    }
    assert wrong == {}


def test_reference_says_what_the_table_says_for_0_to_300_in_any_category() -> None:
    for category in ("", *CATEGORIES, "nowhere"):
        for code in CODES:
            asked = (SPEC, b"%d" % code, category.encode())
            said = (
                reference.explain_exit_code(*asked).decode(),
                reference.suggest_recovery(*asked).decode(),
            )
            assert said == expected(code, category), (code, category)


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("127", "Command not found"),
        ("241", "MySQL/MariaDB: Connection failed (server not running / wrong socket)"),
        ("206", "Custom: CTID already in use (check 'pct list' and /etc/pve/lxc/)"),
        ("999", "Unknown error"),
    ],
)
def test_examples_of_the_seed_print_what_they_say(code: str, meaning: str) -> None:
    assert reference.explain_exit_code(SPEC, code.encode()).decode() == meaning
    assert expected(int(code), "")[0] == meaning
