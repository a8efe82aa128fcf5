"""The real transports against the reference: a real server, one call or two."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shimgen.reference import Reply
from support import strategies as some
from support.frozen import FROZEN
from support.loopback import Loopback
from support.strategies import examples
from support.transports import program, python3
from support.twins import Stage

TRANSPORTS = ("python3", "curl", "curl after python3")


@pytest.fixture(scope="module")
def real(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Stage, bytes]]:
    """Stage with real transports in directories of their names, and a server's URL."""
    folder = tmp_path_factory.mktemp("real")
    with Stage(FROZEN, folder) as stage, Loopback() as loopback:
        stage.network = loopback
        stage.directories.add("python3", {"python3": python3()})
        stage.directories.add("curl", {"curl": program("curl")})
        both = {"python3": program("false"), "curl": program("curl")}
        stage.directories.add("curl after python3", both)
        yield stage, loopback.url


@pytest.mark.parametrize("transport", TRANSPORTS)
@examples(40)
@given(data=st.data(), reply=some.real_replies)
def test_real_transport_sends_and_is_answered_the_same(
    real: tuple[Stage, bytes], transport: str, data: st.DataObject, reply: Reply | None
) -> None:
    stage, url = real
    with stage.script() as twins:
        twins.say(data.draw(some.options))
        twins.set_path(stage.directories.path(transport))
        twins.set("TELEMETRY_URL", url)
        twins.set("TELEMETRY_TIMEOUT", b"30")
        twins.set_inputs(data.draw(some.inputs(stage.inputs), "inputs"))
        if data.draw(st.booleans(), "background"):
            twins.set("TELEMETRY_BACKGROUND", b"yes")
        event = stage.event(data.draw(st.sampled_from(stage.functions), "event"))
        twins.report(event, reply=reply)
        twins.report(event, reply=reply)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_real_transport_keeps_as_much_of_a_long_answer(
    real: tuple[Stage, bytes], transport: str
) -> None:
    stage, url = real
    for body in (b"x" * 4097, b"\0" * 5000 + b"x", b"\0x" * 5000, b"\n" * 5000):
        with stage.script() as twins:
            twins.set_path(stage.directories.path(transport))
            twins.set("TELEMETRY_URL", url)
            twins.report(stage.spec.events[0], reply=Reply(200, body))
