"""The stage on which bash and the reference are compared, for each spec."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from shimgen.spec import Spec, load
from support.frozen import FROZEN_SPEC
from support.paths import SPECS
from support.twins import Stage

LOADED = {
    path.stem: load(path)
    for path in (FROZEN_SPEC, SPECS / "full.toml", SPECS / "hostile.toml")
}


def enlarged(spec: Spec) -> Spec:
    """Return a spec with every limit at its highest."""
    limits = replace(spec.limits, max_timeout=300, max_length=4096)
    fields = [
        [
            replace(field, max_length=4096) if field.type == "text" else field
            for field in event.fields
        ]
        for event in spec.events
    ]
    events = [
        replace(event, fields=tuple(kept))
        for event, kept in zip(spec.events, fields, strict=True)
    ]
    return replace(spec, limits=limits, events=tuple(events))


LOADED["enlarged"] = enlarged(LOADED["full"])


@pytest.fixture(scope="module", params=LOADED)
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """Yield a stage for a spec; a module may name the specs that it needs."""
    folder = tmp_path_factory.mktemp(request.param)
    with Stage(LOADED[request.param], folder) as stage:
        yield stage
