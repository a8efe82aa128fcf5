"""The spec that the tests own, and the shell files that are rendered from it.

`python -m support.frozen` renders them and prints the variables that the bats suites
read, as shell code. tests/shim/run-bats uses it.
"""

from __future__ import annotations

import shlex

from shimgen.render.build import outputs, write
from shimgen.spec import load
from shimgen.verify import bats

from .paths import ROOT, SPECS

FROZEN_SPEC = SPECS / "frozen.toml"
FROZEN = load(FROZEN_SPEC)
FROZEN_FILES = ROOT / ".build" / "frozen"
API_FUNC = FROZEN_FILES / FROZEN.project.file
HANDLER = FROZEN_FILES / FROZEN.project.error_handler


def render_files() -> None:
    """Render the frozen spec from the current parts; conftest.py does so first."""
    write(outputs(FROZEN, FROZEN_SPEC, FROZEN_FILES))


def main() -> None:
    """Render the files and print the environment of the bats suites."""
    render_files()
    for name, value in bats.environment(FROZEN, API_FUNC, HANDLER).items():
        print(f"export {name}={shlex.quote(value)}")


if __name__ == "__main__":
    main()
