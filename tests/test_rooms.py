"""Each import contract of pyproject.toml notices an import that breaks it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from support.paths import ROOT

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"][
    "importlinter"
]["contracts"]

# A module, a line that must not be in it, and the contract that says so.
FORBIDDEN = [
    ("spec/names.py", "import shimgen.render", "The rooms:"),
    ("attic.py", "", "The rooms:"),
    (
        "collector/keep/days.py",
        "import shimgen.collector.show",
        "The rooms of the coll",
    ),
    ("collector/receive/window.py", "import sqlite3", "receive/ knows no SQL"),
    ("collector/show/views.py", "import shimgen.collector.keep.reports", "show/ knows"),
    ("collector/keep/days.py", "import starlette", "keep/ knows no HTTP"),
    (
        "spec/types.py",
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from shimgen.spec import payload",
        "No import cycles",
    ),
]


def contracts(top: Path) -> list[str]:
    """Return the lines in which import-linter gives its verdict on each contract."""
    done = subprocess.run(
        [LINT_IMPORTS, "--no-cache", "--no-logo"],
        cwd=top,
        env={"PYTHONPATH": str(top), "LC_ALL": "C.UTF-8", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    return [line for line in lines if line.endswith((" KEPT", " BROKEN"))]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the package, whose contracts are all kept."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "shimgen", tmp_path / "shimgen", ignore=ignore)
    return tmp_path


def test_all_contracts_are_kept(copy: Path) -> None:
    verdicts = contracts(copy)
    assert len(verdicts) == len(CONTRACTS)
    assert all(line.endswith(" KEPT") for line in verdicts)


@pytest.mark.parametrize(("module", "line", "contract"), FORBIDDEN)
def test_an_import_against_a_contract_is_noticed(
    copy: Path, module: str, line: str, contract: str
) -> None:
    with (copy / "shimgen" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    broken = [verdict for verdict in contracts(copy) if verdict.endswith(" BROKEN")]
    assert any(verdict.startswith(contract) for verdict in broken)


def test_each_contract_has_an_import_that_breaks_it() -> None:
    names = {contract["name"] for contract in CONTRACTS}
    tried = {n for n in names for _, _, start in FORBIDDEN if n.startswith(start)}
    assert tried == names
