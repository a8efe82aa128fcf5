"""The reference where a call leaves out what it may, and what its results hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shimgen import reference
from shimgen.reference import RefusedError, Request, Shell, Way
from shimgen.reference.payload import integer, text
from support.played import HOST, OK, SPEC, UPDATE, end, sent, shell


def test_a_call_without_arguments_or_status_is_a_success() -> None:
    made = reference.report(SPEC, UPDATE, shell(), HOST)
    assert (sent(made)["status"], sent(made)["exit_code"]) == ("completed", 0)


def test_a_word_that_says_nothing_leaves_the_code_to_the_status() -> None:
    assert sent(end(shell(), b"other"))["exit_code"] == 0
    assert sent(end(shell(), b"other", status=7))["exit_code"] == 7


@pytest.mark.parametrize(
    ("variables", "way"),
    [
        ({}, Way.SENT),
        ({"TELEMETRY_DRY_RUN": b"yes"}, Way.DRY_RUN),
        ({"TELEMETRY_BACKGROUND": b"yes"}, Way.BACKGROUND),
        ({"TELEMETRY_URL": b"ftp://h"}, Way.UNUSABLE),
    ],
)
def test_every_open_gate_gives_the_fields_and_no_reason(
    variables: dict[str, bytes], way: Way
) -> None:
    made = end(shell(**variables))
    assert made.way is way
    assert made.closed is None
    assert [entry.field for entry in made.entries] == [*UPDATE.fields]


def test_the_server_is_given_the_request() -> None:
    asked: list[Request] = []

    def answer(request: Request) -> reference.Reply:
        asked.append(request)
        return OK

    made = reference.report(SPEC, UPDATE, shell(), HOST, answer=answer)
    assert asked == [made.request]


def test_only_blanks_are_cut_off_a_value() -> None:
    assert text(b" XaX ", 64) == b"XaX"
    assert integer(b"X8") is None
    assert integer(b" 8 ") == 8
    assert integer(b"8XXXX") is None


def test_capitals_are_kept_in_what_is_recorded() -> None:
    after = reference.record_feature(shell(), b"GPU Az")
    assert after.get("TELEMETRY_FEATURES") == b"GPUAz"


REFUSED: dict[str, tuple[str, list[bytes]]] = {
    "package name": ("record_package", [b"*", b"1"]),
    "package version": ("record_package", [b"a", b"*"]),
    "feature name": ("record_feature", [b"a", b"*"]),
    "metric name": ("record_metric", [b"*", b"1"]),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_refusal_says_what_is_wrong(what: str) -> None:
    function, words = REFUSED[what]
    calls: dict[str, Callable[..., Shell]] = {
        "record_package": reference.record_package,
        "record_feature": reference.record_feature,
        "record_metric": reference.record_metric,
    }
    with pytest.raises(RefusedError) as refused:
        calls[function](Shell({}), *words)
    said = f"b'*' is not a {what}; use letters, digits and . _ + : -"
    assert str(refused.value) == said
