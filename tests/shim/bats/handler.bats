# error_handler.func (docs/behaviour.md section 7): messages, exit codes, reports.
# shellcheck shell=bash
# Scripts in single quotes expand their own variables. A command that fails inside $()
# shows in what it prints. Each test is a subshell. Some variables are the helper's.
# shellcheck disable=SC2016,SC2312,SC2030,SC2031,SC2153 # as said above

load helper

stops_with() { # <status> <part of stderr>...
  local part
  expect status "$1" "$status"
  for part in "${@:2}"; do
    grep -qF -- "$part" "$ERR" || {
      printf 'stderr lacks %q:\n%s\n' "$part" "$(<"$ERR")" >&2
      return 1
    }
  done
}

@test "sourcing it is silent, sets no trap and no option" {
  play <<<'before=$(set +o; shopt -p; trap -p)
. "$HANDLER"; . "$HANDLER"
[[ $before == "$(set +o; shopt -p; trap -p)" ]]'
  ended_well
}

@test "catch_errors sets its options and its traps" {
  play <<<'. "$HANDLER"
catch_errors
[[ $- == *e* && $- == *E* && $- != *u* && $SHELLOPTS == *pipefail* ]]
trap -p ERR EXIT INT TERM HUP
trap - EXIT'
  expect status 0 "$status"
  expect traps 'error_handler on_exit on_hangup on_interrupt on_terminate' \
    "$(grep -o 'error_handler\|on_[a-z]*' "$OUT" | sort | paste -sd ' ')"
  play STRICT_UNSET=1 <<<$'. "$HANDLER"\ncatch_errors\n[[ $- == *u* ]]'
  ended_well
}

@test "an error shows line, exit code, meaning and command, and keeps its code" {
  play <<<$'. "$HANDLER"\nregister_exit_code 64 "Key rejected" "Check the key"
catch_errors\n'"$(failing 64)"$'\necho not reached'
  stops_with 64 '4' '64' 'Key rejected' 'exit 64' 'Check the key'
  expect stdout '' "$(<"$OUT")"
}

@test "an error in a function and in a pipeline is shown once" {
  play <<<$'. "$HANDLER"\ncatch_errors\nf() {\n  false | cat\n}\nf'
  stops_with 1 'line 4' cat
  expect 'lines that name the code' 1 "$(grep -c 'exit code 1' "$ERR")"
}

@test "the end of the active log is shown, and 15 lines in all" {
  printf 'log line %s.\n' {1..25} >"$BATS_TEST_TMPDIR/log"
  play SILENT_LOGFILE="$BATS_TEST_TMPDIR/log" <<<'. "$HANDLER"
. "$FILE"
catch_errors
"$START"
f() { bash -c "exit 1"; }
f'
  stops_with 1 'log line 18.' 'log line 25.'
  lacks "$ERR" 'log line 17\.'
  [[ $(wc -l <"$ERR") -le 15 ]]
}

@test "a log that is not there is no second error" {
  play SILENT_LOGFILE=/nowhere/log <<<$'. "$HANDLER"\ncatch_errors\n(exit 3)'
  stops_with 3 'exit code 3'
  lacks "$ERR" nowhere
}

@test "msg_error is used where the script has it" {
  play <<<$'msg_error() { echo "MINE $*"; }\n. "$HANDLER"\ncatch_errors\n(exit 3)'
  stops_with 3 'MINE '
}

@test "no colour where stderr is no terminal" {
  play <<<$'. "$HANDLER"\ncatch_errors\nfalse'
  lacks "$ERR" $'\e'
}

@test "a script that ends well shows nothing, and one that says exit keeps its code" {
  play <<<$'. "$HANDLER"\ncatch_errors\ntrue'
  ended_well
  play <<<$'. "$HANDLER"\ncatch_errors\nexit 42'
  expect status 42 "$status"
}

