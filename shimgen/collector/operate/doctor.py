"""Checks everything that could prevent a collector from working."""

from __future__ import annotations

import importlib.util
import ipaddress
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from shimgen.collector.keep.errors import StoreError
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.keep.store import Archive
from shimgen.collector.settings import Settings, is_loopback
from shimgen.errors import ShimgenError, reason
from shimgen.spec import Spec

Verdict = Literal["ok", "warn", "fail"]
HOUR = 3600  # seconds
LOW_SPACE = 2**30  # bytes free on the disk, below which the doctor warns
NO_SPACE = 100 * 2**20  # bytes, below which it fails
EARLIEST = 1_750_000_000  # epoch seconds; a clock that is before this is wrong
SLACK = 1  # hours by which folding may be late


class Finding(NamedTuple):
    """The result of one check: its subject, verdict, and details with the remedy."""

    subject: str
    verdict: Verdict
    detail: str


def examine(
    spec: Spec, settings: Settings, clock: Callable[[], float] = time.time
) -> Iterator[Finding]:
    """Yield the finding of each check; `clock` returns epoch seconds."""
    yield _clock(clock())
    yield _disk(Path(settings.db))
    yield from _database(spec, settings, clock())
    yield _port(settings)
    yield _proxies(settings)
    yield _parquet()


def _clock(now: float) -> Finding:
    if now < EARLIEST:
        when = time.strftime("%Y-%m-%d", time.gmtime(now))
        return Finding("clock", "fail", f"says {when}; set it or use NTP")
    return Finding("clock", "ok", time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now)))


def _disk(path: Path) -> Finding:
    folder = path.absolute().parent
    if not folder.is_dir():
        return Finding("disk", "fail", f"{folder} is not a folder; create it")
    free = shutil.disk_usage(folder).free
    detail = f"{free // 2**20} MiB free in {folder}"
    if free < NO_SPACE:
        return Finding("disk", "fail", f"{detail}; free some, or reports are refused")
    if free < LOW_SPACE:
        return Finding("disk", "warn", f"{detail}; free some soon")
    return Finding("disk", "ok", detail)


def _database(spec: Spec, settings: Settings, now: float) -> Iterator[Finding]:
    path = Path(settings.db)
    if not path.exists():
        yield Finding(
            "database", "warn", f"{path} does not exist; `shimgen serve` creates it"
        )
        return
    mode = path.stat().st_mode & 0o777
    try:
        store = SQLiteStore(path, spec)
    except ShimgenError as error:
        yield Finding("database", "fail", str(error))
        return
    try:
        store.check()
        yield Finding("database", "ok", f"{path} can be written")
        yield _folding(store, settings, now)
    except StoreError as error:
        yield Finding("database", "fail", str(error))
    finally:
        store.close()
    if mode & 0o077:
        detail = f"other users may read {path} (mode {mode:o}); run `chmod 600 {path}`"
        yield Finding("permissions", "warn", detail)
    else:
        yield Finding("permissions", "ok", f"only its owner may read {path}")


def _folding(store: Archive, settings: Settings, now: float) -> Finding:
    oldest = store.oldest()
    if oldest is None:
        return Finding("folding", "ok", "no report is waiting")
    hours = (now - oldest) / HOUR
    detail = f"the oldest report is {hours:.1f} hours old"
    if hours > settings.retention + SLACK:
        return Finding(
            "folding",
            "fail",
            f"{detail}, but only {settings.retention} are allowed; start"
            " `shimgen serve` or run `shimgen collector fold`",
        )
    return Finding("folding", "ok", detail)


def _port(settings: Settings) -> Finding:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    place = f"{settings.host} port {settings.port}"
    try:
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError as error:
        detail = f"{place}: {reason(error)}; this is right if the collector runs there"
        return Finding("port", "warn", detail)
    return Finding("port", "ok", f"{place} is free")


def _proxies(settings: Settings) -> Finding:
    for text in settings.trusted_proxies:
        if ipaddress.ip_network(text, strict=False).prefixlen == 0:
            detail = f"{text} trusts everybody; name only the address of your proxy"
            return Finding("proxies", "fail", detail)
    if not settings.trusted_proxies and not is_loopback(settings.host):
        detail = (
            "none is trusted, so behind a proxy all clients share one rate limit; name "
            "the proxy with --trusted-proxy"
        )
        return Finding("proxies", "warn", detail)
    return Finding("proxies", "ok", " ".join(settings.trusted_proxies) or "none")


def _parquet() -> Finding:
    if importlib.util.find_spec("pyarrow"):
        return Finding("parquet", "ok", "pyarrow is installed")
    detail = 'pyarrow is missing; to export Parquet, `pip install "shimgen[parquet]"`'
    return Finding("parquet", "warn", detail)


def worst(findings: list[Finding]) -> Verdict:
    """Return the worst verdict of the findings, "ok" if there are none."""
    worst_first: tuple[Verdict, ...] = ("fail", "warn", "ok")
    verdicts = {finding.verdict for finding in findings}
    return next((verdict for verdict in worst_first if verdict in verdicts), "ok")
