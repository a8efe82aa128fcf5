"""How a script ends under the error handler (docs/behaviour.md section 7).

A script is followed from one of its commands to the next: `catch_errors`, `set_trap`,
`report`, `fails`, `signalled`, `error_handler`, `exits`. Each takes the script as it is
and returns it as it is afterwards; of one that has ended, nothing is changed any more.
What the script's `msg_error` does is not asked for: it changes nothing.

    script = Script(spec, host, load(spec, variables), turns=(Turn(Reply(503)),))
    script = set_trap(script, "EXIT", Command())
    script = catch_errors(script)
    script = report(script, spec.events[0])
    script = fails(script, 100)
    script.status       # 100
    script.seen         # what it reported, showed and called, in this order
"""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from shimgen.spec import Event, Spec

from .catalogue import number
from .outcome import forced
from .report import Lost, Reply, Request, Way, remember
from .report import report as send
from .state import Host, Outcome, Shell

CHAINED = ("ERR", "EXIT", "INT", "TERM", "HUP")
"""Traps of the script's own that catch_errors replaces and its handlers call."""

LEFT = ("PIPE", "ALRM", "USR1", "USR2", "XCPU", "XFSZ", "VTALRM", "PROF", "IO", "SYS")
"""Signals for which a trap of the script's own stays as it is."""


@dataclass(frozen=True)
class Command:
    """A command of the script's own, that a trap runs or that is its `msg_error`.

    It calls the function of the last event once for each of `reports`, which are its
    arguments, and then exits with `exits`, if that is not None.
    """

    reports: tuple[tuple[bytes, ...], ...] = ()
    exits: int | None = None


IGNORED = None
"""What a trap has in place of a command if its signal is ignored."""


@dataclass(frozen=True)
class Turn:
    """What the receiver does with one request.

    Before it answers, the script gets the signal of this name, if there is one.
    """

    answer: Reply | Lost
    signal: str = ""


@dataclass(frozen=True)
class Sent:
    """A report that reached the receiver; a start has no outcome."""

    function: str
    outcome: Outcome | None


@dataclass(frozen=True)
class Shown:
    """The message about the end, with the exit code."""

    code: int


@dataclass(frozen=True)
class Called:
    """A command of the script's own was called: a trap, by its name, or `msg_error`.

    `status` is `$?` at its beginning; None where no rule says what it is.
    """

    name: str
    status: int | None


@dataclass(frozen=True)
class Script:
    """A script that has loaded both files, between two of its commands.

    `shell` is what its reports know. `turns` are the receiver's for the next requests;
    further ones it answers with 200. `traps` are the script's own, by name; `caught`
    are the names of those that the handlers have, and `kept` are the commands that
    these call. `message` is the script's `msg_error`, None if it has none.
    `opened` says whether it opened a run that is not closed.

    `sending` are the reports, flag and run, that are being sent. `waiting` are signals
    that came while a subshell ran, None outside of one.

    `seen` is what was seen of it, in this order. `code` is its exit code, once it is
    certain how it ends; `status` is its exit status, once it has ended.
    """

    spec: Spec
    host: Host
    shell: Shell
    turns: tuple[Turn, ...] = ()
    traps: Mapping[str, Command | None] = field(default_factory=dict)
    caught: frozenset[str] = frozenset()
    kept: Mapping[str, Command] = field(default_factory=dict)
    message: Command | None = None
    errexit: bool = False
    opened: bool = False
    sending: frozenset[tuple[str, bytes]] = frozenset()
    waiting: tuple[str, ...] | None = None
    exiting: bool = False
    seen: tuple[Sent | Shown | Called, ...] = ()
    code: int | None = None
    status: int | None = None

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self.status is not None


# What a script does.


def catch_errors(script: Script) -> Script:
    """Set the traps; keep commands of the script's own, and signals that it ignores.

    Bash hides an ERR trap from functions until errtrace is on; here it is.
    """
    if script.ended:
        return script
    traps, kept, caught = dict(script.traps), dict(script.kept), set(script.caught)
    for name in (*CHAINED, *LEFT):
        own = traps.get(name, IGNORED)
        if own is not IGNORED and name in CHAINED:
            kept[name] = own
            del traps[name]
        if name not in traps:
            caught.add(name)
    caught_now = frozenset(caught)
    return replace(script, traps=traps, kept=kept, caught=caught_now, errexit=True)


