"""How whole scripts end under the error handler, in bash and in the reference."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shimgen.reference import Lost, Reply
from shimgen.reference import handler as model
from shimgen.reference.handler import CHAINED, IGNORED, LEFT, Command, Turn
from support.ends import (
    START,
    UPDATE,
    VM_START,
    Theatre,
    Writer,
    action,
    bash_version,
    words,
)
from support.strategies import examples

BASH = bash_version()
SIGNALS = tuple(name for name in (*CHAINED, *LEFT) if name not in ("ERR", "EXIT"))
CODES = (1, 2, 7, 77, 100, 126, 127, 130, 255)
ENDS = (
    *((), (b"done", b"none"), (b"failed",), (b"failed", b"7"), (b"", b"9")),
    *((b"aborted", b"0"), (b"ok",)),
)
FORCED = (b"done", b"none", b"force")

# Functions msg_error. The last two return 0 and show nothing.
MESSAGES = {
    "prints": 'echo "$1"',
    "needs a variable": ': "$nothing"; echo "$1"',
    "exits": 'echo "$1"; exit 1',
    "fails": "set -e; false",
    "is killed": 'kill -KILL "$BASHPID"',
    "needs a program": 'nosuchprogram "$1"',
    "closes its output": 'exec 2>&- >&-; echo "$1"',
    "reads": "read -r x",
    "takes the traps away": "trap - EXIT ERR; __api_end=0; exit 0",
    "has SIGPIPE": 'kill -PIPE "$BASHPID"; :',
}
SILENT = ("takes the traps away", "has SIGPIPE")
# Lines in which a command fails with a code, in no condition.
FAILING = (
    *("ret %d", "(exit %d)", "ret %d | :", "/bin/sh -c 'exit %d'", "x=$(exit %d)"),
    *("f() { ret %d; }; f", "f() { local x; x=$(ret %d); }; f", "{ (ret %d); }"),
    *("f() { (exit %d); :; }; f", "(ret %d; note wrong -)", "x=$(ret %d | :)"),
    *("f() ( ret %d; :); f", "for x in 1 2; do ret %d; done", 'eval "ret %d"'),
    *("(catch_errors; exit %d)", ": | (ret %d; :)", "((ret %d); :)"),
)
SIMPLE = FAILING[:4]  # no subshell runs an ERR trap, nor more where errexit is off
# Lines in which a failure ends nothing; in the second group it would in posix mode.
HANDLED = (
    *("ret %d || :", "if ret %d; then :; fi", "! ret %d", "ret %d && :; :"),
    *("while ret %d; do :; done", "ret %d | : || :", "(ret %d) || :"),
    *(": | { ret %d || :; }", "f() { ret %d; }; f || :", "set +e; ret %d; set -e"),
    *("set +e; (exit %d); ret %d | :; set -e", "(set +e; ret %d; :)"),
)
HANDLED_INSIDE = (
    *('echo "$(ret %d)"', "f() { local x=$(ret %d); }; f", "x=$(ret %d; :)"),
    *("export x=$(ret %d)", ': "$(ret %d; echo)"', "set +e; x=$(exit %d); set -e"),
    *(
        ": < <(ret %d)",
        "read -r x < <(ret %d) || :",
        "while read -r x; do :; done < <(ret %d)",
    ),
)
# Lines that end a script with 1, as bash cannot expand a word. After the latter, bash
# 4.2 tells an EXIT trap that all is well.
UNEXPANDED = (
    'set -u; : "$nothing"',
    *([': "${nothing:?}"', ': "${nothing?}" || :'] if BASH >= (4, 3) else []),
)
# Lines in which the script gets a signal; it has come when the line is over.
KILLING = (
    *('kill -%s "$$"', '(kill -%s "$$")', 'x=$(kill -%s "$$")', ': | kill -%s "$$"'),
    *('kill -%s "$$" || :', 'if kill -%s "$$"; then :; fi', "eval 'kill -%s \"$$\"'"),
    *('f() { kill -%s "$$"; }; f', "/bin/sh -c 'kill -%s \"$PPID\"'"),
)
# Arguments of error_handler, and `$?` at the call.
CALLS = (
    *(("", 7), ("", 0), ("0", 7), ("0", 0), ("word", 7), ("100", 0), ("'' 3", 9)),
    *(("77 12", 3), ("77 12 'a  * b'", 3), ("77 'a  * b'", 3), ("007", 0), ("00", 3)),
    *(('$LINENO "$BASH_COMMAND"', 9), ('$LINENO "$BASH_COMMAND"', 0), ("'' x", 8)),
    *(('$? $LINENO "$BASH_COMMAND"', 42), ("255", 0), ("256", 7), ("512", 0)),
    *(("-1", 3), ("'' '' ''", 5), ("99999999999", 3), ("0 7", 5), ("x 7", 5)),
    *(("'1 2'", 4), ("1 2 3 4", 5)),
)
OPTIONS = (
    *("", "", "set -u", "STRICT_UNSET=1", "set -T", "set -f", "set -a", "set -o posix"),
    *("IFS=0123456789", "IFS=EIRTXN_", "shopt -s nocasematch failglob", "set -C"),
)
SETTINGS = (
    *(("DIAGNOSTICS", b"no"), ("DIAGNOSTICS", b"yes"), ("TELEMETRY_DEBUG", b"yes")),
    *(("TELEMETRY_DRY_RUN", b"yes"), ("TELEMETRY_DRY_RUN", b"")),
    *(("TELEMETRY_URL", b"nowhere"), ("TELEMETRY_URL", b"http://h")),
    *(("RANDOM_UUID", b"run-1"), ("RANDOM_UUID", b"run-2"), ("RANDOM_UUID", b"")),
)
ANSWERS = (Reply(200), Reply(200), Reply(404), Reply(429), Reply(503), Lost())

commands = st.builds(
    Command,
    st.lists(st.sampled_from(ENDS), max_size=2).map(tuple),
    st.sampled_from([None, None, None, 0, 3]),
)
turns = st.lists(
    st.builds(
        Turn,
        st.sampled_from(ANSWERS),
        st.sampled_from(["", "", "TERM", "INT"]) | st.sampled_from(["", *SIGNALS]),
    ),
    max_size=5,
)
traps = st.sampled_from([*CHAINED, "EXIT", "ERR", "USR1", "PIPE", "ALRM"])


# Lines, as several tests write them.


def catch(writer: Writer) -> None:
    writer.write("catch_errors", model.catch_errors)


def trap(writer: Writer, name: str, command: Command | None) -> None:
    text = "" if command is IGNORED else action(name, command)
    writer.write(f"trap '{text}' {name}", model.set_trap, name, command)


def start(writer: Writer) -> None:
    writer.write(START.function, model.report, START)


def finish(writer: Writer, arguments: tuple[bytes, ...], status: int = 0) -> None:
    joint = "||" if status else "&&"
    line = f"ret {status} {joint} {UPDATE.function}{words(arguments)}"
    writer.write(line, model.report, UPDATE, arguments, status)


def has_message(writer: Writer, body: str, *reports: tuple[bytes, ...]) -> None:
    line = f"msg_error() {{ note msg_error -; {body}; }}"
    writer.change(line, message=Command(reports))


def call_handler(writer: Writer, text: str, status: int) -> None:
    said = shlex.split(text.replace('"$BASH_COMMAND"', "command"))
    line = str(len(writer.lines) + 1)
    values = {"$LINENO": line, "$?": str(status)}
    arguments = [values.get(word, word).encode() for word in said]
    writer.write(
        f"ret {status} {'||' if status else '&&'} error_handler {text}",
        lambda script: model.error_handler(
            script, arguments, status=status, line=int(line)
        ),
    )


def begin(writer: Writer) -> Writer:
    """Begin as most scripts do."""
    for line in ('. "$FILE"', '. "$HANDLER"'):
        writer.write(line)
    catch(writer)
    return writer


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    with Theatre(tmp_path_factory.mktemp("ends")) as theatre:
        yield theatre


# Each form of a line, once.


@pytest.mark.parametrize("line", FAILING)
def test_command_that_fails_ends_the_script_with_its_code(
    theatre: Theatre, line: str
) -> None:
    for code in (1, 100):
        writer = begin(Writer([]))
        start(writer)
        writer.write(line.replace("%d", str(code)), model.fails, code)
        theatre.compare(writer)


@pytest.mark.parametrize("line", [*HANDLED, *HANDLED_INSIDE])
def test_failure_that_does_not_end_the_script_is_none(
    theatre: Theatre, line: str
) -> None:
    writer = begin(Writer([]))
    start(writer)
    writer.write(line.replace("%d", "100"))
    writer.write(":", model.exits, 0)
    theatre.compare(writer)


@pytest.mark.parametrize("line", KILLING)
def test_signal_ends_the_script_with_128_and_its_number(
    theatre: Theatre, line: str
) -> None:
    for name in SIGNALS:
        writer = begin(Writer([]))
        start(writer)
        writer.write(line % name, model.signalled, name)
        theatre.compare(writer)


@pytest.mark.parametrize(("text", "status"), CALLS)
def test_arguments_of_the_handler_mean_the_same(
    theatre: Theatre, text: str, status: int
) -> None:
    writer = begin(Writer([]))
    start(writer)
    call_handler(writer, text, status)
    writer.write(":", model.exits, 0)
    theatre.compare(writer)


@pytest.mark.parametrize("name", MESSAGES)
def test_nothing_that_msg_error_does_changes_the_end(
    theatre: Theatre, name: str
) -> None:
    for option in ("", "set -u"):
        for line, act, what in (
            ("ret 100", model.fails, 100),
            ('kill -TERM "$$"', model.signalled, "TERM"),
        ):
            writer = Writer([])
            writer.write(option)
            has_message(writer, MESSAGES[name])
            start(begin(writer))
            writer.write(line, act, what)
            ended = theatre.compare(writer)
            assert (f"exit code {ended.status} " in ended.stderr) == (
                name not in SILENT
            )


@pytest.mark.parametrize("name", SIGNALS)
def test_signal_during_a_report_is_one_end_and_no_second_report(
    theatre: Theatre, name: str
) -> None:
    for answer in (Reply(200), Reply(503), Lost()):
        for number in range(3):
            writer = begin(Writer([*[Turn(answer)] * number, Turn(answer, name)]))
            start(writer)
            finish(writer, (b"failed", b"7"))
            writer.write("exit 9", model.exits, 9)
            theatre.compare(writer)


# Anything, in any order.


@st.composite
def scripts(draw: st.DrawFn) -> Writer:
    """Draw a script: how it begins, up to six lines, and how it ends."""
    writer = Writer(draw(turns))
    option = draw(st.sampled_from(OPTIONS))
    writer.write(option)
    posix = "posix" in option
    _draw_beginning(draw, writer)
    for _ in range(draw(st.integers(0, 6))):
        _draw_line(draw, writer, posix=posix)
    if not _draw_end(draw, writer):
        writer.write(":", model.exits, 0)
    return writer


def _draw_beginning(draw: st.DrawFn, writer: Writer) -> None:
    order = draw(st.sampled_from(["first", "last", "between"]))
    if order == "first":
        writer.write('. "$FILE"')
    writer.write("set -E")  # else bash hides an ERR trap from functions
    for name in draw(st.sets(traps, max_size=3)):
        _draw_trap(draw, writer, name)
    _draw_message(draw, writer)
    writer.write('. "$HANDLER"')
    if order == "between":
        writer.write('. "$FILE"')
    catch(writer)
    if order == "last":
        writer.write('. "$FILE"')


def _draw_trap(draw: st.DrawFn, writer: Writer, name: str) -> None:
    command = draw(st.just(IGNORED) | commands)
    if command is not IGNORED and name in SIGNALS and BASH < (4, 4):
        # If another signal comes meanwhile, this bash runs the trap once more.
        command = Command((), command.exits)
    trap(writer, name, command)


def _draw_message(draw: st.DrawFn, writer: Writer) -> None:
    name = draw(st.sampled_from(["none", "none", "reports", *MESSAGES]))
    if name == "none":
        writer.change("unset -f msg_error", message=None)
    elif name == "reports":
        arguments = draw(st.sampled_from(ENDS))
        has_message(writer, f"{UPDATE.function}{words(arguments)}; exit 1", arguments)
    else:
        has_message(writer, MESSAGES[name])


LINES = (
    *("start", "start", "finish", "finish", "subshell", "handled", "trap", "catch"),
    *("load", "message", "gone", "errexit", "setting"),
)


def _draw_line(draw: st.DrawFn, writer: Writer, *, posix: bool) -> None:
    match draw(st.sampled_from(LINES)):
        case "start":
            start(writer)
        case "finish":
            arguments = draw(st.sampled_from([*ENDS, FORCED]))
            finish(writer, arguments, draw(st.sampled_from([0, 7])))
        case "subshell":
            text = draw(st.sampled_from(["(%s) || :", ": | %s", 'x="$(%s)"']))
            event = draw(st.sampled_from([START, VM_START, UPDATE]))
            said = draw(st.sampled_from(ENDS)) if event is UPDATE else ()
            call = f"{event.function}{words(said)}"
            writer.write(text % call, model.in_subshell, event, said)
        case "handled":
            inside = not posix and "ERR" not in writer.script.traps
            lines = HANDLED + HANDLED_INSIDE * inside
            line = draw(st.sampled_from([one for one in lines if "set" not in one]))
            writer.write(line.replace("%d", str(draw(st.sampled_from(CODES)))))
        case "trap":
            name = draw(st.sampled_from([*CHAINED, *LEFT]))
            _draw_trap(draw, writer, name)
        case "catch":
            catch(writer)
        case "load":
            writer.write(draw(st.sampled_from(['. "$FILE"', '. "$HANDLER"'])))
        case "message":
            _draw_message(draw, writer)
        case "gone":
            which = draw(st.sampled_from(["", "2"]))
            writer.write(f'exec {which}>&"$UNREAD"')
            writer.deaf = writer.deaf or bool(which)
        case "errexit":
            on = draw(st.booleans())
            writer.change("set -e" if on else "set +e", errexit=on)
        case "setting":
            name, value = draw(st.sampled_from(SETTINGS))
            shell = writer.script.shell.with_variables({name: value})
            writer.change(f"{name}={value.decode()}", shell=shell)


LASTS = (
    *("failure", "failure", "signal", "signal", "both", "exit", "end", "print"),
    *("handler", "unexpanded"),
)


def _draw_end(draw: st.DrawFn, writer: Writer) -> bool:
    """Write a line that may end the script; return whether it is the last one."""
    code = draw(st.sampled_from(CODES))
    name = draw(st.sampled_from(["INT", "TERM", "PIPE", *SIGNALS]))
    match draw(st.sampled_from(LASTS)):
        case "failure":
            script = writer.script
            plain = "ERR" in script.traps or not script.errexit
            lines = SIMPLE if plain else FAILING
            writer.write(draw(st.sampled_from(lines)) % code, model.fails, code)
        case "signal":
            line = draw(st.sampled_from(KILLING)) % name
            writer.write(line, model.signalled, name)
        case "both":
            writer.write(f'(kill -{name} "$$"; exit {code})', model.signalled, name)
            writer.script = model.fails(writer.script, code)
        case "exit":
            status = draw(st.sampled_from([0, code]))
            writer.write(f"exit {status}", model.exits, status)
        case "end":
            writer.write(f"ret {code} && :", model.exits, code)
            return True
        case "print":
            _print(writer, guarded=draw(st.booleans()))
        case "handler":
            call_handler(writer, *draw(st.sampled_from(CALLS)))
        case "unexpanded":
            line = draw(st.sampled_from(UNEXPANDED))
            if writer.deaf:  # bash's own message would be a second end
                line = "exit 1"
            writer.write(line, model.exits, 1)
            writer.noisy = True
    return False


def _print(writer: Writer, *, guarded: bool) -> None:
    """Print to a pipe that nobody reads: a signal, and a command that fails."""
    script = writer.script
    writer.write(f'echo x 2>/dev/null >&"$UNREAD"{" || :" * guarded}')
    if "PIPE" in script.caught or script.traps.get("PIPE") is not IGNORED:
        script = model.signalled(script, "PIPE")
    writer.script = script if guarded else model.fails(script, 1)


@examples(100)
@given(writer=scripts())
def test_script_ends_the_same_way(theatre: Theatre, writer: Writer) -> None:
    theatre.compare(writer)
