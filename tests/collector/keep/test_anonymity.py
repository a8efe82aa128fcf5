"""Small counts are merged, so that no difference of counts is between 0 and k."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shimgen.collector.keep.anonymity import merge_small
from shimgen.collector.keep.published import OTHER

COUNTS = st.dictionaries(st.text("abcdef", max_size=2), st.integers(0, 12))


@given(COUNTS, st.integers(1, 8))
def test_each_count_has_at_least_k_runs_or_is_the_total(
    counts: dict[str, int], k: int
) -> None:
    merged = merge_small(counts, k)
    total = sum(counts.values())
    assert sum(merged.values()) == total
    assert all(
        runs >= k or (value, runs) == (OTHER, total) for value, runs in merged.items()
    )
    assert all(
        counts[value] == runs for value, runs in merged.items() if value != OTHER
    )
    if total >= k:
        assert merged.get(OTHER, k) >= k


@given(COUNTS, st.integers(1, 8))
def test_no_total_minus_some_counts_is_between_0_and_k(
    counts: dict[str, int], k: int
) -> None:
    parts = list(merge_small(counts, k).values())
    total = sum(parts)
    for size in range(len(parts) + 1 if total >= k else 0):
        for some in combinations(parts, size):
            assert total - sum(some) == 0 or total - sum(some) >= k


@given(COUNTS, st.integers(1, 8), st.randoms())
def test_the_order_of_values_does_not_matter(
    counts: dict[str, int], k: int, chance: random.Random
) -> None:
    mixed = list(counts.items())
    chance.shuffle(mixed)
    assert merge_small(dict(mixed), k) == merge_small(counts, k)


@given(COUNTS, st.integers(1, 8))
def test_no_more_counts_are_merged_than_necessary(
    counts: dict[str, int], k: int
) -> None:
    merged = merge_small(counts, k)
    lost = [n for value, n in counts.items() if n >= k and value not in merged]
    small = sum(n for n in counts.values() if n < k)
    large = [n for n in counts.values() if n >= k]
    assert lost == ([min(large)] if 0 < small < k and large else [])


@pytest.mark.parametrize(
    ("counts", "merged"),
    [
        ({}, {}),
        ({"a": 0}, {}),
        ({"a": 4}, {OTHER: 4}),
        ({"a": 5}, {"a": 5}),
        ({"a": 5, "b": 4}, {OTHER: 9}),
        ({"a": 9, "b": 7, "c": 7, "d": 1}, {"a": 9, "c": 7, OTHER: 8}),
        ({"a": 9, "b": 4, "c": 1}, {"a": 9, OTHER: 5}),
        ({"a": 9, OTHER: 8}, {"a": 9, OTHER: 8}),
        ({"a": 9, OTHER: 1}, {OTHER: 10}),
    ],
)
def test_examples_with_a_k_of_5(counts: dict[str, int], merged: dict[str, int]) -> None:
    assert merge_small(counts, 5) == merged
