"""Quoted text comes out of bash as it went in, and does nothing on its way."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shimgen.render.quote import bash_word, comment, json_text

FRAGMENTS = [
    "$(touch canary)", "`touch canary`", "${x}", "$'\\n'", "'", '"', "\\", "\n", "!!",
    "# <<< spec: x", ";", "&", "|", ">canary", "~", "*", "{a,b}", " ", "\t", "é", "=",
]  # fmt: skip
TEXTS = st.lists(
    st.sampled_from(FRAGMENTS)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    max_size=6,
).map("".join)
HOSTILE = ["", "-n", "can't", "".join(FRAGMENTS), "'" * 3, "\\", "a\\", "$", "!", "~"]


def read_back(folder: Path, words: list[str]) -> list[str]:
    """Let bash use words as array elements, then as arguments."""
    script = (
        f"a=({' '.join(f'[{i}]={word}' for i, word in enumerate(words))})\n"
        f"b={words[0]}\n"
        f'printf \'%s\\0\' "${{a[@]}}" "$b" {" ".join(words)}\n'
    )
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "/dev/stdin"],
        input=script.encode(),
        capture_output=True,
        cwd=folder,
        check=True,
    )
    assert done.stderr == b""
    assert list(folder.iterdir()) == []
    return done.stdout.decode().split("\0")[:-1]


@given(st.lists(TEXTS, min_size=1, max_size=10))
@example(HOSTILE)
def test_bash_reads_back_every_text(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("bash")
    words = [bash_word(text) for text in texts]
    assert read_back(folder, words) == [*texts, texts[0], *texts]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("api.func/1.0.0", "api.func/1.0.0"),
        ("", "''"),
        ("two words", "'two words'"),
        ("a\n", "'a\n'"),
        ("can't", '"can\'t"'),
        ("can't $x", "'can'\"'\"'t $x'"),
        ("can't!", "'can'\"'\"'t!'"),
        ("~", "'~'"),
    ],
)
def test_a_word_is_as_plain_as_it_can_be(text: str, word: str) -> None:
    assert bash_word(text) == word


def test_a_nul_is_refused_because_bash_has_none() -> None:
    with pytest.raises(ValueError, match="NUL"):
        bash_word("a\0b")


@given(st.text() | st.integers())
def test_json_text_is_ascii_and_means_the_value(value: str | int) -> None:
    text = json_text(value)
    assert text.isascii()
    assert "\n" not in text
    assert json.loads(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "shellcheck disable=all",
        "<<< spec: events",
        ">>> spec: events",
        "Usage: rm",
        "!/x",
    ],
)
def test_a_comment_is_no_directive(text: str) -> None:
    assert comment(text) == [f"# - {text}"]


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1))
def test_a_comment_stays_one_on_every_line(text: str) -> None:
    for line in comment(text, 30):
        assert line.startswith("# ")
        assert "\n" not in line
        assert not line.startswith(("# shellcheck", "# <<<", "# >>>", "# Usage:"))


def test_a_comment_does_not_end_like_a_line_that_goes_on() -> None:
    assert comment("\\") == ["# \\."]


def test_a_long_comment_is_wrapped() -> None:
    assert comment("aa bb cc", 10) == ["# aa bb", "# cc"]
