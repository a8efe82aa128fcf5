"""What the reference keeps of a value (docs/behaviour.md sections 2 and 5)."""

from __future__ import annotations

import pytest

from shimgen.reference import explain_exit_code, suggest_recovery
from shimgen.reference.payload import (
    boolean,
    decimal,
    duration,
    integer,
    part,
    text,
    words,
)
from support.played import SPEC


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (b"", b""),
        (b"  a b\t ", b"a b"),
        (b"\xc3\xa4\x00\x7f~!", b"~!"),
        (b"\r\n a\n", b"a"),
        (b"x" * 63 + b" y", b"x" * 63 + b" "),
        (b" " * 4096 + b"late", b""),
        (b"\xff" * 4095 + b"ab", b"a"),
        (b'"\\$(id)`id`', b'"\\$(id)`id`'),
    ],
)
def test_text_keeps_printable_ascii_of_the_first_4096_bytes(
    value: bytes, kept: bytes
) -> None:
    assert text(value, 64) == kept


@pytest.mark.parametrize(
    ("value", "unit", "kept"),
    [
        (b"8", "", 8),
        (b"08", "", 8),
        (b"  010 ", "", 10),
        (b"000000001", "", 1),
        (b"999999999", "", 999999999),
        (b"0000000001", "", None),
        (b"8G", "", None),
        (b" 8G ", "G", 8),
        (b"8g", "G", None),
        (b"8 G", "G", None),
        (b"8GG", "G", None),
        (b"G", "G", None),
        (b"", "G", None),
        (b"-1", "", None),
        (b"+1", "", None),
        (b"0x1", "", None),
        (b"1\n", "", None),
        (b"\t1", "", None),
        ("٣".encode(), "", None),
        (b" " * 4095 + b"12", "", 1),
    ],
)
def test_integer_is_up_to_nine_decimal_digits_or_null(
    value: bytes, unit: str, kept: int | None
) -> None:
    assert integer(value, unit) == kept


@pytest.mark.parametrize(
    ("value", "unit", "kept"),
    [
        (b" 08.50 ", "", b"8.50"),
        (b"0.000001", "", b"0.000001"),
        (b"999999999.999999", "", b"999999999.999999"),
        (b"7", "", b"7"),
        (b"12.5%", "%", b"12.5"),
        (b"12.5 %", "%", b"null"),
        (b"1.", "", b"null"),
        (b".5", "", b"null"),
        (b"1.0000001", "", b"null"),
        (b"1e3", "", b"null"),
        (b"1,5", "", b"null"),
        (b"-1.5", "", b"null"),
        (b"1.5\n", "", b"null"),
        (b"", "", b"null"),
    ],
)
def test_decimal_is_digits_and_perhaps_a_fraction_or_null(
    value: bytes, unit: str, kept: bytes
) -> None:
    assert decimal(value, unit) == kept


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        *((word, b"true") for word in (b"true", b"Yes", b" ON ", b"1")),
        *((word, b"false") for word in (b"false", b"No", b" OFF ", b"0")),
        *((word, b"null") for word in (b"", b"y", b"01", b"true\n", b"yes no", b"2")),
    ],
)
def test_boolean_is_a_few_words_or_null(value: bytes, kept: bytes) -> None:
    assert boolean(value) == kept


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (b"", []),
        (b" a  b\tc\nd ", [b"a", b"b", b"c", b"d"]),
        (b"a\rb\x0bc", [b"abc"]),
        (b"n=1.0:+_- $(x) '' *", [b"n=1.0:+_-", b"x"]),
        (b"y" * 33, [b"y" * 32]),
        (b"$$ " + b"z " * 20, [b"z"] * 16),
        (b" " * 4095 + b"ab", [b"a"]),
    ],
)
def test_list_keeps_harmless_words(value: bytes, kept: list[bytes]) -> None:
    assert words(value) == kept


@pytest.mark.parametrize(
    ("output", "number", "kept"),
    [
        (b"pve-manager/8.2.2/93f (x)\nsecond", 2, b"8.2.2"),
        (b"pve-manager/8.2.2/93f", 0, b"pve-manager/8.2.2/93f"),
        (b"pve-manager", 2, b""),
        (b"\na/b", 2, b""),
        (b"", 0, b""),
        (b"/", 2, b""),
        (b"x" * 4095 + b"/ab", 2, b""),
        (b"x" * 4094 + b"/ab", 2, b"a"),
    ],
)
def test_command_field_is_a_part_of_the_first_line(
    output: bytes, number: int, kept: bytes
) -> None:
    assert part(output, number) == kept


@pytest.mark.parametrize(
    ("start", "seconds"),
    [
        (b"1700000000", 0),
        (b"001699999999", 1),
        (b"1699913600", 86400),
        (b"1699913599", None),
        (b"1700000001", None),
        (b"0001700000000", None),
        (b" 1700000000", None),
        (b"x", None),
    ],
)
def test_duration_is_null_where_it_is_none(start: bytes, seconds: int | None) -> None:
    assert duration(start, 1_700_000_000) == seconds


def test_without_a_category_every_code_is_looked_up_and_none_is_the_scripts() -> None:
    assert explain_exit_code(SPEC, b"100").startswith(b"APT: ")
    assert suggest_recovery(SPEC, b"100") == b"Run apt --fix-broken install"
