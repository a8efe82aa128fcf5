"""A truncated download defines nothing (docs/behaviour.md section 1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from shimgen.render import render
from shimgen.spec import Spec
from shimgen.verify import truncation

OTHERS = 1000  # places besides the ends of lines


@pytest.fixture(params=["file", "error_handler"])
def rendered(request: pytest.FixtureRequest, spec: Spec, tmp_path: Path) -> Path:
    """Return each rendered file."""
    name: str = getattr(spec.project, request.param)
    file = tmp_path / name
    file.write_text(render(spec)[name])
    return file


@pytest.mark.parametrize("way", truncation.WAYS)
def test_no_prefix_defines_a_function(rendered: Path, way: str, tmp_path: Path) -> None:
    cuts = truncation.lengths(rendered.read_bytes(), OTHERS)
    assert len(cuts) > OTHERS
    assert truncation.survivors(rendered, tmp_path, cuts, way) == ()


@pytest.mark.parametrize("way", truncation.WAYS)
def test_the_whole_file_is_found_to_define_functions(
    rendered: Path, way: str, tmp_path: Path
) -> None:
    whole = len(rendered.read_bytes())
    lengths = [whole - 1, whole]
    defining = truncation.survivors(rendered, tmp_path, lengths, way)
    assert defining == (whole - 1, whole)


def test_every_end_of_a_line_is_one_of_the_cuts() -> None:
    assert truncation.lengths(b"a\nbc\n\nd\n", 0) == [2, 5, 6]


def test_cuts_are_the_same_for_the_same_file() -> None:
    data = b"line\n" * 500
    assert truncation.lengths(data, 50) == truncation.lengths(data, 50)
