"""The shell sources and what is rendered from them pass shellcheck and shfmt."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from shimgen.errors import ShimgenError
from shimgen.render import CHECKSUMS, render
from shimgen.resources import shell_dir
from shimgen.spec import load
from shimgen.verify import lint
from support.paths import SPECS


def test_the_parts_are_clean() -> None:
    assert lint.lint(sorted((shell_dir() / "lib").glob("*.bash"))) == []


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.toml")), ids=lambda p: p.name)
def test_what_is_rendered_is_clean(path: Path, tmp_path: Path) -> None:
    for name, body in render(load(path)).items():
        (tmp_path / name).write_text(body)
    (tmp_path / CHECKSUMS).unlink()
    assert lint.lint(sorted(tmp_path.iterdir())) == []


def test_every_disabled_check_has_its_reason_beside_it(checkout: Path) -> None:
    folders = ("shell", "examples", "tests", ".ci")
    files = [path for name in folders for path in (checkout / name).rglob("*")]
    for path in files:
        if path.suffix in {".bash", ".bats", ".func", ".sh", ""} and path.is_file():
            for line in path.read_text().splitlines():
                if re.match(r" *# shellcheck disable=", line):
                    assert re.search(r"disable=\S+ # \w", line), f"{path}: {line}"


@pytest.mark.parametrize(
    ("body", "finding"),
    [("#!/bin/bash\necho $x\n", "SC2086"), ("#!/bin/bash\n  echo\n", "-  echo")],
)
def test_a_finding_names_the_file_and_what_is_wrong(
    body: str, finding: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.sh"
    path.write_text(body)
    findings = lint.lint([path])
    assert any(finding in line for line in findings)
    assert any(str(path) in line for line in findings)


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    assert lint.lint([tmp_path / "none.sh"]) != []


def test_a_name_that_begins_with_a_dash_is_no_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-x.sh").write_text("#!/bin/bash\necho\n")
    assert lint.lint([Path("-x.sh")]) == []


def test_no_files_are_no_findings() -> None:
    assert lint.lint([]) == []


def test_a_tool_that_is_missing_is_an_error_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ShimgenError, match=r"shellcheck: not found; run `pip install"):
        lint.lint([tmp_path / "x.sh"])


def test_the_module_prints_findings_and_fails(tmp_path: Path) -> None:
    path = tmp_path / "bad.sh"
    path.write_text("#!/bin/bash\necho $x\n")
    command = [sys.executable, "-m", "shimgen.verify.lint", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "SC2086" in done.stdout


def test_editors_check_what_ci_checks(checkout: Path) -> None:
    enabled = re.findall(
        r"^enable=(.*)$", (checkout / ".shellcheckrc").read_text(), re.M
    )
    assert enabled == [",".join(lint.SHELLCHECK_CHECKS)]
