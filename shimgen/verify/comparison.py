"""Asks a rendered file and the Python reference the same questions."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shimgen import reference
from shimgen.errors import ShimgenError
from shimgen.reference import Host
from shimgen.render.quote import bash_bytes
from shimgen.spec import Event, Spec

CODES = (*map(str, range(301)), "", "-1", "007", "0127", "1e2", "a", "1 2", "9" * 10)
PRINTED = b"first/8.2.2/third\nsecond line\n"  # by each host command

VALUES = (
    b"8",
    b"",
    b"08",
    b" 12 ",
    b"8G",
    b"-1",
    b"1234567890",
    b"a\"b\\c\n\td$(echo x)`echo y`'*",
    b"\xff\xfe\xc3\xa9 plain ",
    b"  " + b"long " * 60,
    b"one two=2 *  three/3 " + b"word " * 20,
)
ARGUMENTS: tuple[tuple[str, ...], ...] = (
    (),
    ("completed",),
    ("completed", "5"),
    ("done", "none"),
    ("failed",),
    ("failed", "0"),
    ("failed", "100"),
    ("failed", "0127"),
    ("failed", "256"),
    ("failed", "INTERRUPTED"),
    ("aborted", "TERMINATED"),
    ("error", "HANGUP"),
    ("failed", "cp a b | tee c"),
    ("Failed", "none"),
    ("", "0"),
    ("", "255"),
    ("failed", "1", "force"),
)
# Runs each step of a file, in which NUL ends a step, and prints NUL after each.
SCRIPT = r"""
. "$1"
while IFS= read -r -d '' step; do
  (eval "$step") </dev/null 2>/dev/null
  printf '\0'
done <"$2"
"""


@dataclass(frozen=True)
class Question:
    """A step for bash, and what the reference expects it to print.

    `topic` is the group that the question belongs to.
    """

    topic: str
    step: bytes
    expected: bytes


def compare(
    spec: Spec, file: Path, folder: Path, *, reports: bool
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the name of each group of questions, and lines that say where bash differs.

    `folder` is for temporary files; `reports` says whether the file defines events.
    """
    questions = [*_catalogue(spec), *(_reports(spec) if reports else ())]
    answers = _ask(spec, file, folder, questions)
    answered = list(zip(questions, answers, strict=True))
    for topic in dict.fromkeys(question.topic for question in questions):
        group = [pair for pair in answered if pair[0].topic == topic]
        detail = tuple(
            line
            for question, answer in group
            if answer != question.expected
            for line in _difference(question, answer)
        )
        yield f"{topic} ({len(group)} questions)", detail


def _difference(question: Question, answer: bytes) -> list[str]:
    """Describe the first difference in three lines."""
    theirs, ours = answer.split(b"\n"), question.expected.split(b"\n")
    pairs = zip(theirs, ours, strict=False)
    at = next((i for i, (a, b) in enumerate(pairs) if a != b), len(ours) - 1)
    step = question.step.decode("ascii", "backslashreplace").replace("\n", "; ")
    return [
        f"asked:     {step[:200]}",
        f"bash:      {b' '.join(theirs[at : at + 1]).decode('ascii', 'replace')}",
        f"reference: {b' '.join(ours[at : at + 1]).decode('ascii', 'replace')}",
    ]


def _ask(
    spec: Spec, file: Path, folder: Path, questions: Sequence[Question]
) -> list[bytes]:
    steps = folder / "steps"
    steps.write_bytes(b"".join(q.step + b"\0" for q in questions))
    programs = folder / "programs"
    programs.mkdir()
    printed = f"#!/bin/sh\nprintf %s {shlex.quote(PRINTED.decode())}\n"
    for name in _programs(spec):
        (programs / name).write_text(printed)
        (programs / name).chmod(0o755)
    done = subprocess.run(
        ["/bin/bash", "--norc", "-c", SCRIPT, "bash", file, steps],
        env={"PATH": str(programs), "LC_ALL": "C.UTF-8"},
        cwd=folder,
        stdout=subprocess.PIPE,
        check=False,
    )
    answers = done.stdout.split(b"\0")[:-1]
    if len(answers) != len(questions):
        raise ShimgenError(f"{file}: ends the shell that loads it; render it again")
    return answers


