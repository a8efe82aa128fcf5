"""`shimgen serve` prints its address, stops on Ctrl-C, and names what is missing."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from shimgen.collector.run.serve import run
from shimgen.collector.settings import configure
from shimgen.errors import ShimgenError
from support.collecting import JSON, START, UPLOAD
from support.frozen import FROZEN
from support.serving import serving


def test_serve_prints_its_address_stores_a_report_and_logs_no_request(
    tmp_path: Path,
) -> None:
    with serving(tmp_path / "db") as (url, process):
        assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d*/", url)
        with httpx.Client(base_url=url, headers=JSON, trust_env=False) as client:
            answers = [
                client.post(UPLOAD, content=json.dumps(START)),
                client.post(UPLOAD, content=b"x" * 1_000_000),
                client.get("/live"),
            ]
        assert [a.status_code for a in answers] == [200, 413, 200]
        assert START["random_id"] in answers[2].text
        assert "server" not in answers[2].headers
        process.send_signal(signal.SIGINT)
        assert process.communicate() == ("", "")
        assert process.returncode == 0


def test_ctrl_c_stops_it_without_output_right_after_its_start(
    tmp_path: Path,
) -> None:
    with serving(tmp_path / "db") as (url, process):
        assert url
        process.send_signal(signal.SIGINT)
        assert process.communicate() == ("", "")
        assert process.returncode == 0


def test_an_ipv6_address_is_printed_in_brackets(tmp_path: Path) -> None:
    with serving(tmp_path / "db", "--host", "::1") as (url, _):
        assert re.fullmatch(r"http://\[::1\]:\d+/", url)
        assert httpx.get(f"{url}healthz", trust_env=False).status_code == 200


def test_a_port_in_use_is_an_error_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.umask", lambda _: 0)  # it would stay for all later tests
    with serving(tmp_path / "db") as (url, _):
        port = int(url.rstrip("/").rpartition(":")[2])
        given = configure({"port": port, "db": str(tmp_path / "other")}, {}, None)
        message = rf"port {port}: [a-z ]+; choose .*--port"
        with pytest.raises(ShimgenError, match=message):
            run(FROZEN, given)


@pytest.mark.parametrize("module", ["starlette", "uvicorn"])
def test_a_missing_library_is_an_error_with_the_command_that_installs_it(
    module: str, tmp_path: Path
) -> None:
    program = (
        f"import sys; sys.modules[{module!r}] = None\n"
        "from shimgen.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "serve", "--db", str(tmp_path / "db")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "missing" in done.stderr
    assert 'pip install "shimgen[collector]"' in done.stderr
