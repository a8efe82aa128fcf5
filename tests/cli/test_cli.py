"""Output, errors and exit statuses of the command line."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shimgen.cli import main
from shimgen.spec import DEFAULT_SPEC, load
from support.frozen import FROZEN, FROZEN_SPEC
from support.paths import SPECS

FULL = str(SPECS / "full.toml")
ALLOWED = ["DIAGNOSTICS=yes", "RANDOM_UUID=x"]


def run_exactly(*arguments: str | Path) -> Result:
    """Run `shimgen` with these arguments, which may leave the spec to the default."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def run(verb: str, *arguments: str | Path) -> Result:
    """Run a verb with the frozen spec, unless the arguments name another one."""
    return run_exactly(verb, "--spec", FROZEN_SPEC, *arguments)


def passed(verb: str, *arguments: str | Path) -> str:
    """Run a verb that must succeed and print nothing on stderr; return its stdout."""
    return output_of_success(run(verb, *arguments))


def output_of_success(result: Result) -> str:
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout


def refused(verb: str, *arguments: str | Path) -> str:
    """Run a verb that must end with 2 and print only an error; return that error."""
    return error_of(run(verb, *arguments))


def error_of(result: Result) -> str:
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    return result.stderr


def test_build_writes_the_files_and_names_them(tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    said = passed("build", "--spec", FULL, "--out", out)
    names = ["full.func", "full_errors.func", "SHA256SUMS"]
    assert said == "".join(f"wrote {out / name}\n" for name in names)
    assert sorted(path.name for path in out.iterdir()) == sorted(names)


def test_building_again_writes_nothing(tmp_path: Path) -> None:
    passed("build", "--spec", FULL, "--out", tmp_path)
    assert passed("build", "--spec", FULL, "--out", tmp_path) == ""


def test_a_check_of_fresh_files_is_silent(tmp_path: Path) -> None:
    passed("build", "--out", tmp_path)
    assert passed("build", "--check", "--out", tmp_path) == ""


def test_a_check_of_a_stale_file_shows_the_difference_and_writes_nothing(
    tmp_path: Path,
) -> None:
    passed("build", "--out", tmp_path)
    stale = tmp_path / "api.func"
    text = stale.read_text().replace("Killed (SIGKILL", "Killed (SIGPIPE")
    stale.write_text(text)
    result = run("build", "--check", "--out", tmp_path)
    assert result.exit_code == 1
    assert "\n-    137 | shell:137) __api_means 'Killed (SIGPIPE" in result.stdout
    assert "\n+    137 | shell:137) __api_means 'Killed (SIGKILL" in result.stdout
    assert result.stderr.startswith(f"{stale}: stale; run `shimgen build`")
    assert stale.read_text() == text


def test_a_check_sees_other_line_ends_and_bytes_that_are_not_text(
    tmp_path: Path,
) -> None:
    passed("build", "--out", tmp_path)
    body = (tmp_path / "api.func").read_bytes()
    (tmp_path / "api.func").write_bytes(body.replace(b"\n", b"\r\n"))
    (tmp_path / "error_handler.func").write_bytes(b"\xff\0")
    result = run("build", "--check", "--out", tmp_path)
    assert result.exit_code == 1
    assert result.stderr.count("stale") == 2


def test_a_check_of_missing_files_fails(tmp_path: Path) -> None:
    assert run("build", "--check", "--out", tmp_path).exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_a_spec_is_built_beside_itself(tmp_path: Path) -> None:
    spec = tmp_path / "my.toml"
    output_of_success(run_exactly("init", spec))
    passed("build", "--spec", spec)
    assert (tmp_path / "dist" / "backup.func").is_file()


def test_the_committed_files_are_fresh() -> None:
    assert output_of_success(run_exactly("build", "--check")) == ""


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = refused("build", "--out", tmp_path / "file" / "folder")
    assert "name another folder with --out" in said


def test_a_bad_spec_shows_each_problem_on_a_line() -> None:
    path = SPECS / "bad" / "project.toml"
    *problems, last = refused("build", "--spec", path).splitlines()
    assert problems
    assert all(problem.startswith(f"{path}: ") for problem in problems)
    assert last == f"Error: {len(problems)} problems in the spec"


@pytest.mark.parametrize(
    "command",
    [["build"], ["explain", "1"], ["schema"], ["preview", "x"], ["verify"], ["serve"]],
    ids=lambda command: command[0],
)
def test_each_verb_refuses_a_spec_that_is_not_there(command: list[str]) -> None:
    said = refused(*command, "--spec", "none.toml")
    assert "none.toml: cannot be read (no such file or directory)" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["127"], "Command not found\nInstall missing package or tool\n"),
        (["0"], "Success\n"),
        (["999"], "Unknown error\n"),
        (["127", "--category", "mysql"], "Unknown error\n"),
    ],
)
def test_explain_says_what_the_shell_functions_say(
    arguments: list[str], said: str
) -> None:
    assert passed("explain", *arguments).startswith(said)


