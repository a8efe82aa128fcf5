"""Adding an exit code is one line of the spec and a build."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.paths import ROOT

BEFORE = "  { code = 220, meaning"
LINE = (
    '  { code = 219, meaning = "Bridge is missing", '
    'recovery = "Create the bridge vmbr0" },\n'
)
ASK = """
import json
from shimgen import reference
from shimgen.spec import DEFAULT_SPEC, load, schema
spec = load(DEFAULT_SPEC)
found = schema.payload(spec, spec.events[2])["properties"]["exit_code"]["anyOf"]
print(reference.explain_exit_code(spec, b"219").decode())
print(reference.suggest_recovery(spec, b"219").decode())
print(next(row["title"] for row in found if row.get("const") == 219))
"""


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the repository with one more line, built."""
    top = tmp_path_factory.mktemp("repository")
    shutil.copy(ROOT / "pyproject.toml", top)
    for name in ("shimgen", "shell", "docs"):
        shutil.copytree(ROOT / name, top / name)
    spec = top / "shimgen" / "specs" / "community-scripts.toml"
    text = spec.read_text()
    assert text.count(BEFORE) == 1
    spec.write_text(text.replace(BEFORE, LINE + BEFORE))
    python(top, "-m", "shimgen", "build")
    return top


def python(top: Path, *arguments: str) -> list[str]:
    environment = os.environ | {"PYTHONPATH": str(top)}
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=top, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", ["api.func", "error_handler.func"])
def test_bash_knows_the_new_code(changed: Path, name: str) -> None:
    script = '. "$1"; explain_exit_code 219; suggest_recovery 219'
    done = subprocess.run(
        ["bash", "-c", script, "bash", changed / "shell" / "dist" / name],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "Custom: Bridge is missing\nCreate the bridge vmbr0\n"


def test_reference_and_schema_know_the_new_code(changed: Path) -> None:
    explanation = "Custom: Bridge is missing"
    assert python(changed, "-c", ASK) == [
        explanation,
        "Create the bridge vmbr0",
        explanation,
    ]


def test_the_page_knows_the_new_code(changed: Path) -> None:
    page = (changed / "docs" / "reference.md").read_text()
    assert "| 219 | Custom: Bridge is missing | Create the bridge vmbr0 |\n" in page


def test_explain_knows_the_new_code(changed: Path) -> None:
    assert python(changed, "-m", "shimgen", "explain", "219")[0] == (
        "Custom: Bridge is missing"
    )


def test_everything_is_fresh_after_the_build(changed: Path) -> None:
    assert python(changed, "-m", "shimgen", "build", "--check") == []
    subprocess.run(
        ["sha256sum", "-c", "--quiet", "SHA256SUMS"],
        cwd=changed / "shell" / "dist",
        check=True,
    )
