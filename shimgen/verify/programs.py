"""Where the programs are that the checks run."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

from shimgen.errors import ShimgenError


def program(name: str, package: str) -> str:
    """Return the path of a program: the one beside this Python, else on PATH.

    Raises ShimgenError if there is none; `package` is the Python package that has it.
    """
    beside = Path(sysconfig.get_path("scripts")) / name
    path = str(beside) if beside.is_file() else shutil.which(name)
    if not path:
        raise ShimgenError(f"{name}: not found; run `pip install {package}`")
    return path
