# shellcheck shell=bash
# The gate: whether a report may be made. Consent comes first, in the caller's shell and
# without starting a process; the other checks are made in the subshell of __api_send.

# Any "no" wins over any "yes". `test` compares text to the letter; [[ and `case` would
# not under the caller's nocasematch.
__api_consents() {
  builtin local __api_at __api_lines __api_says __api_word 2>&- || builtin return 1
  __api_says=${!__api_consent-}
  if [[ -n ${!__api_consent+set} ]]; then
    builtin test "$__api_says" = yes || builtin return 1
  fi
  if [[ -n ${DO_NOT_TRACK-} && $DO_NOT_TRACK != 0 ]]; then
    builtin test "$DO_NOT_TRACK" = false || builtin return 1
  fi
  __api_lines=()
  if [[ -f $__api_consent_file && -r $__api_consent_file ]]; then
    builtin mapfile -n 64 -t __api_lines 2>&- <"$__api_consent_file" || builtin :
  fi
  for ((__api_at = 0; __api_at < ${#__api_lines[@]}; __api_at++)); do
    __api_word=${__api_lines[__api_at]} # one by one, as splitting depends on IFS
    builtin test "${__api_word#"$__api_consent="}" != "$__api_word" || builtin continue
    __api_word=${__api_word#*=}
    __api_word=${__api_word%%[$' \t#']*}
    __api_word=${__api_word%$'\r'}
    if [[ $__api_word == \"*\" || $__api_word == \'*\' ]]; then
      __api_word=${__api_word:1:${#__api_word}-2}
    fi
    if builtin test "${__api_word,,}" = no; then
      builtin return 1
    elif builtin test "$__api_word" = yes; then
      __api_says=yes
    fi
  done
  builtin test "$__api_says" = yes
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
  [[ $2 == force ]] || ! __api_is_made "$1"
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
