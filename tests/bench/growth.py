"""How the file grows with its spec: bytes and sourcing time, which must be linear."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from bench.timing import Case, measure, progress, table
from shimgen.render import render
from shimgen.spec import DEFAULT_SPEC, Category, ExitCode, Spec, load

CODES = (0, 500, 1000, 2000)
EVENTS = (0, 10, 25, 50)
PER_CATEGORY = 250  # codes; at most 255 are possible
LINEAR = 1.5  # the most that the last step may cost, compared with the first


def with_codes(spec: Spec, count: int) -> Spec:
    """Return the spec with so many more exit codes, in categories of their own."""
    rows = [
        ExitCode(1 + i % PER_CATEGORY, f"Meaning number {i} of them", f"Try {i}")
        for i in range(count)
    ]
    parts = [rows[i : i + PER_CATEGORY] for i in range(0, count, PER_CATEGORY)]
    more = [
        Category(name=f"more{i}", title=f"More {i}", codes=tuple(part))
        for i, part in enumerate(parts)
    ]
    return replace(spec, categories=(*spec.categories, *more))


def with_events(spec: Spec, count: int) -> Spec:
    """Return the spec with so many more reports, each as the first one is."""
    first = spec.events[0]
    more = [
        replace(first, function=f"{first.function}_{i}", flag=f"{first.flag}_{i}")
        for i in range(count)
    ]
    return replace(spec, events=(*spec.events, *more))


def show(env: Mapping[str, str], rounds: int) -> None:
    """Print what 100 exit codes and 10 reports add, step by step."""
    _show("100 exit codes", 100, CODES, with_codes, env, rounds)
    _show("10 reports", 10, EVENTS, with_events, env, rounds)


def _show(
    title: str,
    unit: int,
    counts: tuple[int, ...],
    grow: Callable[[Spec, int], Spec],
    env: Mapping[str, str],
    rounds: int,
) -> None:
    spec = load(DEFAULT_SPEC)
    sizes: list[int] = []
    times: list[list[float]] = [[] for _ in counts]
    with TemporaryDirectory() as folder:
        files = [Path(folder) / f"{count}.func" for count in counts]
        for count, file in zip(counts, files, strict=True):
            sizes.append(
                file.write_bytes(render(grow(spec, count))["api.func"].encode())
            )
        for number in range(1, rounds + 1):
            progress(f"growth by {title}: round {number} of {rounds}")
            for file, values in zip(files, times, strict=True):
                case = Case("", f'. "{file}"')
                values.append(measure(case, env))
    progress("")
    medians = [statistics.median(values) for values in times]
    steps = range(1, len(counts))
    bytes_each = [_each(sizes, counts, unit, i) for i in steps]
    time_each = [_each(medians, counts, unit, i) for i in steps]
    rows = [
        (
            f"{counts[i - 1]} to {counts[i]}",
            f"{bytes_each[i - 1]:.0f}",
            f"{time_each[i - 1]:.0f} us",
        )
        for i in steps
    ]
    last, first = bytes_each[-1] / bytes_each[0], time_each[-1] / time_each[0]
    rows.append(
        (f"last / first, at most {LINEAR}", f"{last:.2f}", f"{first:.2f}"),
    )
    table((f"more of {title.split(' ', 1)[1]}", f"bytes for {title}", "sourcing"), rows)


def _each(
    values: list[int] | list[float], counts: tuple[int, ...], unit: int, i: int
) -> float:
    """Return what `unit` more of them add in step i."""
    return (values[i] - values[i - 1]) * unit / (counts[i] - counts[i - 1])
