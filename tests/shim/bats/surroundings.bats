# What a script may do to its shell before a report, however odd: the report is the same.
# shellcheck shell=bash
# Scripts in single quotes expand their own variables. A command that fails inside $()
# shows in what it prints. Each test is a subshell. Some variables are the helper's.
# shellcheck disable=SC2016,SC2312,SC2030,SC2031,SC2153 # as said above

load helper

reports_around() { # <line>: it comes before loading, then after it
  play <<<"$1"$'\n. "$FILE"\n'"$REPORTS"
  reported_well
  : >"$SENT"
  play <<<$'. "$FILE"\n'"$1"$'\n'"$REPORTS"
  reported_well
}

reports_after_loading() { # <line>
  play <<<$'. "$FILE"\n'"$1"$'\n'"$REPORTS"
  reported_well
}

each_reports() { # <function> <line>...: one test a line
  local setting
  for setting in "${@:2}"; do
    bats_test_function --description 'reports the same with $setting' -- "$1" "$setting"
  done
}

# --- options ---

other_options() { # each option of that bash, switched over
  "$SHIMGEN_BASH" -c 'shopt -p; set +o' | while read -r name switch option; do
    case $option in
    login_shell | restricted_shell) ;; # they cannot be set
    noexec | onecmd) ;;                # they end the script
    xtrace | verbose) ;;               # they write to stderr, as they are to
    *)
      [[ $switch == -[so] ]] && switch=${switch/-o/+o} || switch=${switch/+o/-o}
      [[ $name != shopt ]] || switch=$([[ $switch == -s ]] && echo -u || echo -s)
      printf '%s\n' "$name $switch $option"
      ;;
    esac
  done
}

mapfile -t settings < <(other_options)
each_reports reports_around "${settings[@]}"

settings=('BASH_COMPAT=31' 'BASH_COMPAT=4.0'
  'shopt -s lastpipe execfail huponexit'
  'shopt -s extdebug; set -T' 'set -m' 'set -mb; set -Eeuo pipefail'
  'PROMPT_COMMAND="echo prompt"' 'TIMEFORMAT=%Z' 'readonly TMOUT=1'
  'readonly BASH_COMPAT=4.2' 'readonly HOME PWD OLDPWD TELEMETRY_URL' 'readonly LANG'
  'exec 7>/dev/null; BASH_XTRACEFD=7' 'FIGNORE=x GLOBSORT=none' 'readonly OPTIND OPTARG REPLY')
each_reports reports_around "${settings[@]}"

@test "set -x shows what the script's own shell does, and nothing of a send" {
  play <<<$'. "$FILE"\nPS4=\'$(echo "+")\'; set -x\n'"$REPORTS"
  expect status 0 "$status"
  expect stdout '' "$(<"$OUT")"
  sent "$(number_of_reports)"
  lacks "$ERR" __api_body
}

@test "with set -n nothing happens at all" {
  play <<<$'set -n\n. "$FILE"\n'"$REPORTS"
  ended_well
  play <<<$'. "$FILE"\nset -n\n'"$REPORTS"
  ended_well
  sent 0
}

@test "a restricted shell sends nothing, silently" {
  local line='"$START"; "$END" failed 1; [[ $RESPONSE == 000 ]]'
  play <<<$'. "$FILE"\nset -r\n'"$line"
  ended_well
  play <<<$'PATH+=:${FILE%/*}; set -r\n. "${FILE##*/}"\n'"$line"
  ended_well
  play <<<$'. "$FILE"\nset -r; TELEMETRY_BACKGROUND=yes\n"$START"; "$END" failed 1'
  ended_well
  sent 0
}

# --- IFS ---

# Bash before 4.4 splits the subscripts of arrays, too.
settings=()
for ifs in 0123456789 1 + - '[]' '?' '!' '"' '$' = / : a; do
  settings+=("IFS='$ifs'")
done
! bash_is 4 4 || settings+=("IFS='*'") # before, no pattern has a * that means anything
each_reports reports_after_loading "${settings[@]}"

