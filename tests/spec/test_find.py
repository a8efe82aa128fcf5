"""Which spec a command is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from shimgen.resources import DEFAULT_SPEC, STARTER
from shimgen.spec import find, load


def test_the_built_in_specs_have_names() -> None:
    assert find.named("community-scripts") == DEFAULT_SPEC
    assert find.named("starter") == STARTER
    for name in find.names():
        assert load(find.named(name))
        assert find.is_built_in(find.named(name))


@pytest.mark.parametrize("text", ["./starter", "starter.toml", "no-such", "a/b.toml"])
def test_anything_else_is_a_file(text: str) -> None:
    assert find.named(text) == Path(text)
    assert not find.is_built_in(Path(text))


def test_the_nearest_spec_is_the_one_in_the_closest_folder(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b" / "c"
    inner.mkdir(parents=True)
    assert find.nearest(inner) is None
    outer, middle = tmp_path / "shimgen.toml", tmp_path / "a" / "b" / "shimgen.toml"
    outer.touch()
    assert find.nearest(inner) == outer
    middle.touch()
    assert find.nearest(inner) == middle
    (inner / "shimgen.toml").mkdir()  # a folder of that name is none
    assert find.nearest(inner) == middle
