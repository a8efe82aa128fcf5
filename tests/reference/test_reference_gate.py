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


YES = (
    *(b"DIAGNOSTICS=yes", b"DIAGNOSTICS='yes'", b'DIAGNOSTICS="yes"'),
    *(b"DIAGNOSTICS=yes\n", b"DIAGNOSTICS=yes\r\n", b" \t DIAGNOSTICS=yes \t\r\n"),
    *(b"export DIAGNOSTICS=yes", b"\texport\t  DIAGNOSTICS='yes'\r\n"),
    *(b'DIAGNOSTICS="yes" # why', b"DIAGNOSTICS=yes\t# # DIAGNOSTICS=no\r\n"),
    *(b"\xef\xbb\xbfDIAGNOSTICS=yes\r\n", b"\xef\xbb\xbf export DIAGNOSTICS=yes"),
    *(b"#DIAGNOSTICS=no\nDIAGNOSTICS=yes", b"DIAGNOSTICS=yes\nDIAGNOSTICS='yes'"),
    *(b"x=1\n" * 100 + b"DIAGNOSTICS=yes", b"DIAGNOSTICS=yes\0"),
)
# No more than these forms is a yes: any other assignment says no.
NO = (
    *(b"DIAGNOSTICS=no", b"DIAGNOSTICS=No", b"DIAGNOSTICS=NO", b"DIAGNOSTICS=n"),
    *(b"DIAGNOSTICS=off", b"DIAGNOSTICS=false", b"DIAGNOSTICS=0", b"DIAGNOSTICS="),
    *(b"DIAGNOSTICS='no'", b'DIAGNOSTICS="no"', b"DIAGNOSTICS=\"'no'\""),
    *(b"DIAGNOSTICS=Yes", b"DIAGNOSTICS=YES", b"DIAGNOSTICS=yesyes", b"DIAGNOSTICS=1"),
    *(b"DIAGNOSTICS=\"yes'", b'DIAGNOSTICS="yes', b"DIAGNOSTICS=''yes''"),
    *(b'DIAGNOSTICS=yes"', b'DIAGNOSTICS="yes "', b"DIAGNOSTICS=y'e's"),
    *(b"DIAGNOSTICS=yes;", b'DIAGNOSTICS="no";', b"DIAGNOSTICS=yes#no"),
    *(b"DIAGNOSTICS=yes no", b"DIAGNOSTICS=yes DIAGNOSTICS=yes", b"DIAGNOSTICS==yes"),
    *(b"DIAGNOSTICS = yes", b"DIAGNOSTICS= yes", b"DIAGNOSTICS =yes"),
    *(b"DIAGNOSTICS+=yes", b"DIAGNOSTICS[0]=no", b": ${DIAGNOSTICS:=no}"),
    *(b"  DIAGNOSTICS=no", b"\tDIAGNOSTICS=no", b"\x0bDIAGNOSTICS=no"),
    *(b"export DIAGNOSTICS=no", b"declare -x DIAGNOSTICS=no"),
    *(b"readonly DIAGNOSTICS=no", b"readonly DIAGNOSTICS=yes", b"set DIAGNOSTICS=yes"),
    *(b"export export DIAGNOSTICS=yes", b"exports DIAGNOSTICS=yes"),
    *(b"x=1; DIAGNOSTICS=no", b"x=1 DIAGNOSTICS=yes", b"{ DIAGNOSTICS=no; }"),
    *(b"MY_DIAGNOSTICS=1; DIAGNOSTICS=no", b"a=#1;DIAGNOSTICS=no", b"-DIAGNOSTICS=no"),
    *(b"\xef\xbb\xbfDIAGNOSTICS=no\r\n", b"x=1\n\xef\xbb\xbfDIAGNOSTICS=no"),
    *(b"\xc2\xa0DIAGNOSTICS=no", b"\xc3\xa4DIAGNOSTICS=no", b"\xffDIAGNOSTICS=no"),
    *(b"x=1\n\xef\xbb\xbfDIAGNOSTICS=yes", b"\xef\xbb\xbf\xef\xbb\xbfDIAGNOSTICS=yes"),
    *(b"DIAGNOSTICS=no\r\n", b"DIAGNOSTICS=no\r", b"# x\rDIAGNOSTICS=no\r"),
    *(b"DIAGNOSTICS=yes\rx=1", b"DIAGNOSTICS=yes\r# x", b"DIAGNOSTICS=yes\x0b"),
    *(b"DIAGNOSTICS=yes\nDIAGNOSTICS=no\n", b"DIAGNOSTICS=no\nDIAGNOSTICS=yes\n"),
    *(b"\n" * 63 + b"DIAGNOSTICS=no", b"\n" * 64 + b"DIAGNOSTICS=no"),
    *(b"x=1\n" * 1000 + b"DIAGNOSTICS=no", b"x" * 5000 + b" DIAGNOSTICS=no"),
    *("DIAGNOSTICS=yes".encode(code) for code in ("utf-16", "utf-32", "utf-16-le")),
    *(b"\xff\xfe", b"\xfe\xff", b"\xfe\xff\0D\0I", b"#\0\nDIAGNOSTICS=yes", b"\0\0"),
)
NOTHING = (
    *(None, b"", b"\n", b"x=no\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"DIAGNOSTICS"),
    *(b"#DIAGNOSTICS=no", b" \t# DIAGNOSTICS=no", b"x=1 # DIAGNOSTICS=no"),
    *(b"\xef\xbb\xbf# DIAGNOSTICS=no", b"# DIAGNOSTICS=no\r\n"),
    *(
        b"MY_DIAGNOSTICS=no",
        b"DIAGNOSTICS_X=no",
        b"DIAGNOSTICS2=no",
        b"2DIAGNOSTICS=no",
    ),
    *(b"diagnostics=no", b"Diagnostics=no", b"export DIAGNOSTICS", b"x=DIAGNOSTICS"),
    *(b"exportDIAGNOSTICS=yes", b"DIAGNOSTICS # a=b"),
)


@pytest.mark.parametrize("content", YES)
def test_consent_file_says_yes_by_a_line_that_is_exactly_yes(content: bytes) -> None:
    assert reference.consent_says(content, "DIAGNOSTICS") == "yes"


@pytest.mark.parametrize("content", NO)
def test_consent_file_says_no_by_any_other_assignment(content: bytes) -> None:
    assert reference.consent_says(content, "DIAGNOSTICS") == "no"
    for more in (content + b"\nDIAGNOSTICS=yes", content + b"\nx=1\n"):
        assert reference.consent_says(more, "DIAGNOSTICS") == "no"


@pytest.mark.parametrize("content", NOTHING)
def test_consent_file_says_nothing_by_other_lines(content: bytes | None) -> None:
    assert reference.consent_says(content, "DIAGNOSTICS") == ""


def test_consent_file_that_cannot_be_read_says_no() -> None:
    assert reference.consent_says("unreadable", "DIAGNOSTICS") == "no"


@pytest.mark.parametrize(
    ("variables", "content", "closed"),
    [
        ({}, b"DIAGNOSTICS=yes", None),
        ({}, b"DIAGNOSTICS=no", Gate.OPT_OUT),
        ({}, None, Gate.OPT_OUT),
        ({"DIAGNOSTICS": b""}, b"DIAGNOSTICS=yes", Gate.OPT_OUT),
        ({"DIAGNOSTICS": b"yes"}, b"DIAGNOSTICS=no", Gate.OPT_OUT),
        ({"DIAGNOSTICS": b"yes"}, "unreadable", Gate.OPT_OUT),
        ({"DIAGNOSTICS": b"no"}, b"DIAGNOSTICS=yes", Gate.OPT_OUT),
        ({"DO_NOT_TRACK": b"1"}, b"DIAGNOSTICS=yes", Gate.OPT_OUT),
    ],
)
def test_any_no_wins_over_any_yes(
    variables: dict[str, bytes],
    content: bytes | reference.Unreadable | None,
    closed: Gate | None,
) -> None:
    before = reference.load(SPEC, {"RANDOM_UUID": b"1", **variables})
    assert gate(before, replace(HOST, consent=content)) is closed


def test_gate_checks_are_in_the_order_of_behaviour_md() -> None:
    nothing = Host(frozenset(), 0)
    assert gate(without("DIAGNOSTICS", "RANDOM_UUID"), nothing) is Gate.OPT_OUT
    assert gate(without("RANDOM_UUID"), nothing) is Gate.RUN
    reported = shell(POST_TO_API_DONE=b"true")
    assert gate(reported, nothing) is Gate.HOST
    assert gate(reported, Host(frozenset({"pveversion"}), 0)) is Gate.TRANSPORT
    assert gate(reported) is Gate.MADE
    tried = replace(reported, tried={"POST_TO_API_DONE": (b"run-1", 5)})
    assert gate(tried) is Gate.MADE
    assert gate(tried.with_variables({"POST_TO_API_DONE": b""})) is Gate.TIME
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
    "nobody said yes (DIAGNOSTICS is not set)": (without("DIAGNOSTICS"), HOST),
    'DIAGNOSTICS is not "yes"': (shell(DIAGNOSTICS=b"no"), HOST),
    "DO_NOT_TRACK is set": (shell(DO_NOT_TRACK=b"1"), HOST),
    f"{SPEC.consent.file} says no, or cannot be read": (
        shell(),
        replace(HOST, consent=b"DIAGNOSTICS=no # a=b"),
    ),
    "RANDOM_UUID is not set": (without("RANDOM_UUID"), HOST),
    "pveversion is not on PATH": (shell(), NO_COMMAND),
    "neither python3 nor curl is on PATH": (shell(), NO_TRANSPORT),
    "POST_UPDATE_DONE is true for this run": (shell(POST_UPDATE_DONE=b"true"), HOST),
    "earlier tries took all its time": (
        replace(shell(), tried={"POST_UPDATE_DONE": (b"run-1", 5)}),
        HOST,
    ),
}


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"DIAGNOSTICS": b"no", "DO_NOT_TRACK": b"1"}, 'DIAGNOSTICS is not "yes"'),
        ({"DIAGNOSTICS": b"yes", "DO_NOT_TRACK": b"1"}, "DO_NOT_TRACK is set"),
        ({"DO_NOT_TRACK": b"1"}, "DO_NOT_TRACK is set"),
    ],
)
def test_the_first_one_that_says_no_is_named(
    variables: dict[str, bytes], reason: str
) -> None:
    before = reference.load(SPEC, {"RANDOM_UUID": b"1", **variables})
    for content in (b"DIAGNOSTICS=no", None):
        host = replace(HOST, consent=content)
        closed = reference.closed_gate(SPEC, UPDATE, before, host)
        assert closed
        assert closed.reason == reason


@pytest.mark.parametrize("reason", REASONS, ids=range(len(REASONS)))
def test_the_reason_is_given_word_for_word(reason: str) -> None:
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
        assert closed.reason == "nobody said yes (DIAGNOSTICS is not set)"
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
    report = end(before, b"failed", b"9")
    assert report.way is Way.CLOSED
    assert report.shell == before.with_variables({"RESPONSE": b""})


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
