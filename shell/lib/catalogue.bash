# shellcheck shell=bash
# What exit codes mean, and what helps. Without a category the first one counts.
__api_asked='' __api_explained='' # the last question and its answer

__api_look_up() { # <code>, or <category>:<code>
  # >>> spec: exit_codes
  case $1 in
  1 | shell:1) __api_means 'General error' 'Check permissions' ;;
  *) __api_means '' '' ;;
  esac
  # <<< spec: exit_codes
}

__api_means() { # <meaning> [<recovery> [<group> [<meaning in ASCII>]]]
  __api_meaning=$1 __api_recovery=${2-} __api_group=${3-} __api_ascii=${4-$1}
}

# Sets __api_meaning and the like. The script's own codes have no category.
__api_find() { # <code> <category>
  __api_means '' ''
  __api_is_number "$1" && ((10#$1 <= 255)) || builtin return 0
  builtin set -- "$((10#$1))" "$2" "__api_meaning_$((10#$1))" "__api_recovery_$((10#$1))"
  if [[ $1 == 0 ]]; then
    __api_meaning=Success
  elif [[ -n $2 ]]; then
    # Names of categories are lower-case; under nocasematch others would match, too.
    builtin test "$2" != "${2,,}" || __api_look_up "$2:$1"
  elif [[ -n ${!3-} ]]; then
    __api_means "${!3}" "${!4-}"
  else
    __api_look_up "$1"
  fi
}

# Usage: explain_exit_code CODE [CATEGORY]
#
# Prints what an exit code means, in one line. A code that two categories have means,
# without CATEGORY, what it means in the first one. Returns 0.
# Example: explain_exit_code 127  # Command not found
explain_exit_code() {
  # For a look-up, bash copies the whole catalogue: so the last answer is kept.
  if builtin test "${2-}:${1-}" != "${__api_asked-}"; then
    builtin local __api_ascii __api_group __api_meaning __api_recovery 2>&- || builtin return 0
    __api_find "${1-}" "${2-}"
    __api_store __api_asked "${2-}:${1-}"
    __api_store __api_explained "${__api_meaning:-Unknown error}"
  fi
  builtin printf '%s\n' "$__api_explained" || builtin :
}

# Usage: suggest_recovery CODE [CATEGORY]
#
# Prints what helps against an exit code, or nothing. Returns 0.
# Example: suggest_recovery 100  # Run apt --fix-broken install
suggest_recovery() {
  builtin local __api_ascii __api_group __api_meaning __api_recovery 2>&- || builtin return 0
  __api_find "${1-}" "${2-}"
  [[ -z $__api_recovery ]] || builtin printf '%s\n' "$__api_recovery" || builtin :
}

# >>> only: groups
# Usage: categorize_error CODE [CATEGORY]
#
# Prints the group of an exit code, in one word: `unknown` where it has none. Returns 0.
# Example: categorize_error 28  # timeout
categorize_error() {
  builtin local __api_ascii __api_group __api_meaning __api_recovery 2>&- || builtin return 0
  __api_find "${1-}" "${2-}"
  builtin printf '%s\n' "${__api_group:-unknown}" || builtin :
}

# <<< only: groups
# Usage: register_exit_code CODE DESCRIPTION [RECOVERY]
#
# Adds an exit code of the script's own, 1-255, which wins over the catalogue.
# Returns 0, or 2 with a message where an argument is not usable.
# Example: register_exit_code 64 'License key rejected' 'Check the key'
register_exit_code() {
  if ! __api_is_number "${1-}" || ((10#$1 < 1 || 10#$1 > 255)); then
    __api_complain register_exit_code "CODE must be 1-255, got '${1-}'"
  elif [[ -z ${2-} ]]; then
    __api_complain register_exit_code 'DESCRIPTION is missing; say what the code means'
  else
    builtin set -- "$((10#$1))" "$2" "${3-}"
    __api_store __api_asked ''
    __api_store "__api_meaning_$1" "${2//$'\n'/ }"
    __api_store "__api_recovery_$1" "${3//$'\n'/ }"
  fi
}

__api_complain() { # <function> <text>
  builtin printf '%s: %s\n' "$1" "$2" >&2 || builtin :
  builtin return 2
}
