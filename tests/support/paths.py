"""Where the repository's files are, whatever folder a test stands in."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
SPECS = TESTS / "specs"
DIST = ROOT / "shell" / "dist"
SUITE = TESTS / "shim" / "bats"
