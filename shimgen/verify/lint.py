"""Runs shellcheck and shfmt over shell files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .programs import program

# The optional checks of shellcheck. Left out, with the reason:
# - avoid-nullary-conditions: [[ $x ]] is the plain way to ask "not empty"
# - check-set-e-suppressed: the shim must not depend on the caller's set -e
# - check-unassigned-uppercase: upper-case names are the callers' inputs
# - require-variable-braces: braces where they are needed read better
SHELLCHECK_CHECKS = (
    "add-default-case",
    "avoid-negated-conditions",
    "check-extra-masked-returns",
    "deprecate-which",
    "quote-safe-variables",
    "require-double-brackets",
    "useless-use-of-cat",
)
SHELLCHECK = (
    "shellcheck",
    "--norc",
    "--severity=style",
    "--color=never",
    "--format=gcc",
    f"--enable={','.join(SHELLCHECK_CHECKS)}",
)
# A part uses variables that another one sets: whether they are set, and used, is
# seen in the rendered file, which has all parts.
PART = (*SHELLCHECK, "--exclude=SC2034,SC2154")
SHFMT = ("shfmt", "-i", "2", "-d")


def lint(paths: Sequence[Path]) -> list[str]:
    """Return what shellcheck and shfmt find in `paths`, a line each.

    Raises ShimgenError where one of the two cannot be run.
    """
    parts = [path for path in paths if path.parent.name == "lib"]
    others = [path for path in paths if path not in parts]
    runs = ((PART, parts), (SHELLCHECK, others), (SHFMT, paths))
    return [line for command, files in runs for line in _findings(command, files)]


def _findings(command: Sequence[str], paths: Sequence[Path]) -> list[str]:
    if not paths:
        return []
    name, *options = command
    done = subprocess.run(
        [program(name, f"{name}-py"), *options, "--", *map(str, paths)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    lines = (done.stdout + done.stderr).splitlines()
    if done.returncode and not lines:
        lines = [f"{name}: ended with {done.returncode} without a message"]
    return lines


def main(arguments: Sequence[str]) -> int:
    """Print the findings in the named files; return 1 if there are any."""
    findings = lint([Path(name) for name in arguments])
    for line in findings:
        print(line)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
