"""The lines that find out how a run ended, and the sentence that documents them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from shimgen.render import outcomes
from shimgen.spec import Spec, Status, load
from support.frozen import FROZEN
from support.paths import SPECS

FULL = load(SPECS / "full.toml")
KEYWORDS = ("do", "done", "elif", "else", "esac", "fi", "in", "then")


def with_statuses(*statuses: Status) -> Spec:
    return replace(FROZEN, statuses=statuses)


def test_without_statuses_of_its_own_a_spec_has_two() -> None:
    assert outcomes.words(FROZEN) == [
        "case ${__api_parts[1]} in",
        "completed | success | 'done' | ok) __api_status=completed __api_code=0 ;;",
        "failed | failure | error) __api_status=failed __api_default=1 ;;",
        "aborted) __api_status=failed __api_default=130 ;;",
        "*) ;;",
        "esac",
    ]
    assert outcomes.by_code(FROZEN) == [
        "[[ $__api_code == 0 ]] && __api_status=completed || __api_status=failed"
    ]
    assert outcomes.codes(FROZEN) == []
    assert outcomes.usage(FROZEN) == (
        "STATUS: completed, success, done, ok; or failed, failure, error, aborted. "
        "Else the code decides."
    )


@pytest.mark.parametrize("word", KEYWORDS)
def test_a_keyword_of_bash_is_quoted(word: str) -> None:
    well, bad = Status("well", "success", words=(word, "x")), Status("bad", "failure")
    assert f"well | '{word}' | x)" in outcomes.words(with_statuses(well, bad))[1]


def test_a_fallback_takes_any_word_but_none() -> None:
    assert outcomes.words(FULL)[-4:] == [
        "odd) __api_status=odd ;;",
        "'') ;;",
        "*) __api_status=odd ;;",
        "esac",
    ]
    assert outcomes.usage(FULL).endswith("; or odd. Any other word: odd.")


def test_a_status_without_an_exit_code_says_none() -> None:
    lines = outcomes.words(FULL)
    assert "bad | worse) __api_status=bad __api_default=9 ;;" in lines
    assert "worst) __api_status=bad __api_default=255 ;;" in lines
    assert "stopped | aborted) __api_status=stopped __api_default=130 ;;" in lines


def test_codes_turn_each_other_failure_into_their_status() -> None:
    statuses = (
        Status("well", "success"),
        Status("bad", "failure"),
        Status("broken", "failure", codes=(7,)),
        Status("stopped", "neither", codes=(129, 130)),
    )
    assert outcomes.codes(with_statuses(*statuses)) == [
        "case $__api_status:$__api_code in",
        "bad:7) __api_status=broken ;;",
        "bad:129 | bad:130 | broken:129 | broken:130) __api_status=stopped ;;",
        "*) ;;",
        "esac",
    ]
