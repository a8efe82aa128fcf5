"""Reports and records of the reference (docs/behaviour.md sections 2a, 4 and 6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shimgen import reference
from shimgen.reference import Gate, Lost, Outcome, Reply, Way
from support.played import (
    ALLOWED,
    CONTAINER,
    HOST,
    MACHINE,
    OK,
    SPEC,
    UPDATE,
    end,
    sent,
    shell,
)

URL = b"http://api.community-scripts.org/dev/upload"


def test_container_report_is_the_seed_payload() -> None:
    before = shell(
        CT_TYPE=b"1",
        DISK_SIZE=b"20",
        CORE_COUNT=b"4",
        RAM_SIZE=b"4096",
        var_os=b"ubuntu",
        var_version=b"22.04",
        NSAPP=b"jellyfin",
        METHOD=b"default",
    )
    report = reference.report(SPEC, CONTAINER, before, HOST, answer=lambda _: OK)
    assert report.way is Way.SENT
    assert report.request == reference.Request(
        URL,
        b'{"ct_type":1,"type":"lxc","disk_size":20,"core_count":4,"ram_size":4096,'
        b'"os_type":"ubuntu","os_version":"22.04","nsapp":"jellyfin",'
        b'"method":"default","pve_version":"8.2.2","status":"installing",'
        b'"random_id":"run-1"}',
        "api.func/1.0.0",
        5,
    )
    assert report.response == b"ok200"


def test_machine_report_takes_the_first_name_that_is_set_and_not_empty() -> None:
    before = shell(VM_CORES=b"", CORE_COUNT=b"2", VM_RAM=b"1", RAM_SIZE=b"9")
    report = reference.report(SPEC, MACHINE, before, HOST)
    assert sent(report) == {
        "vm_id": None,
        "type": "qemu",
        "vm_cores": 2,
        "vm_ram": 1,
        "vm_disk": None,
        "vm_os": "",
        "vm_version": "",
        "vm_app": "",
        "pve_version": "8.2.2",
        "status": "installing",
        "random_id": "run-1",
    }


def test_update_with_records_has_the_optional_fields() -> None:
    before = reference.start_install_timer(shell(), HOST)
    before = reference.record_package(before, b"nodejs", b"22.1.0")
    before = reference.record_feature(before, b"gpu", b"v p\xc3\xa4n")
    before = reference.record_metric(before, b"download_ms", b"-812")
    later = replace(HOST, now=HOST.now + 73)
    report = reference.report(SPEC, UPDATE, before, later, (b"done",))
    assert sent(report) == {
        "status": "completed",
        "random_id": "run-1",
        "exit_code": 0,
        "error_explanation": "",
        "install_duration": 73,
        "packages": ["nodejs=22.1.0"],
        "features": ["gpu", "vpn"],
        "metrics": ["download_ms=-812"],
    }


def test_optional_duration_is_left_out_without_timer_and_null_for_junk() -> None:
    assert "install_duration" not in sent(end(shell(INSTALL_START_TIME=b"")))
    assert sent(end(shell(INSTALL_START_TIME=b"x")))["install_duration"] is None


def test_quotes_and_backslashes_stay_one_json_string() -> None:
    report = reference.report(SPEC, CONTAINER, shell(var_os=b'a"\\",x:\\"'), HOST)
    assert sent(report)["os_type"] == 'a"\\",x:\\"'


def test_url_that_is_set_to_nothing_is_not_sent_and_remembers_the_outcome() -> None:
    report = end(shell(TELEMETRY_URL=b""), b"failed", b"9")
    assert (report.way, report.request, report.response) == (Way.UNUSABLE, None, b"")
    assert report.shell.get("POST_UPDATE_DONE") == b"false"
    assert report.shell.outcome == Outcome("failed", 9)


def test_dry_run_prints_and_leaves_the_flag() -> None:
    report = end(shell(TELEMETRY_DRY_RUN=b"yes", TELEMETRY_BACKGROUND=b"yes"), b"ok")
    assert report.stdout == (
        b'{"status":"completed","random_id":"run-1","exit_code":0,'
        b'"error_explanation":""}\n'
    )
    assert (report.way, report.request, report.response) == (Way.DRY_RUN, None, b"")
    assert report.shell.get("POST_UPDATE_DONE") == b"false"
    assert report.shell.outcome == Outcome("completed", 0)


def test_background_counts_as_answered_with_an_empty_response() -> None:
    report = end(shell(TELEMETRY_BACKGROUND=b"yes"), reply=None)
    assert (report.way, report.response) == (Way.BACKGROUND, b"")
    assert report.shell.get("POST_UPDATE_DONE") == b"true"
    assert end(report.shell).closed


@pytest.mark.parametrize(
    ("reply", "response"),
    [
        (None, b"000"),
        (Reply(204), b"204"),
        (Reply(500, b"a\0b\n"), b"ab\n500"),
        (Reply(200, b"x" * 4095 + b"\0yz"), b"x" * 4095 + b"y200"),
    ],
)
def test_response_is_the_body_and_the_status(
    reply: Reply | None, response: bytes
) -> None:
    assert end(shell(), reply=reply).response == response


@pytest.mark.parametrize(
    ("arguments", "status", "outcome"),
    [
        ((), 0, ("completed", 0)),
        ((), 7, ("failed", 7)),
        ((b"done", b"none"), 7, ("completed", 0)),
        ((b"success", b"100"), 7, ("completed", 0)),
        ((b"completed",), 0, ("completed", 0)),
        ((b"ok",), 0, ("completed", 0)),
        ((b"failed",), 7, ("failed", 1)),
        ((b"failure", b"0"), 0, ("failed", 1)),
        ((b"error", b"007"), 0, ("failed", 7)),
        ((b"aborted", b"INTERRUPTED"), 0, ("failed", 130)),
        ((b"failed", b"TERMINATED"), 0, ("failed", 143)),
        ((b"failed", b"HANGUP"), 0, ("failed", 129)),
        ((b"failed", b"interrupted"), 0, ("failed", 1)),
        ((b"failed", b"apt-get install x"), 0, ("failed", 1)),
        ((b"failed", b"256"), 0, ("failed", 1)),
        ((b"failed", b"0000000255"), 0, ("failed", 1)),
        ((b"Failed", b"0"), 7, ("completed", 0)),
        ((b"whatever", b"255"), 0, ("failed", 255)),
        ((b"whatever", b"none"), 7, ("failed", 7)),
        ((b"", b"", b""), 0, ("completed", 0)),
    ],
)
def test_arguments_say_how_the_run_ended(
    arguments: tuple[bytes, ...], status: int, outcome: tuple[str, int]
) -> None:
    payload = sent(end(shell(), *arguments, status=status))
    assert (payload["status"], payload["exit_code"]) == outcome


@pytest.mark.parametrize(
    ("value", "code"),
    [(b"9", 9), (b"0", 0), (b"none", 3), (b"", 3), (b"HANGUP", 129), (b"junk", 1)],
)
def test_variable_exit_code_counts_before_the_status_of_the_last_command(
    value: bytes, code: int
) -> None:
    assert sent(end(shell(EXIT_CODE=value), status=3))["exit_code"] == code
    assert sent(end(shell(EXIT_CODE=value), b"failed"))["exit_code"] == 1


def test_failure_explains_its_code_and_success_does_not() -> None:
    custom = reference.register_exit_code(shell(), b"9", b"My\n\xc3\xa4 own")
    assert sent(end(custom, b"failed", b"9"))["error_explanation"] == "My  own"
    assert sent(end(custom, b"done", b"9"))["error_explanation"] == ""


def test_answered_report_is_not_made_again_until_there_is_a_new_run() -> None:
    first = end(shell(), b"ok", reply=Reply(404))
    again = end(first.shell, b"failed", b"9")
    assert again.closed
    assert again.closed.gate is Gate.MADE
    new = end(first.shell.with_variables({"RANDOM_UUID": b"run-2"}), reply=None)
    assert new.response == b"000"
    assert new.shell.get("POST_UPDATE_DONE") == b"false"


@pytest.mark.parametrize(
    ("status", "flag"),
    [
        *((200, b"true"), (302, b"true"), (404, b"true"), (407, b"true")),
        *((408, b"false"), (409, b"true"), (424, b"true"), (425, b"false")),
        *((426, b"true"), (428, b"true"), (429, b"false"), (430, b"true")),
        *((499, b"true"), (500, b"false"), (503, b"false"), (599, b"false")),
        *((600, b"true"), (999, b"true")),
    ],
)
def test_answer_that_asks_for_another_try_leaves_the_flag_false(
    status: int, flag: bytes
) -> None:
    first = end(shell(), b"failed", b"7", reply=Reply(status, b"said"))
    assert first.response == b"said%d" % status
    assert first.shell.get("POST_UPDATE_DONE") == flag
    assert bool(end(first.shell, b"failed", b"7").closed) == (flag == b"true")


@pytest.mark.parametrize("lost", [Lost(2), Reply(503, b"", 2)])
def test_tries_of_one_report_share_its_limit(lost: Lost | Reply) -> None:
    first = end(shell(), b"failed", b"7", reply=lost)
    second = end(first.shell, b"done", reply=lost)
    third = end(second.shell, b"done", reply=lost)
    requests = [report.request for report in (first, second, third)]
    assert [request and request.timeout for request in requests] == [5, 3, 1]
    fourth = end(third.shell, b"done")
    assert fourth.closed == reference.Closed(
        Gate.TIME, "earlier tries took all its time"
    )
    assert fourth.response == b""


def test_report_whose_tries_took_its_limit_is_sent_again_only_by_force() -> None:
    late = end(shell(), b"failed", b"7", reply=Lost(5)).shell
    assert end(late).closed
    longer = end(late.with_variables({"TELEMETRY_TIMEOUT": b"6"}))
    assert longer.request
    assert longer.request.timeout == 1
    forced = end(late, b"failed", b"7", b"force", reply=Lost(4))
    assert forced.request
    assert forced.request.timeout == 5
    again = end(forced.shell)
    assert again.request
    assert again.request.timeout == 1


def test_tries_count_for_their_run_and_their_report_only() -> None:
    late = end(shell(), b"failed", b"7", reply=Lost(5)).shell
    assert reference.report(SPEC, CONTAINER, late, HOST).request
    new = late.with_variables({"RANDOM_UUID": b"run-2"})
    assert end(new, reply=Lost(0)).request
    assert end(end(new, reply=None).shell.with_variables(ALLOWED)).request


def test_unusable_url_takes_no_time_and_gives_none_back() -> None:
    late = end(shell(), b"failed", b"7", reply=Lost(3)).shell
    unusable = end(late.with_variables({"TELEMETRY_URL": b"x"}))
    assert unusable.way is Way.UNUSABLE
    usable = {"TELEMETRY_URL": URL}
    again = end(unusable.shell.with_variables(usable), reply=Lost(2))
    assert again.request
    assert again.request.timeout == 2
    assert end(again.shell).closed


def test_flag_that_the_script_set_itself_holds_for_any_run() -> None:
    assert end(shell(POST_UPDATE_DONE=b"true")).closed
    assert not end(shell(POST_UPDATE_DONE=b"TRUE")).closed


def test_flag_that_the_script_took_back_permits_the_report_again() -> None:
    after = end(shell(), b"ok").shell.with_variables({"POST_UPDATE_DONE": b"false"})
    assert end(after).way is Way.SENT


def test_events_of_one_flag_are_one_report() -> None:
    report = reference.report(SPEC, CONTAINER, shell(), HOST, answer=lambda _: OK)
    again = reference.report(SPEC, MACHINE, report.shell, HOST)
    assert again.closed
    assert not end(report.shell).closed


def test_first_outcome_of_a_run_stands_although_nobody_answered() -> None:
    first = end(shell(), b"failed", b"100", reply=None)
    second = end(first.shell, b"done", b"none")
    assert sent(second) == sent(first)
    assert second.shell.get("POST_UPDATE_DONE") == b"true"


def test_outcome_is_explained_as_the_script_explains_it_when_it_is_sent() -> None:
    first = end(shell(), b"failed", b"9", reply=None)
    later = reference.register_exit_code(first.shell, b"9", b"disk is full")
    assert sent(end(later, b"failed", b"9"))["error_explanation"] == "disk is full"


@pytest.mark.parametrize("programs", [{"python3"}, {"pveversion"}])
def test_outcome_that_cannot_be_sent_for_want_of_a_program_stands(
    programs: set[str],
) -> None:
    poor = replace(HOST, programs=frozenset(programs))
    arguments = (b"failed", b"100")
    first = reference.report(SPEC, UPDATE, shell(), poor, arguments)
    assert first.closed
    assert sent(end(first.shell, b"done", b"none"))["exit_code"] == 100


def test_without_a_run_no_outcome_is_remembered() -> None:
    first = end(shell(), b"failed", b"100", reply=None)
    none = end(first.shell.with_variables({"RANDOM_UUID": b""}), b"done")
    assert none.closed
    assert none.shell.outcome == Outcome("failed", 100)


def test_closed_gate_remembers_no_outcome() -> None:
    first = end(shell(DIAGNOSTICS=b"no"), b"failed", b"100")
    assert sent(end(first.shell.with_variables(ALLOWED), b"ok"))["exit_code"] == 0


def test_force_sends_again_and_replaces_the_outcome() -> None:
    first = end(shell(), b"failed", b"100")
    forced = end(first.shell, b"done", b"none", b"force")
    assert sent(forced)["status"] == "completed"
    assert forced.shell.outcome == Outcome("completed", 0)


def test_forced_report_without_answer_leaves_the_run_reported() -> None:
    first = end(shell(), b"ok")
    forced = end(first.shell, b"ok", b"", b"force", reply=None)
    assert (forced.response, forced.shell.get("POST_UPDATE_DONE")) == (b"000", b"true")
    refused = end(first.shell, b"ok", b"", b"force", reply=Reply(503, b"", 5))
    assert (refused.response, refused.shell.get("POST_UPDATE_DONE")) == (
        b"503",
        b"true",
    )
    taken_back = refused.shell.with_variables({"POST_UPDATE_DONE": b"false"})
    assert not end(taken_back).closed


def test_force_opens_no_other_gate_and_no_start_report() -> None:
    assert end(shell(DIAGNOSTICS=b"no"), b"ok", b"", b"force").closed
    reported = shell(POST_TO_API_DONE=b"true")
    words = (b"ok", b"", b"force")
    assert reference.report(SPEC, CONTAINER, reported, HOST, words).closed


def test_records_append_and_keep_what_was_there() -> None:
    before = shell(TELEMETRY_FEATURES=b"gpu")
    after = reference.record_feature(before, b"a b", b"c=d")
    assert after.get("TELEMETRY_FEATURES") == b"gpu ab cd"
    after = reference.record_package(after, b"a=", b"=1")
    assert after.get("TELEMETRY_PACKAGES") == b"a=1"


def test_bad_records_are_refused() -> None:
    before = shell()
    for name, version in ((b"", b"1"), (b"a", b""), (b"$", b"1"), (b"a", b"\xff")):
        with pytest.raises(reference.RefusedError):
            reference.record_package(before, name, version)
    for names in ((), (b"a", b""), (b"a", b"=")):
        with pytest.raises(reference.RefusedError):
            reference.record_feature(before, *names)
    for value in (b"", b"-", b"1.5", b"+1", b"1" * 16, b"1\n"):
        with pytest.raises(reference.RefusedError):
            reference.record_metric(before, b"a", value)


@pytest.mark.parametrize(
    "code", [b"", b"0", b"256", b"-1", b"1x", b"0x1", b"0000000001", b"1\n"]
)
def test_exit_code_outside_1_to_255_is_refused(code: bytes) -> None:
    with pytest.raises(reference.RefusedError, match="use a number 1-255"):
        reference.register_exit_code(shell(), code, b"text")


def test_exit_code_without_description_is_refused() -> None:
    with pytest.raises(reference.RefusedError, match="has no description"):
        reference.register_exit_code(shell(), b"9", b"")


def test_own_exit_code_wins_where_no_category_is_named() -> None:
    custom = reference.register_exit_code(shell(), b"0127", b"Own | text").custom
    for code in (b"127", b"0127"):
        explained = reference.explain_exit_code(SPEC, code, custom=custom)
        assert explained == b"Own | text"
    assert reference.suggest_recovery(SPEC, b"127", custom=custom) == b""
    shown = reference.explain_exit_code(SPEC, b"127", b"shell", custom)
    assert shown == b"Command not found"
