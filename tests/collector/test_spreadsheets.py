"""A text in a CSV file is never a formula, and it can be read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shimgen.collector.spreadsheets import cell, text

SIGNS = ("=", "+", "-", "@", "\uff0b", "\uff0d", "\uff1d", "\uff20")
BEGINS = st.text("".join(SIGNS) + "\t\r\n '")


@pytest.mark.parametrize(
    "formula",
    [
        "=1",
        "+1",
        "-2+3",
        "@A1",
        "\t1",
        "\r1",
        "\n1",
        "  =1",
        "\u00a0=1",
        "\uff1d1",
        "'=1",
    ],
)
def test_a_text_that_begins_like_a_formula_gets_an_apostrophe(formula: str) -> None:
    assert cell(formula) == f"'{formula}"


@pytest.mark.parametrize("value", ["", "a=1", "1-2", "'tis", " a", "<= 2", 0, -5, 1.5])
def test_other_texts_and_all_numbers_stay_as_they_are(value: object) -> None:
    assert cell(value) is value


@given(st.text() | st.builds("{}{}".format, BEGINS, st.text()))
def test_every_text_can_be_read_back(value: str) -> None:
    written = cell(value)
    assert isinstance(written, str)
    assert text(written) == value
    assert not written.lstrip().startswith(SIGNS)
