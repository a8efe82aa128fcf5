"""Checks that a file which was cut off in transfer defines nothing."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Sequence
from pathlib import Path

# Each way reads a prefix of $text into a bash that must then have no function. A
# prefix that lacks nothing but the last newline is the whole file.
WAYS = {
    ". FILE": '. "$prefix"',
    "source <(...)": 'source <(cat "$prefix")',
    "source /dev/stdin <<<": 'source /dev/stdin <<<"$(<"$prefix")"',
}
SCRIPT = r"""
prefix=$2/prefix
exec 2>/dev/null
LC_ALL=C IFS= read -r -d '' text <"$1"
while read -r length; do
  printf %%s "${text:0:length}" >|"$prefix"
  defined=$(
    { %s; } >/dev/null
    compgen -A function
  )
  [[ -z $defined ]] || printf '%%s\n' "$length"
done
"""


def lengths(data: bytes, others: int) -> list[int]:
    """Return where to cut: at each line's end, and at some other places.

    The places are the same for the same file.
    """
    ends = [at + 1 for at, byte in enumerate(data) if byte == ord("\n")]
    chosen = random.Random(len(data))
    rest = chosen.sample(range(len(data)), min(others, len(data)))
    complete = len(data.rstrip())
    return sorted({at for at in (*ends, *rest) if at < complete})


def survivors(
    file: Path, folder: Path, cuts: Sequence[int], way: str
) -> tuple[int, ...]:
    """Return those prefixes, in bytes, that define a function.

    `way` is a key of WAYS, `folder` a place for files.
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", SCRIPT % WAYS[way], "bash", file, folder],
        input="".join(f"{cut}\n" for cut in cuts),
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return tuple(map(int, done.stdout.split()))
