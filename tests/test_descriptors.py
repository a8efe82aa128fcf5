"""What the programs that a report starts are given besides input and output."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from support.transports import API_FUNC, SCRIPT, TRANSPORTS, Toolbox, program, python3

RESULTS = 3  # on it the shim writes results and process numbers to itself
NOTE = """#!{python} -ISB
import json, os, sys
held = [n for n in range(1024) if os.path.exists("/proc/self/fd/%d" % n)]
with open({file!r}, "a") as file:
    print(json.dumps([os.path.basename(sys.argv[0]), held]), file=file)
"""


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_no_program_can_write_among_the_results(transport: str, tmp_path: Path) -> None:
    toolbox = Toolbox(tmp_path / "bin")
    noted = tmp_path / "noted"
    for name in (transport, "pveversion"):
        toolbox.script(name, NOTE.format(python=python3(), file=str(noted)))
    subprocess.run(
        [program("bash"), "--norc", "-c", '. "$1"; post_to_api', "bash", str(API_FUNC)],
        env={"PATH": str(toolbox.path), **SCRIPT},
        stdin=subprocess.DEVNULL,
        check=True,
    )
    seen = dict(map(json.loads, noted.read_text().splitlines()))
    assert seen.keys() == {transport, "pveversion"}
    assert {name for name, held in seen.items() if RESULTS in held} == set()
