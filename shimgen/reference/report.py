"""One report, from the call to its results (docs/behaviour.md sections 4 and 6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from shimgen.spec import Event, Spec

from . import settings
from .gate import Closed, Gate, closed_gate
from .outcome import decide, forced
from .payload import Entry, body, entries
from .state import Host, Outcome, Shell

# Without consent nothing is remembered, and without a run there is no outcome of it.
NOTHING_NOTED = (Gate.OPT_OUT, Gate.RUN)
MAX_RESPONSE = 4096  # bytes of the answer's body, after NULs are dropped
TRY_AGAIN = (408, 425, 429)  # besides 500 to 599


@dataclass(frozen=True)
class Request:
    """A POST request: URL, body, user agent, and the limit in seconds."""

    url: bytes
    body: bytes
    agent: str
    timeout: int


@dataclass(frozen=True)
class Reply:
    """An HTTP answer: its status, what arrived of its body, after how many seconds."""

    status: int
    body: bytes = b""
    seconds: int = 0

    @property
    def settles(self) -> bool:
        """Whether the report is made, and not one that may be tried again."""
        return self.status not in TRY_AGAIN and not 500 <= self.status <= 599


@dataclass(frozen=True)
class Lost:
    """No HTTP answer, and how many seconds it was waited for."""

    seconds: int = 0


Answer = Callable[[Request], Reply | Lost]


def no_answer(_: Request) -> Lost:
    """Behave like a server that cannot be reached."""
    return Lost()


class Way(Enum):
    """What happens to a report."""

    CLOSED = "the gate is closed"
    UNUSABLE = "the URL cannot be used"
    DRY_RUN = "the body is printed"
    BACKGROUND = "sent in the background"
    SENT = "sent"


@dataclass(frozen=True)
class Report:
    """The result of a call: `shell` is the state after it.

    `closed` says why the gate was closed, None if it was open. `entries` are the fields
    of the payload, none if the gate was closed. `request` is what was sent, None if
    nothing was. `stdout` is what the call printed.
    """

    way: Way
    shell: Shell
    closed: Closed | None = None
    entries: tuple[Entry, ...] = ()
    request: Request | None = None
    stdout: bytes = b""

    @property
    def response(self) -> bytes:
        """What RESPONSE is after the call."""
        return self.shell.get("RESPONSE")


def report(
    spec: Spec,
    event: Event,
    shell: Shell,
    host: Host,
    arguments: Sequence[bytes] = (),
    *,
    status: int = 0,
    answer: Answer = no_answer,
) -> Report:
    """Do what the bash function of `event` does.

    `arguments` are those of the call; only an event of kind "outcome" uses them.
    `status` is `$?` at the call. `answer` plays the server: it gets the request and
    returns the reply, or says that there is none.
    """
    outcome_given = event.kind == "outcome"
    force = outcome_given and forced(arguments)
    silent = shell.with_variables({"RESPONSE": b""})
    closed = closed_gate(spec, event, shell, host, force=force)
    if outcome_given and (closed is None or closed.gate not in NOTHING_NOTED):
        outcome = decide(spec, shell, arguments, status)
        silent = _remember(spec, silent, outcome, force=force)
    if closed:
        return Report(Way.CLOSED, silent, closed)
    return _deliver(spec, event, silent, host, answer, force=force)


def _remember(spec: Spec, shell: Shell, outcome: Outcome, *, force: bool) -> Shell:
    """Store the outcome, unless this run has one already and `force` is not given."""
    run = shell.run(spec)
    if shell.outcome and shell.outcome_run == run and not force:
        return shell
    return replace(shell, outcome=outcome, outcome_run=run)


def _deliver(
    spec: Spec, event: Event, shell: Shell, host: Host, answer: Answer, *, force: bool
) -> Report:
    """Print the payload, or send it and set the flag by the answer."""
    fields = entries(spec, event, shell, host, shell.outcome)
    payload = body(fields)
    if shell.get("TELEMETRY_DRY_RUN") == b"yes":
        return Report(Way.DRY_RUN, shell, entries=fields, stdout=payload + b"\n")
    spent = 0 if force else shell.spent(spec, event.flag)
    url = settings.url(spec, shell)
    if not settings.usable(url):
        return Report(
            Way.UNUSABLE, _unanswered(spec, event, shell, spent), entries=fields
        )
    agent = f"{spec.project.file}/{spec.project.version}"
    limit = settings.timeout(spec, shell) - spent
    request = Request(url, payload, agent, limit)
    reply = answer(request)
    if shell.get("TELEMETRY_BACKGROUND") == b"yes":
        after = _answered(spec, event, shell)
        return Report(Way.BACKGROUND, after, entries=fields, request=request)
    after = remember(spec, event, shell, reply, spent)
    return Report(Way.SENT, after, entries=fields, request=request)


def remember(
    spec: Spec, event: Event, shell: Shell, reply: Reply | Lost, spent: int
) -> Shell:
    """Set the flag by the answer to a report, and RESPONSE to it.

    `spent` are the seconds that lost tries of the report took before.
    """
    shell = shell.with_variables({"RESPONSE": response(reply)})
    if isinstance(reply, Reply) and reply.settles:
        return _answered(spec, event, shell)
    return _unanswered(spec, event, shell, spent + reply.seconds)


def _answered(spec: Spec, event: Event, shell: Shell) -> Shell:
    reported = {**shell.reported, event.flag: shell.run(spec)}
    return replace(shell.with_variables({event.flag: b"true"}), reported=reported)


def _unanswered(spec: Spec, event: Event, shell: Shell, spent: int) -> Shell:
    """Permit another try, unless the report was answered before (as with `force`).

    `spent` are the seconds of all its tries.
    """
    if shell.made_already(spec, event.flag):
        return shell
    tried = {**shell.tried, event.flag: (shell.run(spec), spent)}
    return replace(shell.with_variables({event.flag: b"false"}), tried=tried)


def response(reply: Reply | Lost) -> bytes:
    """Return the value of RESPONSE after a send was tried."""
    if isinstance(reply, Lost):
        return b"000"
    return reply.body.replace(b"\0", b"")[:MAX_RESPONSE] + b"%03d" % reply.status
