# Shared by the suites. They check one rendered file, with stub programs and no network.
#
# The SHIMGEN_ variables name the files and what the spec calls its parts; environment()
# in shimgen/verify/bats.py is their only source. tests/shim/run-bats sets them, and so
# does `shimgen verify`. SHIMGEN_BASH is the bash that the scripts run in.
# shellcheck shell=bash
# shellcheck disable=SC2312 # a command that fails inside $() shows in what it prints

: "${SHIMGEN_FILE:?is not set; run the suites with tests/shim/run-bats}"
: "${SHIMGEN_BASH:=bash}"

# All that sourcing defines for a script to call: of some, only what the spec uses.
FUNCTIONS="$SHIMGEN_EVENTS $SHIMGEN_IGNORED"
for name in explain_exit_code suggest_recovery categorize_error register_exit_code \
  start_install_timer record_package record_feature record_metric; do
  if grep -q "^  $name() {" "$SHIMGEN_FILE"; then FUNCTIONS+=" $name"; fi
done

make_stubs() { # what a script finds on PATH, and functions that do nothing
  local name
  mkdir "$BIN"
  # It records what it is to send, and answers.
  # shellcheck disable=SC2016 # the stub expands these
  stub python3 'IFS= read -r body; printf "%s\n" "$body" >>"${0%/*}/../sent"; printf ":ok200"'
  for name in $SHIMGEN_COMMANDS; do
    stub "$name" 'echo pve-manager/8.2.2/9355359cd7afbae4'
  done
  for name in $FUNCTIONS; do
    printf '%s() { :; }\n' "$name"
  done >"$NOOPS"
}

stub() { # <program> <line of sh>
  # A new file: the one before may still run.
  printf '#!/bin/sh\n%s\n' "$2" >"$BIN/$1.new"
  chmod +x "$BIN/$1.new"
  mv "$BIN/$1.new" "$BIN/$1"
}

setup() {
  BIN=$BATS_TEST_TMPDIR/bin
  NOOPS=$BATS_TEST_TMPDIR/noops
  SENT=$BATS_TEST_TMPDIR/sent
  OUT=$BATS_TEST_TMPDIR/out
  ERR=$BATS_TEST_TMPDIR/err
  SCRIPT=$BATS_TEST_TMPDIR/script
  : >"$SENT"
  make_stubs
}

# Usage: play [VARIABLE=VALUE...] <SCRIPT
#
# Runs a script from standard input in a fresh bash where the gate is open. Leaves its
# exit status in `status`, and what it wrote in $OUT and $ERR.
play() {
  cat >"$SCRIPT"
  status=0
  environment "$@" "$SHIMGEN_BASH" --norc "$SCRIPT" </dev/null >"$OUT" 2>"$ERR" 3>&- || status=$?
}

# Python, which may have started bats, ignores two signals. Busybox cannot undo that.
DEFAULT_SIGNALS=(--default-signal=PIPE --default-signal=XFSZ)
env "${DEFAULT_SIGNALS[@]}" true 2>/dev/null || DEFAULT_SIGNALS=()

environment() { # [VARIABLE=VALUE...] <command>
  env -i ${DEFAULT_SIGNALS[@]+"${DEFAULT_SIGNALS[@]}"} PATH="$BIN:/usr/bin:/bin" LC_ALL=C.UTF-8 FILE="$SHIMGEN_FILE" \
    HANDLER="$SHIMGEN_HANDLER" START="$SHIMGEN_START" END="$SHIMGEN_END" \
    "$SHIMGEN_CONSENT=yes" "$SHIMGEN_RUN_ID=run-1" "$@"
}

bash_is() { # <major> <minor>: the bash of the scripts is that, or newer
  # shellcheck disable=SC2016 # that bash expands these
  "$SHIMGEN_BASH" -c '((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= $1 * 100 + $2))' bash "$@"
}

failing() { # <code>: prints a command that fails with it
  # Bash 4.2 takes the failure of a subshell for that of the command before.
  if bash_is 4 3; then
    printf '(exit %s)' "$1"
  else
    printf 'bash -c "exit %s"' "$1"
  fi
}

ended_well() { # and wrote nothing
  expect status 0 "$status"
  expect stdout '' "$(<"$OUT")"
  expect stderr '' "$(<"$ERR")"
}

expect() { # <what> <expected> <actual>
  [[ $2 == "$3" ]] && return 0
  printf '%s: expected %q, got %q\n' "$@" >&2
  return 1
}

sent() { # <number of reports>
  expect 'reports sent' "$1" "$(wc -l <"$SENT")"
}

last_report() { # <pattern>: the last body that was sent matches
  local body
  body=$(tail -n 1 "$SENT")
  # shellcheck disable=SC2053 # it is a pattern
  [[ $body == $1 ]] && return 0
  printf 'sent %q, which does not match %q\n' "$body" "$1" >&2
  return 1
}

last_failed() { # <code>: the last report says failed, with it
  last_report "*\"status\":\"failed\"*\"exit_code\":$1[,}]*"
}

lacks() { # <file> <regular expression>
  if grep -e "$2" "$1" >&2; then
    printf '%s has %q\n' "$1" "$2" >&2
    return 1
  fi
}

gone() { # <process>: it has ended, or does so in a moment; a zombie has
  local state end=$((SECONDS + 3))
  while read -r _ _ state _ <"/proc/$1/stat" && [[ $state != Z ]]; do
    ((SECONDS < end)) || return 1
  done 2>/dev/null
}

# Usage: as_with_noops [VARIABLE=VALUE...] <SCRIPT
#
# Runs a script twice: with functions that do nothing, then with the real ones. Status
# and output must be the same.
as_with_noops() {
  local script wanted
  script=$(cat)
  : >"$SENT"
  play "$@" FILE="$NOOPS" <<<"$script"
  wanted=$status
  cp "$OUT" "$OUT.noops"
  cp "$ERR" "$ERR.noops"
  sent 0
  play "$@" <<<"$script"
  expect status "$wanted" "$status"
  expect stdout "$(<"$OUT.noops")" "$(<"$OUT")"
  expect stderr "$(<"$ERR.noops")" "$(<"$ERR")"
}

# What a script does with the functions, each status looked at. Under `set -e` a status
# other than 0 ends it all the same.
# shellcheck disable=SC2016,SC2034 # scripts expand it, the suites use it
REPORTS='
"$START"
builtin test "$?" = 0 || builtin exit 41
"$END" failed 100
builtin test "$?" = 0 || builtin exit 42
builtin test "${RESPONSE: -3}" = 200 || builtin exit 43
'

number_of_reports() { # of REPORTS
  local -A functions=(["$SHIMGEN_START"]=1 ["$SHIMGEN_END"]=1)
  printf '%s' "${#functions[@]}"
}

reported_well() {
  ended_well
  sent "$(number_of_reports)"
  lacks "$SENT" '^$' # a report without a body
}
