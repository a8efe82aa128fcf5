# shellcheck shell=bash
# The gate: whether a report may be made at all. It runs in the caller's shell and
# forks nothing. `test` compares letter by letter where `[[` obeys nocasematch.

__api_gate() { # <flag> <force>: sets __api_reason where it is closed
  __api_reason=''
  if ! __api_consents; then
    __api_reason="no consent by $__api_consent, DO_NOT_TRACK or $__api_consent_file"
  elif [[ -z ${!__api_run_id-} ]]; then
    __api_reason="$__api_run_id is not set"
  elif ! __api_has_required; then
    __api_reason="not on PATH: ${__api_requires[*]}"
  elif ! __api_on_path python3 && ! __api_on_path curl; then
    __api_reason='neither python3 nor curl is on PATH'
  elif __api_is_made "$@"; then
    __api_reason='this report was made already'
  fi
  [[ -z $__api_reason ]]
}

__api_consents() { # any "no" wins over any "yes"
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
    ! builtin test "${__api_word,,}" = no || builtin return 1
    ! builtin test "$__api_word" = yes || __api_says=yes
  done
  builtin test "$__api_says" = yes
}

__api_has_required() { # __api_word is the report's
  for __api_word in ${__api_requires[@]+"${__api_requires[@]}"}; do
    __api_on_path "$__api_word" || builtin return 1
  done
}

__api_on_path() { # <program>; `type` would print, `hash` would be remembered
  builtin set -- "$1" "${PATH:+$PATH:}"
  while [[ -n $2 ]]; do
    builtin set -- "$1" "${2#*:}" "${2%%:*}"
    [[ ! -f ${3:-.}/$1 || ! -x ${3:-.}/$1 ]] || builtin return 0
  done
  builtin return 1
}

__api_is_made() { # <flag> <force>: whether this run has had its answer
  ! builtin test "${2-}" = force && builtin test "${!1-}" = true || builtin return 1
  builtin set -- "__api_run_$1"
  [[ -z ${!1+set} ]] || builtin test "${!1}" = "${!__api_run_id}"
}
