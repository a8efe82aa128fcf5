"""What a trial needs of the machine, checked before it starts."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def are_met(packages: Mapping[str, str], *, root: bool = False) -> bool:
    """Whether a trial can run; if not, print what is missing and how to get it.

    `packages` maps the programs that it needs to their Debian packages.
    """
    programs = [name for name in packages if not shutil.which(name, path=SYSTEM_PATH)]
    problems = []
    if programs:
        needed = " ".join(dict.fromkeys(packages[name] for name in programs))
        problems.append(f"{', '.join(programs)} missing; run: apt-get install {needed}")
    if root and os.geteuid() != 0:
        problems.append("root is needed; run it with sudo")
    for problem in problems:
        print(f"This trial cannot run: {problem}", file=sys.stderr)
    return not problems
