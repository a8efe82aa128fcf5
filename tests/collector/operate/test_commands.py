"""`shimgen collector`: each command does what its help says, and prints what it did."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shimgen.cli import main
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.operate import doctor
from shimgen.collector.operate.load import Load
from shimgen.collector.receive.validate import Validator
from shimgen.collector.settings import Settings
from shimgen.spec import Spec, load
from support.keeping import keeping, report
from support.serving import serving

RUNS = 300
# Names of applications that a spreadsheet would run, and some that look like them.
FORMULAS = ("=cmd|calc!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1")
OTHERS = ("'=1", "''+1", "'tis", "1+1", "-", "x=1", 'a,"b"')


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["collector", *map(str, words)])


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Return a database with invented runs that are not folded."""
    path = tmp_path / "db"
    done = run("load", "--db", path, "--runs", str(RUNS), "--days", "20")
    assert done.exit_code == 0, done.output
    return path


@pytest.fixture
def folded(db: Path) -> Path:
    """Return the same database with all runs folded and published."""
    assert run("fold", "--now", "--k", "1", "--db", db).exit_code == 0
    return db


def counted(path: Path) -> Counter[tuple[object, ...]]:
    """Return the counts in an export of JSON lines, by all other columns."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return Counter(
        {tuple(v for k, v in r.items() if k != "runs"): r["runs"] for r in rows}
    )


def test_fold_counts_each_run_once(db: Path, tmp_path: Path) -> None:
    due = run("fold", "--db", db).output
    rest = run("fold", "--now", "--db", db).output
    numbers = [int(text.split()[0]) for text in (due, rest)]
    assert sum(numbers) == RUNS
    assert 0 < numbers[1] < RUNS
    assert run("export", "--db", db, tmp_path / "a.jsonl").exit_code == 0
    assert counted(tmp_path / "a.jsonl").total() == RUNS


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_an_export_can_be_imported_once(
    folded: Path, tmp_path: Path, form: str
) -> None:
    file, other = tmp_path / f"counts.{form}", tmp_path / "other"
    assert run("export", "--db", folded, file).exit_code == 0
    done = run("import", "--db", other, file)
    assert (done.exit_code, done.output) == (0, f"added {RUNS} runs\n")
    again = run("import", "--db", other, file)
    assert again.exit_code == 2
    assert "already" in again.output
    for name, path in (("a", folded), ("b", other)):
        run("export", "--db", path, tmp_path / f"{name}.jsonl")
    assert counted(tmp_path / "a.jsonl") == counted(tmp_path / "b.jsonl")


@pytest.fixture
def hostile(spec: Spec, tmp_path: Path) -> Path:
    """Return a database with one published run of each name above."""
    with keeping(spec, tmp_path) as store:
        names = enumerate((*FORMULAS, *OTHERS))
        store.add([report(str(number), nsapp=name) for number, name in names])
    assert run("fold", "--now", "--k", "1", "--db", tmp_path / "db").exit_code == 0
    return tmp_path / "db"


@pytest.mark.parametrize("options", [(), ("--published",)], ids=["all", "published"])
def test_no_cell_of_an_exported_csv_file_is_a_formula_and_numbers_are_plain(
    hostile: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    file = tmp_path / "counts.csv"
    assert run("export", *options, "--db", hostile, file).exit_code == 0
    with file.open(newline="") as text:
        rows = list(csv.DictReader(text))
    begins = {cell.lstrip(" ")[:1] for row in rows for cell in row.values()}
    assert begins.isdisjoint("=+-@\t\r\n")
    assert {row["app"] for row in rows} >= {f"'{name}" for name in FORMULAS}
    assert {row["app"] for row in rows} >= {"'tis", "1+1", "x=1", 'a,"b"'}
    assert {row["runs"] for row in rows} == {"1"}


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_names_that_look_like_formulas_are_the_same_after_export_and_import(
    hostile: Path, tmp_path: Path, form: str
) -> None:
    file, other = tmp_path / f"counts.{form}", tmp_path / "other"
    assert run("export", "--db", hostile, file).exit_code == 0
    assert run("import", "--db", other, file).exit_code == 0
    for name, path in (("a", hostile), ("b", other)):
        run("export", "--db", path, tmp_path / f"{name}.jsonl")
    before, after = counted(tmp_path / "a.jsonl"), counted(tmp_path / "b.jsonl")
    assert {*FORMULAS, *OTHERS} <= {value for key in after for value in key}
    assert before == after


@pytest.mark.parametrize("change", [("\r\n", ",1\r\n"), (",1\r\n", "\r\n")])
def test_a_csv_file_whose_rows_have_other_columns_than_its_head_is_refused(
    hostile: Path, tmp_path: Path, change: tuple[str, str]
) -> None:
    file = tmp_path / "counts.csv"
    run("export", "--db", hostile, file)
    head, *rows = file.read_bytes().decode().splitlines(keepends=True)
    file.write_bytes((head + "".join(rows).replace(*change)).encode())
    done = run("import", "--db", tmp_path / "other", file)
    assert (done.exit_code, "row 1 has" in done.output) == (2, True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"day":"2026-01-01"}', "columns"),
        ("[]", "is not an object"),
        ("{", "is not a jsonl file"),
    ],
)
def test_a_file_without_counts_is_refused_and_changes_nothing(
    tmp_path: Path, content: str, message: str
) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(f"{content}\n")
    done = run("import", "--db", tmp_path / "db", file)
    assert done.exit_code == 2
    assert message in done.output
    run("export", "--db", tmp_path / "db", tmp_path / "after.jsonl")
    assert (tmp_path / "after.jsonl").read_text() == ""


def test_a_published_export_has_no_cell_below_k(db: Path, tmp_path: Path) -> None:
    run("fold", "--now", "--k", "5", "--db", db)
    run("export", "--published", "--db", db, tmp_path / "p.jsonl")
    rows = [
        json.loads(line) for line in (tmp_path / "p.jsonl").read_text().splitlines()
    ]
    assert rows
    assert min(row["runs"] for row in rows) >= 5


def test_an_export_needs_a_format_and_an_existing_database(
    folded: Path, tmp_path: Path
) -> None:
    done = run("export", "--db", folded, tmp_path / "counts")
    assert (done.exit_code, "--format" in done.output) == (2, True)
    done = run("export", "--db", tmp_path / "none", tmp_path / "counts.csv")
    assert (done.exit_code, "--db" in done.output) == (2, True)
    assert not (tmp_path / "none").exists()


def test_a_backup_has_the_same_reports_as_the_database(
    db: Path, spec: Spec, tmp_path: Path
) -> None:
    done = run("backup", "--db", db, tmp_path / "copy")
    assert done.exit_code == 0
    stores = [SQLiteStore(path, spec) for path in (db, tmp_path / "copy")]
    runs = [store.runs(RUNS * 2) for store in stores]
    for store in stores:
        store.close()
    assert runs[0] == runs[1] != []
    assert run("backup", "--db", db, tmp_path / "copy").exit_code == 2


def test_invented_runs_are_the_same_for_a_seed_and_valid(checkout: Path) -> None:
    for name in ("shimgen/specs/community-scripts.toml", "tests/specs/full.toml"):
        spec = load(checkout / name)
        first = list(Load(spec, 200, 5, until=10**9, seed=3).reports())
        assert first == list(Load(spec, 200, 5, until=10**9, seed=3).reports())
        assert first != list(Load(spec, 200, 5, until=10**9, seed=4).reports())
        validator = Validator(spec)
        for reports in first:
            for one in reports:
                accepted = validator.accept(one.payload)
                assert (accepted.run, accepted.event) == (one.run, one.event)


def test_invented_runs_have_every_status_and_a_few_apps_have_most_of_them(
    spec: Spec,
) -> None:
    ends: Counter[str] = Counter()
    apps: Counter[str] = Counter()
    for reports in Load(spec, 2000, 5, until=10**9).reports():
        payloads = [json.loads(one.payload) for one in reports]
        ends[payloads[-1]["status"]] += 1
        apps[payloads[0].get("nsapp") or payloads[0]["vm_app"]] += 1
    assert 0.8 < ends["completed"] / ends.total() < 0.95
    assert 0.05 < ends["failed"] / ends.total() < 0.15
    assert ends["installing"] > 0
    assert sum(n for _, n in apps.most_common(5)) > sum(apps.values()) / 3


def test_load_sends_to_a_server_and_prints_the_statuses_of_the_answers(
    tmp_path: Path,
) -> None:
    with serving(tmp_path / "db") as (url, _):
        done = run("load", "--runs", "20", "--rate", "1000", "--url", f"{url}upload")
    assert done.exit_code == 0
    assert done.output.splitlines()[-1].startswith("sent ")
    assert "x 200" in done.output
    gone = run("load", "--runs", "2", "--url", f"{url}upload")
    assert (gone.exit_code, "does not answer" in gone.output) == (2, True)


def test_doctor_finds_nothing_wrong_with_a_new_collector(
    folded: Path, spec: Spec
) -> None:
    folded.chmod(0o600)
    settings = Settings(db=str(folded), port=0)
    findings = list(doctor.examine(spec, settings))
    assert [one for one in findings if one.verdict == "fail"] == []
    assert doctor.worst(findings) != "fail"


def test_doctor_fails_on_each_thing_that_prevents_a_collector_from_working(
    db: Path, spec: Spec, tmp_path: Path
) -> None:
    def verdicts(**changed: object) -> dict[str, str]:
        settings = Settings(**{"db": str(db), "port": 0, **changed})  # type: ignore[arg-type]
        return {one.subject: one.verdict for one in doctor.examine(spec, settings)}

    default_verdicts = verdicts()
    assert (default_verdicts["folding"], default_verdicts["permissions"]) == (
        "fail",
        "warn",
    )
    assert verdicts(db=str(tmp_path / "no" / "db"))["disk"] == "fail"
    assert verdicts(db=str(tmp_path / "new"))["database"] == "warn"
    assert verdicts(trusted_proxies=("0.0.0.0/0",))["proxies"] == "fail"
    assert verdicts(host="0.0.0.0")["proxies"] == "warn"
    (tmp_path / "text").write_text("no database " * 99)
    assert verdicts(db=str(tmp_path / "text"))["database"] == "fail"
    settings = Settings(db=str(db), port=0)
    early = next(doctor.examine(spec, settings, lambda: 0.0))
    assert (early.subject, early.verdict) == ("clock", "fail")


def test_doctor_prints_a_line_for_each_finding_and_exits_with_1_on_a_failure(
    db: Path,
) -> None:
    done = run("doctor", "--db", db, "--port", "0")
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert all(line.split()[0] in ("ok", "warn", "fail") for line in lines)
    assert any(
        line.startswith("fail") and "shimgen collector fold" in line for line in lines
    )


def test_each_command_has_help_with_an_example() -> None:
    shown = run("--help").output
    for name in ("backup", "fold", "export", "import", "load", "doctor"):
        assert name in shown
        assert f"shimgen collector {name}" in run(name, "--help").output
