"""The processes of a collector are restarted, stopped in order, never left behind."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import threading
from pathlib import Path

import httpx
import pytest

from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.run.housekeeping import HOUR, fold_and_publish, run_housekeeping
from shimgen.collector.run.supervisor import Parent, Supervisor
from shimgen.collector.settings import Settings
from shimgen.errors import ShimgenError
from shimgen.spec import Spec
from support.collecting import JSON, START
from support.keeping import keeping, report
from support.serving import serving

HUNG = 20  # seconds


def children(pid: int) -> list[int]:
    """Return the child processes of a process."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in path.read_text().split()]


def ended(pid: int) -> bool:
    """Wait for the end of a process that is not our child; return whether it came."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    ready = select.select([descriptor], [], [], HUNG)[0]
    os.close(descriptor)
    return bool(ready)


def send(url: str, run: str) -> int:
    body = json.dumps(START | {"random_id": run})
    with httpx.Client(headers=JSON, trust_env=False, timeout=HUNG) as client:
        return client.post(f"{url}upload", content=body).status_code


def stored(path: Path, spec: Spec) -> set[str]:
    store = SQLiteStore(path, spec)
    runs = {run.random_id for run in store.runs(10**6)}
    store.close()
    return runs


def test_several_workers_answer_and_each_report_is_stored(
    tmp_path: Path, spec: Spec
) -> None:
    with serving(tmp_path / "db", "--workers", "2") as (url, process):
        assert len(children(process.pid)) == 3  # two workers and one for housekeeping
        sent = {f"run-{number}" for number in range(40)}
        assert {send(url, run) for run in sent} == {200}
        process.send_signal(signal.SIGTERM)
        assert process.wait(HUNG) == 0
    assert stored(tmp_path / "db", spec) == sent


def test_a_worker_that_dies_is_restarted(tmp_path: Path) -> None:
    with serving(tmp_path / "db") as (url, process):
        before = children(process.pid)
        assert send(url, "a") == 200
        for child in before:
            os.kill(child, signal.SIGKILL)
            assert ended(child)
        assert send(url, "b") == 200  # the connection waits for the new worker
        assert set(before).isdisjoint(children(process.pid))
        process.send_signal(signal.SIGINT)
        assert process.wait(HUNG) == 0


def test_a_stop_under_load_loses_no_acknowledged_report(
    tmp_path: Path, spec: Spec
) -> None:
    acknowledged: set[str] = set()
    with serving(tmp_path / "db", "--rate", "1000000") as (url, process):
        enough = threading.Event()

        def keep_sending(number: int) -> None:
            for count in range(100_000):
                run = f"{number}-{count}"
                try:
                    if send(url, run) == 200:
                        acknowledged.add(run)
                except httpx.HTTPError:
                    return
                if len(acknowledged) > 50:
                    enough.set()

        threads = [threading.Thread(target=keep_sending, args=[n]) for n in range(4)]
        for thread in threads:
            thread.start()
        assert enough.wait(HUNG)
        process.send_signal(signal.SIGTERM)
        assert process.wait(HUNG) == 0
        for thread in threads:
            thread.join(HUNG)
    assert len(acknowledged) > 50
    assert acknowledged - stored(tmp_path / "db", spec) == set()


def test_all_processes_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    with serving(tmp_path / "db") as (_, process):
        processes = children(process.pid)
        process.kill()
        process.wait(HUNG)
        assert all(ended(child) for child in processes)


def test_a_job_that_fails_at_once_again_and_again_is_an_error(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def fail(_: Parent) -> None:
        raise ShimgenError("it cannot be done; do something else")

    supervisor = Supervisor([fail])
    with pytest.raises(ShimgenError, match="right after its start"):
        supervisor.run(lambda: None)
    assert "it cannot be done; do something else" in capfd.readouterr().err


def test_housekeeping_folds_after_the_retention_and_publishes_complete_days(
    tmp_path: Path, spec: Spec
) -> None:
    settings = Settings(retention=48, k=1)
    begun = 20_000 * 24 * HOUR + 5 * HOUR  # at 05:00
    with keeping(spec, tmp_path) as store:
        store.add([report("a", received=begun)])
        assert fold_and_publish(store, settings, begun + 48 * HOUR) == (0, 0)
        assert fold_and_publish(store, settings, begun + 48 * HOUR + 1) == (1, 0)
        assert fold_and_publish(store, settings, begun + (48 + 18) * HOUR) == (0, 0)
        assert fold_and_publish(store, settings, begun + (48 + 19) * HOUR) == (0, 1)
        assert fold_and_publish(store, settings, begun + 1000 * HOUR) == (0, 0)


def test_housekeeping_works_at_once_and_stops_when_its_parent_ends(
    tmp_path: Path, spec: Spec
) -> None:
    parent = Parent()
    with keeping(spec, tmp_path) as store:
        store.add([report("a", received=0)])
        parent.close_in_child()  # as if the parent had ended
        run_housekeeping(store, Settings(), parent)
        assert store.runs(1) == []


@pytest.mark.parametrize("kind", ["a path", "an abstract name"])
def test_systemd_is_notified_when_requests_are_answered(
    kind: str, tmp_path: Path
) -> None:
    name = f"{tmp_path}/notice" if kind == "a path" else f"@shimgen-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notice:
        notice.bind(name.replace("@", "\0"))
        notice.settimeout(HUNG)
        systemd = ("env", f"NOTIFY_SOCKET={name}")
        with serving(tmp_path / "db", within=systemd) as (site, _):
            assert notice.recv(64) == b"READY=1"
            assert httpx.get(f"{site}healthz", trust_env=False).status_code == 200
