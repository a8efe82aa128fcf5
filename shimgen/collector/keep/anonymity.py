"""Merging of small counts, so that no difference between counts reveals them again."""

from __future__ import annotations

from collections.abc import Mapping

from shimgen.collector.keep.published import OTHER


def merge_small(counts: Mapping[str, int], k: int) -> dict[str, int]:
    """Return the counts with small ones merged, so that each has at least `k` runs.

    Values with fewer than `k` runs become OTHER; the total stays the same. If OTHER
    itself would have fewer than `k` runs, the total minus the named values would reveal
    it. Then the smallest named value joins it too (of equal ones the first by name).
    Only if the total is below `k` is OTHER below it, and then nothing may be shown.
    """
    named = {v: n for v, n in counts.items() if n >= max(k, 1) and v != OTHER}
    other = sum(counts.values()) - sum(named.values())
    if 0 < other < k and named:
        other += named.pop(min(named, key=lambda value: (named[value], value)))
    return named | ({OTHER: other} if other else {})
