"""Where the package's own files are: the specs and the shell sources."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent
CHECKOUT = PACKAGE.parent
SPECS = PACKAGE / "specs"
DEFAULT_SPEC = SPECS / "community-scripts.toml"
STARTER = SPECS / "starter.toml"
CATALOGUES = SPECS / "catalogues"


def shell_dir() -> Path:
    """Return the folder with `lib/` and `sender.py`.

    An installed wheel carries it inside the package; a checkout (also one that is
    installed with `pip install -e`) has it beside the package.
    """
    inside = PACKAGE / "shell"
    return inside if inside.is_dir() else CHECKOUT / "shell"


def in_checkout() -> bool:
    """Tell whether someone works in the checkout from which this package runs."""
    is_one = (CHECKOUT / "pyproject.toml").is_file() and (CHECKOUT / "shell").is_dir()
    return is_one and Path.cwd().is_relative_to(CHECKOUT)
