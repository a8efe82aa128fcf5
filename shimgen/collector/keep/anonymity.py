"""Counts of too few runs, merged so that no difference tells them again."""

from __future__ import annotations

from collections.abc import Mapping

from shimgen.collector.keep.store import OTHER


def merge_small(counts: Mapping[str, int], k: int) -> dict[str, int]:
    """Partition runs so that each part has at least `k`; the sum stays.

    Values of fewer than `k` runs become OTHER. Where those are fewer than `k`
    together, the total less the named values would tell how many: then the smallest
    named value, of equals the first by name, joins them. Only where all runs are
    fewer than `k` is OTHER too: then nothing of them may be shown.
    """
    named = {v: n for v, n in counts.items() if n >= max(k, 1) and v != OTHER}
    other = sum(counts.values()) - sum(named.values())
    if 0 < other < k and named:
        other += named.pop(min(named, key=lambda value: (named[value], value)))
    return named | ({OTHER: other} if other else {})
