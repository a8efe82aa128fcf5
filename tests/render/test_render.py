"""Parts and spec become files; no spec can change their structure."""

from __future__ import annotations

import ast
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shimgen.errors import ShimgenError
from shimgen.render import CHECKSUMS, fill, render, uses
from shimgen.render.files import API_PARTS, OUTSIDE
from shimgen.resources import shell_dir
from shimgen.spec import Category, ExitCode, Spec, load
from support.frozen import FROZEN
from support.paths import SPECS

HOSTILE = load(SPECS / "hostile.toml")
ALL = [load(path) for path in sorted(SPECS.glob("*.toml"))]
REGION = re.compile(r"^ *# >>> spec: .*?# <<< spec: \w+\n", re.MULTILINE | re.DOTALL)
MAX_LINES = 975  # of the parts of api.func and the sender, without their regions
MARKED = "a\n  # >>> spec: x\n  old\n  # <<< spec: x\nb\n"

# One line as a spec may hold it, made of what bash could take for more.
WORDS = [
    "$(touch canary)", "`touch canary`", "'", '"', "\\", "# <<< spec: events", ";", "&",
    "}", ")", "touch canary", "!", "{", "# >>> spec: events", "x",
]  # fmt: skip
LINES = (
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=6)
    .map(" ".join)
    .filter(lambda text: " | " not in f"{text} ")
)


def shell_files(spec: Spec) -> dict[str, str]:
    return {name: body for name, body in render(spec).items() if name != CHECKSUMS}


def source(folder: Path, body: str, then: str) -> bytes:
    """Source a rendered file as a strict script does; nothing else may happen."""
    (folder / "rendered").write_text(body)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f". ./rendered; {then}"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    assert [path.name for path in folder.iterdir()] == ["rendered"]
    return done.stdout


def test_a_region_is_filled_without_its_marks() -> None:
    filled = fill(MARKED, {"x": ["new", "", "  deeper"]}, "part")
    assert filled == "a\n  new\n\n    deeper\nb\n"


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(ShimgenError, match='part: unknown region "x"; use one of y'):
        fill(MARKED, {"y": []}, "part")


@pytest.mark.parametrize(
    "text",
    [
        "# >>> spec: x\n",
        "# <<< spec: x\n",
        "# >>> spec: x\n# <<< spec: y\n",
        "# >>> spec: x\n  # <<< spec: x\n",
        "# >>> spec: x\n# >>> spec: x\n# <<< spec: x\n",
        "# >>> spec: x \n# <<< spec: x\n",
        "# >>>spec: x\n",
    ],
)
def test_a_mark_without_its_partner_is_refused(text: str) -> None:
    with pytest.raises(ShimgenError, match="has no partner"):
        fill(text, {"x": []}, "part")


def test_a_region_that_no_part_has_is_refused(spec: Spec, tmp_path: Path) -> None:
    shell = shutil.copytree(shell_dir(), tmp_path / "shell")
    part = shell / "lib" / "settings.bash"
    part.write_text(re.sub(r"# (>>>|<<<) spec: .*\n", "", part.read_text()))
    with pytest.raises(ShimgenError, match="no part has the region settings"):
        render(spec, shell)


def test_a_missing_part_is_refused(spec: Spec, tmp_path: Path) -> None:
    shell = shutil.copytree(shell_dir(), tmp_path / "shell")
    (shell / "lib" / "guard.bash").unlink()
    with pytest.raises(ShimgenError, match=r"guard\.bash: cannot be read"):
        render(spec, shell)


def test_the_committed_bodies_of_the_parts_are_valid_bash() -> None:
    for part in (shell_dir() / "lib").glob("*.bash"):
        subprocess.run(["bash", "-n", part], check=True)


def test_the_sender_stands_in_the_file_word_for_word(spec: Spec) -> None:
    embedded = re.search(
        r"^    exec python3 -I -S -B -c '([^']*)' 3>&-$",
        render(spec)["api.func"],
        re.MULTILINE,
    )
    assert embedded
    assert embedded[1] == (shell_dir() / "sender.py").read_text()


