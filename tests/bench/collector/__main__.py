"""Measures the collector: `make bench-collector`. Compare ratios, not times."""

from __future__ import annotations

import argparse
import sys

from bench.collector import folding, pages, throughput, wrk

PARTS = ("throughput", "pages", "folding")


def main() -> None:
    """Measure the selected parts and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="*", help=f"of {', '.join(PARTS)}; default: all")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument(
        "--seconds", type=int, default=10, help="of a round of throughput; default: 10"
    )
    options = parser.parse_args()
    parts = options.part or PARTS
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    if "throughput" in parts:
        if not wrk.present():
            sys.exit("wrk is missing; run: apt-get install wrk")
        throughput.show(options.rounds, options.seconds)
    if "pages" in parts:
        pages.show(options.rounds)
    if "folding" in parts:
        folding.show()


main()
