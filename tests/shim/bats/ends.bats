# How a run ends: by an error, a signal, an exit, a reader that goes away; what is then
# reported, and what the script returns (docs/behaviour.md sections 6 and 7).
# shellcheck shell=bash
# Scripts in single quotes expand their own variables. A command that fails inside $()
# shows in what it prints. Each test is a subshell. Some variables are the helper's.
# shellcheck disable=SC2016,SC2312,SC2030,SC2031,SC2153 # as said above

load helper

CAUGHT='. "$HANDLER"
. "$FILE"
catch_errors
"$START"
'
FAILS='bash -c "exit 100"'

closed_with() { # <code>: the script ended with it and reported it, once
  expect status "$1" "$status"
  sent 2
  last_failed "$1"
}

unread() { # as play; nobody reads what the script writes to the descriptors "$@"
  local descriptor gone
  cat >"$SCRIPT"
  exec {gone}> >(exit 0)
  wait "$!" || :
  exec 8>"$OUT" 9>"$ERR"
  for descriptor; do
    eval "exec $((7 + descriptor))>&$gone"
  done
  status=0
  environment "$SHIMGEN_BASH" --norc "$SCRIPT" </dev/null >&8 2>&9 3>&- 8>&- 9>&- || status=$?
  exec {gone}>&- 8>&- 9>&-
}

# --- what the script's own msg_error does changes nothing ---

said_by() { # <body of msg_error> [shown]
  play STRICT_UNSET=1 <<<"msg_error() { $1; }"$'\n'"$CAUGHT$FAILS"
  closed_with 100
  [[ -z ${2-} ]] || grep -q ': exit code 100 (' "$ERR"
  play <<<"msg_error() { $1; }"$'\n'"$CAUGHT"'kill -TERM $$'
  expect status 143 "$status"
  last_failed 143
}

for body in ': "$SPINNER_PID"' 'set -e; false' 'exit 1' ': "${x:?is missing}"' \
  no-such-command 'exec >&- 2>&-; echo x' 'return 7' 'set -u; echo "$1 $2"'; do
  bats_test_function \
    --description 'code stands and error is shown though msg_error does: $body' -- \
    said_by "$body" shown
done

for body in 'exit 0' 'trap - EXIT; exit 0' '"$END" done none' 'kill -PIPE "$BASHPID"' \
  'kill -TERM "$BASHPID"'; do
  bats_test_function --description 'the code stands though msg_error does: $body' -- \
    said_by "$body"
done

# --- nobody reads ---

for which in 1 2 '1 2'; do
  bats_test_function --description 'an error keeps its code where nobody reads $which' -- \
    fails_unread "$which"
  bats_test_function --description 'a signal keeps its code where nobody reads $which' -- \
    killed_unread "$which"
done

fails_unread() { # <descriptors>
  local own
  for own in '' $'msg_error() { echo "$1"; }\n' $'msg_error() { printf "%s" "$1"; }\n'; do
    : >"$SENT"
    # shellcheck disable=SC2086 # several words
    unread $1 <<<"$own$CAUGHT$FAILS"
    closed_with 100
  done
}

killed_unread() { # <descriptors>
  # shellcheck disable=SC2086 # several words
  unread $1 <<<"$CAUGHT"'kill -INT $$'
  closed_with 130
}

@test "a script that SIGPIPE ends has failed with 141" {
  unread 1 <<<"$CAUGHT"$'while :; do\n  echo more\ndone'
  closed_with 141
}

@test "a debug line or a dry run that nobody reads does not end the script" {
  unread 1 2 <<<'. "$FILE"
export TELEMETRY_DEBUG=yes
"$START"
TELEMETRY_DRY_RUN=yes "$END" failed 7
"$END" failed 7
exit 5'
  expect status 5 "$status"
  sent 2
}

@test "head -1 ends the script that writes to it, and that is told" {
  # shellcheck disable=SC2001 # several lines
  { cat && echo 'for ((i = 0; ; i++)); do echo "line $i"; done'; } <<<"$CAUGHT" >"$SCRIPT"
  status=$({
    { environment "$SHIMGEN_BASH" --norc "$SCRIPT" </dev/null 2>"$ERR" 3>&- || echo "$?" >&4; } |
      head -n 1 >"$OUT"
  } 4>&1)
  closed_with 141
  expect stdout 'line 0' "$(<"$OUT")"
}