def test_explain_names_the_other_meanings_of_a_code() -> None:
    said = passed("explain", "243").splitlines()
    assert said[0] == "Node.js: Out of memory (heap out of memory)"
    assert said[-1] == "Another meaning: shimgen explain 243 --category mysql"
    assert passed("explain", "243", "--category", "mysql").startswith("MySQL/MariaDB:")


def test_explain_prints_json() -> None:
    assert json.loads(passed("explain", "243", "--category", "mysql", "--json")) == {
        "code": 243,
        "category": "mysql",
        "description": "MySQL/MariaDB: Database does not exist",
        "recovery": "Create database: CREATE DATABASE dbname;",
        "also": ["nodejs"],
    }


def test_the_list_has_every_row() -> None:
    every_code = [row.code for category in FROZEN.categories for row in category.codes]
    rows = json.loads(passed("explain", "--list", "--json"))
    assert sorted(row["code"] for row in rows) == sorted(every_code)
    heading, *lines = passed("explain", "--list").splitlines()
    assert heading.startswith("CODE")
    assert len(lines) == len(every_code)
    python = ["210", "211", "212"]
    _, *lines = passed("explain", "--list", "--category", "python").splitlines()
    assert [line.split()[0] for line in lines] == python


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give either a CODE or --list"),
        (["1", "--list"], "give either a CODE or --list"),
        (["one"], "'one' is not a valid integer"),
        (
            ["1", "--category", "ruby"],
            'no category "ruby" in the spec; use one of shell',
        ),
    ],
)
def test_explain_refuses_what_it_cannot_answer(arguments: list[str], said: str) -> None:
    assert said in refused("explain", *arguments)


def test_schema_prints_all_payloads_or_one() -> None:
    every = json.loads(passed("schema"))
    container = json.loads(passed("schema", "post_to_api"))
    assert list(every["$defs"]) == [event.function for event in FROZEN.events]
    assert container["properties"] == every["$defs"]["post_to_api"]["properties"]
    assert 'no event "x" in the spec; use one of post_to_api' in refused("schema", "x")


def test_preview_shows_where_and_what() -> None:
    said = passed("preview", "post_to_api", *ALLOWED, "CT_TYPE=1", 'NSAPP=a"b')
    lines = said.splitlines()
    assert lines[0] == (
        "POST to http://api.community-scripts.org/dev/upload as api.func/1.0.0, "
        "within 5 s:"
    )
    assert "ct_type      CT_TYPE               1" in lines
    assert 'pve_version  pveversion (example)  "8.2.2"' in lines
    payload = json.loads(lines[-1])
    assert payload["nsapp"] == 'a"b'
    assert list(payload) == [field.key for field in FROZEN.event("post_to_api").fields]


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([], "Not sent: nobody said yes (DIAGNOSTICS is not set).\n"),
        (["DIAGNOSTICS=yes"], "Not sent: RANDOM_UUID is not set.\n"),
        ([*ALLOWED, "DO_NOT_TRACK=1"], "Not sent: DO_NOT_TRACK is set.\n"),
        ([*ALLOWED, "TELEMETRY_URL=ftp://x"], "Not sent: the URL cannot be used;"),
        ([*ALLOWED, "TELEMETRY_DRY_RUN=yes"], "Not sent, but printed on stdout"),
        (
            [*ALLOWED, "TELEMETRY_BACKGROUND=yes"],
            "POST in the background to http://api",
        ),
        ([*ALLOWED, "POST_TO_API_DONE=true"], "Not sent: POST_TO_API_DONE is true"),
    ],
)
def test_preview_says_why_or_why_not(pairs: list[str], said: str) -> None:
    assert passed("preview", "post_to_api", *pairs).startswith(said)


