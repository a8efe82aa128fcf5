"""A full disk: no acknowledged report is lost, and the collector recovers."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from pathlib import Path

import httpx

from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.spec import Spec
from support.collecting import JSON, START, UPLOAD
from support.raw import UNLIMITED, answer, play, port, request
from support.serving import serving

BALLAST = 2 * 1024 * 1024  # bytes to be freed
SIZE = "4m"  # of the disk
MOST = 100_000  # reports, many more than there is room for

# In a mount namespace of its own, so the disk disappears with the last process.
_MOUNT = 'mount -t tmpfs -o size=$1 tmpfs "$2" && shift 2 && exec "$@"'


async def fill(to: int) -> list[str]:
    """Send reports until one is refused; return the runs that were stored."""
    reader, writer = await asyncio.open_connection("127.0.0.1", to)
    kept: list[str] = []
    for number in range(MOST):
        writer.write(request(f"run-{number}"))
        status = await answer(reader)
        if status != 200:
            assert status == 503
            break
        kept.append(f"run-{number}")
    writer.close()
    assert len(kept) < MOST
    return kept


def test_a_full_disk_answers_503_loses_nothing_and_recovers_when_space_is_freed(
    spec: Spec, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    within = ["unshare", "--mount", "sh", "-ec", _MOUNT, "sh", SIZE, str(disk)]
    with serving(disk / "db", *UNLIMITED, within=within) as (url, process):
        inside = Path(f"/proc/{process.pid}/root{disk}")
        ballast = inside / "ballast"
        ballast.write_bytes(b"x" * BALLAST)
        kept = play(fill(port(url)))
        with httpx.Client(base_url=url, trust_env=False) as client:
            refused = client.post(UPLOAD, headers=JSON, json=START)
            assert refused.status_code == 503
            assert int(refused.headers["Retry-After"]) > 0
            assert client.get("/healthz").status_code == 503
            ballast.unlink()
            for run in ("after-1", "after-2"):
                answered = client.post(
                    UPLOAD, headers=JSON, json=START | {"random_id": run}
                )
                assert answered.status_code == 200
                kept.append(run)
            assert client.get("/healthz").status_code == 200
        for suffix in (
            "",
            "-wal",
        ):  # SQLite would resolve that path in our own namespace
            shutil.copy(inside / f"db{suffix}", tmp_path / f"copy{suffix}")
    with contextlib.closing(SQLiteStore(tmp_path / "copy", spec)) as store:
        stored = [run.random_id for run in store.runs(MOST)]
    assert sorted(stored) == sorted(kept)
