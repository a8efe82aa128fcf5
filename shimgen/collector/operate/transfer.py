"""Counts to and from files: CSV, JSON lines, Parquet."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal, get_args

from shimgen.collector.keep.rows import Row, cube_columns, published_columns
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.errors import ShimgenError
from shimgen.spec import Spec

Form = Literal["parquet", "csv", "jsonl"]
FORMS: tuple[Form, ...] = get_args(Form)
_GROUP = 50_000  # rows that are in memory at once
_NUMBERS = ("runs",)


class TransferError(ShimgenError):
    """A file that cannot be written, or holds no counts."""


def form_of(path: Path, given: str | None) -> Form:
    """Return the form that is asked for, or that a file's name says."""
    wanted = given or path.suffix.removeprefix(".")
    for form in FORMS:
        if form == wanted:
            return form
    raise TransferError(f"{path}: name the form; use --format {', '.join(FORMS)}")


def export(
    store: SQLiteStore,
    spec: Spec,
    path: Path,
    form: Form,
    *,
    published: bool,
    progress: Callable[[int], None],
) -> int:
    """Write all counts; return the number of rows. An existing file is replaced.

    `progress` is told the rows that are written.
    """
    rows = store.published() if published else store.cube()
    columns = published_columns() if published else cube_columns(spec)
    part = path.with_name(f"{path.name}.part")
    try:
        number = _WRITERS[form](part, columns, rows, progress)
        part.replace(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise TransferError(
            f"{path} cannot be written: {reason}; name another file"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return number


def take_in(store: SQLiteStore, path: Path, form: Form) -> int:
    """Add the counts of a file that `export` wrote; return how many runs they are."""
    try:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        return store.take_in(_READERS[form](path), content)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise TransferError(f"{path} cannot be read: {reason}") from error
    except (ValueError, csv.Error) as error:
        raise TransferError(f"{path} is no {form} file of counts: {error}") from error


def _write_csv(
    path: Path,
    columns: Sequence[str],
    rows: Iterator[Row],
    progress: Callable[[int], None],
) -> int:
    number = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        while group := list(islice(rows, _GROUP)):
            writer.writerows(group)
            number += len(group)
            progress(number)
    return number


def _write_jsonl(
    path: Path,
    columns: Sequence[str],  # noqa: ARG001  each line says its own
    rows: Iterator[Row],
    progress: Callable[[int], None],
) -> int:
    number = 0
    with path.open("w", encoding="utf-8") as file:
        while group := list(islice(rows, _GROUP)):
            file.writelines(f"{json.dumps(row)}\n" for row in group)
            number += len(group)
            progress(number)
    return number


def _write_parquet(
    path: Path,
    columns: Sequence[str],
    rows: Iterator[Row],
    progress: Callable[[int], None],
) -> int:
    arrow, parquet = _pyarrow()
    kinds = [
        (name, arrow.int64() if name in _NUMBERS else arrow.string())
        for name in columns
    ]
    table = arrow.schema(kinds)
    number = 0
    with parquet.ParquetWriter(path, table, compression="zstd") as writer:
        while group := list(islice(rows, _GROUP)):
            writer.write_table(arrow.Table.from_pylist(group, schema=table))
            number += len(group)
            progress(number)
    return number


def _read_csv(path: Path) -> Iterator[Mapping[str, object]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, strict=True)


def _read_jsonl(path: Path) -> Iterator[Mapping[str, object]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise ValueError(f"{line[:20]!r} is no object")
            yield row


def _read_parquet(path: Path) -> Iterator[Mapping[str, object]]:
    _, parquet = _pyarrow()
    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches():
            yield from batch.to_pylist()


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise TransferError(
            'pyarrow is missing; run `pip install "shimgen[parquet]"`'
        ) from error
    return pyarrow, pyarrow.parquet


_WRITERS = {"csv": _write_csv, "jsonl": _write_jsonl, "parquet": _write_parquet}
_READERS = {"csv": _read_csv, "jsonl": _read_jsonl, "parquet": _read_parquet}
