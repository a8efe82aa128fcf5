# Being a good guest: what is as before a report, wherever it is made and however loaded.
# shellcheck shell=bash
# Scripts in single quotes expand their own variables. A command that fails inside $()
# shows in what it prints. Each test is a subshell. Some variables are the helper's.
# shellcheck disable=SC2016,SC2312,SC2030,SC2031,SC2153 # as said above

load helper

# --- what is as before ---

# Prints all that a script can see of its shell, but what it is told that changes.
STATE='
state() {
  local name
  for name in $(compgen -v); do
    case " $ALLOWED " in *" $name "*) continue ;; esac
    case $name in
    __api_* | BASHPID | BASH_ARG[CV] | BASH_COMMAND | BASH_LINENO | BASH_SOURCE) ;;
    BASH_MONOSECONDS | EPOCH* | FUNCNAME | LINENO | PIPESTATUS | RANDOM | SECONDS) ;;
    SRANDOM | _ | name) ;;
    *) declare -p "$name" ;;
    esac
  done
  for name in $(compgen -A function); do
    case " $DEFINED " in *" $name "*) continue ;; esac
    [[ $name == __api_* ]] || declare -f "$name"
  done
  set +o; shopt -p; trap -p; alias -p; jobs -l; hash; ulimit -a; umask; times >/dev/null
  printf "%s\n" "last job ${!-}" "in $PWD" "left behind:" *
  for name in {0..99} 255; do
    [[ ! -e /proc/$$/fd/$name ]] || printf "descriptor %s\n" "$name"
  done
}
'

