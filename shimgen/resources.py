"""Where the package's own files are: the specs and the shell sources."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent
CHECKOUT = PACKAGE.parent
DEFAULT_SPEC = PACKAGE / "specs" / "community-scripts.toml"
STARTER = PACKAGE / "specs" / "starter.toml"


def shell_dir() -> Path:
    """Return the folder with `lib/` and `sender.py`.

    An installed wheel carries it inside the package; a checkout (also one that is
    installed with `pip install -e`) has it beside the package.
    """
    inside = PACKAGE / "shell"
    return inside if inside.is_dir() else CHECKOUT / "shell"


def in_checkout() -> bool:
    """Tell whether this package runs from a checkout of its repository."""
    return (CHECKOUT / "pyproject.toml").is_file() and (CHECKOUT / "shell").is_dir()
