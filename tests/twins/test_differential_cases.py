"""The rendered bash compared with the reference: cases that are rarely drawn."""

from __future__ import annotations

import pytest

from shimgen.reference import Reply
from support.twins import TIMER, Stage


def test_every_path_holds_the_same_programs(stage: Stage) -> None:
    alone = stage.folder / "alone"
    alone.mkdir()
    (alone / "python3").symlink_to(stage.folder / "tools" / "python3")
    path = stage.directories.path
    mere = str(alone).encode()
    paths = [path("tools"), path("links"), path("commands"), path("empty"), mere]
    paths += [mere + b":" + path(name) for name in ("", "commands", "fakes", "empty")]
    paths += [b":" + mere, path("fakes", "tools"), path("none", "tools"), b"", b":"]
    with stage.script() as twins:
        twins.set("TELEMETRY_DRY_RUN", b"yes")
        for value in (*paths, None):
            twins.set_path(value)
            for event in stage.spec.events:
                twins.report(event)


def test_nothing_has_to_be_set(stage: Stage) -> None:
    project, consent = stage.spec.project, stage.spec.consent
    for name in (project.run_id, consent.variable, "PATH", "RESPONSE", "IFS"):
        with stage.script() as twins:
            twins.say(b"set -Eeuo pipefail")
            twins.unset(name)
            if name == "PATH":
                twins.set_path(None)
            for event in stage.spec.events:
                twins.report(event, reply=Reply(200))
    with stage.script() as twins:
        twins.say(b"set -Eeuo pipefail")
        for event in stage.spec.events:
            twins.unset(event.flag)
            twins.report(event, reply=Reply(200))
            twins.unset(event.flag)
            twins.report(event, reply=None)


def test_run_of_any_name_is_reported_once(stage: Stage) -> None:
    for run in (b"a b", b" ", b"*", b"-n", b"(", b"!", b"a\nb", b"\\", b"1 -o 1"):
        with stage.script() as twins:
            twins.set(stage.spec.project.run_id, run)
            for event in stage.spec.events:
                twins.report(event, reply=Reply(200))
                twins.report(event, reply=Reply(200))


def test_every_output_of_a_command_is_read_alike(stage: Stage) -> None:
    outputs = [b"a/b/c\nd/e\nf\n", b"\n/a/b/c", b"/", b"//", b"a/b/", b"x/y/z/z/z"]
    for before in (4091, 4092, 4093, 4094, 4095):
        outputs += [b"x" * before + b"/ab/cd/ef", b"/" * before + b"ab/cd"]
        outputs += [b"a/" + b"x" * before + b"/cd/ef"]
    with stage.script() as twins:
        twins.set("TELEMETRY_DRY_RUN", b"yes")
        for output in outputs:
            twins.set_outputs(dict.fromkeys(stage.directories.commands, output))
            twins.report(stage.spec.events[0])


def test_line_of_another_variable_is_no_consent(stage: Stage) -> None:
    spec = stage.spec
    name = spec.consent.variable.encode()
    with stage.script() as twins:
        twins.set("TELEMETRY_DRY_RUN", b"yes")
        for other in (b"other", b"#" + name, name.lower(), name + b"X", b"X" + name):
            for said in (b"no", b"yes"):
                twins.set_consent(other + b"=" + said)
                twins.unset(spec.consent.variable)
                twins.report(spec.events[0])
                twins.set(spec.consent.variable, b"yes")
                twins.report(spec.events[0])


def test_every_do_not_track_is_read_alike(stage: Stage) -> None:
    values = (b"", b"0", b"false", b"1", b"00", b"no", b"False", b"falsex", b"true")
    with stage.script() as twins:
        twins.set("TELEMETRY_DRY_RUN", b"yes")
        for value in values:
            twins.set("DO_NOT_TRACK", value)
            twins.report(stage.spec.events[0])


@pytest.mark.parametrize("ifs", [b"_", b"0123456789", b"acdefilnorstuyR", b"=/.:-"])
def test_script_that_splits_words_anywhere_sends_the_same(
    stage: Stage, ifs: bytes
) -> None:
    with stage.script() as twins:
        twins.say(b"set -Eeuo pipefail; IFS=" + ifs)
        twins.set(stage.spec.project.run_id, b"run_1 * 2")
        for event in stage.spec.events:
            twins.report(event, (b"failed", b"130"), reply=None)
            twins.report(
                event, (b"failed", b"130", b"force"), reply=Reply(200, b"a * 1")
            )
            twins.report(event)
        twins.set("TELEMETRY_DRY_RUN", b"yes")
        for event in stage.spec.events:
            twins.report(event, (b"", b"", b"force"), status=100)
            twins.report(event)


def test_every_duration_is_counted_or_refused_alike(stage: Stage) -> None:
    ends = [event for event in stage.spec.events if event.kind == "outcome"]
    with stage.script() as twins:
        twins.set("TELEMETRY_DRY_RUN", b"yes")
        twins.say(b"set -u")
        twins.report(ends[0])
        twins.start_timer()
        now = int(twins.shell.get(TIMER))
        near = [b"%d" % (now + s) for s in (1, 60, -59, -86390, -86400, -86401, -86460)]
        padded = [b"%012d" % now, b"%013d" % now, b"0%d" % now]
        for start in (*near, *padded, b"", b"0", b"08", b"-1", b"x", b"a[0]", b"1 2"):
            twins.set(TIMER, start)
            twins.report(ends[0], (b"done", b"0", b"force"))


def test_code_of_one_category_is_none_of_another(stage: Stage) -> None:
    categories = stage.spec.categories
    codes = [row.code for category in categories for row in category.codes]
    names = [category.name.encode() for category in categories]
    with stage.script() as twins:
        for code in codes[:6]:
            for name in (*names, b"", b"none", b"*"):
                twins.look_up(b"%d" % code, name)