def test_preview_of_an_outcome_takes_its_arguments() -> None:
    options = ["--status", "failed", "--exit-code", "100"]
    said = passed("preview", "post_update_to_api", *options, *ALLOWED)
    assert json.loads(said.splitlines()[-1])["exit_code"] == 100
    assert "packages           TELEMETRY_PACKAGES  (left out)" in said
    done = [*ALLOWED, "POST_UPDATE_DONE=true"]
    assert passed("preview", "post_update_to_api", *done).startswith("Not sent")
    assert passed("preview", "post_update_to_api", "--force", *done).startswith("POST")


def test_preview_does_not_look_at_this_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIAGNOSTICS", "yes")
    assert "(DIAGNOSTICS is not set)" in passed("preview", "post_to_api")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["post_to_apo"], 'no event "post_to_apo" in the spec; use one of post_to_api'),
        (["post_to_api", "DIAGNOSTICS"], '"DIAGNOSTICS" is not KEY=VALUE'),
        (["post_to_api", "A-B=1"], '"A-B=1" is not KEY=VALUE'),
        (["post_to_api", "--status", "ok"], "post_to_api takes no status"),
        (["post_to_api", "--force"], "post_to_api takes no status"),
    ],
)
def test_preview_refuses_what_makes_no_sense(arguments: list[str], said: str) -> None:
    assert said in refused("preview", *arguments)


def test_init_writes_a_spec_that_builds(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    said = output_of_success(run_exactly("init", path))
    assert said.startswith(f"wrote {path}; next: shimgen build --spec ")
    assert load(path).project.requires == ()
    assert "proxmox" not in path.read_text().lower()


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text("mine")
    said = error_of(run_exactly("init", path))
    assert "cannot be written (file exists); name a new file" in said
    assert path.read_text() == "mine"


def test_help_and_version_work_for_the_module_too() -> None:
    for option in ("--help", "-h", "--version"):
        command = [sys.executable, "-m", "shimgen", option]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "shimgen" in done.stdout
        assert done.stderr == ""


def on_a_terminal(environment: dict[str, str]) -> bytes:
    """Return what `explain` prints on a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "shimgen", "explain", "127"]
    with subprocess.Popen(command, stdout=theirs, env=environment) as process:
        os.close(theirs)
        parts = []
        try:
            while part := os.read(ours, 4096):
                parts.append(part)
        except OSError:  # how Linux says that the other end is closed
            pass
        os.close(ours)
    assert process.returncode == 0
    return b"".join(parts)


def test_colour_is_for_terminals_that_want_it(
    clean_environment: dict[str, str],
) -> None:
    environment = clean_environment | {"TERM": "xterm"}
    assert b"\x1b[" in on_a_terminal(environment)
    assert b"\x1b[" not in on_a_terminal(environment | {"NO_COLOR": "1"})
    assert "\x1b" not in passed("explain", "127")


def test_the_default_spec_is_used_unless_another_is_named() -> None:
    said = output_of_success(run_exactly("explain", "1"))
    assert said == passed("explain", "1", "--spec", DEFAULT_SPEC)
    assert passed("explain", "1", "--spec", FULL).startswith("It failed\nTry again\n")


def test_a_spec_is_found_by_the_environment_or_by_its_name_in_a_folder_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    said = error_of(run_exactly("build"))
    assert "no spec is chosen" in said
    assert "one (community-scripts, " in said
    monkeypatch.chdir(tmp_path)
    said = output_of_success(run_exactly("init"))
    assert said == "wrote shimgen.toml; next: shimgen build\n"
    monkeypatch.chdir(inner)
    output_of_success(run_exactly("build"))
    assert (tmp_path / "dist" / "backup.func").is_file()
    monkeypatch.setenv("SHIMGEN_SPEC", FULL)
    assert output_of_success(run_exactly("explain", "43")) == "No network\n"
    assert passed("explain", "43") == "Unknown error\n"


def test_two_specs_share_the_checksums_of_a_folder(tmp_path: Path) -> None:
    other, sums = ("--spec", FULL, "--out", tmp_path), tmp_path / "SHA256SUMS"
    passed("build", "--out", tmp_path)
    passed("build", *other)
    names = [line.split()[1] for line in sums.read_text().splitlines()]
    assert names == sorted(names)
    assert len(names) == 4
    command = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    subprocess.run(command, cwd=tmp_path, check=True)
    assert passed("build", "--out", tmp_path, "--check") == ""
    assert passed("build", *other, "--check") == ""
    (tmp_path / "full.func").unlink()
    passed("build", "--out", tmp_path)
    names = [line.split()[1] for line in sums.read_text().splitlines()]
    assert "full.func" not in names