@test "errors that a script handles are none" {
  play <<<$'. "$HANDLER"\ncatch_errors\nfalse || true\nif false; then :; fi\n! true\nx=$(false) || :'
  ended_well
}

ends_by() { # <signal> <status>
  play SIGNAL="$1" <<<$'. "$HANDLER"\n. "$FILE"\ncatch_errors\n"$START"
kill -"$SIGNAL" $$\necho not reached'
  stops_with "$2" "$2"
  expect stdout '' "$(<"$OUT")"
  sent 2
  tail -n 1 "$SENT" | grep -q "\"exit_code\":$2[,}]"
}

for pair in INT:130 TERM:143 HUP:129; do
  bats_test_function --description '$pair ends the script and closes the run' -- \
    ends_by "${pair%:*}" "${pair#*:}"
done

closes_once() { # <lines of a script> <code>
  : >"$SENT"
  play <<<"$1"
  expect status "$2" "$status"
  sent 2
  tail -n 1 "$SENT" | grep -q "\"exit_code\":$2[,}]"
  lacks "$SENT" secret
}

@test "a run that was opened is closed exactly once, with the code and no command" {
  local load
  for load in $'. "$HANDLER"\n. "$FILE"\n' $'. "$FILE"\n. "$HANDLER"\n'; do
    closes_once "$load"$'catch_errors\n"$START"\n(secret= && exit 100)' 100
    closes_once "$load"$'catch_errors\n"$START"\nx=$(secret=; exit 101)' 101
    closes_once "$load"$'catch_errors\n"$START"\nf() { (exit 102) | cat; }\nf' 102
    closes_once "$load"$'catch_errors\n"$START"\nexit 103' 103
    closes_once "$load"$'set -e\ncatch_errors\n"$START"\n"$END" failed 104\nexit 104' 104
  done
}

@test "without an open run nothing is sent" {
  play <<<$'. "$HANDLER"\n. "$FILE"\ncatch_errors\n(exit 100)'
  expect status 100 "$status"
  sent 0
}

@test "it works alone" {
  play <<<$'. "$HANDLER"\ncatch_errors\n(exit 100)'
  stops_with 100 'exit code 100'
  lacks "$ERR" 'command not found'
  sent 0
}

@test "both files say the same of every code" {
  play <<<'all() { for ((i = -1; i <= 300; i++)); do
  explain_exit_code "$i"; suggest_recovery "$i"; done; }
. "$FILE"; one=$(all); unset -f explain_exit_code suggest_recovery
. "$HANDLER"; [[ $one == "$(all)" ]]'
  ended_well
}

@test "functions named like tools and builtins are not called" {
  local name script=''
  for name in printf read local set return test trap exit declare echo kill :; do
    script+="function $name { builtin echo \"function $name\"; builtin return 7; }"$'\n'
  done
  play <<<"$script"$'builtin . "$HANDLER"\ncatch_errors\n(builtin exit 100)'
  stops_with 100 'exit code 100'
  expect stdout '' "$(<"$OUT")"
  lacks "$ERR" '^function'
}

for shell in dash 'busybox ash' mksh zsh; do
  ! command -v "${shell%% *}" >/dev/null ||
    bats_test_function --description 'in $shell it is silent' -- silent_in "$shell"
done

silent_in() { # <shell>
  status=0
  # shellcheck disable=SC2086 # it may be two words
  environment $1 -c '. "$HANDLER"; catch_errors; on_exit' \
    </dev/null >"$OUT" 2>"$ERR" 3>&- || status=$?
  ended_well
}

@test "a closed stderr is no second error" {
  cat >"$SCRIPT" <<<$'. "$HANDLER"\ncatch_errors\n(exit 100)'
  status=0
  environment "$SHIMGEN_BASH" --norc "$SCRIPT" </dev/null >"$OUT" 2>&- 3>&- || status=$?
  expect status 100 "$status"
  expect stdout '' "$(<"$OUT")"
}
