"""Renders a spec: shell parts in order, each with its regions filled."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from shimgen.errors import ShimgenError
from shimgen.resources import shell_dir
from shimgen.spec import Spec

from . import header, uses
from .regions import REGIONS, Source

# The order of each file, as a table of contents. In the first one it is the order of
# an auditor's questions: what is sent, where to and when; then only how.
API_PARTS = (
    "guard",
    "begin",
    "settings",
    "events",
    "gate",
    "report",
    "records",
    "payload",
    "transport",
    "catalogue",
    "end",
)
HANDLER_PARTS = ("guard", "begin", "catalogue", "handler", "end")

# All parts but these stand in one group, so that bash reads the whole file before
# it defines anything.
OUTSIDE = ("guard",)

CHECKSUMS = "SHA256SUMS"
RULE = "-" * 79

_REGION = re.compile(
    r"^(?P<indent> *)# >>> spec: (?P<name>\w+)\n"
    r"(?:(?! *# [<>]{3} ).*\n)*"
    r"(?P=indent)# <<< spec: (?P=name)\n",
    re.MULTILINE,
)
_MARK = re.compile(r"^ *# (?:>>>|<<<).*$", re.MULTILINE)


def render(spec: Spec, shell: Path | None = None) -> dict[str, str]:
    """Return the text of each rendered file by its name, checksums last.

    `shell` is the folder of the parts, by default the one that came with shimgen.
    Raises ShimgenError where a part is missing or its marks do not fit.
    """
    shell = shell or shell_dir()
    names = {*API_PARTS, *HANDLER_PARTS}
    every = {name: _part(shell, name) for name in names}
    marked = {
        match["name"] for text in every.values() for match in _REGION.finditer(text)
    }
    if missing := sorted(REGIONS.keys() - marked):
        raise ShimgenError(f"no part has the region {missing[0]}; add its marks")
    used = uses.used(spec)
    parts = {
        name: uses.keep(text, used, f"shell/lib/{name}.bash")
        for name, text in every.items()
    }
    sender = uses.keep(_read(shell / "sender.py"), used, "shell/sender.py")
    headers = {
        API_PARTS: header.api_header(spec),
        HANDLER_PARTS: header.handler_header(spec),
    }
    api, handler = (
        _file(parts, names, Source(spec, lines, sender))
        for names, lines in headers.items()
    )
    files = {spec.project.file: api, spec.project.error_handler: handler}
    return files | {CHECKSUMS: checksums(files)}


def checksums(files: Mapping[str, str]) -> str:
    """Write the lines that `sha256sum -c` reads."""
    return "".join(
        f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n"
        for name, text in files.items()
    )


def fill(text: str, filling: Mapping[str, list[str]], name: str) -> str:
    """Replace each region in `text`, marks and all, by its lines.

    A line takes the indentation of its region's marks. `name` says in an error
    which part it is: an unknown region, or a mark without its partner.
    """

    def filled(match: re.Match[str]) -> str:
        if match["name"] not in filling:
            known = ", ".join(sorted(filling))
            raise ShimgenError(
                f'{name}: unknown region "{match["name"]}"; use one of {known}'
            )
        lines = (
            match["indent"] + line if line else "" for line in filling[match["name"]]
        )
        return "".join(f"{line}\n" for line in lines)

    for mark in _MARK.finditer(_REGION.sub("", text)):
        raise ShimgenError(
            f'{name}: "{mark[0].strip()}" has no partner; '
            'put the lines between "# >>> spec: NAME" and "# <<< spec: NAME"'
        )
    return _REGION.sub(filled, text)


def public_functions(text: str) -> list[str]:
    """Return the functions that callers use, in the order of a text of parts."""
    return re.findall(r"^(?:  )?(?!_)(\w+)\(\) [{(]", text, re.MULTILINE)


def _part(shell: Path, name: str) -> str:
    path = shell / "lib" / f"{name}.bash"
    return _read(path).removeprefix("# shellcheck shell=bash\n").strip("\n") + "\n"


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ShimgenError(f"{path}: cannot be read ({error}); restore it") from error


def _file(parts: Mapping[str, str], names: Iterable[str], source: Source) -> str:
    """Put the parts of one file together and fill every region."""
    names = [name for name in names if _has_code(parts[name])]
    inside = _filled(
        {
            name: _section(name, parts[name], "  ")
            for name in names
            if name not in OUTSIDE
        },
        source,
    )
    source = replace(
        source,
        functions=tuple(public_functions(inside)),
        variables=tuple(re.findall(r"^  (__api_\w+)=", inside, re.MULTILINE)),
    )
    outside = _filled({name: parts[name] for name in names if name in OUTSIDE}, source)
    return f"{outside}\n{{\n{inside}}}\n"


def _has_code(text: str) -> bool:
    """Whether a part has a command or a region; a spec may use nothing of a part."""
    return bool(re.search(r"^(?:[^#\n]|# >>> spec:)", text, re.MULTILINE))


def _filled(texts: Mapping[str, str], source: Source) -> str:
    filling = {name: write(source) for name, write in REGIONS.items()}
    return "\n".join(
        fill(text, filling, f"shell/lib/{name}.bash") for name, text in texts.items()
    )


def _section(name: str, text: str, indent: str) -> str:
    """Indent a part and put its banner in front."""
    title = f"# --- {name}: shell/lib/{name}.bash {RULE}"[: 79 - len(indent)] + "\n"
    return re.sub(r"^(?=.)", indent, title + text, flags=re.MULTILINE)
