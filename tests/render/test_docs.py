"""The reference page is complete and fresh; help texts have examples."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from shimgen.cli import main
from shimgen.render import public_functions, render
from shimgen.render.page import reference
from shimgen.resources import shell_dir
from shimgen.spec import DEFAULT_SPEC, Spec, load
from support.paths import SPECS


@pytest.fixture(scope="session")
def page(spec: Spec) -> str:
    """Return the reference page of the frozen spec."""
    return reference(spec, render(spec))


def test_the_committed_page_is_fresh(checkout: Path) -> None:
    default = load(DEFAULT_SPEC)
    page = reference(default, render(default))
    assert (checkout / "docs" / "reference.md").read_text() == page


def test_every_public_function_has_a_heading_and_a_usage(page: str, spec: Spec) -> None:
    names = {name for text in render(spec).values() for name in public_functions(text)}
    assert names > {event.function for event in spec.events}
    for name in names - {*spec.project.ignored}:
        assert re.search(
            rf"^### {name}\n\n```text\n{name}\b.*\n```\n", page, re.MULTILINE
        )


def test_no_private_function_is_documented(page: str) -> None:
    assert "__api_" not in page


def test_every_setting_of_the_files_is_documented(page: str, spec: Spec) -> None:
    parts = [path.read_text() for path in (shell_dir() / "lib").glob("*.bash")]
    read = set(re.findall(r"\b(?:TELEMETRY|DO_NOT)_[A-Z_]+\b", "".join(parts)))
    for name in read | {spec.consent.variable, spec.project.run_id}:
        assert f"`{name}`" in page or f"by {name}." in page, name


def test_every_field_code_and_flag_is_documented(page: str, spec: Spec) -> None:
    for event in spec.events:
        assert f"`{event.flag}`" in page
        section = page.split(f"### {event.function}\n\n{event.description}")[1]
        keys = re.findall(r"^\| `(\w+)` \|", section.split("\n#")[0], re.MULTILINE)
        assert keys == [field.key for field in event.fields]
    for category in spec.categories:
        section = page.split(f"(`{category.name}`)")[1].split("\n#")[0]
        codes = [
            int(code) for code in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)
        ]
        assert codes == sorted(row.code for row in category.codes)


def test_a_description_of_a_function_is_not_cut(page: str) -> None:
    section = page.split("### explain_exit_code")[1].split("\n#")[0]
    assert "explain_exit_code CODE [CATEGORY]" in section
    assert "Returns 0." in section


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.toml")), ids=lambda p: p.name)
def test_a_text_of_a_spec_cannot_add_a_row_or_a_heading(path: Path) -> None:
    spec = load(path)
    page = reference(spec, render(spec))
    cells = [
        len(re.findall(r"(?<!\\)\|", row)) for row in re.findall(r"^\|.*", page, re.M)
    ]
    rows = 1 + sum(len(c.codes) + 2 for c in spec.categories)
    rows += sum(len(event.fields) + 2 for event in spec.events)
    assert set(cells) <= {3, 4, 5}
    assert len(cells) >= rows
    assert page.count("\n## ") == 5


@pytest.mark.parametrize("verb", sorted(main.commands))
def test_each_verb_has_a_help_text_with_an_example(verb: str) -> None:
    command = main.commands[verb]
    help_text = command.get_help(click.Context(command, info_name=verb))
    assert re.search(rf"Examples?:\n +shimgen {verb}\b", help_text)


def test_the_help_says_how_completion_is_switched_on() -> None:
    assert "_SHIMGEN_COMPLETE=bash_source" in main.get_help(click.Context(main))
