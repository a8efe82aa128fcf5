"""An installed wheel carries the shell sources and renders what a checkout does."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from shimgen.render import render
from shimgen.spec import DEFAULT_SPEC, load
from support.paths import ROOT


def run(*command: str | Path, cwd: Path, path: Path | None = None) -> str:
    environment = os.environ | ({"PYTHONPATH": str(path)} if path else {})
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    checkout = ROOT
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir"]
    run("pip", "wheel", *options, folder, checkout, cwd=folder)
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder, outside of the checkout, in which the wheel is installed."""
    folder = tmp_path_factory.mktemp("installed")
    run("pip", "install", "--no-deps", "--quiet", "--target", folder, wheel, cwd=folder)
    return folder


def test_the_wheel_has_every_source_and_no_test(wheel: Path, checkout: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for source in (checkout / "shell").rglob("*.*"):
        if "__pycache__" not in source.parts:
            assert f"shimgen/{source.relative_to(checkout)}" in names
    assert "shimgen/py.typed" in names
    assert f"shimgen/specs/{DEFAULT_SPEC.name}" in names
    assert not [name for name in names if "/test_" in name]


def test_an_installed_shimgen_renders_the_same_files(
    installed: Path, tmp_path: Path
) -> None:
    run("shimgen", "build", "--spec", "community-scripts", cwd=tmp_path, path=installed)
    built = {path.name: path.read_text() for path in (tmp_path / "dist").iterdir()}
    assert built == render(load(DEFAULT_SPEC))


def test_an_installed_shimgen_uses_its_own_sources(
    installed: Path, tmp_path: Path
) -> None:
    part = installed / "shimgen" / "shell" / "lib" / "guard.bash"
    text = part.read_text()
    part.write_text(text + "# changed\n")
    try:
        spec = ("--spec", "community-scripts")
        run("shimgen", "build", *spec, "--out", ".", cwd=tmp_path, path=installed)
    finally:
        part.write_text(text)
    assert "# changed\n" in (tmp_path / "api.func").read_text()


def test_init_works_from_an_installed_wheel(installed: Path, tmp_path: Path) -> None:
    run("shimgen", "init", "my.toml", cwd=tmp_path, path=installed)
    run("shimgen", "build", "--spec", "my.toml", cwd=tmp_path, path=installed)
    assert (tmp_path / "dist" / "backup.func").is_file()