# --- signals ---

for name in INT TERM HUP PIPE ALRM USR1 USR2 XCPU XFSZ VTALRM PROF IO SYS; do
  bats_test_function --description "SIG$name ends the run with 128 and its number" -- \
    ended_by "$name"
done

ended_by() { # <signal>
  play NAME="$1" <<<"$CAUGHT"$'kill -"$NAME" $$\necho not reached'
  closed_with "$((128 + $(kill -l "$1")))"
  expect stdout '' "$(<"$OUT")"
  grep -q "SIG$1" "$ERR"
}

# --- the script's own traps ---

@test "an EXIT trap from before catch_errors runs last, with the exit status" {
  play <<<$'trap \'echo "cleanup $?"\' EXIT\n'"$CAUGHT$FAILS"
  closed_with 100
  expect stdout 'cleanup 100' "$(<"$OUT")"
  play <<<$'trap \'echo "cleanup $?"\' EXIT\n'"$CAUGHT"'exit 3'
  expect stdout 'cleanup 3' "$(<"$OUT")"
  expect status 3 "$status"
  play <<<$'trap \'echo "cleanup $?"\' EXIT\n'"$CAUGHT"$'catch_errors\ntrue'
  expect stdout 'cleanup 0' "$(<"$OUT")"
  expect status 0 "$status"
}

@test "an EXIT trap may have several lines and quotes, and may end the script itself" {
  play <<<$'trap \'echo "it\'\\\'\'s"\necho "two  lines"\' EXIT\n'"$CAUGHT$FAILS"
  closed_with 100
  expect stdout $'it\'s\ntwo  lines' "$(<"$OUT")"
  play <<<$'trap \'exit 9\' EXIT\n'"$CAUGHT$FAILS"
  expect status 9 "$status"
  last_failed 100
}

for pair in INT:130 TERM:143 HUP:129; do
  bats_test_function --description 'a trap for ${pair%:*} from before catch_errors is called' -- \
    chained "${pair%:*}" "${pair#*:}"
done

chained() { # <signal> <code>
  play NAME="$1" <<<$'trap \'echo "mine $?"\' "$NAME"\n'"$CAUGHT"$'kill -"$NAME" $$'
  closed_with "$2"
  expect stdout "mine $2" "$(<"$OUT")"
}

@test "an ERR trap of a script with errtrace is called, too" {
  play <<<$'set -E\ntrap \'echo "mine $?"\' ERR\n'"$CAUGHT$FAILS"
  closed_with 100
  expect stdout 'mine 100' "$(<"$OUT")"
}

@test "an ERR trap that calls error_handler reports once" {
  play <<<$'set -E\ntrap \'error_handler $LINENO "$BASH_COMMAND"\' ERR\n'"$CAUGHT$FAILS"
  closed_with 100
  expect 'lines that name the code' 1 "$(grep -c 'exit code 100' "$ERR")"
}

@test "a signal that the script handles or ignores does not end it" {
  play <<<$'trap "echo mine" USR1\ntrap "" INT\n'"$CAUGHT"$'kill -USR1 $$\nkill -INT $$
echo reached'
  expect status 0 "$status"
  expect stdout $'mine\nreached' "$(<"$OUT")"
  sent 1
}

@test "an EXIT trap from after catch_errors replaces it, and an error is still reported" {
  play <<<"$CAUGHT"$'trap "echo cleanup" EXIT\n'"$FAILS"
  closed_with 100
  expect stdout cleanup "$(<"$OUT")"
}

@test "trace lines on stdout harm neither traps nor reports" {
  play <<<$'trap \'echo "cleanup $?"\' EXIT\nBASH_XTRACEFD=1\nset -x\n'"$CAUGHT"'set +x
[[ $RESPONSE == ok200 ]] || exit 41
exit 3'
  closed_with 3
  grep -q '^cleanup 3$' "$OUT"
}

