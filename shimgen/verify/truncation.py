"""Checks that a download which broke off defines nothing."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Sequence
from pathlib import Path

# The ways to load a file. Each loads a prefix of $text, and no function may be defined
# then. A prefix that lacks only the last newline counts as the whole file.
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
    """Return the lengths to cut to: at each line's end, and at `others` more places.

    The same file is always cut at the same places.
    """
    ends = [at + 1 for at, byte in enumerate(data) if byte == ord("\n")]
    generator = random.Random(len(data))
    rest = generator.sample(range(len(data)), min(others, len(data)))
    complete = len(data.rstrip())
    return sorted({at for at in (*ends, *rest) if at < complete})


def survivors(
    file: Path, folder: Path, cuts: Sequence[int], way: str
) -> tuple[int, ...]:
    """Return the lengths, in bytes, of the prefixes that define a function.

    `way` is a key of WAYS; `folder` is for temporary files.
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
