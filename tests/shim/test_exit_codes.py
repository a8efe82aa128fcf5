"""Exit codes in both shell files and the reference (docs/behaviour.md section 5)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from shimgen import reference
from support import seed
from support.frozen import API_FUNC, FROZEN, HANDLER
from support.paths import DIST
from support.seed import CATEGORIES, CLAIMED_TWICE, ROWS, Text
from support.transports import program

CODES = range(301)

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

Answers = dict[tuple[str, int], Text]  # by category, "" for none, and code


def ask(file: Path) -> Answers:
    """Ask a shell file for every code in every category."""
    categories = (*CATEGORIES, "nowhere")
    done = subprocess.run(
        [program("bash"), "--norc", "-c", ASK, "bash", file, *categories],
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stderr == ""
    texts = iter(done.stdout.split("\0")[:-1])
    answers = {}
    for code in CODES:
        for category in ("", *categories):
            meaning, recovery = next(texts), next(texts)
            assert meaning.endswith("\n")
            assert recovery == "" or recovery.endswith("\n")
            answers[category, code] = (
                meaning.removesuffix("\n"),
                recovery.removesuffix("\n"),
            )
    return answers


@pytest.fixture(scope="module", params=[API_FUNC, HANDLER], ids=lambda path: path.name)
def answers(request: pytest.FixtureRequest) -> Answers:
    """Return the answers of each file of the frozen spec."""
    return ask(request.param)


@pytest.mark.parametrize("name", [API_FUNC.name, HANDLER.name])
def test_each_committed_file_knows_the_rows_of_the_page(name: str) -> None:
    answers = ask(DIST / name)
    assert {place: answers[place] for place in ROWS} == ROWS
    without_category = {code: answers["", code] for code in seed.CODES}
    assert without_category == {code: seed.explained(code) for code in seed.CODES}


def test_shell_file_knows_each_row_by_its_category(answers: Answers) -> None:
    assert {place: answers[place] for place in ROWS} == ROWS


def test_shell_file_takes_the_first_category_for_a_code_claimed_twice(
    answers: Answers,
) -> None:
    first = {code: categories[0] for code, categories in CLAIMED_TWICE.items()}
    assert {code: answers["", code] for code in first} == {
        code: ROWS[category, code] for code, category in first.items()
    }


def test_shell_file_says_what_the_table_says_for_0_to_300_in_any_category(
    answers: Answers,
) -> None:
    wrong = {
        (category, code): text
        for (category, code), text in answers.items()
        if text != seed.explained(code, category)
    }
    assert wrong == {}


def test_reference_says_what_the_table_says_for_0_to_300_in_any_category() -> None:
    for category in ("", *CATEGORIES, "nowhere"):
        for code in CODES:
            arguments = (FROZEN, b"%d" % code, category.encode())
            text = (
                reference.explain_exit_code(*arguments).decode(),
                reference.suggest_recovery(*arguments).decode(),
            )
            assert text == seed.explained(code, category), (code, category)


@pytest.mark.parametrize(("code", "meaning"), seed.EXAMPLES.items())
def test_examples_of_the_page_print_what_they_say(code: str, meaning: str) -> None:
    assert reference.explain_exit_code(FROZEN, code.encode()).decode() == meaning
    assert seed.explained(int(code))[0] == meaning
