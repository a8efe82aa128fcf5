"""Values are counted under labels that people can read and programs can sort."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shimgen.collector.keep import labels
from shimgen.collector.keep.published import OTHER
from shimgen.spec import Dimension, Spec

MEMORY = Dimension("memory", "Memory", (512, 1024, 16384))
WORDS = Dimension("os", "System")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "<= 512"),
        (512, "<= 512"),
        (513, "513-1024"),
        (1024, "513-1024"),
        (1025, "1025-16384"),
        (16384, "1025-16384"),
        (16385, "> 16384"),
        (None, ""),
        (True, ""),
        ("512", ""),
        ([512], ""),
    ],
)
def test_a_number_goes_to_its_bucket_and_other_values_are_unknown(
    value: object, expected: str
) -> None:
    assert labels.label(MEMORY, [value]) == expected
    assert labels.label(MEMORY, []) == ""


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["debian", "12"], "debian 12"),
        (["debian", ""], "debian"),
        (["", "12"], "12"),
        (["debian", None], "debian"),
        (["debian", 12], "debian 12"),
        ([7], "7"),
        ([0], "0"),
        ([], ""),
    ],
)
def test_several_fields_are_joined_by_a_space(
    values: list[object], expected: str
) -> None:
    assert labels.label(WORDS, values) == expected


@given(
    st.sets(st.integers(0, 999_999_999), min_size=1, max_size=8).map(sorted),
    st.lists(st.integers(0, 2_000_000_000), min_size=1),
)
def test_labels_of_buckets_sort_like_their_numbers(
    bounds: list[int], numbers: list[int]
) -> None:
    dimension = Dimension("size", "Size", tuple(bounds))
    in_order = [labels.label(dimension, [number]) for number in sorted(numbers)]
    assert in_order == sorted(in_order, key=labels.sort_key)
    every = labels.bucket_labels(dimension)
    assert len(set(every)) == len(bounds) + 1
    assert list(every) == sorted(every, key=labels.sort_key)
    assert set(in_order) <= set(every)
    assert all(one.isascii() for one in every)


def test_labels_sort_as_numbers_then_words_then_unknown_then_other() -> None:
    expected = ["<= 2", "3-4", "4", "10", "> 16", "a", "b 2", "", OTHER]
    mixed = random.Random(0).sample(expected, len(expected))
    assert sorted(mixed, key=labels.sort_key) == expected


def test_a_dimension_without_buckets_has_no_bucket_labels(spec: Spec) -> None:
    assert labels.bucket_labels(spec.dimensions[0]) == ()
