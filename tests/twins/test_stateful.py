"""Whole scripts in bash and in the reference, compared after each step."""

# ruff: noqa: D102  a rule's name says what it does

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from shimgen.reference import Reply
from shimgen.spec import Event
from support import strategies as some
from support.strategies import examples
from support.twins import Stage

SWITCHES = ("TELEMETRY_DRY_RUN", "TELEMETRY_BACKGROUND", "TELEMETRY_DEBUG")
# Permanent changes leave the gate open most of the time: a closed gate would hide
# everything that follows.
USUAL = (
    *(None, Reply(200), Reply(200), Reply(404)),
    *(Reply(500, b"no"), Reply(429), Reply(503, b"later")),
)
SETTINGS = {
    "TELEMETRY_URL": st.sampled_from([b"http://h", b"https://h/p"] * 2) | some.urls,
    "TELEMETRY_TIMEOUT": some.timeouts,
    **dict.fromkeys(SWITCHES, st.sampled_from([b"no", b"", b"Yes", b"yes"])),
}
CLOSED = {
    "DO_NOT_TRACK": b"1",
    "TELEMETRY_URL": b"nowhere",
    **dict.fromkeys(SWITCHES, b"yes"),
}
# Lines that report in a subshell: the shell itself does not change.
FORGOTTEN = (
    b"(%s)",
    b": | %s",
    b'%s & wait "$!"',
    b'(trap "%s" EXIT; exit 3) || :',
    b'(trap "%s" EXIT; set -e; __test_return 3) || :',
)
# Lines that make it here. `$?` is 3, as it is above, but 0 after a `kill`.
KEPT = {
    b'trap "%s" ERR; __test_return 3; trap - ERR': 3,
    b'trap "%s" TERM; kill -TERM "$BASHPID"; trap - TERM': 0,
    b"f() { local exit_code=9 code=8; __test_return 3 || %s; }; f": 3,
    b'__test_return 3 || eval "%s"': 3,
}


