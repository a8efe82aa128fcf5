"""How much memory a report takes at its peak, program by program."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

from bench.timing import HERE, PATH, table

SENDER = (HERE.parents[1] / "shell" / "sender.py").read_text()
PYTHON = "/usr/bin/python3"
PARENT = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
if status:
    sys.exit(f"{sys.argv[1]} ended with status {status}")
print("", usage.ru_maxrss)
"""


def show(env: Mapping[str, str]) -> None:
    """Print the peak of the sender beside what any Python and any curl take."""
    send = [PYTHON, "-I", "-S", "-B", "-c", SENDER]
    given = {"__api_agent": "bench", "__api_limit": "5", "PATH": PATH}
    trust = {"SSL_CERT_FILE": env["SSL_CERT_FILE"]}
    url = env["TELEMETRY_URL"]
    peaks = {
        "python3 -ISc pass": peak([PYTHON, "-ISc", "pass"], {}),
        "the sender, http": peak(send, {**given, "__api_url": url}),
        "python3 -ISc 'import ssl'": peak([PYTHON, "-ISc", "import ssl"], {}),
        "the sender, https": peak(
            send, {**given, **trust, "__api_url": env["HTTPS_URL"]}
        ),
        "curl, http": peak(["/usr/bin/curl", "-s", "-d", "{}", url], {}),
    }
    table(("program", "peak"), ((name, f"{kib} KiB") for name, kib in peaks.items()))


def peak(command: Sequence[str], env: Mapping[str, str]) -> int:
    """Run a program with a report as its input; return its peak resident KiB.

    A child counts what its parent had when it was started. So the parent is a Python
    with nothing loaded, and what is smaller than that cannot be measured.
    """
    measured = subprocess.run(
        [PYTHON, "-I", "-S", "-c", PARENT, *command],
        env=env,
        input=b'{"status":"installing"}\n',
        stdout=subprocess.PIPE,
        check=True,
    )
    return int(measured.stdout.split()[-1])