def _programs(spec: Spec) -> frozenset[str]:
    commands = {field.command for event in spec.events for field in event.fields}
    return frozenset((commands | set(spec.project.requires) | {"python3"}) - {""})


def _catalogue(spec: Spec) -> Iterator[Question]:
    words = " ".join(map(shlex.quote, CODES)).encode()
    for category in ("", *(one.name for one in spec.categories), "nothing"):
        call = b'"$code" ' + category.encode()
        step = b"for code in %s; do explain_exit_code %s; suggest_recovery %s; done" % (
            words,
            call,
            call,
        )
        expected = b"".join(_meaning(spec, code, category) for code in CODES)
        yield Question("exit codes", step, expected)


def _meaning(spec: Spec, code: str, category: str) -> bytes:
    words = (code.encode(), category.encode())
    meaning = reference.explain_exit_code(spec, *words)
    recovery = reference.suggest_recovery(spec, *words)
    return meaning + b"\n" + (recovery + b"\n" if recovery else b"")


def _reports(spec: Spec) -> Iterator[Question]:
    for event in spec.events:
        names = sorted({name for field in event.fields for name in field.variable})
        for value in VALUES:
            variables = dict.fromkeys(names, value) | _open(spec, value)
            yield _report(spec, event, variables, f"fields of {event.function}")
        for variables in _gates(spec):
            yield _report(spec, event, variables, f"gate of {event.function}")
        if event.kind == "outcome":
            for words in ARGUMENTS:
                topic = f"arguments of {event.function}"
                yield _report(spec, event, _open(spec), topic, words, 3)


def _open(spec: Spec, run: bytes = b"run-1") -> dict[str, bytes]:
    return {
        spec.consent.variable: b"yes",
        spec.project.run_id: run or b"run-1",
        "TELEMETRY_DRY_RUN": b"yes",
    }


def _gates(spec: Spec) -> Iterator[dict[str, bytes]]:
    consent, run = spec.consent.variable, spec.project.run_id
    for name, values in {
        consent: (b"yes", b"no", b"", b"YES", b"yes ", b"1"),
        "DO_NOT_TRACK": (b"", b"0", b"false", b"1", b"no"),
        run: (b"", b"run-2"),
        "PATH": (b"", b"/nowhere"),
        **{event.flag: (b"true", b"false", b"TRUE") for event in spec.events},
    }.items():
        for value in values:
            yield _open(spec) | {name: value}


def _report(
    spec: Spec,
    event: Event,
    variables: Mapping[str, bytes],
    topic: str,
    words: Iterable[str] = (),
    status: int = 0,
) -> Question:
    arguments = [word.encode() for word in words]
    programs = _programs(spec) if "PATH" not in variables else frozenset[str]()
    report = reference.report(
        spec,
        event,
        reference.load(spec, variables),
        Host(
            programs, int(time.time()), dict.fromkeys(programs, PRINTED), _consent(spec)
        ),
        arguments,
        status=status,
    )
    lines = [b"%s=%s" % (name.encode(), bash_bytes(v)) for name, v in variables.items()]
    call = b" ".join([event.function.encode(), *map(bash_bytes, arguments)])
    shown = b'printf "%%s %%s" "${RESPONSE-unset}" "$%s"' % event.flag.encode()
    left = b"%s %s" % (report.response, report.shell.get(event.flag))
    step = b"\n".join([*lines, b"(exit %d)" % status, call, shown])
    return Question(topic, step, report.stdout + left)


def _consent(spec: Spec) -> bytes | reference.Unreadable | None:
    """Return this host's consent file, which the file under test reads."""
    file = Path(spec.consent.file or "/nowhere")
    try:
        file.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return "unreadable"
    try:
        return file.read_bytes() if file.is_file() else "unreadable"
    except OSError:
        return "unreadable"
