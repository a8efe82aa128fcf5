# A good guest (docs/behaviour.md section 1): what a script must not notice.
# shellcheck shell=bash
# Scripts in single quotes expand their own variables. A command that fails inside $()
# shows in what it prints. Each test is a subshell. Some variables are the helper's.
# shellcheck disable=SC2016,SC2312,SC2030,SC2031,SC2153 # as said above

load helper

# --- any option, any setting ---

reports_after() { # <line>
  play <<<"$1"$'\n. "$FILE"\n'"$REPORTS"
  reported_well
}

is_loaded_before() { # <line>
  play <<<$'. "$FILE"\n'"$1"$'\n'"$REPORTS"
  reported_well
}

settings=('set -Eeuo pipefail' 'set -f' 'set -T' 'set -a' 'set -C' 'set -k'
  'set -o posix' 'shopt -s nocasematch' 'shopt -s nullglob' 'shopt -s failglob'
  'shopt -s extglob' 'shopt -s dotglob globstar' 'shopt -s expand_aliases'
  'shopt -s lastpipe; set +m' 'shopt -u sourcepath' 'shopt -u cmdhist'
  'set -Eeuo pipefail -o posix -fTaC'
  "IFS=''" 'IFS=_' 'IFS=0123456789' "IFS=\$'api\"'" 'readonly IFS=x' 'unset IFS'
  'LC_ALL=C' 'LC_ALL=POSIX' '{ LC_ALL=xx_YY.nothing; } 2>/dev/null' 'unset LC_ALL LANG'
  'LANG=de_DE.UTF-8' 'POSIXLY_CORRECT=1' 'umask 777' 'cd /' 'CDPATH=/tmp'
  'GLOBIGNORE=*' 'BASH_COMPAT=4.2' 'TIMEFORMAT=x' 'unset PWD OLDPWD' 'OPTIND=3'
  'FUNCNEST=50' 'readonly PATH' 'TMPDIR=/nowhere' 'PS4=x' 'TMOUT=1')
! bash_is 4 4 || settings+=('shopt -s inherit_errexit')
! bash_is 5 0 || settings+=('shopt -s localvar_inherit')
for setting in "${settings[@]}"; do # bats itself uses the name `line`
  # A readonly IFS is a report that is not sent, and nothing else.
  [[ $setting != 'readonly IFS'* ]] || continue
  bats_test_function --description 'reports the same after $setting' -- \
    reports_after "$setting"
  bats_test_function --description 'reports the same where $setting follows loading' -- \
    is_loaded_before "$setting"
done

@test "closed gate, no answer and no transport are silent under set -Eeuo pipefail" {
  stub python3 ''
  play "$SHIMGEN_CONSENT=no" <<<$'set -Eeuo pipefail\n. "$FILE"\n"$START"; "$END"'
  ended_well
  play <<<$'set -Eeuo pipefail\n. "$FILE"\n"$START"; PATH=$BIN "$END" failed 1' BIN="$BIN"
  ended_well
  play <<<$'set -Eeuo pipefail\nPATH=\n. "$FILE"\n"$START"; "$END"; [[ -z $RESPONSE ]]'
  ended_well
  play <<<$'set -Eeuo pipefail\nunset PATH\n. "$FILE"\n"$START"; "$END" done none'
  ended_well
}

@test "a locale with other letters and ranges changes no payload" {
  play <<<$'. "$FILE"\n'"$REPORTS"
  cp "$SENT" "$SENT.c"
  : >"$SENT"
  play LC_ALL=en_US.UTF-8 LANG=tr_TR.UTF-8 <<<$'. "$FILE"\n'"$REPORTS"
  expect payloads "$(<"$SENT.c")" "$(<"$SENT")"
}

# --- the script's own names ---

@test "aliases for the words it uses change nothing, in an interactive shell too" {
  local word words=''
  for word in builtin local printf read set return test export unset kill exec trap \
    shopt 'case' 'esac' 'if' 'then' 'else' 'fi' 'for' 'do' 'done' 'while' function eval declare : '[' cd \
    mapfile python3 curl exit continue break; do
    words+="alias -- '$word'='echo alias of $word;'"$'\n'
  done
  play <<<"shopt -s expand_aliases
$words
\\. \"\$FILE\"
\\$SHIMGEN_START
\\$SHIMGEN_END failed 100"
  reported_well
}

