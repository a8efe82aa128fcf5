"""The rendered bash compared with the reference: one call with the same inputs.

A failing example prints its bash lines. SHIMGEN_EXAMPLES=20 in the
environment lets each test try twenty times as many.
"""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from shimgen.reference import Reply
from support import strategies as some
from support.strategies import examples
from support.twins import TIMER, Stage


@examples(150)
@given(data=st.data())
def test_payload_is_the_same_for_any_values(stage: Stage, data: st.DataObject) -> None:
    event = stage.event(data.draw(st.sampled_from(stage.functions), "event"))
    with stage.script() as twins:
        twins.say(data.draw(some.options))
        run = data.draw(some.runs | some.values.filter(bool), "run")
        twins.set(stage.spec.project.run_id, run)
        twins.set_inputs(data.draw(some.inputs(stage.inputs), "inputs"))
        commands = stage.directories.commands
        outputs = {name: data.draw(some.outputs, name) for name in commands}
        twins.set_outputs(outputs)
        if data.draw(st.booleans(), "dry run"):
            twins.set("TELEMETRY_DRY_RUN", b"yes")
        twins.report(event, reply=data.draw(some.replies, "reply"))


@examples(100)
@given(data=st.data())
def test_gate_closes_for_the_same_reasons(stage: Stage, data: st.DataObject) -> None:
    event = stage.event(data.draw(st.sampled_from(stage.functions), "event"))
    with stage.script() as twins:
        twins.say(data.draw(some.options))
        spec = stage.spec
        gates = {
            spec.consent.variable: st.sampled_from([b"yes", b"no", b"", b"Yes", b"y"]),
            "DO_NOT_TRACK": st.sampled_from([b"", b"0", b"false", b"1", b"no", b"00"]),
            spec.project.run_id: some.runs | st.just(b""),
            event.flag: st.sampled_from([b"true", b"false", b"TRUE", b"", b"1"]),
        }
        chosen = st.lists(st.sampled_from(sorted(gates)), max_size=2, unique=True)
        for name in data.draw(chosen, "gates"):
            if data.draw(st.booleans(), "unset"):
                twins.unset(name)
            else:
                twins.set(name, data.draw(gates[name], name), export=True)
        if data.draw(st.booleans(), "consent file"):
            content = some.consent_files(spec.consent.variable)
            twins.set_consent(data.draw(content, "content"))
        if data.draw(st.booleans(), "debug"):
            twins.set("TELEMETRY_DEBUG", b"yes")
        if data.draw(st.booleans(), "PATH"):
            folder = st.sampled_from(
                ["tools", "commands", "links", "empty", "here", "fakes", "none", ""]
            )
            names = data.draw(st.none() | st.lists(folder, max_size=4), "directories")
            path = None if names is None else stage.directories.path(*names)
            twins.set_path(path)
        words = data.draw(some.arguments, "arguments")
        twins.report(event, words, reply=data.draw(some.replies, "reply"))


@examples(100)
@given(data=st.data())
def test_settings_mean_the_same(stage: Stage, data: st.DataObject) -> None:
    event = stage.event(data.draw(st.sampled_from(stage.functions), "event"))
    choices = {
        "TELEMETRY_URL": some.urls,
        "TELEMETRY_TIMEOUT": some.timeouts,
        "TELEMETRY_DRY_RUN": some.switches,
        "TELEMETRY_BACKGROUND": some.switches,
        "TELEMETRY_DEBUG": some.switches,
    }
    names = st.lists(st.sampled_from(sorted(choices)), max_size=4, unique=True)
    with stage.script() as twins:
        twins.say(data.draw(some.options))
        if data.draw(st.integers(0, 9), "closed") == 0:
            twins.set(event.flag, b"true")
        for name in data.draw(names, "settings"):
            value = data.draw(choices[name], name)
            twins.set(name, value, export=data.draw(st.booleans()))
        words = data.draw(some.arguments, "arguments")
        twins.report(event, words, reply=data.draw(some.replies, "reply"))


def test_every_case_of_a_value_is_treated_alike(stage: Stage) -> None:
    for case in some.CASES:
        with stage.script() as twins:
            twins.set("TELEMETRY_DRY_RUN", b"yes")
            twins.set_inputs(dict.fromkeys(stage.inputs, (case, False)))
            twins.set(stage.spec.project.run_id, case or b" ")
            for event in stage.spec.events:
                twins.report(event)


def test_every_consent_is_read_alike(stage: Stage) -> None:
    spec = stage.spec
    with stage.script() as twins:
        twins.set("TELEMETRY_DRY_RUN", b"yes")
        for content in some.consent_cases(spec.consent.variable):
            twins.set_consent(content)
            twins.unset(spec.consent.variable)
            twins.report(spec.events[0])
            twins.set(spec.consent.variable, b"yes")
            twins.report(spec.events[0])


def test_every_word_and_code_means_the_same(stage: Stage) -> None:
    ends = [event for event in stage.spec.events if event.kind == "outcome"]
    codes = (*some.CODES, *some.STRANGE_CODES)
    calls = [(word, code) for word in (b"", b"done", b"failed") for code in codes]
    words = (*some.WORDS, *some.STRANGE_WORDS)
    calls += [(word, code) for word in words for code in (b"none", b"9")]
    with stage.script() as twins:
        twins.set("TELEMETRY_DRY_RUN", b"yes")
        for call in calls:
            for event in ends:
                twins.report(event, (*call, b"force"), status=3)


