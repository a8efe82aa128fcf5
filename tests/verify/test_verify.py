"""`shimgen verify` finds planted defects by name, and says what it cannot check."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from shimgen.cli import main
from shimgen.render import render
from shimgen.spec import DEFAULT_SPEC, Spec, load
from shimgen.verify import bats, checks
from shimgen.verify.checks import Finding
from shimgen.verify.subject import Subject, read_subject
from support import additions
from support.frozen import FROZEN_SPEC
from support.paths import SPECS

FAULTS = sorted(Path(__file__).with_name("planted").glob("*.toml"))
CHECKS = {name: check for name, check in checks.CHECKS.items() if name != "suites"}


def planted(fault: dict[str, Any], text: str) -> str:
    """Return the text with the changes of a defect, each at the one place it names."""
    for change in fault["change"]:
        places = text.count(change["find"])
        assert places == 1, f"{change['find']!r} is there {places} times"
        text = text.replace(change["find"], change["replace"])
    return text


def failed(
    path: Path, spec: Spec, folder: Path, fault: dict[str, Any]
) -> list[Finding]:
    """Run the one check that must find a defect, and return what failed."""
    subject = read_subject(path, spec, folder)
    suites = partial(checks.check_suites, suites=[fault["check"]], only=fault["test"])
    check = CHECKS.get(fault["check"], suites)
    findings = [finding for finding in check(subject) if fault["test"] in finding.name]
    assert findings, f"no finding has a name with {fault['test']!r}"
    return [finding for finding in findings if not finding.passed]


@pytest.mark.parametrize("file", FAULTS, ids=lambda file: file.stem)
def test_planted_defect_is_found_by_name(
    file: Path, spec: Spec, tmp_path: Path
) -> None:
    fault = tomllib.loads(file.read_text("utf-8"))
    path, folder = tmp_path / "planted", tmp_path / "pair"
    folder.mkdir()
    path.write_text(planted(fault, render(spec)[fault["file"]]))
    assert failed(path, spec, folder, fault)


# The suites find nothing in it either: `make bats` runs them over the same files.
@pytest.mark.parametrize("name", ["file", "error_handler"])
def test_files_without_a_defect_pass(name: str, spec: Spec, tmp_path: Path) -> None:
    path, folder = tmp_path / "sound", tmp_path / "pair"
    folder.mkdir()
    path.write_text(render(spec)[getattr(spec.project, name)])
    subject = read_subject(path, spec, folder)
    for check in CHECKS.values():
        assert all(finding.passed for finding in check(subject))


def test_each_check_has_a_planted_defect() -> None:
    checked = {tomllib.loads(file.read_text("utf-8"))["check"] for file in FAULTS}
    suites = {"guest", "guest_state", "consent", "callers", "seed", "handler", "ends"}
    assert checked >= CHECKS.keys() | suites


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty; run `shimgen build` and copy it again"),
        (b" \n\n", "empty; run `shimgen build` and copy it again"),
        (b"\x7fELF\0\0", "binary, not a shell script"),
        (b"caf\xe9", "binary, not a shell script"),
        (b"echo hello\n", "not rendered by shimgen"),
        (b"<html>404</html>", "not rendered by shimgen"),
        (None, "cannot be read (no such file or directory)"),
    ],
)
def test_file_that_cannot_be_checked_fails_with_the_reason(
    content: bytes | None, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "api.func"
    if content is not None:
        path.write_bytes(content)
    result = CliRunner().invoke(main, ["verify", str(path)])
    assert result.exit_code == 1
    assert f"{path}: {message}" in result.output
    assert "verify: 0 passed, 1 failed" in result.output


def test_folder_is_not_a_file(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["verify", str(tmp_path)])
    assert result.exit_code == 1
    assert "cannot be read (is a directory)" in result.output


def test_file_of_another_spec_asks_for_its_spec(tmp_path: Path) -> None:
    other = load(SPECS / "minimal.toml")
    path = tmp_path / "minimal.func"
    path.write_text(render(other)["minimal.func"])
    result = CliRunner().invoke(main, ["verify", str(path)])
    assert result.exit_code == 1
    assert "name its spec with --spec" in result.output


@pytest.fixture
def larger(tmp_path: Path) -> Spec:
    """Return the frozen spec with one more exit code, field, event and dimension."""
    path = tmp_path / "larger.toml"
    path.write_text(additions.add_all(FROZEN_SPEC.read_text()))
    return load(path)


def subject_of(spec: Spec, folder: Path) -> Subject:
    """Return the shell file of a spec as the subject of checks."""
    path = folder / "subject"
    path.write_text(render(spec)[spec.project.file])
    (folder / "pair").mkdir()
    return read_subject(path, spec, folder / "pair")


def test_suites_of_the_page_run_for_every_spec_of_its_project(
    larger: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []

    def note(suites: list[str], *_: object) -> Iterator[bats.TestResult]:
        started.extend(suites)
        yield from ()

    monkeypatch.setattr(bats, "run", note)
    for spec in (larger, load(SPECS / "full.toml")):
        (tmp_path / spec.project.name).mkdir()
        subject = subject_of(spec, tmp_path / spec.project.name)
        assert list(checks.check_suites(subject)) == []
    general = ["guest", "guest_state", "consent"]
    assert started == [*general, "callers", "seed", *general]


def test_suite_of_the_page_passes_with_a_larger_spec(
    larger: Spec, tmp_path: Path
) -> None:
    findings = list(checks.check_suites(subject_of(larger, tmp_path), ["seed"]))
    assert findings
    assert [finding for finding in findings if not finding.passed] == []


def without_field(spec: Spec, function: str, key: str) -> Spec:
    events = tuple(
        replace(event, fields=tuple(f for f in event.fields if f.key != key))
        if event.function == function
        else event
        for event in spec.events
    )
    return replace(spec, events=events)


def with_other_meaning(spec: Spec, code: int) -> Spec:
    categories = tuple(
        replace(
            category,
            codes=tuple(
                replace(row, meaning="Something else") if row.code == code else row
                for row in category.codes
            ),
        )
        for category in spec.categories
    )
    return replace(spec, categories=categories)


@pytest.mark.parametrize(
    ("changed", "test"),
    [
        (
            partial(without_field, function="post_to_api", key="method"),
            "post_to_api, example 1: the page's payload, sent silently",
        ),
        (
            partial(without_field, function="post_to_api_vm", key="vm_ram"),
            "post_to_api_vm: the page's payload",
        ),
        (
            partial(without_field, function="post_update_to_api", key="exit_code"),
            "post_update_to_api: the page's payload",
        ),
        (
            partial(with_other_meaning, code=127),
            "explain_exit_code: the four examples",
        ),
    ],
    ids=["container", "machine", "update", "exit code"],
)
def test_suite_of_the_page_fails_for_a_spec_that_lost_a_part_of_it(
    changed: Callable[[Spec], Spec], test: str, spec: Spec, tmp_path: Path
) -> None:
    subject = subject_of(changed(spec), tmp_path)
    [finding] = checks.check_suites(subject, ["seed"], test)
    assert not finding.passed


@pytest.mark.parametrize("name", ["minimal.toml", "starter.toml"])
def test_files_of_any_spec_pass(name: str, tmp_path: Path) -> None:
    source = (DEFAULT_SPEC.parent if name == "starter.toml" else SPECS) / name
    spec = load(source)
    subject = subject_of(spec, tmp_path)
    for check in CHECKS.values():
        assert all(finding.passed for finding in check(subject))
    only = (
        "a report leaves all else as it was: options, traps, jobs, descriptors, files"
    )
    [finding] = checks.check_suites(subject, ["guest_state"], only)
    assert finding.passed, finding.detail


def test_report_for_ci_names_each_failure(tmp_path: Path) -> None:
    junit = tmp_path / "report.xml"
    missing = tmp_path / "none"
    CliRunner().invoke(main, ["verify", str(missing), "--junit", str(junit)])
    root = ElementTree.parse(junit).getroot()
    [suite] = root.findall("testsuite")
    assert suite.attrib == {"name": str(missing), "tests": "1", "failures": "1"}
    [failure] = root.iter("failure")
    assert "cannot be read" in failure.attrib["message"]


def test_tap_keeps_the_reason_of_a_failure() -> None:
    lines = ["1..2\n", "not ok 1 one\n", "# why\n", "#  where\n", "ok 2 two\n"]
    first, second = bats.read_tap("suite", iter(lines))
    assert first == bats.TestResult(
        "suite", "one", passed=False, detail=("why", " where")
    )
    assert second == bats.TestResult("suite", "two", passed=True)


def test_suite_that_cannot_be_parsed_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.bats").write_text("if\n")
    monkeypatch.setattr(bats, "suite_dir", lambda: tmp_path)
    results = list(bats.run(["broken"], dict(os.environ)))
    assert results
    assert not any(result.passed for result in results)