means_the_same() { # <IFS>
  play IFS_TO_BE="$1" <<<'. "$FILE"
IFS=$IFS_TO_BE
a=$(explain_exit_code 127) b=$(explain_exit_code 211 proxmox) c=$(suggest_recovery 100)
register_exit_code 64 "License key rejected"
d=$(explain_exit_code 127) e=$(explain_exit_code "1[1]") f=$(explain_exit_code 5 "a[1]")
IFS=" "
printf "%s\n" "$a" "$b" "$c" "$d" "$e" "$f"'
}

@test "IFS changes no meaning of an exit code" {
  local ifs
  means_the_same ' '
  cp "$OUT" "$OUT.plain"
  for ifs in 0123456789 1 2 - '!' '['; do
    means_the_same "$ifs"
    expect "stdout with IFS=$ifs" "$(<"$OUT.plain")" "$(<"$OUT")"
    expect stderr '' "$(<"$ERR")"
  done
}

@test "whatever IFS is, no text is taken for a number, or evaluated" {
  local ifs
  for ifs in '[]' '!' '*' '*[]!-'; do
    play IFS_TO_BE="$ifs" HERE="$BATS_TEST_TMPDIR" <<<'. "$FILE"; cd "$HERE"
IFS=$IFS_TO_BE
exec 4>&1 >/dev/null
explain_exit_code "a[\`>x\`]"; suggest_recovery "a[\`>x\`]"
explain_exit_code 5 "a[\`>x\`]"
exec >&4
"$END" failed "a[\`>x\`]" force
EXIT_CODE="a[\`>x\`]"; "$END"
[[ ! -e x ]]'
    ended_well
  done
}

says_no() { # <line of the consent file> <setting>
  printf '# settings\n%s\nLAST=yes\n' "$SHIMGEN_CONSENT=$1" >"$BATS_TEST_TMPDIR/consent"
  play CONSENT="$BATS_TEST_TMPDIR/consent" <<<'. "$FILE"
__api_consent_file=$CONSENT
'"$2"'
"$START"; "$END" failed 1; [[ -z $RESPONSE ]]'
  ended_well
  sent 0
}

for setting in 'IFS=0123456789' "IFS=\$'\\001'" "IFS='[]'" 'IFS=no' 'IFS==' \
  'shopt -s nocasematch' 'shopt -s extglob failglob' 'set -Eeuo pipefail' \
  'readonly TMOUT=1' 'enable -n read'; do
  for word in no NO No; do
    bats_test_function --description \
      'a consent file that says $word keeps all from being sent with $setting' -- \
      says_no "$word" "$setting"
  done
done

# --- builtins and functions ---

settings=()
for name in alias bg break caller cd command declare dirs echo eval exec exit \
  false getopts hash jobs kill let mapfile popd printf pwd read readonly shift shopt \
  source times trap true type typeset ulimit umask wait; do
  settings+=("enable -n $name")
done
each_reports reports_around "${settings[@]}"

@test "a script that switches off export gets its reports, but no results" {
  play <<<$'. "$FILE"\nenable -n export\n"$START"; "$END" failed 1; [[ -z ${RESPONSE-} ]]'
  reported_well
}

@test "a script that switches off local or unset gets no report, and no message" {
  local name
  for name in local unset; do
    play NAME="$name" <<<$'enable -n "$NAME"\n. "$FILE"\n"$START"; "$END" failed 1'
    ended_well
    sent 0
  done
  play <<<$'. "$FILE"\nenable -n local\n"$START"; "$END" failed 1'
  ended_well
  reports_after_loading 'enable -n unset'
}

@test "functions that come from the environment are not called" {
  local name script=''
  for name in python3 curl pveversion printf read kill set return test export eval exec \
    exit cd trap shopt mapfile local true break \
    __api_report __api_gate __api_send $SHIMGEN_EVENTS; do
    script+="function $name { builtin echo 'function $name'; }; builtin export -f $name"$'\n'
  done
  play BASHES="$SHIMGEN_BASH" INNER="$BATS_TEST_TMPDIR/inner" <<<"$script"'
builtin printf "%s\n" "builtin . \"\$FILE\"" '"'$REPORTS'"' >"$INNER"
command "$BASHES" --norc "$INNER"'
  reported_well
}

