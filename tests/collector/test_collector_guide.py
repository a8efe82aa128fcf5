"""docs/collector.md is right about settings, commands and files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from shimgen.cli import main
from shimgen.cli.collector import collector
from shimgen.cli.serve import serve as serve_command
from shimgen.collector.settings import PREFIX, Settings
from support.collecting import collecting
from support.frozen import FROZEN

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "collector.md"
_ROW = re.compile(r"\| `(\w+)` \| (.+?) \| `(\w+)` \| (.+?) \| .+ \|")
SPECIAL = {"trusted_proxies": "none", "public_url": "what requests say"}


def rows() -> dict[str, tuple[str, str, str]]:
    """Return the table of settings: options, variable and default, by key."""
    matches = _ROW.finditer(GUIDE.read_text())
    return {m[1]: (m[2], m[3], m[4]) for m in matches}


def test_the_guide_lists_all_settings_in_order() -> None:
    assert tuple(rows()) == Settings.__struct_fields__


@pytest.mark.parametrize("key", Settings.__struct_fields__)
def test_the_guide_names_option_variable_and_default_of_each_setting(key: str) -> None:
    option, variable, default = rows()[key]
    parameter = next(p for p in serve_command.params if p.name == key)
    names = [*parameter.opts, *parameter.secondary_opts]
    assert option == ", ".join(f"`{name}`" for name in names)
    assert variable == PREFIX + key.upper()
    if key != "live":
        assert default == SPECIAL.get(key, f"`{getattr(Settings(), key)}`")


def test_the_guide_describes_each_command() -> None:
    described = re.findall(r"^\| `shimgen collector (\w+)", GUIDE.read_text(), re.M)
    assert sorted(described) == sorted(collector.commands)


def test_the_guide_uses_only_options_that_exist() -> None:
    text = GUIDE.read_text().replace("\\\n", " ")
    used = re.findall(r"shimgen collector (\w+)(.*)", text)
    for name, rest in used:
        shown = CliRunner().invoke(main, ["collector", name, "--help"]).output
        for option in re.findall(r"(?<!\S)--[a-z]+", rest.partition("|")[0]):
            assert option in shown, (name, option)


def test_the_guide_installs_only_files_that_exist() -> None:
    for name in re.findall(r"deploy/[\w.]+", GUIDE.read_text()):
        assert (ROOT / name).is_file(), name


def test_the_guide_names_only_metrics_that_exist(tmp_path: Path) -> None:
    names = set(re.findall(r"\bshimgen_\w+", GUIDE.read_text()))
    with collecting(FROZEN, tmp_path) as (client, _):
        shown = client.get("/metrics").text
    assert names
    assert [name for name in names if f"# TYPE {name} " not in shown] == []
