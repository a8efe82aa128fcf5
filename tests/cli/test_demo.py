"""The demo, and the sample installer with and without the shim."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from shimgen.spec import DEFAULT_SPEC, load
from support.paths import ROOT
from support.transports import program

DEMO = (sys.executable, ROOT / "examples" / "demo.py")
INSTALLER = ROOT / "examples" / "install-demo.sh"
DIST = ROOT / "shell" / "dist"
HUNG = 120  # seconds
RECORDERS = "start_install_timer record_package record_feature record_metric"
EXPLAINERS = "explain_exit_code suggest_recovery register_exit_code"


def test_each_run_of_the_demo_is_as_it_should_be() -> None:
    done = subprocess.run(
        DEMO, capture_output=True, text=True, timeout=HUNG, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\n6 of 6 runs as expected\n")
    assert done.stdout.count("\n  as expected\n") == 6
    assert "\033" not in done.stdout  # no colour in a pipe


def test_a_demo_that_is_told_to_stop_leaves_no_receiver() -> None:
    with subprocess.Popen(DEMO, stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout
        url = urlsplit(demo.stdout.readline().split()[-1])
        demo.send_signal(signal.SIGTERM)
        demo.stdout.read()
        assert demo.wait(HUNG) == 128 + signal.SIGTERM
    assert url.hostname
    assert url.port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((url.hostname, url.port))


@pytest.mark.parametrize(
    ("failing", "status"), [("", 0), ("download", 22), ("apt", 100), ("start", 1)]
)
def test_the_shim_changes_nothing_for_the_user_of_an_installer(
    tmp_path: Path, failing: str, status: int
) -> None:
    no_ops = tmp_path / "no-ops"
    no_ops.mkdir()
    events = [event.function for event in load(DEFAULT_SPEC).events]
    names = [*events, *RECORDERS.split(), *EXPLAINERS.split()]
    (no_ops / "api.func").write_text("".join(f"{name}() {{ :; }}\n" for name in names))
    shutil.copy(DIST / "error_handler.func", no_ops)

    settings = {"FAIL_STEP": failing, **nobody_listens(tmp_path)}
    with_shim = install(DIST, settings)
    assert with_shim[0] == status
    assert with_shim == install(no_ops, settings)


def nobody_listens(folder: Path) -> dict[str, str]:
    """Settings for a host where reports are made and cannot be sent."""
    stub = folder / "pveversion"
    stub.write_text("#!/bin/sh\necho pve-manager/8.2.2/9355359c\n")
    stub.chmod(0o755)
    return {
        "DIAGNOSTICS": "yes",
        "PATH": f"{folder}:/usr/bin:/bin",
        "TELEMETRY_URL": "http://127.0.0.1:1/dev/upload",
    }


def install(
    base: Path | str,
    settings: Mapping[str, str],
    installer: Path = INSTALLER,
    folder: Path = ROOT,
) -> tuple[int, bytes, bytes]:
    """Exit status, stdout and stderr of the sample installer, started in a folder."""
    done = subprocess.run(
        [program("bash"), installer],
        env={"BASE": os.fspath(base), **settings},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=HUNG,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_installer_says_where_it_looked_for_what_it_cannot_load(
    tmp_path: Path,
) -> None:
    status, stdout, stderr = install(tmp_path, {"PATH": "/usr/bin:/bin"})
    assert (status, stdout) == (1, b"")
    assert re.search(rb"cannot load .* from %s; check BASE" % bytes(tmp_path), stderr)


@pytest.mark.parametrize(
    ("base", "folder"), [(DIST.as_uri(), ROOT), ("", ROOT), ("", INSTALLER.parent)]
)
def test_the_installer_loads_from_a_url_and_from_beside_itself(
    base: str, folder: Path
) -> None:
    found = INSTALLER.relative_to(folder)
    status, stdout, stderr = install(base, {"PATH": "/usr/bin:/bin"}, found, folder)
    assert (status, stderr) == (0, b"")
    assert stdout.endswith(b"Installed.\n")


def test_the_installer_needs_no_curl_to_load_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "cat").symlink_to(program("cat"))
    status, stdout, stderr = install(DIST, {"PATH": str(tmp_path)})
    assert (status, stderr) == (0, b"")
    assert stdout.endswith(b"Installed.\n")


@pytest.mark.parametrize("answer", [None, "", "no", "y", "YES"])
def test_the_installer_takes_no_other_word_for_a_yes(
    tmp_path: Path, answer: str | None
) -> None:
    settings = {**nobody_listens(tmp_path), "TELEMETRY_DRY_RUN": "yes"}
    del settings["DIAGNOSTICS"]
    if answer is not None:
        settings["DIAGNOSTICS"] = answer
    _, stdout, _ = install(DIST, settings)
    assert b"  ok  reports: no\n" in stdout
    assert b"{" not in stdout


def test_the_installer_shows_both_reports_in_a_dry_run(tmp_path: Path) -> None:
    settings = {**nobody_listens(tmp_path), "TELEMETRY_DRY_RUN": "yes"}
    status, stdout, _ = install(DIST, settings)
    reports = [json.loads(line) for line in stdout.splitlines() if line[:1] == b"{"]
    assert status == 0
    assert [report["status"] for report in reports] == ["installing", "completed"]


def test_an_installer_whose_download_broke_off_does_nothing(tmp_path: Path) -> None:
    cut = tmp_path / "install-demo.sh"
    cut.write_text(INSTALLER.read_text().removesuffix("main\n"))
    assert install(DIST, {"PATH": "/usr/bin:/bin"}, cut) == (0, b"", b"")
