"""Runs a script in bash and in the reference, and compares them after each step."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from hypothesis import currently_in_test_context, note
from msgspec.structs import replace as replace_struct

from shimgen import reference
from shimgen.reference import Gate, Host, Lost, RefusedError, Reply, Report, Shell
from shimgen.render import render
from shimgen.spec import Event, Spec

from .bash_session import BashSession, Played, word
from .stubs import Directories, Network, Recorder, Sent

RECORDS = ("TELEMETRY_PACKAGES", "TELEMETRY_FEATURES", "TELEMETRY_METRICS")
TIMER = "INSTALL_START_TIME"
SLACK = 4  # seconds of the limit that may pass before the sender starts


def same(what: str, bash: object, reference: object) -> None:
    """Raise an AssertionError with both values if bash and the reference differ."""
    if bash != reference:
        raise AssertionError(f"{what}: bash has {bash!r}, the reference {reference!r}")


def plain_call(event: Event, arguments: Sequence[bytes], status: int) -> bytes:
    """Return a line that calls the event with this `$?`, and that `set -e` permits."""
    joint = b"&&" if status == 0 else b"||"
    call = b" ".join([event.function.encode(), *map(word, arguments)])
    return b"__test_return %d %s %s" % (status, joint, call)


class Stage:
    """A rendered spec that a bash has loaded, with stub programs.

    Used as a context manager. The consent file is one of the test's own.
    """

    def __init__(self, spec: Spec, folder: Path) -> None:
        consent = folder / "con sent"
        self.spec = replace_struct(
            spec, consent=replace_struct(spec.consent, file=str(consent))
        )
        self.consent = consent
        self.folder = folder
        commands = {f.command for e in spec.events for f in e.fields if f.command}
        self.directories = Directories(folder, commands.union(spec.project.requires))
        self.file = folder / spec.project.file
        self.file.write_text(render(self.spec)[spec.project.file])
        self.recorder = Recorder(folder / "sent", folder / "tools" / "python3")
        self.network: Network = self.recorder
        self.path = self.directories.path("tools")
        self.session = BashSession(self.file, folder, folder / "here", self.path)

    def __enter__(self) -> Self:
        self.session.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.session.__exit__()
        self.recorder.__exit__()

    @property
    def functions(self) -> tuple[str, ...]:
        """The names of the functions that report."""
        return tuple(event.function for event in self.spec.events)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The variables whose values are reported, without the run's identifier."""
        fields = [field for event in self.spec.events for field in event.fields]
        names = {name for field in fields for name in field.variable}
        return tuple(sorted(names - {self.spec.project.run_id}))

    def event(self, function: str) -> Event:
        """Return the event of that function."""
        return next(e for e in self.spec.events if e.function == function)

    @contextmanager
    def script(self) -> Iterator[Twins]:
        """Begin a script in a fresh shell in which the gate is open."""
        self.consent.unlink(missing_ok=True)
        self.directories.print({})
        with self.session.example():
            twins = Twins(self)
            twins.set(self.spec.consent.variable, b"yes")
            twins.set(self.spec.project.run_id, b"run-1")
            yield twins


