"""An exit code, a field, an event or a dimension is one small edit and a build.

Everything that is rendered, printed or counted follows. tests/new/ tries that the whole
suite passes as well.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from shimgen.collector.keep.days import SECONDS
from shimgen.resources import DEFAULT_SPEC
from shimgen.spec import Spec, load
from support import additions
from support.frozen import FROZEN_SPEC
from support.keeping import report
from support.paths import ROOT
from support.published import LAST, NOON, K, site
from support.transports import Toolbox, program

CODE = additions.unused_code(FROZEN_SPEC.read_text())
MEANING = "Bridge is missing"
RECOVERY = "Create the bridge vmbr0"
ALLOWED = {"DIAGNOSTICS": "yes", "RANDOM_UUID": "run-1"}
VALUES = {"NEW_FIELD": "2", "COUNTED_FIELD": "arm64"}
PAIRS = [f"{name}={value}" for name, value in (ALLOWED | VALUES).items()]
KNOWN_TO_THE_REFERENCE = f"""
from shimgen import reference
from shimgen.spec import DEFAULT_SPEC, load
spec = load(DEFAULT_SPEC)
print(reference.explain_exit_code(spec, b"{CODE}").decode())
print(reference.suggest_recovery(spec, b"{CODE}").decode())
"""


class Copy:
    """A copy of what a build needs, whose default spec is the frozen one and more."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.dist = top / "shell" / "dist"
        self.spec_path = top / DEFAULT_SPEC.relative_to(ROOT)
        shutil.copy(ROOT / "pyproject.toml", top)
        for name in ("shimgen", "shell", "docs"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, top / name, ignore=ignored)
        self.spec_path.write_text(additions.add_all(FROZEN_SPEC.read_text()))
        self.toolbox = Toolbox(top / "path", "python3")
        self.shimgen("build")

    @property
    def spec(self) -> Spec:
        """The spec with the additions."""
        return load(self.spec_path)

    @property
    def page(self) -> str:
        """The reference page that was built."""
        return (self.top / "docs" / "reference.md").read_text()

    def shimgen(self, *arguments: str) -> str:
        """Run the command line of the copy, and return what it prints."""
        return self.python("-m", "shimgen", *arguments)

    def python(self, *arguments: str) -> str:
        """Run Python with the package of the copy, and return what it prints."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.top,
            env=os.environ | {"PYTHONPATH": str(self.top)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def bash(self, script: str, environment: Mapping[str, str] | None = None) -> str:
        """Run a script in the folder of the shell files, and return what it prints."""
        done = subprocess.run(
            [program("bash"), "--norc", "-c", script],
            cwd=self.dist,
            env=environment or {},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        return done.stdout

    def payload(self, function: str) -> dict[str, object]:
        """Return what the report of a new run would send."""
        dry_run = {"PATH": str(self.toolbox.path), "TELEMETRY_DRY_RUN": "yes"}
        script = f". ./api.func; {function}"
        payload = json.loads(self.bash(script, dry_run | ALLOWED | VALUES))
        assert isinstance(payload, dict)
        return payload

    def schema(self, function: str) -> dict[str, dict[str, object]]:
        """Return the properties of an event's schema."""
        properties = json.loads(self.shimgen("schema", function))["properties"]
        assert isinstance(properties, dict)
        return properties


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """Return a copy with one of each addition, built."""
    return Copy(tmp_path_factory.mktemp("copy"))


@pytest.mark.parametrize("addition", additions.ADDITIONS)
def test_each_addition_alone_makes_a_good_spec(addition: str, tmp_path: Path) -> None:
    before = FROZEN_SPEC.read_text()
    after = additions.ADDITIONS[addition](before)
    assert tomllib.loads(after) != tomllib.loads(before)
    (tmp_path / "spec.toml").write_text(after)
    load(tmp_path / "spec.toml")


def test_everything_is_fresh_after_the_build(copy: Copy) -> None:
    assert copy.shimgen("build", "--check") == ""
    subprocess.run(
        ["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=copy.dist, check=True
    )


@pytest.mark.parametrize("name", ["api.func", "error_handler.func"])
def test_bash_knows_the_new_code(copy: Copy, name: str) -> None:
    script = f". ./{name}; explain_exit_code {CODE}; suggest_recovery {CODE}"
    assert copy.bash(script) == f"{MEANING}\n{RECOVERY}\n"


def test_reference_and_schema_know_the_new_code(copy: Copy) -> None:
    said = copy.python("-c", KNOWN_TO_THE_REFERENCE)
    assert said == f"{MEANING}\n{RECOVERY}\n"
    alternatives = copy.schema("post_update_to_api")["exit_code"]["anyOf"]
    assert isinstance(alternatives, list)
    assert {"const": CODE, "title": MEANING} in alternatives


def test_page_and_explain_know_the_new_code(copy: Copy) -> None:
    assert f"| {CODE} | {MEANING} | {RECOVERY} |\n" in copy.page
    assert copy.shimgen("explain", str(CODE)).startswith(f"{MEANING}\n")


@pytest.mark.parametrize(
    ("key", "value"), [("new_field", 2), ("counted_field", "arm64")]
)
def test_everything_knows_a_new_field(copy: Copy, key: str, value: object) -> None:
    assert copy.payload("post_to_api")[key] == value
    preview = copy.shimgen("preview", "post_to_api", *PAIRS)
    assert json.loads(preview.splitlines()[-1])[key] == value
    field = next(f for f in copy.spec.event("post_to_api").fields if f.key == key)
    assert copy.schema("post_to_api")[key]["description"] == field.description
    assert f"| `{key}` |" in copy.page.partition("### post_to_api\n")[2]


def test_everything_knows_the_new_event(copy: Copy) -> None:
    payload = {"target": "", "random_id": "run-1"}
    assert copy.payload("post_new_event") == payload
    preview = copy.shimgen("preview", "post_new_event", *PAIRS)
    assert json.loads(preview.splitlines()[-1]) == payload
    assert list(copy.schema("post_new_event")) == ["target", "random_id"]
    assert "### post_new_event\n" in copy.page


def test_a_shell_that_is_not_bash_gets_the_new_function_too(copy: Copy) -> None:
    done = subprocess.run(
        [program("dash"), "-c", ". ./api.func; post_new_event"],
        cwd=copy.dist,
        capture_output=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (b"", b"")


def test_statistics_of_the_collector_count_by_the_new_dimension(
    copy: Copy, tmp_path: Path
) -> None:
    with site(copy.spec, tmp_path) as (client, store, _):
        for number in range(K):
            run = report(f"run-{number}", "post_to_api", NOON, counted_field="arm64")
            store.add([run])
        store.fold(NOON + SECONDS)
        store.publish(LAST, K)
        rows = client.get("/api/v1/dimensions/new_dimension").json()["rows"]
        assert [(row["value"], row["runs"]) for row in rows] == [("arm64", K)]
        assert "Architecture" in client.get("/", {"Accept": "text/html"}).text
