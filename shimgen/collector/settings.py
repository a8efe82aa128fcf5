"""Settings of the collector: from options, the environment and a file, in that order.

An option beats the environment, which beats the file, which beats the default. All
three are checked alike, and a wrong value is named with where it came from.
"""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from msgspec import Meta, Struct, structs

from shimgen.errors import Problem, ProblemsError
from shimgen.spec.reader import Reader

PREFIX = "SHIMGEN_"

Host = Annotated[
    str, Meta(pattern=r"\A[!-~]+\Z", description="an address of this machine")
]
Port = Annotated[
    int, Meta(ge=0, le=65535, description="a port 0-65535, 0 for a free one")
]
Database = Annotated[str, Meta(min_length=1, description="the path of a SQLite file")]
Workers = Annotated[int, Meta(ge=1, le=64, description="a number of processes 1-64")]
Network = Annotated[str, Meta(description="an address or a network such as 10.0.0.0/8")]
Hours = Annotated[int, Meta(ge=1, le=48, description="a number of hours 1-48")]
Runs = Annotated[int, Meta(ge=1, le=1000, description="a number of runs 1-1000")]
Rate = Annotated[
    int, Meta(ge=1, le=1_000_000, description="a number of requests 1-1000000")
]
Switch = Annotated[bool, Meta(description="true or false")]
PublicUrl = Annotated[
    str,
    Meta(
        pattern=r"\A(https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?)?\Z",
        description="an http:// or https:// URL without query",
    ),
]


class Settings(Struct, frozen=True):
    """How the collector runs; each may be an option, a variable or a key of the file.

    `trusted_proxies` are believed about whom they forward for. A report is kept for
    `retention` hours, and published counts hold at least `k` runs. `rate` is how many
    reports a client may send a minute. `live` shows single reports at /live.
    `public_url` is where this collector is reached, if that is not what requests say.
    """

    host: Host = "127.0.0.1"
    port: Port = 8000
    db: Database = "shimgen.sqlite3"
    workers: Workers = 1
    trusted_proxies: tuple[Network, ...] = ()
    retention: Hours = 48
    k: Runs = 5
    rate: Rate = 600
    live: Switch = False
    public_url: PublicUrl = ""


class SettingsError(ProblemsError):
    """Settings that cannot be used."""

    subject = "the settings"


class Configuration(NamedTuple):
    """Settings, and for each key where its value came from."""

    settings: Settings
    origins: Mapping[str, str]

    def lines(self) -> list[str]:
        """Say each setting with its origin, in aligned columns."""
        rows = [
            (key, _shown(getattr(self.settings, key)), origin)
            for key, origin in self.origins.items()
        ]
        widths = [max(len(row[place]) for row in rows) for place in (0, 1)]
        return [
            f"{key:{widths[0]}}  {value:{widths[1]}}  {origin}"
            for key, value, origin in rows
        ]


def configure(
    options: Mapping[str, object], environment: Mapping[str, str], file: Path | None
) -> Configuration:
    """Merge the three sources; an option that is None counts as not given.

    Unless it is set, `live` is on where the address is the machine's own and no proxy
    stands in front. Raises SettingsError with all that is wrong.
    """
    layers = [
        ("option", {k: v for k, v in options.items() if v is not None}),
        ("environment", _from_environment(environment)),
        (str(file), _from_file(file)),
    ]
    found: dict[str, object] = {}
    origins = dict.fromkeys(Settings.__struct_fields__, "default")
    problems: list[Problem] = []
    for origin, values in layers:
        reader = Reader(origin)
        table = reader.table(Settings, values)
        for number, network in enumerate(table.trusted_proxies):
            if reader.clean("trusted_proxies") and not _is_network(network):
                remedy = "must be an address or a network such as 10.0.0.0/8"
                reader.add(f"trusted_proxies[{number}]", network, remedy)
        problems += reader.problems
        for key in values.keys() & origins.keys() - found.keys():
            found[key] = getattr(table, key)
            origins[key] = origin
    if problems:
        raise SettingsError(tuple(problems))
    settings = Settings(**found)  # type: ignore[arg-type]  # the reader checked them
    if origins["live"] == "default":
        own = is_loopback(settings.host) and not settings.trusted_proxies
        settings = structs.replace(settings, live=own)
    return Configuration(settings, origins)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    """Return what variables say, typed as a file would have it."""
    return {
        name.removeprefix(PREFIX).lower(): _typed(name, text)
        for name, text in environment.items()
        if name.startswith(PREFIX)
        and name.removeprefix(PREFIX).lower() in Settings.__struct_fields__
    }


def _typed(name: str, text: str) -> Any:
    kind = type(getattr(Settings(), name.removeprefix(PREFIX).lower()))
    if kind is int and text.isascii() and text.isdigit():
        return int(text)
    if kind is bool and text.lower() in ("true", "false"):
        return text.lower() == "true"
    return text.replace(",", " ").split() if kind is tuple else text


def _from_file(path: Path | None) -> dict[str, object]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        remedy = f"cannot be read ({reason}); name the settings' TOML file"
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        remedy = f"is no TOML file: {error}; mend it there"
    raise SettingsError((Problem(str(path), "", "", remedy),))


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return " ".join(value) or "-"
    return str(value) or "-"
