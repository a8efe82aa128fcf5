"""What loading the file changes, and where the results of a report go."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from support.frozen import API_FUNC, HANDLER
from support.transports import SCRIPT, Toolbox, program

PYTHON = "#!/bin/sh\nIFS= read -r body\nprintf :ok200\n"


def said(folder: Path, script: str, shell: str = "bash") -> str:
    """Run a script with the path of the shell file as `$1`; return all its output."""
    toolbox = Toolbox(folder / "bin")
    toolbox.script("python3", PYTHON)
    done = subprocess.run(
        [program(shell), "-c", script, shell, str(API_FUNC)],
        env={"PATH": str(toolbox.path), **SCRIPT},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return f"{done.stdout}{done.returncode}"


@pytest.mark.parametrize("option", ["set -a", "set +a"])
@pytest.mark.parametrize("alias", ["-s", "-u"])
def test_options_are_as_they_were_and_nothing_is_exported(
    option: str, alias: str, tmp_path: Path
) -> None:
    script = f"""{option}; shopt {alias} expand_aliases; before=$-$BASHOPTS
alias printf="echo alias of printf"
. "$1" || echo failed
[[ $before == $-$BASHOPTS ]] || echo "options: $-$BASHOPTS"
[[ -z ${{__api_bash+set}}${{__api_aliases+set}} ]] || echo they stay
[[ -z ${{__api_allexport+set}} ]] || echo it stays
set +a; export -p | while read -r line; do
  [[ $line != *__api* ]] || echo "$line"
done
post_to_api; echo "$RESPONSE"
"""
    assert said(tmp_path, script) == "ok200\n0"


@pytest.mark.parametrize(
    ("version", "loads"),
    [
        *((version, False) for version in ("3.2.57", "4.1.17", "5")),
        *((version, True) for version in ("4.2.0", "4.4.23(1)", "5.0.3", "10.1.1")),
    ],
)
def test_a_bash_before_4_2_gets_functions_that_do_nothing(
    version: str, loads: bool, tmp_path: Path
) -> None:
    script = f"""set -e; BASH_VERSION='{version}'; . "$1"; post_to_api
explain_exit_code 0; declare -F __api_report >/dev/null && echo loaded
"""
    assert said(tmp_path, script) == ("Success\nloaded\n0" if loads else "1")


@pytest.mark.parametrize("options", ["", "set -u; ", "set -e; "])
@pytest.mark.parametrize("shell", ["dash", "mksh", "yash", "bash"])
def test_another_shell_gets_functions_that_do_nothing(
    shell: str, options: str, tmp_path: Path
) -> None:
    shell = shell if shutil.which(shell) else "sh"
    script = f'{options}. "$1"; post_to_api; echo "$?"'
    assert said(tmp_path, script, shell) == "0\n0"


@pytest.mark.parametrize("name", ["__api_bash", "__api_aliases", "__api_endpoint"])
def test_a_readonly_private_name_makes_them_do_nothing(
    name: str, tmp_path: Path
) -> None:
    script = f'set -e; readonly {name}=x; . "$1"; post_to_api; explain_exit_code 1'
    assert said(tmp_path, script) == "0"


RESULTS = 'echo "$RESPONSE $POST_TO_API_DONE"'
KINDS = {
    ":": "ok200 true",
    "readonly RESPONSE=old": "old true",
    "readonly POST_TO_API_DONE=old": "ok200 old",
    "declare -i RESPONSE=7": "7 true",
    "declare -i POST_TO_API_DONE=7": "ok200 7",
    "declare -ix RESPONSE=2": "2 true",
    "export RESPONSE=old": "ok200 true",
    "declare -a RESPONSE=(a b)": "ok200 true",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "option", ["set -Eeu", "set -T", "IFS=_", "IFS=' *RTkstr0127'"]
)
def test_a_result_goes_to_any_variable_that_takes_text(
    kind: str, option: str, tmp_path: Path
) -> None:
    script = f'{option}; {kind}; trap "echo an error" ERR\n. "$1"; before=$-\n'
    script += f'post_to_api; {RESULTS}; [[ $before == "$-" ]] || echo "$-"'
    assert said(tmp_path, script) == f"{KINDS[kind]}\n0"


CUT = r"""
shopt -s expand_aliases; alias ll="ls -l" hi="echo hi"
while read -r -d "" text; do
  builtin printf %s "$text" >"$1"
  (
    before=$-$BASHOPTS
    { \. "$1"; } 2>/dev/null
    [[ $before == "$-$BASHOPTS" ]] || echo "options after ${#text}"
    [[ $text != *$'\n{'* || -z ${!__api_@} ]] || echo "variables after ${#text}"
  )
done
hi
"""


@pytest.mark.parametrize("file", [API_FUNC, HANDLER], ids=lambda file: file.name)
def test_a_download_that_broke_off_leaves_options_and_aliases(
    file: Path, tmp_path: Path
) -> None:
    text = file.read_text().rstrip("}\n")
    done = subprocess.run(
        [program("bash"), "--norc", "-c", CUT, "bash", tmp_path / "cut"],
        input="".join(f"{text[:at]}\0" for at in range(1, len(text), 331)),
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("hi\n", 0)
