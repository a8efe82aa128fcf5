"""Quoting: the only place where text becomes bash, JSON or a comment."""

from __future__ import annotations

import json
import re
import shlex
import textwrap


def bash_word(text: str) -> str:
    """Write `text` as one bash word that nothing in bash expands.

    Bare where that is safe, else in single quotes; a text with an apostrophe in
    double quotes, if it holds nothing that these expand. Raises ValueError for a
    NUL, which no bash word can hold.
    """
    if "\0" in text:
        raise ValueError(f"{text!r} contains a NUL, which bash cannot hold; remove it")
    if re.fullmatch(r"[A-Za-z0-9_./+-]+", text):
        return text
    if "'" not in text:
        return f"'{text}'"
    # Bash changes some control characters that stand in double quotes.
    if re.fullmatch(r"[ #%-[\]-_a-~]+", text):
        return f'"{text}"'
    return shlex.quote(text)


def bash_bytes(value: bytes) -> bytes:
    """Write any bytes but NUL as one bash word, always in single quotes."""
    return b"'%s'" % value.replace(b"'", b"'\\''")


def json_text(value: str | int) -> str:
    """Write a text or a number as ASCII JSON."""
    return json.dumps(value)


def comment(text: str, width: int = 75) -> list[str]:
    """Write one line of text as comment lines of at most `width` columns.

    A line that a tool would take for a directive (`# shellcheck ...`), for a mark
    of this generator or for a heading gets a dash in front.
    """
    return [f"# {harmless(line)}" for line in textwrap.wrap(text, width - 4)]


def harmless(line: str) -> str:
    r"""Return `line` so that after `# ` it is a comment and nothing else.

    It is not a directive, and has no `\` at its end, which shfmt would continue.
    """
    special = re.match(r"\s*(shellcheck|shfmt|Usage:|Example:|[<>]{3}|---|!)", line)
    end = "." if line.endswith("\\") else ""
    return f"{'- ' if special else ''}{line}{end}"
