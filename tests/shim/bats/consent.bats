# What the consent file says (docs/behaviour.md section 3): a line that assigns the variable
# says no, unless it is exactly yes. It wins over a script that says yes.
# shellcheck shell=bash
# Scripts in single quotes expand their own variables. A command that fails inside $()
# shows in what it prints. Each test is a subshell. Some variables are the helper's.
# shellcheck disable=SC2016,SC2312,SC2030,SC2031,SC2153 # as said above

load helper

# A text is one of printf's %b. NAME in it is the variable.
consent_file() { # <text>
  CONSENT=$BATS_TEST_TMPDIR/consent
  printf '%b' "${1//NAME/$SHIMGEN_CONSENT}" >"$CONSENT"
}

# Reports once where only the file may say yes, and once where the script does.
reports() { # <number of reports> [<line of the script>]
  : >"$SENT"
  play CONSENT="$CONSENT" <<<'. "$FILE"
__api_consent_file=$CONSENT
'"${2-}"'
(unset -v '"$SHIMGEN_CONSENT"'; "$START")
"$START"'
  ended_well
  sent "$1"
}

says_yes() { # <text>...
  local text
  for text; do
    consent_file "$text"
    reports 2
  done
}

says_nothing() { # <text>...
  local text
  for text; do
    consent_file "$text"
    reports 1
  done
}

says_no_alone() { # <text>...: at the beginning of the file
  local text
  for text; do
    consent_file "$text"
    reports 0
  done
}

says_no() { # <text>...: there, and between two lines that say yes
  local text
  for text; do
    says_no_alone "$text"
    consent_file "NAME=yes\n$text\nNAME=yes\n"
    reports 0
  done
}

# --- a no ---

@test "a no in any case and in quotes says no" {
  says_no NAME=no NAME=No NAME=NO "NAME='no'" 'NAME="no"' "NAME=\"'no'\""
}

@test "another word for no says no: off, false, 0, n" {
  says_no NAME=off NAME=false NAME=0 NAME=n
}

@test "an empty value says no" {
  says_no NAME= 'NAME=\n' 'NAME=""' 'NAME= # yes'
}

@test "a yes in capitals, or of another word, says no" {
  says_no NAME=YES NAME=Yes NAME=y NAME=true NAME=1 NAME=yesyes 'NAME=$(echo yes)'
}

@test "a yes with quotes that do not match, or in the middle, says no" {
  says_no "NAME=\"yes'" 'NAME="yes' 'NAME=yes"' "NAME=''yes''" "NAME=y'e's" 'NAME="yes "'
}

@test "an assignment with blanks in front says no" {
  says_no ' NAME=no' '\tNAME=no' ' \t NAME=no'
}

@test "an assignment with export, declare or readonly in front says no" {
  says_no 'export NAME=no' 'declare -x NAME=no' 'readonly NAME=no' 'readonly NAME=yes' \
    'declare -x NAME=yes' '  export  NAME="no"' 'export export NAME=yes' 'exports NAME=yes'
}

@test "an assignment behind another command says no" {
  says_no 'x=1; NAME=no' 'x=1 NAME=yes' '{ NAME=no; }' 'MY_NAME=1; NAME=no' 'a=#1;NAME=no' \
    '(NAME=no' "'NAME=no'"
}

@test "an assignment with something behind it says no" {
  says_no 'NAME="no";' 'NAME=yes;' 'NAME=yes no' 'NAME=yes#no' 'NAME=yes NAME=yes' 'NAME==yes'
}

@test "blanks around the sign say no, and so do other assignments" {
  says_no 'NAME = yes' 'NAME= yes' 'NAME =yes' 'NAME+=yes' 'NAME[0]=no' ': ${NAME:=no}'
}

@test "a no in any line of a long file counts" {
  local -i before
  local lines
  for before in 63 64 65 1000; do
    printf -v lines '%*s' "$before" ''
    says_no "${lines// /\\n}NAME=no"
    says_no "${lines// /x=1\\n}NAME=no\n"
  done
}

@test "a no in a file of Windows says no: byte-order mark, CR line ends" {
  says_no '\0357\0273\0277NAME=no\r\n' 'NAME=no\r\n' 'NAME=no\r' '# x\rNAME=no\r' \
    'NAME=yes\rNAME=no\r' 'NAME=yes\r# x\r' 'x=1\n\0357\0273\0277NAME=no'
}

@test "a byte-order mark counts at the beginning of the file only" {
  says_no '\n\0357\0273\0277NAME=yes' '\0357\0273\0277\0357\0273\0277NAME=yes'
}

