# The callers' forms: whole scripts, whose exit status and output must be what they are
# with functions that do nothing.
# shellcheck shell=bash
# Scripts in single quotes expand their own variables. A command that fails inside $()
# shows in what it prints. Each test is a subshell. Some variables are the helper's.
# shellcheck disable=SC2016,SC2312,SC2030,SC2031,SC2153 # as said above

load helper

@test "trap on SIGINT with \"failed\" \"INTERRUPTED\": 130 is reported" {
  as_with_noops <<<'. "$FILE"
trap '\''"$END" "failed" "INTERRUPTED"; exit 7'\'' SIGINT
"$START"
kill -INT $$
echo not reached'
  expect status 7 "$status"
  sent 2
  last_failed 130
}

@test "traps on SIGTERM and SIGHUP: 143 and 129 are reported" {
  as_with_noops <<<'. "$FILE"
trap '\''"$END" "failed" "TERMINATED"; exit 8'\'' SIGTERM
kill -TERM $$'
  last_failed 143
  as_with_noops <<<'. "$FILE"
trap '\''"$END" "failed" "HANGUP"; exit 8'\'' SIGHUP
kill -HUP $$'
  last_failed 129
}

@test "ERR trap with the command, then EXIT trap with done none: one failed report" {
  as_with_noops <<<'set -Eeuo pipefail
. "$FILE"
trap '\''"$END" "failed" "$BASH_COMMAND"'\'' ERR
trap '\''"$END" "done" "none"'\'' EXIT
"$START"
echo installing
cat /nowhere/secret-name
echo not reached'
  expect status 1 "$status"
  sent 2
  last_failed 1
  lacks "$SENT" secret
}

@test "a script that ends well: its EXIT trap with done none reports completed" {
  as_with_noops <<<'set -Eeuo pipefail
. "$FILE"
trap '\''"$END" "failed" "$BASH_COMMAND"'\'' ERR
trap '\''"$END" "done" "none"'\'' EXIT
"$START"
echo installed'
  expect status 0 "$status"
  sent 2
  last_report '*"status":"completed"*"exit_code":0,"error_explanation":""*'
}

@test "set -e without -E: a failing function ends the script as before" {
  as_with_noops <<<'set -e
. "$FILE"
trap '\''echo "line $LINENO: $?"; "$END" failed "$?"'\'' ERR
step() { "$START"; false; echo not reached; }
step
echo not reached'
  expect status 1 "$status"
}

@test "a function with its own exit_code, status and line calls a report and prints them" {
  as_with_noops <<<'set -Eeuo pipefail
. "$FILE"
handler() {
  local exit_code=$? status=mine line="$1" code=c command="$2" RESPONSE=local
  "$END" failed "$exit_code"
  echo "line $line: $exit_code $status $code $command"
  exit "$exit_code"
}
trap '\''handler "$LINENO" "$BASH_COMMAND"'\'' ERR
"$START"
'"$(failing 100)"
  expect status 100 "$status"
  last_failed 100
}

@test "in a build function under set -Eeuo pipefail, with locals and a subshell" {
  as_with_noops <<<'set -Eeuo pipefail
. "$FILE"
build_container() {
  local i url body
  for i in 1 2; do url=u$i; done
  "$START"
  body=$(echo built; "$END" "" 0)
  echo "$i $url $body"
}
build_container
"$END" done none'
  expect status 0 "$status"
}

@test "a first report without an answer: the EXIT trap's done none resends the failure" {
  stub python3 'IFS= read -r body; printf "%s\n" "$body" >>"${0%/*}/../sent"
[ -e "${0%/*}/../sent.once" ] && printf ":ok200" || printf ":000"
: >"${0%/*}/../sent.once"'
  play <<<'set -Eeuo pipefail
. "$FILE"
trap '\''"$END" failed "$?"'\'' ERR
trap '\''"$END" done none'\'' EXIT
(exit 214)'
  expect status 214 "$status"
  sent 2
  expect 'second report' "$(head -n 1 "$SENT")" "$(tail -n 1 "$SENT")"
  last_failed 214
}

@test "a failure that no program could send stands, though a later call can be sent" {
  play <<<'. "$FILE"
PATH= "$END" failed 214; [[ -z $RESPONSE ]]; "$END" done none'
  ended_well
  sent 1
  last_failed 214
}

@test "no word of an outcome is taken for another, whatever characters it has" {
  local word
  for word in completed/0 $'completed\n' completed0000000000 '*' 'a//0/0/0'; do
    : >"$SENT"
    play WORD="$word" <<<'. "$FILE"
(exit 3); "$END" "$WORD" "$WORD"'
    ended_well
    last_failed 1
    play WORD="$word" <<<'. "$FILE"
EXIT_CODE=$WORD; (exit 3); "$END" "$WORD"'
    last_failed 1
  done
}

