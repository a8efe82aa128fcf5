"""Options override variables, variables override the file; errors name the value."""

from __future__ import annotations

from pathlib import Path

import pytest

from shimgen.collector.settings import Settings, SettingsError, configure


def problems(options: dict[str, object], file: Path | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        configure(options, {}, file)
    return [str(problem) for problem in caught.value.problems]


def test_each_source_overrides_the_next(tmp_path: Path) -> None:
    file = tmp_path / "shimgen.toml"
    file.write_text("port = 1\nk = 2\nretention = 3\n")
    environment = {"SHIMGEN_PORT": "4", "SHIMGEN_K": "5", "HOME": "/", "PORT": "9"}
    configuration = configure({"port": 6, "k": None}, environment, file)
    assert (configuration.settings.port, configuration.settings.k) == (6, 5)
    assert (configuration.settings.retention, configuration.settings.workers) == (3, 1)
    assert configuration.origins["port"] == "option"
    assert configuration.origins["k"] == "environment"
    assert configuration.origins["retention"] == str(file)
    assert configuration.origins["workers"] == "default"


@pytest.mark.parametrize("key", Settings.__struct_fields__)
def test_every_setting_is_printed_and_has_a_variable(key: str) -> None:
    value = {
        "host": "::1",
        "db": "/tmp/x",
        "trusted_proxies": "10.0.0.0/8, ::1",
        "live": "false",
        "public_url": "https://a.example",
    }.get(key, "7")
    configuration = configure({}, {f"SHIMGEN_{key.upper()}": value}, None)
    assert configuration.origins[key] == "environment"
    assert (
        getattr(configuration.settings, key) != getattr(Settings(), key)
        or key == "live"
    )
    [line] = [line for line in configuration.lines() if line.split()[0] == key]
    assert line.endswith("environment")


@pytest.mark.parametrize(
    ("key", "value", "remedy"),
    [
        ("port", 65536, "must be a port 0-65535"),
        ("port", "x", "must be a port 0-65535"),
        ("workers", 0, "must be a number of processes 1-64"),
        ("retention", 49, "must be a number of hours 1-48"),
        ("k", 0, "must be a number of runs 1-1000"),
        ("live", "maybe", "must be true or false"),
        ("trusted_proxies", ["10.0.0.0/33"], "must be an address or a network"),
        ("public_url", "https://a/?x", "must be an http:// or https:// URL"),
        ("public_url", "javascript:x", "must be an http:// or https:// URL"),
        ("host", "", "must be an address of this machine"),
    ],
)
def test_an_error_names_the_setting_and_the_remedy(
    key: str, value: object, remedy: str
) -> None:
    [problem] = problems({key: value})
    assert problem.startswith(f"option: {key}")
    assert remedy in problem


def test_all_errors_in_a_file_are_reported_at_once(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text('prot = 80\nk = "five"\n')
    messages = problems({}, file)
    assert [one.split(": ", 1)[0] for one in messages] == [str(file)] * 2
    assert 'did you mean "port"?' in "".join(messages)


@pytest.mark.parametrize("content", [None, b"\xff", b"port ="])
def test_an_error_names_a_file_that_cannot_be_read(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "s.toml"
    if content is not None:
        file.write_bytes(content)
    [problem] = problems({}, file)
    assert problem.startswith(f"{file}: ")


@pytest.mark.parametrize(
    ("options", "live"),
    [
        ({}, True),
        ({"host": "::1"}, True),
        ({"host": "localhost"}, True),
        ({"host": "0.0.0.0"}, False),
        ({"host": "stats.example.org"}, False),
        ({"trusted_proxies": ["127.0.0.1"]}, False),
        ({"live": False}, False),
        ({"host": "0.0.0.0", "live": True}, True),
    ],
)
def test_live_is_on_by_default_only_on_loopback_without_a_proxy(
    options: dict[str, object], live: bool
) -> None:
    assert configure(options, {}, None).settings.live is live
