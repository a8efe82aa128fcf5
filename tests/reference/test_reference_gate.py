"""The reference's gate and settings (docs/behaviour.md sections 3 and 4)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec.structs import replace as replace_struct

from shimgen import reference
from shimgen.reference import Gate, Host, Shell, Way
from support.played import ALLOWED, CONTAINER, HOST, SPEC, UPDATE, end, shell


def without(*names: str) -> Shell:
    variables = {name: v for name, v in ALLOWED.items() if name not in names}
    return reference.load(SPEC, variables)


def gate(before: Shell, host: Host = HOST) -> Gate | None:
    closed = reference.report(SPEC, CONTAINER, before, host).closed
    return closed.gate if closed else None


@pytest.mark.parametrize("value", [b"no", b"", b"Yes", b"yes ", b"1"])
def test_anything_but_yes_is_no(value: bytes) -> None:
    assert gate(shell(DIAGNOSTICS=value)) is Gate.OPT_OUT


@pytest.mark.parametrize(
    ("value", "closed"),
    [
        (b"", None),
        (b"0", None),
        (b"false", None),
        (b"1", Gate.OPT_OUT),
        (b"False", Gate.OPT_OUT),
        (b"no", Gate.OPT_OUT),
    ],
)
def test_do_not_track_says_no_unless_empty_0_or_false(
    value: bytes, closed: Gate | None
) -> None:
    assert gate(shell(DO_NOT_TRACK=value)) is closed


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, ""),
        (b"", ""),
        (b"DIAGNOSTICS=yes", "yes"),
        (b"DIAGNOSTICS=Yes\n", ""),
        (b"DIAGNOSTICS=NO\n", "no"),
        (b"DIAGNOSTICS='no'\r\n", "no"),
        (b'DIAGNOSTICS="yes" # why\n', "yes"),
        (b"DIAGNOSTICS=yes#no\n", "yes"),
        (b"DIAGNOSTICS=\"yes'\n", ""),
        (b"DIAGNOSTICS=\"'no'\"\n", ""),
        (b"DIAGNOSTICS= no\n", ""),
        (b" DIAGNOSTICS=no\n", ""),
        (b"export DIAGNOSTICS=no\n", ""),
        (b"#DIAGNOSTICS=no\nDIAGNOSTICS_X=no\nDIAGNOSTICS=yes", "yes"),
        (b"DIAGNOSTICS=yes\nDIAGNOSTICS=no\nDIAGNOSTICS=yes\n", "no"),
        (b"\n" * 63 + b"DIAGNOSTICS=no", "no"),
        (b"\n" * 64 + b"DIAGNOSTICS=no", ""),
    ],
)
def test_consent_file_says_yes_no_or_nothing(content: bytes | None, says: str) -> None:
    assert reference.consent_says(content, "DIAGNOSTICS") == says


@pytest.mark.parametrize(
    ("variables", "content", "closed"),
    [
        ({}, b"DIAGNOSTICS=yes", None),
        ({}, b"DIAGNOSTICS=no", Gate.OPT_OUT),
        ({}, None, Gate.OPT_OUT),
        ({"DIAGNOSTICS": b""}, b"DIAGNOSTICS=yes", Gate.OPT_OUT),
        ({"DIAGNOSTICS": b"yes"}, b"DIAGNOSTICS=no", Gate.OPT_OUT),
        ({"DIAGNOSTICS": b"no"}, b"DIAGNOSTICS=yes", Gate.OPT_OUT),
        ({"DO_NOT_TRACK": b"1"}, b"DIAGNOSTICS=yes", Gate.OPT_OUT),
    ],
)
def test_any_no_wins_over_any_yes(
    variables: dict[str, bytes], content: bytes | None, closed: Gate | None
) -> None:
    before = reference.load(SPEC, {"RANDOM_UUID": b"1", **variables})
    assert gate(before, replace(HOST, consent=content)) is closed


def test_gate_checks_are_in_the_order_of_behaviour_md() -> None:
    nothing = Host(frozenset(), 0)
    assert gate(without("DIAGNOSTICS", "RANDOM_UUID"), nothing) is Gate.OPT_OUT
    assert gate(without("RANDOM_UUID"), nothing) is Gate.RUN
    made = shell(POST_TO_API_DONE=b"true")
    assert gate(made, nothing) is Gate.HOST
    assert gate(made, Host(frozenset({"pveversion"}), 0)) is Gate.TRANSPORT
    assert gate(made) is Gate.MADE
    assert gate(shell(), Host(frozenset({"pveversion", "curl"}), 0)) is None


def test_each_check_closes_the_gate_alone() -> None:
    assert gate(without("RANDOM_UUID")) is Gate.RUN
    assert gate(shell(), Host(frozenset({"curl"}), 0)) is Gate.HOST
    assert gate(shell(), Host(frozenset({"pveversion"}), 0)) is Gate.TRANSPORT


NO_COMMAND, NO_TRANSPORT = (
    Host(frozenset({"curl"}), 0),
    Host(frozenset({"pveversion"}), 0),
)
REASONS: dict[str, tuple[Shell, Host]] = {
    "DIAGNOSTICS is not set": (without("DIAGNOSTICS"), HOST),
    'DIAGNOSTICS is not "yes"': (shell(DIAGNOSTICS=b"no"), HOST),
    "DO_NOT_TRACK is set": (shell(DO_NOT_TRACK=b"1"), HOST),
    f"{SPEC.consent.file} says no": (
        shell(),
        replace(HOST, consent=b"DIAGNOSTICS=no # a=b"),
    ),
    "RANDOM_UUID is not set": (without("RANDOM_UUID"), HOST),
    "pveversion is not on PATH": (shell(), NO_COMMAND),
    "neither python3 nor curl is on PATH": (shell(), NO_TRANSPORT),
    "POST_UPDATE_DONE is true for this run": (shell(POST_UPDATE_DONE=b"true"), HOST),
}


@pytest.mark.parametrize("reason", REASONS, ids=range(len(REASONS)))
def test_the_reason_is_told_word_for_word(reason: str) -> None:
    closed = reference.closed_gate(SPEC, UPDATE, *REASONS[reason])
    assert closed
    assert closed.reason == reason


def test_without_a_consent_file_in_the_spec_none_is_read() -> None:
    consent = replace_struct(SPEC.consent, file="")
    spec = replace_struct(SPEC, consent=consent)
    for said in (b"DIAGNOSTICS=no", b"DIAGNOSTICS=yes"):
        host = replace(HOST, consent=said)
        before = reference.load(spec, {"RANDOM_UUID": b"1"})
        closed = reference.closed_gate(spec, UPDATE, before, host)
        assert closed
        assert closed.reason == "DIAGNOSTICS is not set"
        allowed = before.with_variables({"DIAGNOSTICS": b"yes"})
        assert reference.closed_gate(spec, UPDATE, allowed, host) is None


def test_a_report_that_was_made_is_not_made_again_unless_forced() -> None:
    before = shell(POST_UPDATE_DONE=b"true")
    closed = reference.closed_gate(SPEC, UPDATE, before, HOST)
    assert closed
    assert closed.gate is Gate.MADE
    assert reference.closed_gate(SPEC, UPDATE, before, HOST, force=True) is None


def test_closed_gate_empties_response_and_changes_nothing_else() -> None:
    before = shell(DIAGNOSTICS=b"no", RESPONSE=b"old200", POST_UPDATE_DONE=b"x")
    made = end(before, b"failed", b"9")
    assert made.way is Way.CLOSED
    assert made.shell == before.with_variables({"RESPONSE": b""})


@pytest.mark.parametrize(
    ("url", "usable"),
    [
        (b"http://h", True),
        (b"HTTPS://[::1]:8443/a?b#c", True),
        (b"http://" + b"h" * 2041, True),
        (b"http://" + b"h" * 2042, False),
        (b"", False),
        (b"http://", False),
        (b"http:///path", False),
        (b"http://?q", False),
        (b"http://#f", False),
        (b"http:/h", False),
        (b"ftp://h", False),
        (b" http://h", False),
        (b"http://h ", False),
        (b"http://h\n", False),
        (b"http://\xc3\xa4", False),
    ],
)
def test_url_is_usable_with_a_scheme_and_a_host(url: bytes, usable: bool) -> None:
    assert reference.usable(url) is usable


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"1", 1),
        (b"30", 30),
        (b"31", 5),
        (b"0", 5),
        (b"07", 5),
        (b" 7", 5),
        (b"7.0", 5),
        (b"7\n", 5),
        (b"", 5),
        (b"9999999999999999999", 5),
    ],
)
def test_timeout_is_a_plain_number_in_the_limits(value: bytes, seconds: int) -> None:
    assert reference.timeout(SPEC, shell(TELEMETRY_TIMEOUT=value)) == seconds
