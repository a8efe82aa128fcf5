"""The default spec, and the files rendered from it, keep what the API.func page says.

They may say more: these tests pass with exit codes, fields, events and dimensions that
the page does not have.
"""

from __future__ import annotations

import json

import pytest

from shimgen import reference
from shimgen.reference import Host
from shimgen.spec import DEFAULT_SPEC, load
from support import seed

SPEC = load(DEFAULT_SPEC)
PROXMOX = Host(
    frozenset({"python3", "pveversion", *SPEC.project.requires}),
    now=1_700_000_000,
    outputs={"pveversion": b"pve-manager/8.2.2/9355359cd7afbae4\n"},
)


def test_the_page_has_55_rows_in_8_categories_and_5_codes_twice() -> None:
    assert len(seed.ROWS) == 55
    assert (
        *("shell", "package", "nodejs", "python"),
        *("postgresql", "mysql", "mongodb", "proxmox"),
    ) == seed.CATEGORIES
    assert seed.CLAIMED_TWICE == {
        210: ["python", "proxmox"],
        211: ["python", "proxmox"],
        231: ["postgresql", "proxmox"],
        243: ["nodejs", "mysql"],
        254: ["nodejs", "mongodb"],
    }


def test_the_default_spec_is_that_of_the_community_scripts() -> None:
    assert DEFAULT_SPEC.name == "community-scripts.toml"
    assert SPEC.project.name == "community-scripts"
    assert SPEC.project.endpoint == "http://api.community-scripts.org/dev/upload"
    assert (SPEC.consent.variable, SPEC.project.run_id) == (
        "DIAGNOSTICS",
        "RANDOM_UUID",
    )


def test_the_default_spec_has_each_row_of_the_page_in_its_order() -> None:
    rows = {
        (category.name, row.code): (category.describe(row), row.recovery)
        for category in SPEC.categories
        for row in category.codes
    }
    kept = {place: text for place, text in rows.items() if place in seed.ROWS}
    assert list(kept.items()) == list(seed.ROWS.items())


@pytest.mark.parametrize("code", seed.CODES)
def test_a_code_without_a_category_means_what_the_page_says(code: int) -> None:
    argument = b"%d" % code
    meaning = reference.explain_exit_code(SPEC, argument).decode()
    recovery = reference.suggest_recovery(SPEC, argument).decode()
    assert (meaning, recovery) == seed.explained(code)


@pytest.mark.parametrize("function", seed.PAYLOADS)
def test_a_payload_has_the_keys_of_the_page_in_its_order_to_the_letter(
    function: str,
) -> None:
    variables, expected_body = seed.PAYLOADS[function]
    values = {name: value.encode() for name, value in variables.items()}
    shell = reference.load(SPEC, {"DIAGNOSTICS": b"yes", **values})
    report = reference.report(SPEC, SPEC.event(function), shell, PROXMOX)
    payload = json.loads(reference.body(report.entries))
    expected = json.loads(expected_body)
    kept = {key: value for key, value in payload.items() if key in expected}
    assert json.dumps(kept, separators=(",", ":")) == expected_body