def set_trap(script: Script, name: str, command: Command | None) -> Script:
    """Set a trap of the script's own, which replaces a handler; IGNORED ignores it."""
    if script.ended:
        return script
    traps = {**script.traps, name: command}
    return replace(script, traps=traps, caught=script.caught - {name})


def report(
    script: Script, event: Event, arguments: Sequence[bytes] = (), status: int = 0
) -> Script:
    """Call the function of an event (section 6); `status` is `$?` at the call.

    A start that is not closed by the gate opens the run, whatever the answer; an end
    that is settled closes it. While a report is sent, it is not sent a second time, and
    what comes of it is remembered only after the trap of a signal that came meanwhile.
    """
    if script.ended:
        return script
    outcome_given = event.kind == "outcome"
    force = outcome_given and forced(arguments)
    mark = (event.flag, script.shell.run(script.spec))
    if mark in script.sending and not force:
        return script
    turn, *rest = script.turns or (Turn(Reply(200)),)

    def answer(_: Request) -> Reply | Lost:
        return turn.answer

    done = send(
        *(script.spec, event, script.shell, script.host, arguments),
        status=status,
        answer=answer,
    )
    if done.way is not Way.CLOSED and not outcome_given:
        script = replace(script, opened=True)
    if done.request is None:
        closes = outcome_given and done.way is Way.DRY_RUN
        return replace(script, shell=done.shell, opened=script.opened and not closes)
    noted = replace(
        script.shell, outcome=done.shell.outcome, outcome_run=done.shell.outcome_run
    )
    spent = 0 if force else noted.spent(script.spec, event.flag)
    script = replace(script, shell=noted, turns=tuple(rest))
    script = _see(
        script, Sent(event.function, noted.outcome if outcome_given else None)
    )
    if turn.signal:
        during = replace(script, sending=script.sending | {mark})
        script = signalled(during, turn.signal)
        script = replace(script, sending=script.sending - {mark})
    if script.ended:
        return script
    shell = remember(script.spec, event, script.shell, turn.answer, spent)
    closes = outcome_given and isinstance(turn.answer, Reply) and turn.answer.settles
    return replace(script, shell=shell, opened=script.opened and not closes)


def in_subshell(script: Script, event: Event, arguments: Sequence[bytes]) -> Script:
    """Call the function of an event in a subshell, which the script does not notice."""
    if script.ended:
        return script
    return _forget(script, report(_fork(script), event, arguments))


def fails(script: Script, code: int) -> Script:
    """Let a command fail that is part of no condition; not in a subshell."""
    if script.ended:
        return script
    if "ERR" in script.caught:
        return _ends_by_error(script, code) if script.errexit else script
    script = _call_trap(script, "ERR", code)
    return exits(script, code) if script.errexit else script


def signalled(script: Script, name: str) -> Script:
    """Let a signal arrive for which there is a trap.

    During the end of the script, another one is not looked at. After a kept command
    the script ends with 128 and the number of the signal. While it waits for a
    subshell, the signal waits, too.
    """
    if script.ended:
        return script
    if script.waiting is not None:
        return replace(script, waiting=(*script.waiting, name))
    if name not in script.caught:
        return _call_trap(script, name, None)
    if script.code is not None:
        return script
    code = 128 + _number(name)
    script = _show(_fix(script, code), code)
    return exits(_call_kept(script, name, code), code)


def error_handler(
    script: Script, arguments: Sequence[bytes], *, status: int = 0, line: int = 0
) -> Script:
    """Call the handler; `status` is `$?` at the call, `line` the line of the call.

    Without a code from 1 to 255 it changes nothing, nor without arguments where errexit
    is off.
    """
    if script.ended or script.code is not None:
        return script
    if not arguments and not script.errexit:
        return script
    code = handled_code(arguments, status, line)
    return _ends_by_error(script, code) if code else script


