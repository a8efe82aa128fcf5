"""How a script ends: what the reference says of single steps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shimgen.reference import Host, load
from shimgen.reference.handler import Script, error_handler, handled_code
from support.frozen import FROZEN


def script() -> Script:
    """Return a script that has just loaded both files."""
    return Script(FROZEN, Host(frozenset(), 0), load(FROZEN, {}))


def test_error_handler_ends_a_script_with_the_code() -> None:
    assert error_handler(script(), [b"100"]).status == 100


def test_error_handler_does_nothing_during_the_end() -> None:
    ending = replace(script(), code=3)
    assert error_handler(ending, [b"100"]) == ending
    ended = replace(script(), status=3)
    assert error_handler(ended, [b"100"]) == ended


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 42),
        ([b"", b""], 42),
        ([b"7"], 7),
        ([b"7", b"what failed"], 7),
        ([b"6", b"what failed"], 42),
        ([b"6", b"99"], 6),
        ([b"6", b"99", b"what failed"], 6),
        ([b"007"], 7),
        ([b"256"], None),
        ([b"word"], None),
    ],
)
def test_the_code_is_the_first_argument_or_the_status(
    arguments: list[bytes], code: int | None
) -> None:
    assert handled_code(arguments, 42, 6) == code
