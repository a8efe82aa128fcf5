"""A rendered file holds only what its spec uses."""

from __future__ import annotations

import pytest

from shimgen.errors import ShimgenError
from shimgen.render import public_functions, render
from shimgen.render.uses import USES, keep, used
from shimgen.resources import shell_dir
from shimgen.spec import load
from support.frozen import FROZEN
from support.paths import SPECS

FULL = load(SPECS / "full.toml")
MINIMAL = load(SPECS / "minimal.toml")
TEXT = """\
one

# >>> only: lists
two
  # >>> only: groups
  three
  # <<< only: groups

# <<< only: lists
four

# >>> only: enums
five
# <<< only: enums
"""


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (set(), "one\n\nfour\n"),
        ({"lists"}, "one\n\ntwo\n\nfour\n"),
        ({"groups"}, "one\n\nfour\n"),
        ({"lists", "groups"}, "one\n\ntwo\n  three\n\nfour\n"),
        ({"enums"}, "one\n\nfour\n\nfive\n"),
    ],
)
def test_only_what_is_used_is_kept(names: set[str], kept: str) -> None:
    assert keep(TEXT, frozenset(names), "part") == kept


@pytest.mark.parametrize("mark", [">>>", "<<<"])
def test_a_mark_without_a_partner_is_told(mark: str) -> None:
    with pytest.raises(ShimgenError, match=rf'part: "# {mark} only: lists" has no par'):
        keep(f"one\n# {mark} only: lists\n", frozenset(), "part")


def test_an_unknown_name_is_told_which_there_are() -> None:
    text = "# >>> only: list\n# <<< only: list\n"
    with pytest.raises(ShimgenError, match=r'unknown name "list"; use .*, lists'):
        keep(text, frozenset(), "part")


def test_each_name_stands_in_a_part_or_in_the_sender() -> None:
    files = [*(shell_dir() / "lib").glob("*.bash"), shell_dir() / "sender.py"]
    text = "".join(path.read_text() for path in files)
    assert [name for name in USES if f"# >>> only: {name}\n" not in text] == []


def test_a_full_spec_uses_everything_and_a_minimal_one_nothing() -> None:
    assert used(FULL) == USES.keys()
    assert used(MINIMAL) == frozenset()


def test_functions_of_what_is_not_used_are_not_there() -> None:
    texts = render(MINIMAL), render(FROZEN), render(FULL)
    minimal, frozen, full = ({*public_functions("".join(t.values()))} for t in texts)
    records = {"record_package", "record_feature", "record_metric"}
    assert not minimal & {*records, "start_install_timer", "categorize_error"}
    assert frozen >= {*records, "start_install_timer"}
    assert "categorize_error" not in frozen
    assert full >= {*records, "start_install_timer", "categorize_error"}


def test_a_part_of_which_nothing_is_used_has_no_heading() -> None:
    assert "# --- records: " not in render(MINIMAL)[MINIMAL.project.file]
    assert "# --- records: " in render(FROZEN)[FROZEN.project.file]