@test "BASH_ENV is not read by a python3 or a host command that is a bash script" {
  local name
  echo 'echo from BASH_ENV' >"$BATS_TEST_TMPDIR/env"
  for name in python3 $SHIMGEN_COMMANDS; do
    mv "$BIN/$name" "$BIN/$name.sh"
    printf '#!/usr/bin/env bash\nexec "$0.sh"\n' >"$BIN/$name"
    chmod +x "$BIN/$name"
  done
  play ENV_FILE="$BATS_TEST_TMPDIR/env" <<<$'. "$FILE"\nexport BASH_ENV=$ENV_FILE\n'"$REPORTS"
  reported_well
  lacks "$SENT" BASH_ENV
}

# --- variables ---

settings=('RESPONSE=(a b)' 'declare -A RESPONSE=([a]=b)' 'declare -u RESPONSE'
  'declare -t RESPONSE' 'export RESPONSE=old' 'declare -a EXIT_CODE=(3 4)'
  'declare -A EXIT_CODE=([x]=3)' 'TELEMETRY_TIMEOUT="x[\$(exit)]"'
  'declare -A TELEMETRY_DEBUG=([x]=1)' 'TELEMETRY_PACKAGES="* ? [a-z]"'
  'declare -A DO_NOT_TRACK=([x]=1)' 'INSTALL_START_TIME="x[\$(exit)]"'
  'unset LINENO RANDOM SECONDS'
  'unset EPOCHREALTIME' 'unset EPOCHREALTIME; readonly EPOCHREALTIME=1.x'
  'unset HOME' 'unset PWD OLDPWD' 'HOME=/nowhere' 'umask 0' 'HISTFILE=/nowhere'
  'printf -v FILLER "%100000s" x; export FILLER')
# With `declare -u` the answer is in capitals.
each_reports reports_after_loading "${settings[@]}"

@test "a run id of 1 MiB, exported or not, is cut and reported" {
  local more
  for more in '' 'export "$ID"'; do
    play ID="$SHIMGEN_RUN_ID" <<<'. "$FILE"
printf -v "$ID" "%01048576d" 0
'"$more"$'\n'"$REPORTS"
    reported_well
    lacks "$SENT" '0\{65\}'
    : >"$SENT"
  done
}

@test "EXIT_CODE as an array gives its first element" {
  play <<<$'. "$FILE"\nEXIT_CODE=(203 4)\n"$END"'
  ended_well
  grep -q '"exit_code":203[,}]' "$SENT"
}

@test "RESPONSE and a flag may be namerefs, and reach their variables" {
  bash_is 4 3 || return 0 # which knows none
  play <<<$'. "$FILE"\ndeclare -n RESPONSE=answer\n'"$REPORTS"$'[[ $answer == ok200 ]]'
  reported_well
}

# --- traps, jobs, descriptors, places ---

settings=("trap '' CHLD" "trap 'true' CHLD" "trap '' PIPE" "trap '' INT TERM HUP QUIT"
  "trap '' ALRM" "trap '' TTOU TTIN TSTP CONT" "trap 'x=1' ALRM USR1 PIPE"
  "set -ET; trap 'x=1' ERR DEBUG RETURN" "shopt -s extdebug; trap 'true' DEBUG"
  'exec 3</dev/null' 'exec 3>&-' 'exec 62>/dev/null 63>/dev/null 255>/dev/null'
  'exec 3<&0 4<&0 5<&0 6<&0 7<&0 8<&0 9<&0 10<&0 11<&0 12<&0'
  'coproc sleep 60 2>/dev/null; trap "kill $! 2>/dev/null" EXIT'
  'sleep 0 & sleep 0 & wait' 'ulimit -c 0' 'ulimit -n 32' 'ulimit -s 1024'
  'PATH=:$PATH' 'PATH=$PATH:' 'PATH=::relative::$PATH::' 'PATH=/nowhere/*:~:$PATH'
  'cd "${PATH%%:*}"; PATH=.:/usr/bin:/bin' 'cd "${PATH%%:*}"; PATH=:/usr/bin:/bin'
  'cd "${PATH%%:*}/.."; PATH=bin:/usr/bin:/bin'
  'd=$(mktemp -d); cd "$d"; rmdir "$d"' 'hash -d python3 2>/dev/null; set +h'
  'hash -p /nowhere python3')
