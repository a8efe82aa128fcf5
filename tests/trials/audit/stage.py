"""Plays a run under strace with its own receiver, PATH and environment."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.certificates import Certificates
from support.frozen import FROZEN_FILES, render_files
from support.paths import ROOT
from support.sender_names import SENDER
from support.servers import Refusing, Request, Server
from support.servers.manners import answer
from support.transports import Toolbox

from . import strace
from .acts import Act, Reader
from .runs import PAYLOAD, Run

OWN = Path(__file__).with_name("installer.sh")
DEMO = ROOT / "examples" / "install-demo.sh"
PROXIED = "telemetry.test"  # RFC 6761 keeps .test free: no resolver knows it
NO_OPS = re.compile(r"^\*\)\n(.*?)^  return 0$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Played:
    """What was observed of a run with the shim (`acts`), and without it (`without`).

    `exported` is the caller's environment, `address` the receiver's host and port.
    """

    run: Run
    acts: list[Act]
    without: list[Act]
    received: list[Request]
    exported: dict[str, str]
    address: str


class Stage:
    """Files, certificates and programs of all runs, below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.certificates = Certificates(folder)
        render_files()
        self._no_ops = self._write_no_ops(folder / "no-ops")
        self._boxes: dict[tuple[str, ...], Toolbox] = {}
        (folder / "log").write_text("what a step wrote\n")

    def _write_no_ops(self, folder: Path) -> Path:
        """Write files with functions that do nothing, except `set -e`.

        They are in the shim, for shells in which it cannot run.
        """
        folder.mkdir()
        for name in ("api.func", "error_handler.func"):
            region = NO_OPS.search((FROZEN_FILES / name).read_text())
            assert region, f"{name} has no region no_ops"
            (folder / name).write_text(region[1])
        with (folder / "error_handler.func").open("a") as file:
            file.write("catch_errors() { set -Ee -o pipefail; }\n")
        return folder

    def play(self, run: Run) -> Played:
        """Play a run with the shim, then without."""
        with self._receiver(run) as (address, received):
            environment = self._environment(run, address)
            acts = self._trace(run, environment)
            base = {"BASE": str(self._no_ops)}
            without = self._trace(run, {**environment, **base})
        return Played(run, acts, without, received, environment, address)

    @contextmanager
    def _receiver(self, run: Run) -> Iterator[tuple[str, list[Request]]]:
        if run.receiver == "nobody":
            with Refusing() as nobody:
                yield f"127.0.0.1:{nobody.port}", []
        else:
            tls = self.certificates.good if run.receiver == "https" else None
            with Server(answer(200, b"ok"), tls=tls) as server:
                yield server.netloc(), server.requests

    def _environment(self, run: Run, address: str) -> dict[str, str]:
        """Return the variables that the caller of a run exports."""
        if run.tools not in self._boxes:
            folder = self.folder / "-".join(run.tools)
            self._boxes[run.tools] = Toolbox(folder, "bash", "cat", "tail", *run.tools)
        host = PROXIED if run.receiver == "proxy" else address
        host = host.replace("127.0.0.1", run.host or "127.0.0.1")
        scheme = "https" if run.receiver == "https" else "http"
        environment = {
            # With these two, bash does not look up the current user.
            "HOME": str(self.folder),
            "SHELL": "/bin/bash",
            "LANG": "C.UTF-8",
            "PATH": str(self._boxes[run.tools].path),
            "SSL_CERT_FILE": str(self.certificates.bundle),
            "BASE": str(FROZEN_FILES),
            "TELEMETRY_URL": f"{scheme}://{run.user}{host}/dev/upload",
            "TELEMETRY_TIMEOUT": "30",
            **({"DIAGNOSTICS": "yes"} if run.demo else PAYLOAD),
        }
        if run.receiver == "proxy":
            environment["http_proxy"] = f"http://{address}"
        if "log" in run.ways:
            environment["SILENT_LOGFILE"] = str(self.folder / "log")
        return {**environment, **run.settings}

    def _trace(self, run: Run, environment: Mapping[str, str]) -> list[Act]:
        folder = self.folder / "run"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "here").mkdir(parents=True)
        command = ["bash", "--norc", str(DEMO if run.demo else OWN)]
        status = strace.run(command, folder, folder / "here", environment)
        if status != run.status:
            stderr = (folder / "stderr").read_text()
            raise AssertionError(f"exit status {status}, not {run.status}: {stderr}")
        prints = {str(folder / name): name for name in ("stdout", "stderr")}
        return Reader(prints).read(strace.read(folder))


def normalised(text: str, stage: Stage, address: str) -> str:
    """Replace parts that differ from run to run by words in capitals."""
    text = text.replace(SENDER, "SENDER")
    port = address.rpartition(":")[2]
    text = text.replace(str(stage.folder), "FOLDER").replace("\r\n", "\n")
    text = re.sub(rf"(127\.0\.0\.1|localhost):{port}", "RECEIVER", text)
    text = text.replace(f"[::1]:{port}", "RECEIVER by IPv6")
    for pattern, replacement in VARYING.items():
        text = re.sub(pattern, replacement, text)
    return text


VARYING = {
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}": "RUN",
    r'"install_duration":\d+': '"install_duration":N',
    r"Content-Length: \d+": "Content-Length: N",
    r"--max-time \d+\.\d+": "--max-time N",
    r"line \d+": "line N",
    r"sh-thd[.-]\w+": "sh-thd.N",  # older bash's file of a here-document
}