@test "aliases are as they were, and expanded as before" {
  play <<<'shopt -s expand_aliases
alias printf="echo aliased"
. "$FILE"
shopt -q expand_aliases || exit 44
printf x'
  expect stdout 'aliased x' "$(<"$OUT")"
}

@test "functions named like tools and builtins are not called" {
  local name script=''
  for name in python3 curl pveversion printf read local kill set return test export \
    eval exec exit cd trap shopt declare typeset mapfile readarray type hash command \
    continue break shift source wait jobs let echo true false : '[' env sleep cat; do
    script+="function $name { builtin echo \"function $name\"; builtin return 7; }"$'\n'
  done
  play <<<"$script"$'builtin . "$FILE"\n'"$REPORTS"
  reported_well
  play <<<$'. "$FILE"\n'"$script$REPORTS"
  expect status 0 "$status"
  expect stdout '' "$(<"$OUT")"
}

own_names() { # names of variables in the file
  grep -o '__api_[a-z_]*' "$SHIMGEN_FILE" | sort -u
}

@test "readonly variables with its private names: it is silent and returns 0" {
  local name
  play NAMES="$(own_names)" <<<$'readonly $NAMES\n. "$FILE"\n"$START"; "$END" failed 1'
  ended_well
  for name in __api_word __api_reason __api_lines __api_status __api_answer __api_body \
    __api_url __api_limit __api_out __api_meaning __api_agent __api_aliases; do
    play NAME="$name" <<<'set -Eeuo pipefail
readonly "$NAME=x"
. "$FILE"
"$START"
"$END" failed 1
test "${!NAME}" = x'
    ended_well
    play NAME="$name" <<<'set -Eeuo pipefail
. "$FILE"
readonly "$NAME"
"$START"
"$END" failed 1
! declare -F start_install_timer >/dev/null || start_install_timer
! declare -F record_feature >/dev/null || record_feature gpu
explain_exit_code 300 >/dev/null'
    ended_well
  done
}

@test "integer, exported and array variables of its private names do no harm" {
  local how
  for how in -i -x -a -A -l -u; do
    play HOW="$how" NAMES="$(own_names)" <<<$'declare $HOW $NAMES\n. "$FILE"\n'"$REPORTS"
    reported_well
    : >"$SENT"
  done
}

namerefs_do_no_harm() {
  play <<<'victim=safe
declare -n __api_word=victim __api_body=victim __api_reason=victim __api_url=victim
. "$FILE"
'"$REPORTS"'
test "$victim" = safe'
  ended_well
}

! bash_is 4 3 ||
  bats_test_function --description 'namerefs of its private names do no harm' -- \
    namerefs_do_no_harm

@test "variables of everyday names stay as they are, readonly or not" {
  play <<<'set -Eeuo pipefail
names=(i n x name value word line url body key status code result out flag event \
  response reason timeout deadline now host path data file list item words count fd pid)
readonly "${names[@]/%/=mine}"
. "$FILE"
'"$REPORTS"'
for each in "${names[@]}"; do test "${!each}" = mine; done'
  reported_well
}

@test "a readonly or integer RESPONSE or flag is left as it is, silently" {
  local flag
  for flag in RESPONSE $SHIMGEN_FLAGS; do
    play NAME="$flag" <<<'set -Eeuo pipefail
readonly "$NAME=mine"
. "$FILE"
"$START"
"$END" failed 100
test "${!NAME}" = mine'
    ended_well
    play NAME="$flag" <<<'set -Eeuo pipefail
declare -i "$NAME=7"
. "$FILE"
"$START"
"$END" failed 100
test "${!NAME}" = 7'
    ended_well
  done
}

@test "a readonly IFS or LC_ALL keeps a report from being sent, and nothing else" {
  play <<<$'set -Eeuo pipefail\nreadonly IFS=x\n. "$FILE"\n"$START"; "$END" done'
  ended_well
  play <<<$'set -Eeuo pipefail\nreadonly LC_ALL\n. "$FILE"\n"$START"; "$END" done'
  ended_well
}

@test "an exit code is explained with status 0 though nothing can be written" {
  play <<<$'. "$FILE"\nset -e\nexplain_exit_code 1 >&-; suggest_recovery 1 >&-\necho reached'
  expect status 0 "$status"
  expect stdout reached "$(<"$OUT")"
}
