"""What is added to the default spec changes no test.

A copy of the project gets an exit code, a field, an event and a dimension. It is built
and then has to pass its own suite as it is, except for the slow tests of the collector
and for this one. Tests that invent examples invent a tenth of the usual number.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from shimgen.resources import DEFAULT_SPEC
from support import additions
from support.paths import ROOT

LEFT_OUT = (".git", ".venv", ".build", ".hypothesis", ".mutants", ".*_cache")
EXAMPLES = {"SHIMGEN_EXAMPLES": "0.1"}
SHOWN = 10_000  # characters of the output of a command that failed


class Copy:
    """A copy of the project in a folder, with a Python of its own."""

    def __init__(self, top: Path) -> None:
        self.top = top
        ignored = shutil.ignore_patterns(*LEFT_OUT, "__pycache__")
        shutil.copytree(ROOT, top, ignore=ignored)
        self._make_venv()

    def _make_venv(self) -> None:
        """Make what `make setup` makes, from the packages that are installed here.

        It imports shimgen from the copy, wherever and with whatever environment a test
        starts it: the copy comes before the checkout that this Python's packages name.
        """
        folder = self.top / ".venv"
        venv.create(folder, symlinks=True)
        paths = {"base": str(folder), "platbase": str(folder)}
        here = sysconfig.get_path("purelib")
        lines = (str(self.top), f"import site; site.addsitedir({here!r})")
        (Path(sysconfig.get_path("purelib", vars=paths)) / "copy.pth").write_text(
            "".join(f"{line}\n" for line in lines)
        )
        programs, copied = Path(sys.executable).parent, folder / "bin"
        for program in programs.iterdir():
            if not program.is_file() or (copied / program.name).exists():
                continue
            content = program.read_bytes()
            if content.startswith(b"#!"):  # its first line names the Python
                content = content.replace(bytes(programs), bytes(copied))
                (copied / program.name).write_bytes(content)
                (copied / program.name).chmod(0o755)
            else:
                (copied / program.name).symlink_to(program)
        (folder / ".installed").touch()

    def run(self, *command: str | Path, cwd: Path | None = None) -> str:
        """Run a command in the copy, and return what it prints; it must succeed."""
        own = ("PYTEST_", "PYTHON", "SHIMGEN_", "MAKE", "VIRTUAL_ENV")
        done = subprocess.run(
            command,
            cwd=cwd or self.top,
            env={k: v for k, v in os.environ.items() if not k.startswith(own)}
            | EXAMPLES,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-SHOWN:]
        return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """Return a copy with one of each addition, built."""
    copy = Copy(tmp_path_factory.mktemp("new") / "project")
    spec = copy.top / DEFAULT_SPEC.relative_to(ROOT)
    spec.write_text(additions.add_all(spec.read_text()))
    copy.run("make")
    return copy


def test_new_parts_are_seen_by_the_tests_of_the_copy(copy: Copy) -> None:
    python = copy.top / ".venv" / "bin" / "python"
    ask = "import shimgen; print(shimgen.__file__)"
    imported = Path(copy.run(python, "-c", ask, cwd=Path("/")).strip())
    assert imported == copy.top / "shimgen" / "__init__.py"
    ask = "from support import paths; print(paths.ROOT)"
    assert copy.run(python, "-c", ask, cwd=copy.top / "tests").strip() == str(copy.top)
    schema = copy.run(
        copy.top / ".venv" / "bin" / "shimgen", "schema", "post_new_event"
    )
    assert '"target"' in schema


def test_new_code_field_event_and_dimension_turn_no_test_red(copy: Copy) -> None:
    said = copy.run("make", "test")
    for suite in ("pytest", "bats"):
        assert re.search(rf"^{suite}: [1-9]\d* passed, 0 failed$", said, re.MULTILINE)


def test_new_code_field_event_and_dimension_pass_verify(copy: Copy) -> None:
    said = copy.run(copy.top / ".venv" / "bin" / "shimgen", "verify")
    assert re.search(r"^verify: [1-9]\d* passed, 0 failed$", said, re.MULTILINE)
