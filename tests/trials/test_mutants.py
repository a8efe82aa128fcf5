"""How mutants are made, and the lists of those that are known to survive."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.paths import ROOT
from trials.mutants import bash, python, survivors
from trials.mutants.mutant import mutant
from trials.mutants.parts import PARTS, SEND, Part, missing
from trials.mutants.stages import Stage
from trials.mutants.subshell import Subshell


def changed(line: str, *isolated: str) -> set[str]:
    """Return what a line of bash in `f` becomes, without comments and without `:`."""
    source = f"f() {{\n  {line}\n}}\n"
    texts = bash.mutations(source, isolated)
    mutants = (mutant("f.bash", source, text) for text in texts)
    return {m.after.partition(" #")[0] for m in mutants} - {":"}


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


@pytest.mark.parametrize(
    ("line", "equivalent", "others"),
    [
        ("[[ $x == ${y-} ]]", {"[[ $x == ${y} ]]"}, {"! [[ $x == ${y-} ]]"}),
        ('f "$((x + y))"', {"f $((x + y))"}, set()),
        ('f "$BASHPID"', {"f $BASHPID"}, set()),
        ('f "$x"', set(), {"f $x"}),
        ('f "$((x)) $((y))"', set(), {"f $((x)) $((y))"}),
        ("x=${!y-}", set(), {"x=${!y}"}),
    ],
)
def test_isolated_function_has_no_mutant_that_only_nounset_or_ifs_would_show(
    line: str, equivalent: set[str], others: set[str]
) -> None:
    assert changed(line) == equivalent | others
    assert changed(line, "f") == others
    assert changed(line, "g") == equivalent | others


SHELL = """\
  start() { # comment with shared
    setup a
    inside "$1"
    shared
    "field_$1"
  }
  setup() { used_by_setup; }
  used_by_setup() { :; }
  inside() {
    deep
  }
  deep() { :; }
  shared() { also_shared; }
  also_shared() { :; }
  field_a() { :; }
  other() {
    shared
    $(start)
  }
"""


def test_only_functions_that_nothing_else_mentions_run_only_in_a_send(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.func").write_text(SHELL)
    subshell = Subshell("start", "setup", ("a.func",))
    assert subshell.functions(tmp_path) == {"start", "inside", "deep", "field_a"}
    with pytest.raises(LookupError, match="does not begin with"):
        Subshell("inside", "setup", ("a.func",)).functions(tmp_path)


def test_functions_of_a_send_run_only_there(checkout: Path) -> None:
    functions = SEND.functions(checkout)
    assert {"__api_send", "__api_build", "__api_deliver"} <= functions
    assert not {"__api_prepare", "__api_store", "__api_is_number"} & functions


def test_each_line_of_bash_is_dropped_except_generated_ones() -> None:
    source = "a\n# >>> spec: x\nb\n# <<< spec: x\nc \\\n  d \\\n  e\n"
    assert list(bash.mutations(source)) == [
        source.replace("a\n", ":\n"),
        source.replace("  d \\", "  \\"),
        source.replace("  e\n", "  \n"),
    ]


def test_text_that_bash_cannot_parse_is_not_bash() -> None:
    assert bash.is_bash("if a; then b; fi")
    assert not bash.is_bash("if a; then b")


def test_python_is_changed_except_messages_of_errors() -> None:
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


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_listed_survivors_are_mutants_with_a_reason(part: Part, checkout: Path) -> None:
    groups = survivors.load(part.name)
    if not groups:
        return
    assert survivors.stale(part.name, groups, part.mutants(checkout)) == []
    assert [group for group in groups if len(group.reason.split()) < 3] == []
    reasons = [(group.reason, group.kind) for group in groups]
    assert len(reasons) == len(set(reasons)), "give each reason once"


def test_every_list_of_survivors_belongs_to_a_part() -> None:
    files = {path for path in survivors.FOLDER.rglob("*") if path.is_file()}
    assert files <= {survivors.file_of(part.name) for part in PARTS}


def test_stale_entry_is_reported_with_its_file_and_its_text() -> None:
    groups = [survivors.Group("for a test", {"f": {"a": ["b"]}})]
    (message,) = survivors.stale("shell/gate", groups, [])
    assert "survivors/shell/gate.toml" in message
    assert "f: 'a' -> 'b'" in message


def test_written_survivors_can_be_read_back() -> None:
    source = "x=1\nf() {\n  x='a'\n  [[ \"$x\" == *\\\\* ]]\n}\n"
    mutants = [mutant("f.bash", source, text) for text in bash.mutations(source)]
    text = survivors.write([survivors.unexplained(mutants)])
    places = survivors.by_place(survivors.read(text)).keys()
    assert places == set(map(survivors.place, mutants))
    assert {place.function for place in places} == {"f", survivors.OUTSIDE}


def test_every_part_and_its_tests_exist() -> None:
    assert missing(ROOT) == []


def test_missing_files_are_reported_by_name() -> None:
    part = Part("shell/gone", "shell/lib/gone.bash", (Stage("s", ("test_gone.py",)),))
    assert missing(ROOT, [part]) == [
        "shell/gone: shell/lib/gone.bash does not exist; correct its path in parts.py",
        "0 test files are called test_gone.py; correct the name in stages.py",
    ]
