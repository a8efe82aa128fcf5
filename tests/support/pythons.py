"""The Pythons of this machine: users have whatever their system has."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

from .transports import python3

OLDEST = 6  # minor version of Python 3 that the sender still runs on
MANAGERS = (  # variables of version managers, their defaults, where versions are there
    ("PYENV_ROOT", "~/.pyenv", "versions"),
    ("ASDF_DATA_DIR", "~/.asdf", "installs/python"),
    ("UV_PYTHON_INSTALL_DIR", "~/.local/share/uv/python", "."),
    ("MISE_DATA_DIR", "~/.local/share/mise", "installs/python"),
)


def pythons() -> list[str]:
    """Paths of all Pythons that can be found, each once, oldest first.

    SHIMGEN_PYTHONS, a list of paths with colons, says which they are instead.
    """
    if named := os.environ.get("SHIMGEN_PYTHONS"):
        return named.split(":")
    names = ["python3", *(f"python3.{minor}" for minor in range(OLDEST, 20))]
    found = {sys.executable, python3(), *filter(None, map(shutil.which, names))}
    for variable, default, versions in MANAGERS:
        top = Path(os.environ.get(variable) or default).expanduser()
        found.update(map(str, (top / versions).glob("*/bin/python3")))
    return sorted(
        {str(Path(path).resolve()) for path in found if _fits(path)}, key=_age
    )


def _fits(path: str) -> bool:
    """Whether it is a program and not a version manager's script, and new enough."""
    with Path(path).open("rb") as file:
        return file.read(2) != b"#!" and _age(str(Path(path).resolve()))[0] >= OLDEST


def _age(path: str) -> tuple[int, str]:
    """Minor version by the program's name, and the path."""
    minor = re.fullmatch(r"python3\.(\d+)", Path(path).name)
    return (int(minor[1]) if minor else 0, path)