# --- no end ---

@test "exit status 0 with an open run reports nothing" {
  play <<<"${CAUGHT}if ! false; then exit 0; fi"
  expect status 0 "$status"
  sent 1
  play <<<"${CAUGHT}:"
  sent 2
}

@test "a failure that does not end the script shows nothing" {
  play <<<"$CAUGHT"'mapfile -t x < <(grep nothing /etc/hostname)
while read -r _; do :; done < <(false; true)
f() { local x=$(false); }
f
export V=$(false)
echo "$(false)still"
(exit 3) & wait "$!" || echo "job $?"
coproc { false; true; }
wait
d=$(false; echo here)
echo "$d"'
  expect status 0 "$status"
  expect stderr '' "$(<"$ERR")"
  expect stdout $'still\njob 3\nhere' "$(<"$OUT")"
  sent 1
}

@test "a failure that errexit does not look at ends nothing" {
  play <<<"$CAUGHT"$'set +e\nfalse\nrc=$?\nset -e\necho "$rc"'
  expect status 0 "$status"
  expect stderr '' "$(<"$ERR")"
  expect stdout 1 "$(<"$OUT")"
}

@test "error_handler 0, or with a word, changes nothing" {
  play <<<"$CAUGHT"$'error_handler 0\nerror_handler word\nerror_handler 0 7 text
[[ $- == *e* ]] || exit 41\n'"$FAILS"
  closed_with 100
}

# --- the arguments of error_handler ---

@test "an ERR trap with line and command reports the code, not the line" {
  play <<<'. "$HANDLER"
. "$FILE"
"$START"
set -Ee
trap '\''error_handler $LINENO "$BASH_COMMAND"'\'' ERR
'"$FAILS"
  closed_with 100
  grep -q 'line 6: exit code 100' "$ERR"
  grep -q "command: $FAILS" "$ERR"
}

@test "two arguments are code and command, or code and line" {
  play <<<"$CAUGHT"'error_handler 100 "what I did"'
  closed_with 100
  grep -q 'command: what I did' "$ERR"
  : >"$SENT"
  play <<<"$CAUGHT"'error_handler 100 77'
  closed_with 100
  grep -q 'line 77: exit code 100' "$ERR"
}

@test "error_handler in a subshell ends only that, and shows nothing" {
  play <<<"$CAUGHT"$'(error_handler 9; echo not reached) || echo "$?"'
  expect status 0 "$status"
  expect stderr '' "$(<"$ERR")"
  expect stdout 9 "$(<"$OUT")"
}

# --- tries of one report share one limit ---

silent() { # the first report is answered, then nothing is; each try leaves a line
  stub python3 'IFS= read -r body
[ -e "${0%/*}/../once" ] || { : >"${0%/*}/../once"; printf ":ok200"; exit; }
echo x >>"${0%/*}/../tries"; exec sleep 30'
}

waits_once() { # <end> <code>
  local began=$SECONDS
  silent
  play TELEMETRY_TIMEOUT=2 <<<"$CAUGHT$1"
  ((SECONDS - began <= 3)) || expect 'seconds that it waited' 2 "$((SECONDS - began))"
  expect status "$2" "$status"
  expect tries 1 "$(wc -l <"$BATS_TEST_TMPDIR/tries")"
}

for pair in "100 $FAILS" '3 exit 3' '130 kill -INT $$' '143 kill -TERM $$' \
  '0 "$END" done none' '4 "$END" failed 4; exit 4' \
  '6 trap "$END done none" EXIT; "$END" failed 6; exit 6'; do
  bats_test_function --description 'a silent receiver costs one limit: ${pair#* }' -- \
    waits_once "${pair#* }" "${pair%% *}"
done

@test "three reports of one end wait for a silent receiver once" {
  waits_once '"$END" failed; "$END"; exit 7' 7
}

