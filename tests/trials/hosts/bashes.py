"""The versions of bash that are tried, and where each of them comes from."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from .rows import NotHereError

BUILT = "own build"
DEBIAN_RELEASE: Mapping[str, str | None] = {
    "4.2": None,
    "4.3": None,
    "4.4": None,
    "5.0": None,
    "5.1": "11",
    "5.3": "sid",
}
"""The Debian release that has a version. 5.2 is missing: Debian 12 and 13 have it."""

BUILD_REMEDY = "build it from its release tag and name it by --bash VERSION=PATH"

# {versions}, {folder}: what to build and where; {options}: those of `make hosts`.
RECIPE = """\
Bash {names} can be built from the release tags of the bash source repository.
In a clone of it, with git, gcc and make installed:

  for version in {versions}; do
    git archive --prefix="bash-$version/" "bash-$version" | tar -x -C {folder}
    (cd "{folder}/bash-$version" &&
      ./configure --quiet --disable-nls --without-bash-malloc \\
        CFLAGS='-O2 -std=gnu89 -w' &&
      make bash)
  done

Then, in the checkout of shimgen:

  make hosts ARGS='{options}'
"""


class Bashes:
    """The bashes that somebody built.

    `named` maps versions to programs, as `--bash VERSION=PATH` gives them. A program
    called bash-VERSION in `folder` or on PATH is used as well.
    """

    def __init__(self, named: Mapping[str, Path], folder: Path) -> None:
        self._named = named
        self._path = os.pathsep.join([str(folder), os.environ.get("PATH", os.defpath)])

    def find(self, version: str) -> Path:
        """Return the program of a version; raises NotHereError if there is none."""
        name = f"bash-{version}"
        program = self._named.get(version) or shutil.which(name, path=self._path)
        if program:
            return Path(program).resolve()
        raise NotHereError(f"bash {version}", BUILD_REMEDY)


def recipe(versions: Sequence[str]) -> str:
    """Return the commands that build these versions of bash and then use them."""
    folder = Path.home()
    options = [f"--bash {version}={folder}/bash-{version}/bash" for version in versions]
    return RECIPE.format(
        names=", ".join(versions),
        versions=" ".join(versions),
        folder=folder,
        options=" ".join(options),
    )