class Script(RuleBasedStateMachine):
    """A script that reports, whatever happens to it."""

    stage: Stage

    def __init__(self) -> None:
        super().__init__()
        self.spec = self.stage.spec
        self.end = ExitStack()
        self.twins = self.end.enter_context(self.stage.script())

    def teardown(self) -> None:
        """End the subshell."""
        self.end.close()

    def draw_event(self, data: st.DataObject) -> Event:
        function = st.sampled_from(self.stage.functions)
        return self.stage.event(data.draw(function, "event"))

    @property
    def last(self) -> Event:
        return next(e for e in self.spec.events if e.kind == "outcome")

    @initialize(options=some.options.filter(lambda line: b"-E" not in line))
    def begin(self, options: bytes) -> None:
        self.twins.say(options)

    # Reports. An answer is likelier than none.

    @rule(data=st.data(), status=some.statuses, reply=some.replies)
    def report_any(self, data: st.DataObject, status: int, reply: Reply | None) -> None:
        words = data.draw(some.arguments, "arguments")
        self.twins.report(self.draw_event(data), words, status=status, reply=reply)

    @rule(
        words=some.arguments,
        status=some.statuses,
        reply=st.sampled_from(USUAL),
    )
    def report_end(
        self, words: tuple[bytes, ...], status: int, reply: Reply | None
    ) -> None:
        self.twins.report(self.last, words, status=status, reply=reply)

    @rule(data=st.data(), name=st.sampled_from(sorted(CLOSED)), words=some.arguments)
    def report_in_another_way(
        self, data: st.DataObject, name: str, words: tuple[bytes, ...]
    ) -> None:
        self.twins.set(name, CLOSED[name])
        self.twins.report(self.draw_event(data), words)
        self.twins.unset(name)

    @rule(reply=st.sampled_from(USUAL))
    def force_success(self, reply: Reply | None) -> None:
        self.twins.report(self.last, (b"done", b"none", b"force"), reply=reply)

    @rule(code=some.codes)
    def lose_a_failure(self, code: bytes) -> None:
        self.twins.report(self.last, (b"failed", code), reply=None)

    @rule(
        line=st.sampled_from(sorted(KEPT)),
        words=st.sampled_from([(), (b"failed",), (b"failed", b"INTERRUPTED")]),
        reply=st.sampled_from(USUAL),
    )
    def report_from_a_trap_or_function(
        self, line: bytes, words: tuple[bytes, ...], reply: Reply | None
    ) -> None:
        call = b" ".join([self.last.function.encode(), *words])
        self.twins.report(
            self.last, words, status=KEPT[line], reply=reply, line=line % call
        )

    @rule(
        data=st.data(),
        line=st.sampled_from(FORGOTTEN[:3]),
        reply=st.sampled_from(USUAL),
    )
    def report_in_a_subshell(
        self, data: st.DataObject, line: bytes, reply: Reply | None
    ) -> None:
        event = self.draw_event(data)
        words = (b"failed", b"7")
        call = line % b" ".join([event.function.encode(), *words])
        self.twins.report(event, words, reply=reply, line=call, forgotten=True)

    @rule(
        line=st.sampled_from(FORGOTTEN[3:]),
        words=st.sampled_from([(), (b"done", b"none"), (b"failed", b"$?")]),
        reply=st.sampled_from(USUAL),
    )
    def report_as_a_subshell_exits(
        self, line: bytes, words: tuple[bytes, ...], reply: Reply | None
    ) -> None:
        call = b" ".join([self.last.function.encode(), *words])
        call = call.replace(b"$?", b'\\"\\$?\\"')
        said = tuple(word.replace(b"$?", b"3") for word in words)
        self.twins.report(
            self.last, said, status=3, reply=reply, line=line % call, forgotten=True
        )

    # What a script says between two reports.

    @rule(run=st.sampled_from([b"run-1", b"run-2"]) | some.runs)
    def begin_a_run(self, run: bytes) -> None:
        self.twins.set(self.spec.project.run_id, run)

    @rule(data=st.data(), run=some.runs, reply=st.sampled_from(USUAL))
    def report_another_run(
        self, data: st.DataObject, run: bytes, reply: Reply | None
    ) -> None:
        self.twins.set(self.spec.project.run_id, run)
        self.twins.report(self.draw_event(data), reply=reply)

    @rule(data=st.data(), value=some.values | some.numbers, export=st.booleans())
    def change_an_input(self, data: st.DataObject, value: bytes, export: bool) -> None:
        name = data.draw(st.sampled_from(self.stage.inputs), "input")
        self.twins.set(name, value, export=export)

    @rule(data=st.data())
    def drop_an_input(self, data: st.DataObject) -> None:
        names = (*self.stage.inputs, "EXIT_CODE", "INSTALL_START_TIME")
        self.twins.unset(data.draw(st.sampled_from(names), "input"))

    @rule(value=some.codes | some.strange_codes)
    def set_exit_code(self, value: bytes) -> None:
        self.twins.set("EXIT_CODE", value)

    @rule(value=st.sampled_from([*[b"yes"] * 6, b"no", b""]))
    def change_consent(self, value: bytes) -> None:
        self.twins.set(self.spec.consent.variable, value)

    @rule(value=st.sampled_from([b"", b"", b"0", b"0", b"false", b"1"]))
    def change_tracking(self, value: bytes) -> None:
        self.twins.set("DO_NOT_TRACK", value)

    @rule(data=st.data())
    def write_consent_file(self, data: st.DataObject) -> None:
        content = some.consent_files(self.spec.consent.variable)
        usual = st.sampled_from([b"", b"# nothing\n", b"x=no\n"])
        self.twins.set_consent(data.draw(usual | usual | content, "content"))

    @rule(other=st.sampled_from(["/dev/zero", "/nowhere", "/"]))
    def refuse_by_a_file_that_is_none(self, other: str) -> None:
        self.twins.refuse_by(Path(other))
        self.twins.report(self.last)
        self.twins.set_consent(b"")

    @rule(folder=st.sampled_from([*["tools", "links"] * 4, "commands", "empty"]))
    def change_path(self, folder: str) -> None:
        self.twins.set_path(self.stage.directories.path(folder))

    @rule(data=st.data(), name=st.sampled_from(sorted(SETTINGS)))
    def change_a_setting(self, data: st.DataObject, name: str) -> None:
        self.twins.set(name, data.draw(SETTINGS[name], name))

    @rule(name=st.sampled_from(sorted(SETTINGS)))
    def drop_a_setting(self, name: str) -> None:
        self.twins.unset(name)

    @rule(data=st.data(), value=st.sampled_from([b"true", b"false", b""]))
    def set_a_flag(self, data: st.DataObject, value: bytes) -> None:
        flags = sorted({event.flag for event in self.spec.events})
        self.twins.set(data.draw(st.sampled_from(flags), "flag"), value)

    # What else it calls.

    @rule(
        function=st.sampled_from(["record_package", "record_metric", "record_feature"]),
        words=st.lists(some.pieces | st.just(b"12"), max_size=2),
    )
    def record(self, function: str, words: list[bytes]) -> None:
        self.twins.record(function, words)

    @rule(code=some.codes, texts=st.lists(some.pieces, min_size=1, max_size=2))
    def register(self, code: bytes, texts: list[bytes]) -> None:
        self.twins.record("register_exit_code", [code, *texts])

    @rule(code=some.codes)
    def look_up(self, code: bytes) -> None:
        self.twins.look_up(code)

    @rule()
    def start_timer(self) -> None:
        self.twins.start_timer()

    @rule()
    def load_again(self) -> None:
        self.twins.load_again()


@pytest.mark.parametrize("stage", ["frozen", "full"], indirect=True)
def test_script_of_many_reports_goes_the_same_way(stage: Stage) -> None:
    staged = type("StagedScript", (Script,), {"stage": stage})
    many_steps = settings(examples(150), stateful_step_count=30)
    run_state_machine_as_test(staged, settings=many_steps)
