"""The lines of the README that load the files, where one cannot be had."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from support.frozen import API_FUNC, HANDLER
from support.paths import ROOT
from support.transports import SCRIPT, Toolbox, program

CURL = """#!/bin/sh
for url; do :; done
case $url in
*/api.func) exec cat "$API" ;;
*) exec cat "$HANDLER" ;;
esac 2>/dev/null
"""
PYTHON = "#!/bin/sh\nIFS= read -r body\nprintf :ok200\n"


def loading_lines() -> str:
    """Return the README's first lines of bash, up to the first empty one."""
    found = re.search(
        r"^```bash\n(source .*?)\n\n",
        (ROOT / "README.md").read_text(),
        re.DOTALL | re.MULTILINE,
    )
    assert found
    return found[1]


@pytest.mark.parametrize("api", [API_FUNC, "missing", "/dev/null"], ids=str)
@pytest.mark.parametrize("handler", [HANDLER, "missing", "/dev/null"], ids=str)
@pytest.mark.parametrize(
    "curl", [CURL, "#!/bin/sh\nexit 6\n", ""], ids=["", "fails", "none"]
)
@pytest.mark.parametrize("options", ["", "set -Eeuo pipefail"])
@pytest.mark.parametrize(("last", "code"), [("true", 0), ("bash -c 'exit 100'", 100)])
def test_a_script_ends_the_same_whatever_is_missing(
    api: Path | str,
    handler: Path | str,
    curl: str,
    options: str,
    last: str,
    code: int,
    tmp_path: Path,
) -> None:
    toolbox = Toolbox(tmp_path / "bin", "cat", "bash")
    toolbox.script("python3", PYTHON)
    if curl:
        toolbox.script("curl", curl)
    script = "\n".join(
        [
            *(options, "BASE=http://host", loading_lines(), "start_install_timer"),
            *(
                "post_to_api",
                "record_package a 1",
                last,
                "post_update_to_api done none",
            ),
        ]
    )
    done = subprocess.run(
        [program("bash"), "-c", script],
        env={
            "PATH": str(toolbox.path),
            **SCRIPT,
            "API": str(api),
            "HANDLER": str(handler),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (code, "")
    missing = re.findall(r"(\S+): command not found", done.stderr)
    assert set(missing) <= ({"curl"} if not curl else set())
