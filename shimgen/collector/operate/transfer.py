"""Export and import of counts: CSV, JSON lines and Parquet files."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal, get_args

from shimgen.collector.keep.rows import PUBLISHED_COLUMNS, cube_columns
from shimgen.collector.keep.store import Archive, Row
from shimgen.collector.spreadsheets import cell, text
from shimgen.errors import ShimgenError, reason
from shimgen.spec import Spec

Format = Literal["parquet", "csv", "jsonl"]
FORMATS: tuple[Format, ...] = get_args(Format)
_GROUP = 50_000  # rows in memory at the same time
_INTEGER_COLUMNS = ("runs",)


class TransferError(ShimgenError):
    """A file that cannot be written, or that does not contain counts."""


def format_of(path: Path, option: str | None) -> Format:
    """Return the format in `option` or, if that is None, of the file's extension."""
    wanted = option or path.suffix.removeprefix(".")
    for known in FORMATS:
        if known == wanted:
            return known
    raise TransferError(
        f"{path}: the format is unknown; use --format {' or '.join(FORMATS)}"
    )


def export(
    store: Archive,
    spec: Spec,
    path: Path,
    file_format: Format,
    *,
    published: bool,
    progress: Callable[[int], None],
) -> int:
    """Write the private or the published counts; return the number of rows.

    An existing file is replaced. `progress` gets the number of rows written so far.
    """
    rows = store.published() if published else store.cube()
    columns = PUBLISHED_COLUMNS if published else cube_columns(spec)
    part = path.with_name(f"{path.name}.part")
    try:
        number = _WRITERS[file_format](part, columns, rows, progress)
        part.replace(path)
    except OSError as error:
        raise TransferError(
            f"{path} cannot be written: {reason(error)}; name another file"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return number


def take_in(store: Archive, path: Path, file_format: Format) -> int:
    """Add the private counts in a file of `export`; return the number of runs."""
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return store.take_in(_READERS[file_format](path), digest)
    except OSError as error:
        raise TransferError(
            f"{path} cannot be read: {reason(error)}; name another file"
        ) from error
    except (ValueError, csv.Error) as error:
        raise TransferError(
            f"{path} is not a {file_format} file of counts: {error}; name a file that"
            " `shimgen collector export` wrote"
        ) from error


def _write_csv(
    path: Path,
    columns: Sequence[str],
    rows: Iterator[Row],
    progress: Callable[[int], None],
) -> int:
    number = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        while group := list(islice(rows, _GROUP)):
            writer.writerows([cell(row[name]) for name in columns] for row in group)
            number += len(group)
            progress(number)
    return number


def _write_jsonl(
    path: Path,
    columns: Sequence[str],  # noqa: ARG001  each line names its columns
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
    table = arrow.schema(
        (name, arrow.int64() if name in _INTEGER_COLUMNS else arrow.string())
        for name in columns
    )
    number = 0
    with parquet.ParquetWriter(path, table, compression="zstd") as writer:
        while group := list(islice(rows, _GROUP)):
            writer.write_table(arrow.Table.from_pylist(group, schema=table))
            number += len(group)
            progress(number)
    return number


def _read_csv(path: Path) -> Iterator[Mapping[str, object]]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file, strict=True)
        columns = next(lines, [])
        for number, cells in enumerate(filter(None, lines), 1):
            if len(cells) != len(columns):
                raise ValueError(
                    f"row {number} has {len(cells)} cells for {len(columns)} columns"
                )
            yield dict(zip(columns, map(text, cells), strict=True))


def _read_jsonl(path: Path) -> Iterator[Mapping[str, object]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise ValueError(f"{line[:20]!r} is not an object")
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