def handled_code(arguments: Sequence[bytes], status: int, line: int) -> int | None:
    """Return the exit code that a call of `error_handler` means; None for no number.

    It is the first argument, or `$?` if that is missing or empty. Of two arguments the
    first may be the line, if the second is no number: then it is `$?`, too.
    """
    first = arguments[0] if arguments else b""
    if len(arguments) == 2 and number(arguments[1], 999_999_999) is None and status:
        first = b"" if first == b"%d" % line else first
    return number(first or b"%d" % status, 255)


def exits(script: Script, status: int) -> Script:
    """Say `exit`, or come to the end of the file with this `$?`.

    In the EXIT trap this is the end, and the status is that of the script.
    """
    if script.ended:
        return script
    if not script.exiting:
        script = replace(script, exiting=True)
        if "EXIT" not in script.caught:
            script = _call_trap(script, "EXIT", status)
        else:
            script, status = _on_exit(script, status)
    return script if script.ended else replace(script, status=status)


# The handlers.


def _on_exit(script: Script, status: int) -> tuple[Script, int]:
    """Close an open run with a code that is not 0, or as the spec says for 0.

    That it completed, only the script itself says.
    """
    if script.code is not None:
        status = script.code
    elif status or script.spec.handler.clean_exit:
        script = _close(replace(script, code=status), status)
    return _call_kept(script, "EXIT", status), status


def _ends_by_error(script: Script, code: int) -> Script:
    script = _show(_fix(script, code), code)
    return exits(_call_kept(script, "ERR", code), code)


def _fix(script: Script, code: int) -> Script:
    """Make certain how the script ends, and report it, before anything is shown."""
    traps = {**script.traps, "PIPE": IGNORED}
    traps.pop("ERR", None)
    caught = script.caught - {"ERR", "PIPE"}
    script = replace(script, code=code, errexit=False, traps=traps, caught=caught)
    return _close(script, code)


def _close(script: Script, code: int) -> Script:
    word = b"" if code else script.spec.handler.clean_exit.encode()
    for event in script.spec.events if script.opened else ():
        if event.kind == "outcome":
            script = report(script, event, (word, b"%d" % code))
    return script


def _show(script: Script, code: int) -> Script:
    """Show the message; `msg_error` is called in a subshell, which is forgotten."""
    if script.ended:
        return script
    script = _see(script, Shown(code))
    if script.message is None:
        return script
    subshell = _call(_fork(script), "msg_error", script.message, None)
    return _forget(script, subshell)


def _fork(script: Script) -> Script:
    """Return a subshell: it has no traps, and did not open the run."""
    alone = replace(script, traps={}, caught=frozenset(), kept={})
    return replace(alone, opened=False, waiting=())


def _forget(script: Script, subshell: Script) -> Script:
    """Return the script after a subshell: the world has changed, and it has not."""
    script = replace(script, turns=subshell.turns, seen=subshell.seen)
    for name in sorted(set(subshell.waiting or ()), key=_number):
        script = signalled(script, name)
    return script


def _number(name: str) -> int:
    return signal.Signals[f"SIG{name}"]


def _call_kept(script: Script, name: str, status: int) -> Script:
    """Call the command of a trap that the handlers replaced, once."""
    command = script.kept.get(name)
    if command is None or script.ended:
        return script
    kept = {other: own for other, own in script.kept.items() if other != name}
    return _call(replace(script, kept=kept), name, command, status)


def _call_trap(script: Script, name: str, status: int | None) -> Script:
    """Call the command of a trap of the script's own, if there is one."""
    command = script.traps.get(name)
    return _call(script, name, command, status) if command else script


def _call(script: Script, name: str, command: Command, status: int | None) -> Script:
    script = _make(_see(script, Called(name, status)), command.reports)
    return script if command.exits is None else exits(script, command.exits)


def _make(script: Script, reports: Sequence[tuple[bytes, ...]]) -> Script:
    for arguments in reports:
        script = report(script, script.spec.events[-1], arguments)
    return script


def _see(script: Script, what: Sent | Shown | Called) -> Script:
    return replace(script, seen=(*script.seen, what))