each_reports reports_after_loading "${settings[@]}"

@test "descriptors 3 to 9 of the script stay its own, open or closed" {
  play OUTPUT="$BATS_TEST_TMPDIR/open" <<<'. "$FILE"
exec 3>"$OUTPUT" 4<<<"word" 5>&3 9>&3
'"$REPORTS"'
echo three >&3; echo five >&5; echo nine >&9
read -r word <&4; [[ $word == word ]] || exit 44
{ true >&6; } 2>/dev/null && exit 45
exec 3>&- 5>&- 9>&-'
  reported_well
  expect output $'three\nfive\nnine' "$(<"$BATS_TEST_TMPDIR/open")"
}

@test "the script's coproc, its jobs and wait -n are as they were" {
  play <<<'. "$FILE"
coproc cat
(exit 5) & job=$!
'"$REPORTS"'
echo line >&"${COPROC[1]}"; read -r line <&"${COPROC[0]}"
[[ $line == line ]] || exit 44
wait "$job"; [[ $? == 5 ]] || exit 45
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 403)); then
  (exit 6) & wait -n; [[ $? == 6 ]] || exit 46
fi
eval "exec ${COPROC[1]}>&-"; wait; exit 0'
  reported_well
}

@test "a function's locals may have the names of the results, and of private variables" {
  play <<<'set -Eeuo pipefail
. "$FILE"
step() {
  local RESPONSE=mine EXIT_CODE=3 REPLY=r IFS=, PATH=$PATH LC_ALL=C
  local __api_word=w __api_reason=r __api_pids=1 __api_out=o
  "$START"
  [[ $REPLY$IFS$__api_word$__api_reason$__api_pids$__api_out == r,wr1o ]] || exit 44
  [[ ${RESPONSE: -3} == 200 ]]
}
step
'"$REPORTS"
  expect status 0 "$status"
  expect stderr '' "$(<"$ERR")"
}

@test "a script that ends by exec does so" {
  as_with_noops <<<$'. "$FILE"\n"$START"; exec echo replaced'
  expect stdout replaced "$(<"$OUT")"
}

@test "job control and an interactive shell make no job and print none" {
  play <<<$'. "$FILE"\nset -m; : & wait; jobs >/dev/null\n'"$REPORTS"$'jobs; echo "${!:+job}"'
  expect stdout job "$(<"$OUT")"
  sent "$(number_of_reports)"
  : >"$SENT"
  printf '%s\n' '. "$FILE"' "$REPORTS" 'jobs' >"$SCRIPT"
  status=0
  environment "$SHIMGEN_BASH" --norc -ic '. "$1"' bash "$SCRIPT" \
    </dev/null >"$OUT" 2>/dev/null 3>&- || status=$?
  expect status 0 "$status"
  expect stdout '' "$(<"$OUT")"
  sent "$(number_of_reports)"
}

@test "a child that has ended is not killed at the limit: its number may be another's" {
  mkfifo "$BATS_TEST_TMPDIR/numbers"
  play NUMBERS="$BATS_TEST_TMPDIR/numbers" <<<'. "$FILE"
kill() { echo "kill $*"; }
__api_limit=1 __api_out=
__api_set_now; __api_deadline=$((__api_now + 300000))
exec 4<>"$NUMBERS"
printf "__api_pid %s\n" 71 72 73 72 172 >&4
printf "0\njunk __api_pid 74\n__api_pid -1\n__api_pid 7x\n" >&4
__api_collect <&4
[[ -z $__api_out ]]'
  expect status 0 "$status"
  expect stdout 'kill -9 71 72 172 74' "$(<"$OUT")"
}
