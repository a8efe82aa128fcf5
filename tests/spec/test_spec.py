"""A spec loads strictly, and a bad one says all that is wrong with it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shimgen.errors import SpecError
from shimgen.render import public_functions, render
from shimgen.resources import STARTER, shell_dir
from shimgen.spec import DEFAULT_SPEC, load
from shimgen.spec.names import SHIM_FUNCTIONS, TAKEN_FUNCTIONS
from support.paths import SPECS

BAD = sorted((SPECS / "bad").glob("*.toml"))
FULL = (SPECS / "full.toml").read_text()

# What somebody may write behind an equals sign by mistake.
LITERALS = [
    '""', '"a\\nb"', '"\\u0000"', '"\\u00e9"', '"PATH"', '"$(x)"', '"printf"', "0",
    "-1", "256", "99999999999999999999", "1.5", "true", "[]", "[1]", "[[]]", "{}",
    '["A", "A"]', "1979-05-27", '"text"', '"status"', '" | "',
]  # fmt: skip


def problems(path: Path) -> list[str]:
    with pytest.raises(SpecError) as caught:
        load(path)
    return [str(p).removeprefix(f"{path}: ") for p in caught.value.problems]


def write(folder: Path, text: str) -> Path:
    path = folder / "spec.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "path", [DEFAULT_SPEC, STARTER, *SPECS.glob("*.toml")], ids=lambda path: path.name
)
def test_a_good_spec_loads(path: Path) -> None:
    assert load(path).source == path.name


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.name)
def test_a_bad_spec_says_all_its_problems_at_once(path: Path) -> None:
    expected = re.findall(r"^# expect: (.*)$", path.read_text(), re.MULTILINE)
    assert problems(path) == expected
    assert expected, "a bad spec must say what is expected of it"


def test_one_variable_and_several_are_both_a_tuple() -> None:
    fields = {
        field.key: field
        for field in load(SPECS / "full.toml").event("full_begin").fields
    }
    assert fields["text"].variable == ("FULL_TEXT",)
    assert fields["text_first"].variable == ("FULL_A", "FULL_B", "FULL_C")


def test_what_a_spec_leaves_out_has_a_sensible_value() -> None:
    spec = load(SPECS / "minimal.toml")
    assert (spec.limits.timeout, spec.limits.max_timeout) == (5, 30)
    assert spec.limits.max_length == 64
    assert spec.consent.file == ""
    assert spec.project.requires == ()
    assert spec.categories == ()


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, FULL)
    line = subprocess.run(
        ["sha256sum", path], capture_output=True, text=True, check=True
    )
    assert load(path).digest == line.stdout.split()[0]


def test_a_missing_file_is_one_problem(tmp_path: Path) -> None:
    remedy = "cannot be read (no such file or directory); name the spec's TOML file"
    assert problems(tmp_path / "none.toml") == [remedy]


def test_a_file_that_is_not_text_is_one_problem(tmp_path: Path) -> None:
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe\x00")
    [problem] = problems(path)
    assert problem.startswith("is not valid TOML")


def test_a_file_name_cannot_leave_its_comment(tmp_path: Path) -> None:
    path = tmp_path / "x\ntouch canary;.toml"
    path.write_text(FULL)
    assert load(path).source == "x_touch_canary_.toml"


def test_a_problem_shows_no_more_than_the_start_of_a_value(tmp_path: Path) -> None:
    path = write(tmp_path, FULL.replace("Full house", r"\n" * 5000, 1))
    [problem] = problems(path)
    assert len(problem) < 200


def test_names_that_bash_has_are_all_refused_as_functions() -> None:
    words = subprocess.run(
        ["bash", "-c", "compgen -k -b"], capture_output=True, text=True, check=True
    )
    names = {word for word in words.stdout.split() if word.isidentifier()}
    assert names <= TAKEN_FUNCTIONS


def test_names_that_the_shim_has_are_all_refused_as_functions() -> None:
    parts = (shell_dir() / "lib").glob("*.bash")
    found = {name for part in parts for name in public_functions(part.read_text())}
    assert found == SHIM_FUNCTIONS


@given(st.data())
def test_a_spec_with_a_slip_is_refused_or_renders_to_bash(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    values = list(re.finditer(r'(?<= = )("(\\.|[^"\\])*"|-?\d+|true|\[".*?"\])', FULL))
    slip = data.draw(st.sampled_from(values))
    literal = data.draw(st.sampled_from(LITERALS))
    text = FULL[: slip.start()] + literal + FULL[slip.end() :]
    path = write(tmp_path_factory.getbasetemp(), text)
    try:
        files = render(load(path))
    except SpecError:
        return
    for name, body in files.items():
        if name != "SHA256SUMS":
            subprocess.run(["bash", "-n"], input=body.encode(), check=True)
