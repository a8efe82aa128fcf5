"""Renders a spec: shell parts in order, each with its regions filled."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from shimgen.errors import ShimgenError
from shimgen.resources import shell_dir
from shimgen.spec import Spec

from . import header, regions

# The order of each file, as a table of contents.
API_PARTS = (
    "guard",
    "begin",
    "catalogue",
    "settings",
    "gate",
    "payload",
    "transport",
    "report",
    "records",
    "events",
    "end",
)
HANDLER_PARTS = ("guard", "begin", "catalogue", "handler", "end")

# All parts but these stand in one group, so that bash reads the whole file before
# it defines anything.
OUTSIDE = ("guard",)

# Private variables that a file sets when it is loaded.
SHARED_VARIABLES = ("aliases", "allexport")
API_VARIABLES = (
    *SHARED_VARIABLES,
    "file",
    "agent",
    "endpoint",
    "timeout",
    "max_timeout",
    "consent",
    "consent_file",
    "run_id",
    "requires",
)

CHECKSUMS = "SHA256SUMS"
RULE = "-" * 79

_REGION = re.compile(
    r"^(?P<begin>(?P<indent> *)# >>> spec: (?P<name>\w+)\n)"
    r"(?:(?! *# [<>]{3} ).*\n)*"
    r"(?P<end>(?P=indent)# <<< spec: (?P=name)\n)",
    re.MULTILINE,
)
_MARK = re.compile(r"^ *# (?:>>>|<<<).*$", re.MULTILINE)


def render(spec: Spec, shell: Path | None = None) -> dict[str, str]:
    """Return the text of each rendered file by its name, checksums last.

    `shell` is the folder of the parts, by default the one that came with shimgen.
    Raises ShimgenError where a part is missing or its marks do not fit.
    """
    shell = shell or shell_dir()
    parts = {name: _part(shell, name) for name in {*API_PARTS, *HANDLER_PARTS}}
    project = spec.project
    files = {
        project.file: _file(parts, API_PARTS, _api_regions(spec, parts, shell)),
        project.error_handler: _file(
            parts, HANDLER_PARTS, _handler_regions(spec, parts)
        ),
    }
    return files | {CHECKSUMS: checksums(files)}


def checksums(files: Mapping[str, str]) -> str:
    """Write the lines that `sha256sum -c` reads."""
    return "".join(
        f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n"
        for name, text in files.items()
    )


def fill(text: str, filling: Mapping[str, list[str]], name: str) -> str:
    """Replace the body of each region in `text`; its marks stay.

    A line takes the indentation of its region's marks. `name` says in an error
    which part it is: an unknown region, or a mark without its partner.
    """

    def replace(match: re.Match[str]) -> str:
        if match["name"] not in filling:
            known = ", ".join(sorted(filling))
            raise ShimgenError(
                f'{name}: unknown region "{match["name"]}"; use one of {known}'
            )
        lines = (
            match["indent"] + line if line else "" for line in filling[match["name"]]
        )
        return match["begin"] + "".join(f"{line}\n" for line in lines) + match["end"]

    for mark in _MARK.finditer(_REGION.sub("", text)):
        raise ShimgenError(
            f'{name}: "{mark[0].strip()}" has no partner; '
            'put the lines between "# >>> spec: NAME" and "# <<< spec: NAME"'
        )
    return _REGION.sub(replace, text)


def public_functions(part: str) -> list[str]:
    """Return the functions that callers use, in the order of a part's text."""
    return re.findall(r"^(?!_)(\w+)\(\) [{(]", part, re.MULTILINE)


def _part(shell: Path, name: str) -> str:
    path = shell / "lib" / f"{name}.bash"
    return _read(path).removeprefix("# shellcheck shell=bash\n").strip("\n") + "\n"


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ShimgenError(f"{path}: cannot be read ({error}); restore it") from error


def _api_regions(
    spec: Spec, parts: Mapping[str, str], shell: Path
) -> dict[str, list[str]]:
    names = [n for part in API_PARTS for n in public_functions(parts[part])]
    names += [event.function for event in spec.events]
    names += spec.project.ignored
    return _shared_regions(spec, names, API_VARIABLES) | {
        "header": header.api_header(spec),
        "settings": regions.settings(spec),
        "sender": regions.sender(
            _read(shell / "sender.py"), _read(shell / "sender_rest.py")
        ),
        "payload_variables": regions.payload_variables(spec),
        "flags": regions.flags(spec),
        "events": regions.events(spec),
    }


def _handler_regions(spec: Spec, parts: Mapping[str, str]) -> dict[str, list[str]]:
    names = [n for part in HANDLER_PARTS for n in public_functions(parts[part])]
    return _shared_regions(spec, names, SHARED_VARIABLES) | {
        "header": header.handler_header(spec),
        "close": regions.close(spec),
    }


def _shared_regions(
    spec: Spec, functions: Iterable[str], variables: Iterable[str]
) -> dict[str, list[str]]:
    return {
        "no_ops": regions.no_ops(functions),
        "private": regions.private(spec, variables),
        "exit_codes": regions.exit_codes(spec),
        "categories": regions.categories(spec),
    }


def _file(
    parts: Mapping[str, str], names: Iterable[str], filling: Mapping[str, list[str]]
) -> str:
    """Put the parts of one file together and fill every region."""
    outside: list[str] = []
    inside: list[str] = []
    filled: set[str] = set()
    for name in names:
        grouped = name not in OUTSIDE
        text = _section(name, parts[name], "  ") if grouped else parts[name]
        filled |= {match["name"] for match in _REGION.finditer(text)}
        text = fill(text, filling, f"shell/lib/{name}.bash")
        (inside if grouped else outside).append(text)
    if missing := sorted(filling.keys() - filled):
        raise ShimgenError(f"no part has the region {missing[0]}; add its marks")
    return "\n".join(outside) + "\n{\n" + "\n".join(inside) + "}\n"


def _section(name: str, text: str, indent: str) -> str:
    """Indent a part and put its banner in front."""
    title = f"# --- {name}: shell/lib/{name}.bash {RULE}"[: 79 - len(indent)] + "\n\n"
    return re.sub(r"^(?=.)", indent, title + text, flags=re.MULTILINE)
