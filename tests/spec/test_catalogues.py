"""The exit codes that come with shimgen, and the specs that include them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec import convert

from shimgen.errors import SpecError
from shimgen.resources import CATALOGUES
from shimgen.spec import Category, load
from shimgen.spec.catalogues import joined, names
from support.paths import SPECS

NAMES = ("apt", "curl", "shell", "signals", "sysexits", "systemd")
MINIMAL = (SPECS / "minimal.toml").read_text()


def spec_with(folder: Path, text: str, more: str = "") -> Path:
    path = folder / "spec.toml"
    path.write_text(f"{text}\n{MINIMAL}\n{more}")
    return path


def category(name: str, *codes: int, meaning: str = "Some") -> Category:
    rows = tuple({"code": code, "meaning": f"{meaning} {code}"} for code in codes)
    return convert({"name": name, "title": name, "codes": rows}, Category)


def test_there_are_these_catalogues() -> None:
    assert tuple(names()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_catalogue_can_be_included(name: str, tmp_path: Path) -> None:
    [included] = load(spec_with(tmp_path, f'include = ["{name}"]')).categories
    assert included.name == name
    for row in included.codes:
        assert row.group
        assert included.describe(row).isascii()
        assert re.fullmatch(r"[A-Z].{2,59}", row.meaning), row
        assert not row.recovery.endswith((".", "!")), row
        assert len(row.recovery) <= 70, row


def test_catalogues_come_in_the_order_in_which_they_are_included(
    tmp_path: Path,
) -> None:
    spec = load(spec_with(tmp_path, 'include = ["systemd", "apt"]'))
    assert [one.name for one in spec.categories] == ["systemd", "apt"]


def test_what_is_no_catalogue_is_told_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        load(spec_with(tmp_path, 'include = ["crul", "shell", "xyz", "shell"]'))
    assert [(p.path, p.remedy) for p in caught.value.problems] == [
        ("include[0]", 'is no catalogue; did you mean "curl"?'),
        ("include[2]", f"is no catalogue; use one of {', '.join(NAMES)}"),
        ("include[3]", "appears twice (first at include[1]); remove one"),
    ]


def test_an_own_category_is_filled_up_from_the_catalogue_of_its_name() -> None:
    own, other = category("shell", 9, 2, meaning="Own"), category("disk", 3)
    filled, kept, added = joined(
        [own, other], [category("shell", 1, 2, 3), category("apt", 100)]
    )
    assert [row.meaning for row in filled.codes] == [
        *("Own 9", "Own 2"),
        *("Some 1", "Some 3"),
    ]
    assert (kept.name, added.name) == ("disk", "apt")


def test_every_file_there_is_a_catalogue() -> None:
    assert sorted(path.name for path in CATALOGUES.iterdir()) == [
        f"{name}.toml" for name in NAMES
    ]
