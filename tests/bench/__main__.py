"""Measures what the shim costs: `make bench`, or `python -m bench PART...`."""

from __future__ import annotations

import argparse
import subprocess

from bench import anatomy, blocked, costs, growth, memory, timing

PARTS = ("costs", "anatomy", "growth", "blocked", "memory")


def main() -> None:
    """Measure the parts asked for and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="*", help=f"of {', '.join(PARTS)}; default: all")
    parser.add_argument("--rounds", type=int, default=21, help="default: 21")
    options = parser.parse_args()
    parts = options.part or PARTS
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    version = ["bash", "-c", 'echo "$BASH_VERSION"']
    bash = subprocess.run(version, capture_output=True, text=True, check=True)
    print(f"{options.rounds} rounds, bash {bash.stdout}")
    with timing.surroundings() as env:
        if "costs" in parts:
            costs.show(env, options.rounds)
        if "anatomy" in parts:
            anatomy.show(env, options.rounds)
        if "growth" in parts:
            growth.show(env, options.rounds)
        if "blocked" in parts:
            blocked.show(env, options.rounds)
        if "memory" in parts:
            memory.show(env)


main()