def test_every_url_is_taken_or_refused_alike(stage: Stage) -> None:
    for url in some.URLS:
        with stage.script() as twins:
            twins.set("TELEMETRY_URL", url)
            twins.report(stage.spec.events[-1], reply=Reply(200))


def test_every_timeout_is_taken_or_refused_alike(stage: Stage) -> None:
    for timeout in some.TIMEOUTS:
        with stage.script() as twins:
            twins.set("TELEMETRY_TIMEOUT", timeout)
            twins.report(stage.spec.events[-1])


@examples(100)
@given(data=st.data())
def test_outcome_is_the_same_for_any_arguments(
    stage: Stage, data: st.DataObject
) -> None:
    ends = [event for event in stage.spec.events if event.kind == "outcome"]
    with stage.script() as twins:
        twins.say(data.draw(some.options))
        twins.set("TELEMETRY_DRY_RUN", b"yes")
        if data.draw(st.booleans(), "EXIT_CODE set"):
            code = data.draw(some.codes | some.strange_codes, "EXIT_CODE")
            twins.set("EXIT_CODE", code)
        words = data.draw(some.arguments, "arguments")
        twins.report(ends[0], words, status=data.draw(some.statuses, "status"))


@examples(60)
@given(
    start=st.sampled_from([0, 1, 59, 86399, 86400, 86401, -1, -2, 10**6]),
    junk=st.none() | some.values | some.numbers,
)
def test_duration_is_the_same_for_any_start(
    stage: Stage, start: int, junk: bytes | None
) -> None:
    ends = [event for event in stage.spec.events if event.kind == "outcome"]
    with stage.script() as twins:
        twins.start_timer()
        now = int(twins.shell.get(TIMER))
        twins.set(TIMER, b"%d" % (now - start) if junk is None else junk)
        twins.report(ends[0])


@examples(100)
@given(data=st.data())
def test_catalogue_answers_the_same(stage: Stage, data: st.DataObject) -> None:
    names = [category.name.encode() for category in stage.spec.categories]
    categories = st.sampled_from([*names, b"", b"Shell", b"none", b"*", b"a[0]"])
    codes = some.codes | some.strange_codes
    texts = some.values | st.sampled_from([b"a | b", b"a |", b"| b", b" | "])
    with stage.script() as twins:
        twins.say(data.draw(some.options))
        for _ in range(data.draw(st.integers(0, 2), "codes registered")):
            words = data.draw(st.lists(texts, max_size=2), "texts")
            twins.record("register_exit_code", [data.draw(codes, "code"), *words])
        arguments = st.tuples(codes) | st.tuples(codes, categories) | st.just(())
        twins.look_up(*data.draw(arguments, "arguments"))
        registered = sorted(twins.shell.custom)
        if registered:
            twins.look_up(b"%d" % registered[0])


def test_every_metric_is_recorded_or_refused_alike(stage: Stage) -> None:
    digits = [b"1" * 15, b"1" * 16, b"-" + b"1" * 15, b"-" + b"1" * 16, b"-", b"--1"]
    with stage.script() as twins:
        for value in (*digits, *some.CASES, *some.STRANGE_CODES):
            twins.record("record_metric", [b"m", value])


@examples(60)
@given(data=st.data())
def test_records_are_the_same_for_any_words(stage: Stage, data: st.DataObject) -> None:
    words = some.values | st.from_regex(rb"-?[0-9]{0,17}", fullmatch=True)
    function = st.sampled_from(["record_package", "record_feature", "record_metric"])
    with stage.script() as twins:
        twins.say(data.draw(some.options))
        for _ in range(data.draw(st.integers(1, 3), "calls")):
            name = data.draw(function)
            most = 4 if name == "record_feature" else 2
            twins.record(name, data.draw(st.lists(words, max_size=most), "words"))


def test_variable_of_any_size_is_sent_also_if_exported(stage: Stage) -> None:
    big = b"\xff\"\\' $(exit)\n" * 30_000
    with stage.script() as twins:
        twins.set(stage.spec.project.run_id, big)
        for name in stage.inputs:
            twins.set(name, big, export=True)
        for event in stage.spec.events:
            twins.report(event)


def test_consent_file_may_be_a_link_to_a_file(stage: Stage, tmp_path: Path) -> None:
    refusal = f"{stage.spec.consent.variable}=no\n".encode()
    (tmp_path / "real").write_bytes(refusal)
    with stage.script() as twins:
        stage.consent.symlink_to(tmp_path / "real")
        twins.host = dataclasses.replace(twins.host, consent=refusal)
        assert twins.report(stage.spec.events[0]).closed


def test_consent_file_that_is_no_file_says_no(stage: Stage, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for target in (tmp_path, tmp_path / "fifo", tmp_path / "nowhere", "/dev/zero"):
        with stage.script() as twins:
            twins.refuse_by(Path(target))
            assert twins.report(stage.spec.events[0]).closed
