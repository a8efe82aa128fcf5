"""The files that a build writes, and whether the existing ones are up to date."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from shimgen import text
from shimgen.errors import ShimgenError, reason
from shimgen.resources import CHECKOUT, in_checkout
from shimgen.spec import DEFAULT_SPEC, Spec, find

from . import page
from .files import CHECKSUMS, render


def outputs(spec: Spec, path: Path, out: Path | None = None) -> dict[Path, str]:
    """Return the text of each file that a build of the spec in `path` writes.

    Without `out` they go to the folder of that spec (`_folder`). In a checkout, a build
    of the built-in spec also writes the reference page.
    """
    files = render(spec)
    folder = out or _folder(path)
    files[CHECKSUMS] = _with_others(files[CHECKSUMS], folder)
    written = {folder / name: body for name, body in files.items()}
    if out is None and _is_own(path):
        path = CHECKOUT / "docs" / "reference.md"
        return written | {path: page.reference(spec, files)}
    return written


def rendered(spec: Spec, path: Path) -> list[Path]:
    """Return where a build of the spec in `path` puts its shell files."""
    names = (spec.project.file, spec.project.error_handler)
    return [_folder(path) / name for name in names]


def _folder(path: Path) -> Path:
    """Return `dist` beside the spec; for a built-in one here, or in the checkout."""
    if _is_own(path):
        return CHECKOUT / "shell" / "dist"
    return Path("dist") if find.is_built_in(path) else path.parent / "dist"


def _with_others(checksums: str, folder: Path) -> str:
    """Add the checksums of other files that were built into the same folder."""
    own = {line.split("  ", 1)[1]: line for line in checksums.splitlines()}
    for line in (_current(folder / CHECKSUMS) or "").splitlines():
        match = re.fullmatch(r"[0-9a-f]{64}  ([^/]+)", line)
        if match and (folder / match[1]).is_file():
            own.setdefault(match[1], line)
    return "".join(f"{own[name]}\n" for name in sorted(own))


def _is_own(path: Path) -> bool:
    return in_checkout() and path.resolve() == DEFAULT_SPEC.resolve()


def create(path: Path, body: str) -> None:
    """Write a new file; raises ShimgenError if there is one already."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(body)
    except OSError as error:
        raise ShimgenError(
            f"{path}: cannot be written ({reason(error)}); name a new file"
        ) from error


def write(files: Mapping[Path, str]) -> list[Path]:
    """Write the files whose text differs, and return their paths."""
    changed = [path for path, body in files.items() if _current(path) != body]
    for path in changed:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path], "utf-8", newline="\n")
        except OSError as error:
            raise ShimgenError(
                f"{path}: cannot be written ({reason(error)}); name another folder "
                "with --out"
            ) from error
    return changed


def stale(files: Mapping[Path, str]) -> dict[Path, str]:
    """Return a unified diff for each file that is missing or differs."""
    current = {path: _current(path) for path in files}
    return {
        path: text.diff(path, current[path] or "", body)
        for path, body in files.items()
        if current[path] != body
    }


def _current(path: Path) -> str | None:
    """Return a file as text, with invalid UTF-8 escaped; None if it does not exist."""
    try:
        return path.read_bytes().decode("utf-8", "backslashreplace")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ShimgenError(
            f"{path}: cannot be read ({reason(error)}); name another folder with --out"
        ) from error
