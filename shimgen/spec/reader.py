"""Turns raw tables into structs, and collects every problem, not only the first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Meta, Struct
from msgspec.structs import FieldInfo, fields

from shimgen.errors import Problem

T = TypeVar("T", bound=Struct)

MAX_SHOWN = 60  # characters of a value that a problem shows


class Reader:
    """Reads one file, and collects its problems, at most one a key."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._problems: dict[str, Problem] = {}

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems, in the order of their paths."""
        return tuple(sorted(self._problems.values(), key=lambda p: _natural(p.path)))

    def add(self, path: str, value: object, remedy: str) -> None:
        """Record a problem at `path`, unless there is one already."""
        shown = "" if value is None else _shown(value)
        self._problems.setdefault(path, Problem(self.file, path, shown, remedy))

    def clean(self, *paths: str) -> bool:
        """Whether there is no problem at, above or below any of `paths`."""
        return not any(
            _within(bad, path) or _within(path, bad)
            for bad in self._problems
            for path in paths
        )

    def unique(self, path: str, values: Iterable[object]) -> None:
        """Record each duplicate; `path` has a {} for the place of a value."""
        first_places: dict[object, int] = {}
        for place, value in enumerate(values):
            first = first_places.setdefault(value, place)
            if value and first != place:
                remedy = f"appears twice (first at {path.format(first)}); remove one"
                self.add(path.format(place), value, remedy)

    def table(self, cls: type[T], raw: object, path: str = "") -> T:
        """Read the table `raw`; a wrong or missing key gets a placeholder value."""
        if not isinstance(raw, dict):
            self.add(path, raw, f"must be {_description(cls)}")
            return _empty(cls)
        known = {info.encode_name: info for info in fields(cls)}
        for key in raw.keys() - known.keys():
            self.add(_join(path, key), raw[key], _unknown(key, list(known)))
        values = {
            info.name: self._key(info, raw, _join(path, key))
            for key, info in known.items()
        }
        return cls(**values)

    def _key(self, info: FieldInfo, raw: dict[str, object], path: str) -> object:
        if info.encode_name in raw:
            return self._value(info.type, raw[info.encode_name], path)
        if not info.required:
            return _default(info)
        self.add(path, None, f"is missing; it must be {_description(info.type)}")
        return _placeholder(info.type)

    def _value(self, kind: Any, raw: object, path: str) -> object:
        plain = _plain(kind)
        if get_origin(plain) is tuple:
            return self._items(kind, raw, path)
        if isinstance(plain, type) and issubclass(plain, Struct):
            return self.table(plain, raw, path)
        try:
            return msgspec.convert(raw, kind, strict=True)
        except msgspec.ValidationError:
            self.add(path, raw, f"must be {_description(kind)}")
            return _placeholder(kind)

    def _items(self, kind: Any, raw: object, path: str) -> tuple[object, ...]:
        item = get_args(_plain(kind))[0]
        if isinstance(raw, str) and kind != _plain(kind):
            return (self._value(item, raw, path),)
        if not isinstance(raw, list):
            self.add(path, raw, f"must be {_description(kind)}")
            return ()
        return tuple(self._value(item, v, f"{path}[{i}]") for i, v in enumerate(raw))


def _join(path: str, key: str) -> str:
    shown = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _shown(key)
    return f"{path}.{shown}" if path else shown


def _natural(path: str) -> list[tuple[int, str]]:
    return [(int(p), "") if p.isdigit() else (-1, p) for p in re.split(r"(\d+)", path)]


def _within(path: str, other: str) -> bool:
    return path == other or path.startswith((f"{other}.", f"{other}["))


def _shown(value: object) -> str:
    """JSON text, shortened; a value that JSON cannot express as Python shows it."""
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError):
        text = repr(value)
    text = "".join(c if " " <= c <= "~" else f"\\u{ord(c):04x}" for c in text)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."


def _unknown(key: str, known: list[str]) -> str:
    near = get_close_matches(key, known, 1)
    if near:
        return f'unknown key; did you mean "{near[0]}"?'
    return f"unknown key; remove it or use one of {', '.join(known)}"


def _plain(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _description(kind: Any) -> str:
    for meta in get_args(kind)[1:] if get_origin(kind) is Annotated else ():
        if isinstance(meta, Meta) and meta.description:
            return meta.description
    plain = _plain(kind)
    if get_origin(plain) is tuple:
        return f"a list, each item {_description(get_args(plain)[0])}"
    return f"a table with {', '.join(f.encode_name for f in fields(plain))}"


def _placeholder(kind: Any) -> object:
    """A placeholder of the right type, so that rules for other keys still run."""
    plain = _plain(kind)
    if get_origin(plain) is tuple:
        return ()
    if get_origin(plain) is dict:
        return {}
    if isinstance(plain, type) and issubclass(plain, Struct):
        return _empty(plain)
    return 0 if plain is int else ""


def _empty(cls: type[T]) -> T:
    return cls(**{info.name: _default(info) for info in fields(cls)})


def _default(info: FieldInfo) -> object:
    if info.default_factory is not NODEFAULT:
        return info.default_factory()
    return _placeholder(info.type) if info.default is NODEFAULT else info.default