@dataclass
class Twins:
    """A shell twice: `script` are the next lines for bash, `shell` is the reference's.

    Changes are played with the next call.
    """

    stage: Stage

    def __post_init__(self) -> None:
        spec = self.stage.spec
        self.spec = spec
        self.shell = reference.load(spec, {})
        self.host = Host(self.stage.directories.programs(self.stage.path), 0)
        self.script = b""
        flags = dict.fromkeys(event.flag for event in spec.events)
        self.watched = tuple(
            dict.fromkeys(
                (
                    *self.stage.inputs,
                    *RECORDS,
                    *flags,
                    TIMER,
                    "EXIT_CODE",
                    "RESPONSE",
                    spec.project.run_id,
                    spec.consent.variable,
                )
            )
        )

    # Steps between two calls.

    def set(self, name: str, value: bytes, *, export: bool = False) -> None:
        """Assign to a variable."""
        how = b"export " if export else b""
        self.script += b"%s%s=%s\n" % (how, name.encode(), word(value))
        self.shell = self.shell.with_variables({name: value})

    def set_inputs(self, inputs: Mapping[str, tuple[bytes, bool]]) -> None:
        """Assign to variables, each exported or not."""
        for name, (value, export) in inputs.items():
            self.set(name, value, export=export)

    def unset(self, name: str) -> None:
        """Unset a variable."""
        self.script += b"unset -v %s\n" % name.encode()
        kept = {k: v for k, v in self.shell.variables.items() if k != name}
        self.shell = replace(self.shell, variables=kept)

    def say(self, line: bytes) -> None:
        """Add a line that changes nothing for the reference, such as an option."""
        self.script += line + b"\n"

    def set_path(self, path: bytes | None) -> None:
        """Set or unset PATH."""
        self.script += b"unset -v PATH\n" if path is None else b"PATH=%s\n" % word(path)
        programs = self.stage.directories.programs(path)
        self.host = replace(self.host, programs=programs)

    def set_outputs(self, outputs: Mapping[str, bytes]) -> None:
        """Let host commands print this."""
        self.stage.directories.print(outputs)
        self.host = replace(self.host, outputs=outputs)

    def set_consent(self, content: bytes) -> None:
        """Write the consent file anew: it may be a link."""
        self.stage.consent.unlink(missing_ok=True)
        self.stage.consent.write_bytes(content)
        self.host = replace(self.host, consent=content)

    def refuse_by(self, target: Path) -> None:
        """Make the consent file a symbolic link to something that is no file."""
        self.stage.consent.unlink(missing_ok=True)
        self.stage.consent.symlink_to(target)
        self.host = replace(self.host, consent="unreadable")

    # Calls, each of which is compared.

    def report(
        self,
        event: Event,
        arguments: Sequence[bytes] = (),
        *,
        status: int = 0,
        reply: Reply | Lost | None = None,
        line: bytes = b"",
        forgotten: bool = False,
    ) -> Report:
        """Call the function of an event.

        `line` replaces the plain call. `forgotten` says that it calls in a subshell, so
        that the shell itself stays as it was. Without a `reply` there is no answer.
        """
        line = line or plain_call(event, arguments, status)
        said = reply or Lost()
        self.stage.network.answer(said)
        before = self.shell
        played = self._play(line + b"\n__test_status=$?")

        def expect(now: int) -> Report:
            host = replace(self.host, now=now)
            return reference.report(
                self.spec,
                event,
                before,
                host,
                arguments,
                status=status,
                answer=lambda _: said,
            )

        report = expect(played.began)
        received = self.stage.network.take(expected=report.request is not None)
        # The report belongs to one of these seconds; a background one may be later.
        for possible in map(expect, range(played.began, int(time.time()) + 1)):
            body = possible.request.body if possible.request else None
            if body in [sent.body for sent in received] or (
                body is None and possible.stdout == played.stdout
            ):
                report = possible
                break
        self._compare_request(report, received)
        if not forgotten:
            self.shell = report.shell
        debug = before.get("TELEMETRY_DEBUG") == b"yes"
        self._compare(played, 0, report.stdout, lines=1 if debug else 0)
        if debug and report.closed and report.closed.gate is Gate.OPT_OUT:
            told = f"{event.function}: not sent: {report.closed.reason}\n"
            same("stderr", played.stderr.partition(b": ")[2], os.fsencode(told))
        return report

    def record(self, function: str, arguments: Sequence[bytes]) -> None:
        """Call a function that records something, and that may refuse its arguments."""
        calls: dict[str, Callable[..., Shell]] = {
            "record_package": reference.record_package,
            "record_feature": reference.record_feature,
            "record_metric": reference.record_metric,
            "register_exit_code": reference.register_exit_code,
        }
        status = 0
        try:
            self.shell = calls[function](self.shell, *arguments)
        except RefusedError:
            status = 2
        line = b" ".join([function.encode(), *map(word, arguments)])
        played = self._play(line + b" || __test_status=$?")
        self._compare(played, status, b"", lines=None if status else 0)

    def start_timer(self) -> None:
        """Call `start_install_timer`."""
        played = self._play(b"start_install_timer")
        started = int(played.variables[TIMER])
        assert played.began <= started <= played.ended
        self.shell = reference.start_install_timer(
            self.shell, replace(self.host, now=started)
        )
        self._compare(played, 0, b"")

    def look_up(self, *arguments: bytes) -> None:
        """Call `explain_exit_code` and `suggest_recovery`."""
        code, category = [*arguments, b"", b""][:2]
        custom = self.shell.custom
        words = b" ".join(map(word, arguments))
        meaning = reference.explain_exit_code(self.spec, code, category, custom)
        recovery = reference.suggest_recovery(self.spec, code, category, custom)
        played = self._play(b"explain_exit_code " + words)
        self._compare(played, 0, meaning + b"\n")
        played = self._play(b"suggest_recovery " + words)
        self._compare(played, 0, recovery and recovery + b"\n")

    def load_again(self) -> None:
        """Source the file once more."""
        played = self._play(b". %s" % word(str(self.stage.file).encode()))
        self._compare(played, 0, b"")

    # The comparison.

    def _play(self, line: bytes) -> Played:
        script, self.script = self.script + line, b""
        if currently_in_test_context():
            note(script.decode("latin-1"))
        return self.stage.session.play(script, self.watched)

    def _compare(
        self, played: Played, status: int, stdout: bytes, *, lines: int | None = 0
    ) -> None:
        variables = self.shell.variables
        wanted = {n: variables[n] for n in self.watched if n in variables}
        for name in self.watched:
            same(name, played.variables.get(name), wanted.get(name))
        same("stdout", played.stdout, stdout)
        same("status", played.status, status)
        *said, rest = played.stderr.split(b"\n")
        if rest or not (said if lines is None else len(said) == lines):
            what = "some" if lines is None else lines
            raise AssertionError(f"stderr should have {what} lines: {played.stderr!r}")

    def _compare_request(self, report: Report, received: list[Sent]) -> None:
        expected = [report.request] if report.request else []
        same("reports sent", len(received), len(expected))
        for sent, request in zip(received, expected, strict=True):
            same("URL", sent.url, request.url)
            same("body", sent.body, request.body)
            same("agent", sent.agent.decode(), request.agent)
            spent = 0 if sent.limit is None else request.timeout - sent.limit
            if not 0 <= spent < SLACK:
                raise AssertionError(f"limit {sent.limit}, not {request.timeout}")
