"""Settings of the collector, from options, environment variables and a file.

An option overrides a variable, a variable overrides the file, and the file overrides
the default. All of them are checked by the same rules. An error names the wrong value
and where it came from.
"""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from msgspec import Meta, Struct, structs

from shimgen import text
from shimgen.errors import Problem, ProblemsError, reason
from shimgen.spec.reader import Reader

PREFIX = "SHIMGEN_"

Host = Annotated[
    str, Meta(pattern=r"\A[!-~]+\Z", description="an address of this machine")
]
Port = Annotated[
    int, Meta(ge=0, le=65535, description="a port 0-65535; 0 chooses a free one")
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
    """How the collector runs; each is an option, a variable and a key of the file.

    host, port: where it listens. db: the SQLite file. workers: processes that answer.
    trusted_proxies: addresses or networks whose X-Forwarded-For header is believed.
    retention: hours that a report is kept. k: runs that a published count needs at
    least. rate: reports that one client may send in a minute. live: whether /live shows
    single reports. public_url: this collector's address; "" takes it from requests.
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
    """Settings, and for each key the source of its value."""

    settings: Settings
    origins: Mapping[str, str]

    def lines(self) -> list[str]:
        """Return one line for each setting: key, value and source in columns."""
        return text.columns(
            (key, _display(getattr(self.settings, key)), origin)
            for key, origin in self.origins.items()
        )


def configure(
    options: Mapping[str, object], environment: Mapping[str, str], file: Path | None
) -> Configuration:
    """Merge the three sources; an option whose value is None was not passed.

    If no source sets `live`, it is true when only this machine can reach the collector:
    it listens on a loopback address and no proxy is trusted.
    Raises SettingsError with all problems of all sources.
    """
    sources = [
        ("option", {k: v for k, v in options.items() if v is not None}),
        ("environment", _from_environment(environment)),
        (str(file), _from_file(file)),
    ]
    merged: dict[str, object] = {}
    origins = dict.fromkeys(Settings.__struct_fields__, "default")
    problems: list[Problem] = []
    for origin, values in sources:
        reader = Reader(origin)
        table = reader.table(Settings, values)
        for number, network in enumerate(table.trusted_proxies):
            if reader.clean("trusted_proxies") and not _is_network(network):
                remedy = "must be an address or a network such as 10.0.0.0/8"
                reader.add(f"trusted_proxies[{number}]", network, remedy)
        problems += reader.problems
        for key in values.keys() & origins.keys() - merged.keys():
            merged[key] = getattr(table, key)
            origins[key] = origin
    if problems:
        raise SettingsError(tuple(problems))
    settings = Settings(**merged)  # type: ignore[arg-type]  # the reader checked them
    if origins["live"] == "default":
        private = is_loopback(settings.host) and not settings.trusted_proxies
        settings = structs.replace(settings, live=private)
    return Configuration(settings, origins)


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach the address `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    """Return the settings in the environment, with the types that TOML would give."""
    return {
        name.removeprefix(PREFIX).lower(): _typed(name, value)
        for name, value in environment.items()
        if name.startswith(PREFIX)
        and name.removeprefix(PREFIX).lower() in Settings.__struct_fields__
    }


def _typed(name: str, value: str) -> Any:
    kind = type(getattr(Settings(), name.removeprefix(PREFIX).lower()))
    if kind is int and value.isascii() and value.isdigit():
        return int(value)
    if kind is bool and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value.replace(",", " ").split() if kind is tuple else value


def _from_file(path: Path | None) -> dict[str, object]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        remedy = (
            f"cannot be read: {reason(error)}; name the TOML file with the settings"
        )
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        remedy = f"is not valid TOML: {error}; fix it there"
    raise SettingsError((Problem(str(path), "", "", remedy),))


def _is_network(value: str) -> bool:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return True


def _display(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return " ".join(value) or "-"
    return str(value) or "-"