@test "many traps of one run make one last report" {
  play <<<'. "$FILE"
trap '\''"$END" failed 1'\'' ERR
trap '\''"$END" failed INTERRUPTED'\'' INT
trap '\''"$END" done none'\'' EXIT
false; false; kill -INT $$; "$END" failed 7; "$END" done; "$END"; exit 3'
  expect status 3 "$status"
  sent 1
}

@test "force and a new run report again" {
  play RUN_ID="$SHIMGEN_RUN_ID" <<<'. "$FILE"
"$END" failed 1; "$END" done none force
printf -v "$RUN_ID" %s run-2
"$END" failed 2'
  ended_well
  sent 3
  last_failed 2
}

@test "the status at the call and the variable EXIT_CODE say how it ended" {
  play <<<$'. "$FILE"\n(exit 203)\n"$END"'
  last_failed 203
  play EXIT_CODE=101 <<<$'. "$FILE"\n(exit 203)\n"$END"'
  last_failed 101
  play <<<$'. "$FILE"\n"$END"'
  last_report '*"status":"completed"*"exit_code":0[,}]*'
}

# --- Ctrl-C while a report is being sent ---

interrupted() { # <script> [<program>]: sends SIGINT to its group while a stub hangs
  mkfifo "$BATS_TEST_TMPDIR/hangs"
  stub "${2-python3}" "echo \$\$ >$BATS_TEST_TMPDIR/hangs; exec sleep 30"
  cat >"$SCRIPT" <<<"$1"
  status=0
  # Its own process group, and SIGINT as a terminal's script has it.
  (
    set -m
    environment TELEMETRY_TIMEOUT=20 "$SHIMGEN_BASH" --norc "$SCRIPT" \
      </dev/null >"$OUT" 2>"$ERR" 3>&- &
    # <> opens a fifo that nobody writes to, so that the limit of `read` holds.
    read -r -t 20 hung <>"$BATS_TEST_TMPDIR/hangs" || exit 99
    echo "$hung" >"$BATS_TEST_TMPDIR/pid"
    began=$SECONDS
    kill -INT -- "-$!"
    code=0
    wait "$!" || code=$?
    ((SECONDS - began < 10)) || code=late
    exit "$code"
  ) 2>/dev/null || status=$?
  gone "$(<"$BATS_TEST_TMPDIR/pid")"
}

@test "Ctrl-C during a send ends a script without a trap with 130, at once" {
  interrupted $'. "$FILE"\n"$START"\necho not reached'
  expect status 130 "$status"
  expect stdout '' "$(<"$OUT")"
}

@test "Ctrl-C while a host command hangs ends it and the script, at once" {
  interrupted $'. "$FILE"\npost_to_api\necho not reached' pveversion
  expect status 130 "$status"
  expect stdout '' "$(<"$OUT")"
}

@test "Ctrl-C during a send runs the script's own INT trap, at once" {
  interrupted $'. "$FILE"\ntrap "echo trapped; exit 9" INT\n"$START"\necho not reached'
  expect status 9 "$status"
  expect stdout trapped "$(<"$OUT")"
}

@test "a report that Ctrl-C cut off is not sent again by a trap" {
  stub python3 '[ -e "${0%/*}/../once" ] || { : >"${0%/*}/../once"; exec "${0%/*}/hang"; }
IFS= read -r body; printf "%s\n" "$body" >>"${0%/*}/../sent"; printf ":ok200"'
  interrupted '. "$FILE"
trap '\''"$END" done none'\'' EXIT
trap '\''"$END" failed INTERRUPTED; exit 9'\'' INT
"$END" failed 214
echo not reached' hang
  expect status 9 "$status"
  expect stdout '' "$(<"$OUT")"
  sent 0
}

@test "Ctrl-C during a send under set -Eeuo pipefail runs INT and EXIT traps only" {
  interrupted 'set -Eeuo pipefail
. "$FILE"
trap "echo ERR" ERR; trap "echo INT; exit 130" INT; trap "echo EXIT" EXIT
"$START"
echo not reached'
  expect status 130 "$status"
  expect stdout $'INT\nEXIT' "$(<"$OUT")"
}

@test "Ctrl-C during a send is ignored where the script ignores it" {
  stub curl ''
  interrupted $'trap "" INT\nTELEMETRY_TIMEOUT=1\n. "$FILE"\n"$START"\necho reached'
  rm "$BIN/curl"
  expect status 0 "$status"
  expect stdout reached "$(<"$OUT")"
}

@test "functions of an earlier file that scripts still call do nothing and return 0" {
  local name
  [[ -n $SHIMGEN_IGNORED ]] || return 0
  for name in $SHIMGEN_IGNORED; do
    as_with_noops NAME="$name" <<<'set -Eeuo pipefail
trap "echo ERR" ERR
. "$FILE"
(exit 3) || "$NAME" configuring
"$NAME"'
  done
  expect status 0 "$status"
  sent 0
}