nothing_changed() { # <script between the two looks>
  mkdir "$BATS_TEST_TMPDIR/empty"
  play ALLOWED="RESPONSE $SHIMGEN_FLAGS" DEFINED="${FUNCTIONS//[$' \n']/ }" \
    HERE="$BATS_TEST_TMPDIR" <<<"$STATE"'
cd "$HERE/empty"
trap "echo exit" EXIT; trap "echo err" ERR; trap "echo usr1" USR1; trap "" HUP
alias mine="echo mine"
exec 7</dev/null 77</dev/null
hash ls
/bin/true & wait "$!"
OPTIND=4 REPLY=reply; [[ abc =~ b ]]
state >"$HERE/before" 2>&1
'"$1"'
state >"$HERE/after" 2>&1
trap - EXIT'
  ended_well
  diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

@test "sourcing leaves nothing but its functions, flags and private variables" {
  nothing_changed '. "$FILE"'
}

@test "sourcing leaves options as they are, whatever they are" {
  local line
  for line in 'shopt -s expand_aliases' 'set -a' 'set -o posix' 'set -fuT'; do
    play LINE="$line" <<<'eval "$LINE"
before=$(set +o; shopt -p)
. "$FILE"
[[ $before == "$(set +o; shopt -p)" ]]'
    ended_well
  done
}

@test "sourcing twice leaves no more, and keeps what was reported" {
  nothing_changed '. "$FILE"; . "$FILE"'
  play <<<$'. "$FILE"\n'"$REPORTS"$'. "$FILE"\n"$START"; "$END" failed 100'
  reported_well
}

@test "a report leaves all else as it was: options, traps, jobs, descriptors, files" {
  nothing_changed '. "$FILE"; "$START"; "$END" failed 100'
  sent "$(number_of_reports)"
}

@test "a report without an answer leaves all else as it was" {
  stub python3 'exit 1'
  nothing_changed 'old=$PATH; PATH=$HERE/../../file/bin; . "$FILE"; "$START"; "$END"
PATH=$old; unset old; hash ls'
}

@test "a report in the background leaves no job, no \$! and nothing to wait for" {
  mkfifo "$BATS_TEST_TMPDIR/go" "$BATS_TEST_TMPDIR/over"
  exec 8<>"$BATS_TEST_TMPDIR/go" 9<>"$BATS_TEST_TMPDIR/over"
  stub python3 "read -r body; read line <$BATS_TEST_TMPDIR/go
echo >$BATS_TEST_TMPDIR/over; printf ':ok200'"
  nothing_changed '. "$FILE"; TELEMETRY_BACKGROUND=yes
"$START"; wait; unset TELEMETRY_BACKGROUND'
  # It waits yet: `wait` did not wait for it. Now it may end.
  echo >&8
  read -r -t 5 -u 9
}

@test "in the background no word of the script becomes the names of files" {
  mkfifo "$BATS_TEST_TMPDIR/over"
  exec 9<>"$BATS_TEST_TMPDIR/over"
  stub python3 "IFS= read -r body; printf '%s\n' \"\$body\" >>$SENT
echo >$BATS_TEST_TMPDIR/over; printf ':ok200'"
  play <<<'. "$FILE"
TELEMETRY_BACKGROUND=yes TELEMETRY_PACKAGES="* /*" TELEMETRY_FEATURES="[a-z]*"
"$END" "*" "*"'
  ended_well
  read -r -t 5 -u 9
  sent 1
  lacks "$SENT" '"packages":\["[^"=]*"'
  lacks "$SENT" '\(bin\|etc\|usr\)'
}

@test "caller's \$!, wait, OPTIND, BASH_REMATCH, REPLY and cwd survive a report" {
  play <<<'. "$FILE"
(exit 5) &
OPTIND=3 REPLY=r; [[ abc =~ (b) ]]
job=$! here=$PWD
'"$REPORTS"'
[[ $! == "$job" && $OPTIND == 3 && $REPLY == r && ${BASH_REMATCH[1]} == b ]] || exit 44
[[ $PWD == "$here" ]] || exit 45
wait "$job"; [[ $? == 5 ]]'
  reported_well
}

@test "under set -a nothing is exported" {
  play <<<$'set -a\n. "$FILE"\n'"$REPORTS"'
for name in RESPONSE $FLAGS $(compgen -v __api_); do
  attributes=$(declare -p "$name")
  [[ $attributes != "declare -"*([^ ])x* ]] || echo "exported: $name"
done
declare -Fx' FLAGS="$SHIMGEN_FLAGS"
  reported_well
}

start_no_process() { # <line>: where a script begins with it, CHLD traps run
  play "$SHIMGEN_CONSENT=no" \
    OUT="$BATS_TEST_TMPDIR/unused" <<<"$1"$'\n''trap "echo child" CHLD
. "$FILE"
explain_exit_code 127 >"$OUT"
suggest_recovery 127 >"$OUT"
register_exit_code 64 "License key rejected"
! declare -F start_install_timer >"$OUT" || start_install_timer
! declare -F record_feature >"$OUT" || record_feature gpu
"$START"
"$END" failed 100
trap "echo CHLD works" CHLD
/bin/true'
  expect stdout 'CHLD works' "$(<"$OUT")"
  sent 0
}

job_control=('set -m')
! bash_is 5 0 || job_control+=('set +m')
for mode in "${job_control[@]}"; do
  bats_test_function \
    --description 'sourcing, the catalogue and a closed gate start no process ($mode)' \
    -- start_no_process "$mode"
done

# --- traps ---

@test "ERR, EXIT and signal traps do not fire, also with set -E" {
  as_with_noops <<<'set -Ee
trap "echo ERR" ERR; trap "echo EXIT" EXIT
trap "echo USR1" USR1; trap "echo INT" INT; trap "echo TERM" TERM; trap "echo PIPE" PIPE
. "$FILE"
"$START"; "$END" failed 100; "$END" failed 100
TELEMETRY_URL=nowhere "$END" failed 1 force
trap -p'
}

@test "DEBUG and RETURN traps see no more than a call of any function" {
  as_with_noops <<<'. "$FILE"
trap "echo debug \$BASH_COMMAND" DEBUG; trap "echo return" RETURN
"$START"
"$END" failed 100'
}

@test "with set -T the DEBUG trap sees a few commands and changes nothing" {
  play <<<$'set -T; n=0\n. "$FILE"\ntrap ": \$((n++))" DEBUG\n'"$REPORTS"
  reported_well
}

@test "a status at the call is not changed into an error by set -e and a trap" {
  as_with_noops <<<'set -Eeuo pipefail
trap '\''"$END" failed "$?"'\'' ERR
. "$FILE"
"$START"
false'
}

# --- places ---

reports_in() { # <script>
  play <<<$'. "$FILE"\n'"$1"
  ended_well
  sent 1
}

for place in '(set -Eeuo pipefail; "$START")' 'x=$("$START"); [[ -z $x ]]' \
  '"$START" | { ! read -r; }' 'echo x | "$START"' '"$START" & wait' \
  'trap "\"\$START\"" EXIT' 'trap "\"\$START\"" USR1; kill -USR1 $$' \
  'f() { local x=1; "$START"; return; }; f' 'eval "\"\$START\""' \
  'if "$START"; then :; else exit 1; fi' '! "$START" && exit 1; true' \
  'set -Ee; trap "\"\$START\"; exit 0" ERR; false' 'coproc "$START"; wait' \
  '{ "$START"; } <&- >&-' 'while read -r x; do "$START"; done <<<"a"' \
  'set -- a b c; "$START"; [[ $# == 3 ]]' 'time -p "$START" 2>/dev/null' \
  'f() { set -- ; "$START"; }; export -f f; f'; do
  # Bash itself reports the time of `time`.
  [[ $place != time* ]] || continue
  bats_test_function --description 'reports in: $place' -- reports_in "$place"
done

@test "it never reads the script's standard input" {
  local name
  printf 'one\ntwo\n' >"$BATS_TEST_TMPDIR/in"
  for name in $SHIMGEN_COMMANDS; do stub "$name" 'cat >/dev/null; echo a/b'; done
  stub python3 'cat >/dev/null; echo x >>"${0%/*}/../sent"; printf ":ok200"'
  play INPUT="$BATS_TEST_TMPDIR/in" <<<'exec <"$INPUT"
. "$FILE"
'"$REPORTS"'
read -r line; [[ $line == one ]]'
  reported_well
}

with_closed() { # <descriptors>
  local descriptor close=''
  for descriptor in $1; do close+=" $descriptor<&-"; done
  cat >"$SCRIPT" <<<"set -Eeuo pipefail
. \"\$FILE\"
$REPORTS"
  status=0
  eval "environment $SHIMGEN_BASH --norc \"\$SCRIPT\" </dev/null >\"\$OUT\" 2>\"\$ERR\" 3>&- $close" ||
    status=$?
  reported_well
}

for closed in 0 1 2 '0 1' '0 2' '1 2' '0 1 2'; do
  bats_test_function --description 'reports with descriptors $closed closed' -- \
    with_closed "$closed"
done

# --- loading ---

loads_by() { # <line>
  play <<<"$1"$'\n'"$REPORTS"
  reported_well
}

ways=('. "$FILE"' 'source <(cat "$FILE")' 'source /dev/stdin <<<"$(cat "$FILE")"'
  'f() { . "$FILE"; }; f' 'eval "$(cat "$FILE")"')
# An older bash joins the lines of what is not quoted here.
! bash_is 4 4 || ways+=('source /dev/stdin <<<$(cat "$FILE")')
for way in "${ways[@]}"; do
  bats_test_function --description 'loads by $way' -- loads_by "$way"
done

silent_in() { # <shell>
  local name
  for name in $FUNCTIONS; do printf '%s\n' "$name failed 1 || exit 9"; done >"$SCRIPT"
  status=0
  # shellcheck disable=SC2086 # it may be two words
  environment $1 -c '. "$1"; . "$2"' "$1" "$SHIMGEN_FILE" "$SCRIPT" \
    </dev/null >"$OUT" 2>"$ERR" 3>&- || status=$?
  ended_well
  sent 0
}

for shell in dash 'busybox ash' mksh zsh yash; do
  ! command -v "${shell%% *}" >/dev/null ||
    bats_test_function --description 'in $shell it defines functions that do nothing' -- \
      silent_in "$shell"
done

@test "an old bash gets functions that do nothing" {
  sed 's/BASH_VERSION-/OLD_VERSION-/' "$SHIMGEN_FILE" >"$BATS_TEST_TMPDIR/old"
  play FILE="$BATS_TEST_TMPDIR/old" OLD_VERSION='4.1.17(1)-release' <<<'set -e
. "$FILE"
"$START"; "$END" failed 1
! declare -F __api_report'
  ended_well
  sent 0
}

# --- time ---

@test "a python3 that hangs is ended at the limit, and leaves no process" {
  local hung=$BATS_TEST_TMPDIR/hung
  stub python3 "echo \$\$ >$hung; exec sleep 60"
  stub curl ''
  # shellcheck disable=SC2016 # the script expands these
  play TELEMETRY_TIMEOUT=1 HUNG="$hung" <<<'set -Eeuo pipefail
. "$FILE"
"$START"
test "$RESPONSE" = 000'
  ended_well
  gone "$(<"$hung")"
}

@test "the real sender posts to a server, and RESPONSE is its answer" {
  local port
  [[ -x /usr/bin/python3 ]] || return 0
  mkfifo "$BATS_TEST_TMPDIR/port"
  /usr/bin/python3 -ISc '
import socket
server = socket.create_server(("127.0.0.1", 0))
open(__import__("sys").argv[1], "w").write(f"{server.getsockname()[1]}\n")
server.settimeout(20)
peer = server.accept()[0]
data = b""
while not data.endswith(b"}"):
    data += peer.recv(9999)
peer.sendall(b"HTTP/1.1 201 Made\r\nContent-Length: 4\r\n\r\nfine")
peer.close()
' "$BATS_TEST_TMPDIR/port" 3>&- &
  read -r port <"$BATS_TEST_TMPDIR/port"
  rm "$BIN/python3"
  play PATH="$BIN:/usr/bin:/bin" TELEMETRY_URL="http://127.0.0.1:$port/" <<<'
set -Eeuo pipefail
. "$FILE"
"$START"
test "$RESPONSE" = fine201'
  wait
  ended_well
}
