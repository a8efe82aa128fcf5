"""The rendered bash compared with the reference: the effect of a report on the next."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import pytest

from shimgen.reference import Lost, Reply
from shimgen.spec import Event
from support.twins import Stage, Twins

pytestmark = pytest.mark.parametrize("stage", ["full"], indirect=True)

OK = Reply(200, b"ok")
SETTINGS = ("TELEMETRY_DRY_RUN", "TELEMETRY_BACKGROUND")


class Step(NamedTuple):
    """One report: its run, its arguments, the reply, and a setting."""

    run: bytes
    words: tuple[bytes, ...] = ()
    reply: Reply | Lost | None = OK
    setting: str = ""

    def play(self, twins: Twins, event: Event) -> None:
        """Make it."""
        twins.set(twins.spec.project.run_id, self.run)
        for name in SETTINGS:
            twins.set(name, b"yes" if name == self.setting else b"")
        twins.report(event, self.words, reply=self.reply)


RUN = b"run  * 1"
FAILED = (b"failed", b"7")
FORCED = (b"done", b"none", b"force")
STEPS = (
    Step(RUN, FAILED),
    Step(RUN, FAILED, None),
    Step(RUN, FAILED, Reply(503, b"later")),
    Step(RUN, FAILED, setting="TELEMETRY_DRY_RUN"),
    Step(RUN, FAILED, setting="TELEMETRY_BACKGROUND"),
    Step(RUN, FORCED),
    Step(RUN, (b"", b"", b"forcex")),
    Step(b"2", (b"done",)),
)


def test_two_reports_leave_the_same_for_a_third(stage: Stage) -> None:
    ends = [event for event in stage.spec.events if event.kind == "outcome"]
    for first, second in product(STEPS, repeat=2):
        with stage.script() as twins:
            for step in (first, second, Step(RUN, (b"done", b"none"))):
                step.play(twins, ends[0])


@pytest.mark.parametrize("lost", [Lost(1), Reply(429, b"x", 1)])
def test_lost_tries_share_the_limit_of_one_report(
    stage: Stage, lost: Reply | Lost
) -> None:
    end = stage.spec.events[-1]
    with stage.script() as twins:
        twins.say(b"set -Eeu; IFS=0123456789/")
        twins.set("TELEMETRY_TIMEOUT", b"30")
        Step(b"1/" + RUN, FAILED, lost).play(twins, end)
        for limit in (b"30", b"2", b"1"):
            twins.set("TELEMETRY_TIMEOUT", limit)
            Step(b"1/" + RUN, (b"done",), Reply(503)).play(twins, end)
        for run in (RUN, b"2", b"* 1", RUN + b"x"):
            Step(run, (b"done",), Reply(408)).play(twins, end)


def test_lost_try_by_force_begins_a_new_limit(stage: Stage) -> None:
    end = stage.spec.events[-1]
    with stage.script() as twins:
        twins.set("TELEMETRY_TIMEOUT", b"1")
        for lost in (Lost(1), None):
            Step(RUN, FORCED, lost).play(twins, end)
            Step(RUN, FAILED).play(twins, end)
        Step(RUN, FORCED, Reply(503, b"", 1)).play(twins, end)


def test_every_status_is_an_answer_or_asks_for_another_try(stage: Stage) -> None:
    near = [n for status in (408, 425, 429) for n in range(status - 1, status + 2)]
    for status in (200, 204, 304, 400, 404, *near, 499, 500, 503, 599, 600, 999):
        with stage.script() as twins:
            Step(RUN, FAILED, Reply(status)).play(twins, stage.spec.events[-1])


def test_exit_code_of_the_script_counts_where_nothing_is_said(stage: Stage) -> None:
    with stage.script() as twins:
        twins.set("TELEMETRY_DRY_RUN", b"yes")
        for code in (b"", b"none", b"0", b"007", b"256", b"TERMINATED", b"a b", b"*"):
            twins.set("EXIT_CODE", code)
            for word in (b"", b"failed"):
                twins.report(stage.spec.events[-1], (word, b"", b"force"), status=3)


def test_start_of_a_run_has_no_part_in_its_end(stage: Stage) -> None:
    start, end = stage.spec.events[0], stage.spec.events[-1]
    for first, second in product((OK, None), repeat=2):
        with stage.script() as twins:
            for event in (start, end, start):
                Step(RUN, FORCED, first).play(twins, event)
                Step(RUN, (), second).play(twins, event)


@pytest.mark.parametrize("value", [b"true", b"false", b"x"])
def test_flag_that_the_script_sets_itself_counts_alike(
    stage: Stage, value: bytes
) -> None:
    for event in stage.spec.events:
        with stage.script() as twins:
            twins.set(event.flag, value)
            Step(RUN).play(twins, event)
            twins.set(event.flag, value)
            Step(b"2").play(twins, event)
            twins.set(event.flag, value)
            Step(b"2").play(twins, event)


@pytest.mark.parametrize(
    "option", [b"set -Eeu", b"IFS=0123456789", b"IFS=_", b"set -e; IFS=' *adem'"]
)
def test_codes_of_the_script_are_kept_and_found_alike(
    stage: Stage, option: bytes
) -> None:
    said = (
        (b"1", b"a  * b\nc\nd", b"e  *\nf\n"),
        (b"255", b"a", b"\nb"),
        (b"007", b"x"),
    )
    refused = (
        (b"0", b"a"),
        (b"256", b"a"),
        (b"8", b"", b"a"),
        (b"9",),
        (b"1 ", b"a"),
        (),
    )
    codes = (
        b"0",
        b"1",
        b"255",
        b"007",
        b"7",
        b"8",
        b"130",
        b"256",
        b"0000000007",
        b"x",
        b"",
    )
    categories = [category.name.encode() for category in stage.spec.categories]
    with stage.script() as twins:
        twins.say(option)
        twins.look_up()
        for words in (*refused, *said):
            twins.look_up(b"7")
            twins.record("register_exit_code", words)
        for code in codes:
            twins.look_up(code)
            for category in (*categories[:2], b"none", b"No", b"a[0]"):
                twins.look_up(code, category)
