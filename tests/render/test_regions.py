"""The generated lines at their edges: long words, odd texts, parts that are broken."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from shimgen.errors import ShimgenError
from shimgen.render import fill, regions, render
from shimgen.render.quote import comment
from shimgen.resources import shell_dir
from shimgen.spec import Spec

ROOM = 71  # columns that words of a command may take, before they are indented


def test_words_of_a_command_fill_their_lines_and_are_never_cut() -> None:
    first, second = "a" * 35, "b" * (ROOM - 36)
    assert regions.wrapped([first, second]) == [f"{first} {second}"]
    assert regions.wrapped([first, second + "b"]) == [f"{first} \\", f"  {second}b"]
    long = "LONG_" * 20
    assert regions.wrapped(["export", long]) == ["export \\", f"  {long}"]


def test_lines_of_a_comment_fill_their_columns() -> None:
    first, second = "a" * 35, "b" * (ROOM - 36)
    assert comment(f"{first} {second}") == [f"# {first} {second}"]
    assert comment(f"{first} {second}b") == [f"# {first}", f"# {second}b"]


@pytest.mark.parametrize("text", ["'", "a'b", "\0", "a\0b"])
def test_a_sender_that_single_quotes_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(ShimgenError, match=r"^sender\.py: holds a single quote"):
        regions.sender(text)


def test_without_a_last_report_nothing_is_closed(spec: Spec) -> None:
    starts = tuple(event for event in spec.events if event.kind == "start")
    assert regions.close(replace(spec, events=starts)) == ["builtin :"]


def test_the_files_have_these_names(spec: Spec) -> None:
    assert [*render(spec)] == ["api.func", "error_handler.func", "SHA256SUMS"]


def test_an_unknown_region_is_told_which_there_are() -> None:
    text = "# >>> spec: x\n# <<< spec: x\n"
    with pytest.raises(ShimgenError, match=r'unknown region "x"; use one of a, b$'):
        fill(text, {"b": [], "a": []}, "part")


def test_a_mark_right_behind_a_region_has_no_partner() -> None:
    text = "# >>> spec: x\n# <<< spec: x\n# <<< spec: x\n"
    with pytest.raises(ShimgenError, match="has no partner"):
        fill(text, {"x": []}, "part")


def test_a_broken_part_is_named(spec: Spec, tmp_path: Path) -> None:
    shell = tmp_path / "shell"
    shutil.copytree(shell_dir(), shell, ignore=shutil.ignore_patterns("dist"))
    with (shell / "lib" / "gate.bash").open("a") as part:
        part.write("# >>> spec: nothing\n")
    with pytest.raises(ShimgenError, match=r"^shell/lib/gate\.bash: "):
        render(spec, shell)
