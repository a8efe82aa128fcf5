"""Mutants are what they should be, and each that is listed can still be made."""

from __future__ import annotations

from pathlib import Path

import pytest

from trials.mutants import bash, listed, python
from trials.mutants.mutant import mutant
from trials.mutants.parts import PARTS

LISTED = Path(__file__).parent / "mutants.toml"


def changed(line: str) -> set[str]:
    """Return what a line of bash becomes, without its comment; never mind `:`."""
    source = f"f() {{\n  {line}\n}}\n"
    made = (mutant("f.bash", source, text) for text in bash.mutations(source))
    return {one.after.partition(" #")[0] for one in made} - {":"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[[ -n $x ]]", {"! [[ -n $x ]]"}),
        ("! [[ -n $x ]]", {"[[ -n $x ]]"}),
        ("((x < 3))", {"! ((x < 3))", "((x <= 3))", "((x < 4))"}),
        ("if known; then", set()),
        ("return 0", {"return 1"}),
        ("return 2", {"return 0"}),
        ("x=$((y + 100000))", {"x=$((y + 1000000))"}),
        ("x=yes", {"x=yesx"}),
        ("x=''", {"x=x"}),
        ("x='a b'", {"x=''"}),
        ('f "$1" # a "$2"', {"f $1", 'f "$2"'}),
        ('x="$1"', {'x="$2"'}),
        ("a && b || c", {"a || b || c", "a && b && c"}),
        ("x=${x%%a}", {"x=${x%a}"}),
        ("x=${x-}", {"x=${x}"}),
        ("x=${x:-}", {"x=${x-}"}),
        ("f 2>&-", {"f"}),
        ("# f && g", set()),
        ("fi", set()),
    ],
)
def test_line_of_bash_is_changed_in_each_way(line: str, expected: set[str]) -> None:
    assert changed(line) == expected


def test_each_line_of_bash_is_dropped_but_for_what_is_generated() -> None:
    source = "a\n# >>> spec: x\nb\n# <<< spec: x\nc \\\n  d \\\n  e\n"
    assert list(bash.mutations(source)) == [
        source.replace("a\n", ":\n"),
        source.replace("  d \\", "  \\"),
        source.replace("  e\n", "  \n"),
    ]


def test_what_bash_cannot_parse_is_no_mutant() -> None:
    assert bash.is_bash("if a; then b; fi")
    assert not bash.is_bash("if a; then b")


def test_python_is_changed_but_for_what_is_raised() -> None:
    source = 'def f(x):\n    """Text."""\n    raise ValueError("no")\n'
    assert not list(python.mutations(source))
    source += "\n\ndef g(x):\n    return x + 1\n"
    texts = list(python.mutations(source))
    assert {mutant("a.py", source, text).after for text in texts} == {
        "return x - 1",
        "return x + 2",
    }
    assert {mutant("a.py", source, text).where for text in texts} == {"g"}


def test_key_depends_on_the_function_alone() -> None:
    def key(source: str) -> str:
        return mutant("f.bash", source, source.replace("b 1", "b 2")).key

    function = "f() {\n  b 1\n}\n"
    assert key(function) == key(f"a\n{function}") == key(f"a\n\n{function}")
    assert key(function) != key(function.replace("}", "  c\n}"))


def test_every_listed_survivor_is_a_mutant_and_has_a_reason(checkout: Path) -> None:
    entries = listed.load(LISTED)
    known = listed.by_place(entries)
    files = {entry.file for entry in entries}
    made = set()
    for part in PARTS:
        if part.file in files:
            source = (checkout / part.file).read_text()
            texts = part.mutations(source)
            made |= {listed.place(mutant(part.file, source, text)) for text in texts}
    assert known.keys() - made == set()
    assert [entry for entry in entries if len(entry.reason.split()) < 3] == []


def test_skeleton_of_survivors_can_be_read_back() -> None:
    source = "f() {\n  x='a'\n  [[ \"$x\" == *\\\\* ]]\n}\n"
    made = [mutant("f.bash", source, text) for text in bash.mutations(source)]
    path = listed.skeleton(made)
    entries = listed.read(path)
    assert listed.by_place(entries).keys() == set(map(listed.place, made))


def test_every_stage_has_its_files(checkout: Path) -> None:
    for part in PARTS:
        assert (checkout / part.file).is_file()
        for stage in part.stages:
            for name in stage.files:
                assert (checkout / "tests" / name).is_file(), name