utf_16() { # <file>: little-endian, behind what is in it already
  local text="$SHIMGEN_CONSENT=no" at
  for ((at = 0; at < ${#text}; at++)); do
    printf '%s\0' "${text:at:1}"
  done >>"$1"
}

@test "a file in UTF-16 says no" {
  says_no_alone '\0377\0376' '\0376\0377' '\0377\0376x' '\0376\0377x'
  consent_file '\0377\0376'
  utf_16 "$CONSENT"
  reports 0
}

@test "a file with a NUL says no" {
  bash_is 4 4 || return 0 # which does not notice
  says_no_alone 'NAME=yes\n#\00NAME=no' '\00NAME=no' 'NAME=yes\00;' '\00\00'
  consent_file ''
  utf_16 "$CONSENT"
  reports 0
}

@test "bytes that are no letters in front of the name do not hide it" {
  says_no '\0302\0240NAME=no' '\0377NAME=no' '\0377 \0357\0273\0277NAME=no' '\vNAME=no' '-NAME=no'
}

# --- a yes, and neither ---

@test "a line that is exactly yes says yes, with blanks, export, quotes and a comment" {
  says_yes NAME=yes "NAME='yes'" 'NAME="yes"' 'NAME=yes\n' ' \tNAME=yes \t' \
    'export NAME=yes' ' export\t NAME="yes"' 'NAME=yes # NAME=no' 'NAME="yes"\t#NAME=no' \
    'NAME=yes\r\n' 'NAME=yes \r\n' 'export NAME=yes # why\r\n' '\0357\0273\0277NAME=yes\r\n' \
    'NAME=yes # a # b' '\0357\0273\0277export NAME=yes' '#NAME=no\n# NAME=no\nNAME=yes\n'
}

@test "a comment says nothing" {
  says_nothing '#NAME=no' '# NAME=no' ' \t#NAME=no' 'x=1 # NAME=no' '# NAME=no\r\n' \
    '\0357\0273\0277# NAME=no' '# NAME=yes'
}

@test "other names say nothing" {
  says_nothing '' '\n' MY_NAME=no NAME_X=no NAME2=no 2NAME=no 'x=no' 'exportNAME=yes'
  consent_file "${SHIMGEN_CONSENT,,}=no"
  reports 1
}

@test "the name without an assignment says nothing" {
  says_nothing NAME 'export NAME' 'export NAME # a=b' x=NAME 'echo $NAME'
}

# --- a file that cannot be read ---

@test "a path that is not there says nothing" {
  for CONSENT in '' "$BATS_TEST_TMPDIR/none" "$BATS_TEST_TMPDIR/none/none" /dev/null/none \
    "$SCRIPT/none" /none; do
    reports 1
  done
}

@test "a folder, a FIFO, a device and a link to nothing say no, and are not opened" {
  local here=$BATS_TEST_TMPDIR
  mkdir "$here/folder"
  mkfifo "$here/fifo"
  ln -s none "$here/link"
  ln -s loop "$here/loop"
  ln -s fifo "$here/to-fifo"
  for CONSENT in "$here"/{folder,fifo,link,loop,to-fifo} /dev/null /dev/zero; do
    reports 0
  done
}

@test "a link to a file is read" {
  local target=$BATS_TEST_TMPDIR/target
  consent_file NAME=yes
  mv "$CONSENT" "$target"
  ln -s target "$CONSENT"
  reports 2
}

without_privileges() { # the modes of files bind this bash, even root's
  ((EUID == 0)) || return 0
  [[ $(readlink -f "$(type -P setpriv)") != *busybox ]] || skip 'busybox cannot drop a capability'
  printf '#!/bin/sh\nexec setpriv --bounding-set -dac_override,-dac_read_search %s "$@"\n' \
    "$(type -P "$SHIMGEN_BASH")" >"$BATS_TEST_TMPDIR/bash"
  chmod +x "$BATS_TEST_TMPDIR/bash"
  SHIMGEN_BASH=$BATS_TEST_TMPDIR/bash
}

@test "a file that this user may not read says no" {
  without_privileges
  consent_file NAME=yes
  chmod 0 "$CONSENT"
  reports 0
}

@test "a folder on the way that this user may not search says no" {
  local here=$BATS_TEST_TMPDIR/hidden
  without_privileges
  mkdir -p "$here/folder"
  ln -s hidden/folder "$BATS_TEST_TMPDIR/by-link"
  chmod 0 "$here"
  for CONSENT in "$here"/{consent,folder/consent,none/none/consent} \
    "$BATS_TEST_TMPDIR/by-link/consent"; do
    reports 0
  done
  chmod 700 "$here"
  reports 1
}

@test "a script that switches off mapfile has a consent file that says no" {
  consent_file NAME=yes
  reports 0 'enable -n mapfile'
}

@test "where no file descriptor is free, nobody says yes" {
  consent_file NAME=yes
  play CONSENT="$CONSENT" <<<'. "$FILE"
__api_consent_file=$CONSENT
__api_consents || exit 44
exec 3</dev/null 4<&3 5<&3 6<&3 7<&3 8<&3 9<&3
ulimit -n 10
if __api_consents; then exit 45; fi'
  expect status 0 "$status"
}

# --- whatever the shell is like ---

@test "to read the file starts no process" {
  consent_file '# NAME\nexport NAME="yes" # why\r\nx=1; NAME=no'
  play CONSENT="$CONSENT" <<<'. "$FILE"
__api_consent_file=$CONSENT
set -m
trap "echo child" CHLD
"$START"
trap "echo CHLD works" CHLD
/bin/true'
  expect stdout 'CHLD works' "$(<"$OUT")"
  sent 0
}

hears_in() { # <setting>
  says_no_where 'NAME=no' "$1"
  says_no_where ' export NAME="No" # yes' "$1"
  says_no_where 'NAME=Yes' "$1"
  says_no_where 'Export NAME=yes' "$1"
  says_no_where '\0377 \0357\0273\0277NAME=\r\n' "$1"
  consent_file "# x\n\n export NAME='yes' # NAME=no\r\n${SHIMGEN_CONSENT,,}=no\n"
  reports 2 "$1"
}

says_no_where() { # <text> <setting>
  consent_file "x=1\n$1"
  reports 0 "$2"
}

for setting in 'set -Eeuo pipefail' 'set -f' 'set -o posix' 'shopt -s nocasematch' \
  'shopt -s extglob failglob' 'shopt -s nullglob dotglob' "IFS=\$'\\001'" "IFS='='" 'IFS=yes' \
  "IFS=''" 'LC_ALL=C' 'LC_ALL=C.UTF-8' 'LC_ALL=C; shopt -s nocasematch' \
  'readonly TMOUT=1' 'enable -n read' 'mapfile() { echo mapfile; }' 'exec 2>&-'; do
  bats_test_function --description 'the file says the same with $setting' -- \
    hears_in "$setting"
done
