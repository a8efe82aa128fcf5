"""Pages written by hand: citations, links and names in tables are those that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/*.md")
SOURCES = ("shimgen", "shell", "tests", "examples", "deploy", "docs")
SUFFIXES = {".bash", ".bats", ".func", ".md", ".py", ".sh", ".toml"}
CITATION = re.compile(
    r"behaviour\.md[),]*\s+(?:#\s+)?sections?\s+((?:\w+(?:,\s*|\s+and\s+)?)+)"
)


def pages(checkout: Path) -> list[Path]:
    """Return the Markdown pages of the repository."""
    return [path for pattern in PAGES for path in sorted(checkout.glob(pattern))]


def cited(text: str) -> Iterator[str]:
    """Yield the sections of docs/behaviour.md that a text cites."""
    for numbers in CITATION.findall(text):
        yield from re.findall(r"\b\d+[a-z]?\b", numbers)


def anchors(page: Path) -> set[str]:
    """Return what a link may have after "#": headings as GitHub names them, and ids."""
    text = page.read_text()
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {slug.replace(" ", "-") for slug in slugs} | {
        *re.findall(r'<a id="(\w+)">', text)
    }


def rows(page: Path, heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, without its head."""
    section = page.read_text().split(f"\n## {heading}\n")[1]
    table = re.findall(r"^\|.*\|$", section.split("\n## ")[0], re.MULTILINE)
    return [[cell.strip() for cell in row[1:-1].split("|")] for row in table[2:]]


def test_a_citation_is_found_in_each_way_of_writing_it() -> None:
    page = "docs/behaviour" + ".md"
    assert list(cited(f"({page} section 2a).")) == ["2a"]
    assert list(cited(f"{page}\n    sections 1, 4 and 6 say")) == ["1", "4", "6"]


def test_each_cited_section_of_the_behaviour_exists(checkout: Path) -> None:
    page = checkout / "docs" / "behaviour.md"
    sections = set(re.findall(r"^##+ (\d+[a-z]?)\. ", page.read_text(), re.MULTILINE))
    citations = {
        (path.relative_to(checkout), number)
        for source in SOURCES
        for path in (checkout / source).rglob("*")
        if path.suffix in SUFFIXES and "results" not in path.parts
        for number in cited(path.read_text("utf-8"))
    }
    assert {path.parts[0] for path, _ in citations} >= {"shimgen", "tests"}
    assert sorted(one for one in citations if one[1] not in sections) == []


def test_no_source_cites_rules_that_are_not_in_the_repository(checkout: Path) -> None:
    missing = re.compile("contract" + r"\s+section")
    for source in SOURCES:
        for path in (checkout / source).rglob("*.py"):
            assert not missing.search(path.read_text("utf-8")), path


def test_each_section_of_the_behaviour_has_its_number_as_anchor(checkout: Path) -> None:
    page = checkout / "docs" / "behaviour.md"
    text = page.read_text()
    numbers = re.findall(r"^##+ (\d+[a-z]?)\. ", text, re.MULTILINE)
    assert numbers == re.findall(r'<a id="(\w+)"></a>', text)


def test_each_link_leads_to_a_file_and_a_heading(checkout: Path) -> None:
    checked = 0
    for page in pages(checkout):
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = link.partition("#")
            target = page.parent / name if name else page
            assert target.exists(), (page.name, link)
            assert not anchor or anchor in anchors(target), (page.name, link)
            checked += 1
    assert checked > 20


@pytest.fixture(scope="session")
def words(checkout: Path) -> dict[str, set[str]]:
    """Return the words of the spec, of the bash files and of the Python modules."""
    found = {
        "spec": (checkout / "shimgen" / "specs").glob("*.toml"),
        "bash": (checkout / "shell" / "dist").glob("*.func"),
        "Python": [*(checkout / "shimgen").rglob("*.py"), checkout / "shell/sender.py"],
    }
    return {
        kind: {word for path in paths for word in re.findall(r"\w+", path.read_text())}
        for kind, paths in found.items()
    }


@pytest.mark.parametrize(("column", "kind"), [(2, "spec"), (3, "bash"), (4, "Python")])
def test_the_glossary_has_names_that_exist(
    checkout: Path, words: dict[str, set[str]], column: int, kind: str
) -> None:
    table = rows(checkout / "docs" / "design.md", "Glossary")
    names = {
        word
        for row in table
        for quoted in re.findall("`([^`]+)`", row[column])
        for word in re.findall(r"\w+", quoted)
    }
    assert len(names) > 5
    assert names - words[kind] == set()


def test_each_module_is_in_the_table_of_rooms(checkout: Path) -> None:
    package = checkout / "shimgen"
    modules = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if path.name != "__init__.py"
    }
    listed = set()
    folder = subfolder = ""
    for row in rows(checkout / "docs" / "design.md", "Rooms"):
        if row[0].startswith("**") and "`shimgen/" not in row[0]:
            break
        if new_folder := re.match(r"\*\*`shimgen/(.*?)`\*\*", row[0]):
            folder, subfolder = new_folder[1], ""
        elif new_subfolder := re.match("`([a-z]+/)`", row[0]):
            subfolder = new_subfolder[1]
        for name in re.findall(r"`(\w+\.py)`", " ".join(row)):
            listed.add(f"{folder}{subfolder}{name}")
    assert sorted(listed - modules) == []
    assert sorted(modules - listed) == []
