# shellcheck shell=bash
# The gate: whether a report may be made. Consent comes first, in the caller's shell and
# without starting a process; the other checks are made in the subshell of __api_send.

# Any "no" wins over any "yes"; __api_note says whose. `test` and ${a%b} compare text to
# the letter; [[ and `case` would not under the caller's nocasematch.
__api_consents() {
  builtin local __api_at __api_front __api_lines __api_says __api_word 2>&- || builtin return 1
  __api_says=${!__api_consent-} __api_note="not sent: $__api_consent is not \"yes\""
  builtin test "${!__api_consent-yes}" = yes || builtin return 1
  __api_note='not sent: DO_NOT_TRACK is set'
  builtin test "${DO_NOT_TRACK:-0}" = 0 || builtin test "$DO_NOT_TRACK" = false || builtin return 1
  __api_note="not sent: $__api_consent_file says no, or cannot be read"
  __api_lines=()
  builtin set -- "$__api_consent_file"
  if [[ -f $1 && -r $1 ]]; then
    # Text behind a NUL would be lost. Bash before 4.4 has no -d, and does not notice.
    builtin mapfile -d '' -n 2 __api_lines 2>&- <"$1" || builtin :
    [[ ${#__api_lines[@]} -lt 2 ]] || builtin return 1
    builtin mapfile -t __api_lines 2>&- <"$1" || builtin return 1
  else # it is not opened: a FIFO would wait
    [[ ! -e $1 && ! -L $1 ]] || builtin return 1
    while [[ -n $1 && ! -e $1 && ! -L $1 ]]; do builtin set -- "${1%/*}"; done
    [[ -x ${1:-/} || (-e $1 && ! -d $1) ]] || builtin return 1 # a folder may hide it
  fi
  [[ ${__api_lines-} != @($'\xff\xfe'|$'\xfe\xff')* ]] || builtin return 1 # UTF-16
  for ((__api_at = 0; __api_at < ${#__api_lines[@]}; __api_at++)); do
    __api_word=" ${__api_lines[__api_at]}" # one by one, as splitting depends on IFS
    [[ $__api_word != *"$__api_consent"* ]] || __api_hear_line || builtin return 1
  done
  __api_note="not sent: nobody said yes ($__api_consent is not set)"
  builtin test "$__api_says" = yes
}

# Fails if the line in __api_word assigns the variable, and not exactly yes. Blanks, export
# and a comment may be around that. A line with a carriage return inside has no comment.
__api_hear_line() {
  ((__api_at > 0)) || __api_word=${__api_word/#$' \xef\xbb\xbf'/ }
  [[ $__api_word == *$'\r'?* ]] || __api_word=${__api_word%%[$' \t']#*}
  __api_front=${__api_word%=*}=
  [[ $__api_word == *=* &&
    ${__api_front%%[!A-Za-z0-9_]"$__api_consent"[!A-Za-z0-9_]*} != "$__api_front" ]] ||
    builtin return 0
  __api_word=${__api_word:${#__api_front}}
  builtin set -- "${__api_word%%[$' \t\r']*}" # the value
  __api_front=${__api_front%"$__api_consent="}
  __api_front=${__api_front%export[$' \t']*}${__api_word:${#1}}
  [[ $1 == @(yes|\"yes\"|\'yes\') && ${1%yes*} != "$1" && $__api_front != *[!$' \t\r']* ]] ||
    builtin return 1
  __api_says=yes
}

# Before each check, sets the reason that holds if it fails.
__api_is_open() { # <flag> <force>
  __api_reason="$__api_run_id is not set"
  [[ -n ${!__api_run_id-} ]] || return 1
  __api_reason="not on PATH: ${__api_requires[*]}"
  for __api_word in "${__api_requires[@]}"; do
    __api_on_path "$__api_word" || return 1
  done
  __api_reason='neither python3 nor curl is on PATH'
  __api_on_path python3 || __api_on_path curl || return 1
  __api_reason='this report was made already'
  [[ $2 != force ]] || return 0
  ! __api_is_made "$1" || return 1
  __api_reason='it is being sent'
  [[ $__api_interrupted != *" $1/${!__api_run_id} "* ]] || return 1
  __api_reason='earlier tries took all its time'
  ((__api_limit > 0))
}

__api_is_made() { # <flag>: whether this run has its answer, or the script set the flag
  local __api_made_for=__api_reported_$1
  [[ ${!1-} == true && ${!__api_made_for-${!__api_run_id}} == "${!__api_run_id}" ]]
}

__api_on_path() { # <program>; `type` would also find functions and paths that bash remembers
  local IFS=: __api_folder __api_path=${PATH:+$PATH:}
  for __api_folder in $__api_path; do
    [[ -f ${__api_folder:-.}/$1 && -x ${__api_folder:-.}/$1 ]] && return 0
  done
  return 1
}
