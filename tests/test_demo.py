"""The demo, and the sample installer with and without the shim."""

from __future__ import annotations

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
from support.transports import program

from shimgen.spec import DEFAULT_SPEC, load

ROOT = Path(__file__).parent.parent
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
    assert done.stdout.endswith("\n6 of 6 runs as they should be\n")
    assert done.stdout.count("as it should be") == 6
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


@pytest.mark.parametrize("failing", ["", "download", "apt", "start"])
def test_the_shim_changes_nothing_for_the_user_of_an_installer(
    tmp_path: Path, failing: str
) -> None:
    no_ops = tmp_path / "no-ops"
    no_ops.mkdir()
    events = [event.function for event in load(DEFAULT_SPEC).events]
    names = [*events, *RECORDERS.split(), *EXPLAINERS.split()]
    (no_ops / "api.func").write_text("".join(f"{name}() {{ :; }}\n" for name in names))
    shutil.copy(DIST / "error_handler.func", no_ops)

    settings = {"FAIL_STEP": failing, **nobody_listens(tmp_path)}
    with_shim = install(DIST, settings)
    assert (with_shim[0] == 0) == (not failing)
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


def install(base: Path, settings: Mapping[str, str]) -> tuple[int, bytes, bytes]:
    """Exit status, stdout and stderr of the sample installer."""
    done = subprocess.run(
        [program("bash"), INSTALLER],
        env={"BASE": os.fspath(base), **settings},
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