def test_no_python_runs_a_text_that_it_is_given(spec: Spec) -> None:
    sender = (shell_dir() / "sender.py").read_text()
    calls = [
        node.func for node in ast.walk(ast.parse(sender)) if isinstance(node, ast.Call)
    ]
    names = {call.id for call in calls if isinstance(call, ast.Name)}
    assert names & {"exec", "eval", "compile", "__import__"} == set()
    assert names >= {"post", "split"}
    assert render(spec)["api.func"].count("python3 -") == 1


def test_an_auditor_reads_what_where_and_when_first(spec: Spec) -> None:
    lines = render(spec)["api.func"].splitlines()
    banners = {
        words[2].rstrip(":"): number
        for number, line in enumerate(lines, 1)
        if len(words := line.split()) > 4 and words[:2] == ["#", "---"]
    }
    assert [*banners] == [name for name in API_PARTS if name not in OUTSIDE]
    assert banners["records"] <= 440  # events, settings, gate and report come before
    reading = next(number for number, line in enumerate(lines) if "# Read:" in line)
    for name in ("settings", "events", "gate", "report"):
        assert name in " ".join(lines[reading : reading + 2])


def test_rendering_is_the_same_every_time(spec: Spec) -> None:
    assert render(spec) == render(spec)


def test_the_header_is_short_and_says_how_to_see_and_how_to_refuse(spec: Spec) -> None:
    for body in shell_files(spec).values():
        header = body.split("\n\n")[0].splitlines()
        assert len(header) <= 25
        assert all(line.startswith("#") for line in header)
        assert "DIAGNOSTICS=no" in body.split("\n\n")[0]
    api = render(spec)["api.func"].split("\n\n")[0]
    assert "TELEMETRY_DRY_RUN=yes" in api
    keys = {field.key for event in spec.events for field in event.fields}
    assert keys <= set(re.findall(r"\w+", api))


@pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.source)
def test_every_header_is_at_most_25_lines(spec: Spec) -> None:
    for body in shell_files(spec).values():
        assert len(body.split("\n\n")[0].splitlines()) <= 25


def test_a_header_has_no_room_for_a_hundred_keys(spec: Spec) -> None:
    field = spec.events[0].fields[0]
    many = tuple(
        msgspec.structs.replace(field, key=f"a_rather_long_key_{number}")
        for number in range(100)
    )
    event = msgspec.structs.replace(spec.events[0], fields=many)
    body = render(msgspec.structs.replace(spec, events=(event,)))["api.func"]
    header = body.split("\n\n")[0]
    assert len(header.splitlines()) <= 25
    assert "the 100 fields of its 1 report, each a line below" in header


def test_the_header_names_the_spec_and_nothing_of_this_machine(spec: Spec) -> None:
    for body in shell_files(spec).values():
        assert f"from frozen.toml (spec sha256 {spec.digest[:12]})" in body
        assert str(Path.cwd()) not in body
        assert f"{Path.home()}/" not in body


def test_a_reader_has_no_more_lines_to_read_than_today() -> None:
    """Hand-written ones: a new exit code or field is not counted."""
    parts = [shell_dir() / "lib" / f"{name}.bash" for name in API_PARTS]
    used = uses.used(FROZEN)
    files = [*parts, shell_dir() / "sender.py"]
    kept = (uses.keep(path.read_text(), used, path.name) for path in files)
    texts = [REGION.sub("", text) for text in kept]
    assert sum(len(text.splitlines()) for text in texts) <= MAX_LINES


def test_no_line_is_untidy(spec: Spec) -> None:
    for body in shell_files(spec).values():
        assert body.endswith("}\n")
        assert "\n\n\n" not in body.replace("\n\n\n", "", body.count('"""'))
        assert not re.search(r"[ \t]$", body, re.MULTILINE)


def test_sha256sum_accepts_the_checksums(spec: Spec, tmp_path: Path) -> None:
    for name, body in render(spec).items():
        (tmp_path / name).write_text(body)
    subprocess.run(["sha256sum", "-c", "--strict", CHECKSUMS], cwd=tmp_path, check=True)
    files = list(render(spec))
    assert files == ["api.func", "error_handler.func", CHECKSUMS]
    digest = hashlib.sha256((tmp_path / "api.func").read_bytes()).hexdigest()
    assert (tmp_path / CHECKSUMS).read_text().startswith(f"{digest}  api.func\n")


@pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.source)
def test_every_spec_renders_to_bash_that_only_defines(
    spec: Spec, tmp_path: Path
) -> None:
    for body in shell_files(spec).values():
        assert source(tmp_path, body, ":") == b""


def test_hostile_settings_come_back_as_they_went_in(tmp_path: Path) -> None:
    then = 'printf "%s\\0" "$__api_endpoint" "$__api_consent_file" "${__api_agent}"'
    out = source(tmp_path, render(HOSTILE)["hostile.func"], then)
    assert out.decode().split("\0")[:-1] == [
        HOSTILE.project.endpoint,
        HOSTILE.consent.file,
        "hostile.func/1.0",
    ]


def test_hostile_exit_codes_come_back_as_they_went_in(tmp_path: Path) -> None:
    [category] = HOSTILE.categories
    then = "for i in 1 2 3 4 5 6 7; do explain_exit_code $i; suggest_recovery $i; done"
    for body in shell_files(HOSTILE).values():
        expected = [
            line
            for row in category.codes
            for line in (category.describe(row), row.recovery)
        ]
        assert source(tmp_path, body, then).decode().splitlines() == expected


def test_hostile_fields_send_what_the_spec_says(tmp_path: Path) -> None:
    then = (
        "MAY_REPORT=yes RUN_ID=1 TELEMETRY_DRY_RUN=yes; report; "
        "A=1 B=2 E=3; report; printf '%s\\n' \"$RESPONSE\""
    )
    out = source(tmp_path, render(HOSTILE)["hostile.func"], then)
    first, second, response = out.splitlines()
    fields = {field.key: field for field in HOSTILE.events[0].fields}
    assert msgspec.json.decode(first) == {
        "run": "1",
        "a": fields["a"].default,
        "b": fields["b"].default,
        "c": fields["c"].value,
        "d": "",
        "e": fields["e"].default,
    }
    assert msgspec.json.decode(second) == {
        "run": "1",
        "a": "1",
        "b": "1",
        "c": fields["c"].value,
        "d": "",
        "e": "3",
    }
    assert response == b""


def test_every_line_of_a_hostile_file_is_one_of_a_harmless_file() -> None:
    """Marks and functions stand where they stand without the hostile texts."""

    def shape(spec: Spec) -> list[str]:
        body = render(spec)["hostile.func"]
        return re.findall(
            r"^ *(?:# (?:>>>|<<<).*|\w+\(\) [{(]|[{}()])", body, re.MULTILINE
        )

    tame = msgspec.json.encode(HOSTILE)
    for text in {line for line in texts(HOSTILE) if len(line) > 4}:
        tame = tame.replace(msgspec.json.encode(text)[1:-1], b"tame")
    assert shape(msgspec.json.decode(tame, type=Spec)) == shape(HOSTILE)


def texts(spec: Spec) -> list[str]:
    rows = [row for category in spec.categories for row in category.codes]
    fields = [field for event in spec.events for field in event.fields]
    return [
        *(text for row in rows for text in (row.meaning, row.recovery)),
        *(category.title for category in spec.categories),
        *(event.description for event in spec.events),
        *(text for field in fields for text in (field.description, field.example)),
    ]


@settings(max_examples=40)
@given(st.lists(LINES, min_size=4, max_size=4))
def test_no_text_of_a_spec_is_ever_run(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    base = HOSTILE
    title, label, meaning, recovery = lines
    category = Category("shell", title, (ExitCode(1, meaning, recovery),), label)
    replaced = msgspec.structs.replace
    project = replaced(base.project, title=title)
    event = replaced(base.events[0], description=recovery)
    fields = tuple(
        replaced(field, description=title, default=meaning if field.default else "")
        for field in event.fields
    )
    spec = replaced(
        base,
        project=project,
        categories=(category,),
        events=(replaced(event, fields=fields), base.events[1]),
    )
    folder = tmp_path_factory.mktemp("bash")
    then = "explain_exit_code 1; suggest_recovery 1; "
    then += "MAY_REPORT=yes RUN_ID=1 TELEMETRY_DRY_RUN=yes; report"
    out = source(folder, render(spec)["hostile.func"], then).decode().splitlines()
    assert out[:2] == [f"{label}: {meaning}", recovery]
    assert msgspec.json.decode(out[2])["a"] == meaning[:64]