refused() { # <status>
  stub python3 'IFS= read -r body; printf "%s\n" "$body" >>"${0%/*}/../sent"
printf ":no'"$1"'"'
  play <<<'. "$FILE"
trap '\''"$END" done none'\'' EXIT
"$END" failed 100
[[ $RESPONSE == no'"$1"' ]] || exit 41
exit 100'
  closed_with 100
  : >"$SENT"
  play <<<"$CAUGHT$FAILS" # one chain of traps asks once
  closed_with 100
}

for code in 408 425 429 500 503 599; do
  bats_test_function --description "after $code a later trap tries again" -- refused "$code"
done

@test "after any other answer no trap tries again" {
  local code
  for code in 200 204 302 400 404 407 426; do
    : >"$SENT"
    stub python3 'IFS= read -r body; printf "%s\n" "$body" >>"${0%/*}/../sent"
printf ":'"$code"'"'
    play <<<$'. "$FILE"\n"$END" failed 100\n"$END" done none\n"$END" failed 1'
    sent 1
  done
}

# --- a signal while a report is being sent ---

in_flight() { # <traps>
  local own
  # No more than three signals, or a shim that sends again would do so for ever.
  stub python3 'IFS= read -r body; printf "%s\n" "$body" >>"${0%/*}/../sent"
[ "$(wc -l <"${0%/*}/../sent")" -gt 3 ] || kill -TERM "$(cat "${0%/*}/../main")"
printf ":ok200"'
  for own in "$1" "$1"$'\nset -Eeuo pipefail'; do
    : >"$SENT"
    play MAIN="$BATS_TEST_TMPDIR/main" <<<'echo $$ >"$MAIN"
. "$FILE"
'"$own"'
"$END" failed 100'
    sent 1
    last_failed 100
  done
}

for traps in 'trap "\"$END\" failed TERMINATED; exit 7" TERM' \
  'trap "\"$END\" failed TERMINATED; exit 7" TERM; trap "\"$END\" done none" EXIT' \
  'trap "exit 7" TERM; trap "\"$END\" done none" EXIT' \
  'trap "\"$END\" failed TERMINATED" TERM' 'trap "\"$END\" done none" EXIT'; do
  bats_test_function --description 'a report in flight is not sent twice: $traps' -- \
    in_flight "$traps"
done

@test "a report in flight is not sent again from the trap of another one" {
  # The end reports the start once more, from the trap of a second signal.
  stub python3 'IFS= read -r body; printf "%s\n" "$body" >>"${0%/*}/../sent"
kill -TERM "$(cat "${0%/*}/../main")"; printf ":ok200"'
  play MAIN="$BATS_TEST_TMPDIR/main" <<<'echo $$ >"$MAIN"
. "$FILE"
trap '\''n+=x; case $n in x) "$END" failed 7 ;; *) "$START"; exit 9 ;; esac'\'' TERM
"$START"'
  expect status 9 "$status"
  sent "$(number_of_reports)"
}

@test "a signal during the last report of the handler does not send it twice" {
  stub python3 'IFS= read -r body; printf "%s\n" "$body" >>"${0%/*}/../sent"
[ ! -e "${0%/*}/../main" ] || kill -TERM "$(cat "${0%/*}/../main")"; printf ":ok200"'
  play MAIN="$BATS_TEST_TMPDIR/main" <<<"$CAUGHT"$'echo $$ >"$MAIN"\n'"$FAILS"
  closed_with 100
}

# --- an old bash, odd surroundings ---

@test "a script that bash itself ends keeps its exit status" {
  bash_is 4 3 || return 0 # in bash 4.2, any EXIT trap under errexit makes it 0
  play <<<"$CAUGHT"': "${NOTHING:?is missing}"'
  [[ $status != 0 ]]
  play <<<"$CAUGHT"$'readonly R=1\nR=2'
  [[ $status != 0 ]]
}

@test "without BASHPID a run is opened and closed all the same" {
  play <<<$'unset BASHPID\nset -u\n'"$CAUGHT$FAILS"
  closed_with 100
}

@test "a function named tail is not called" {
  : >"$BATS_TEST_TMPDIR/log"
  play SILENT_LOGFILE="$BATS_TEST_TMPDIR/log" <<<$'tail() { echo mine; }\n'"$CAUGHT$FAILS"
  lacks "$ERR" mine
}
