# shellcheck shell=bash
# What an exit code means; at 1000 + code what helps. Only a script that asks needs it.
__api_load_codes() {
  # >>> spec: exit_codes
  builtin unset -v __api_codes 2>&- || builtin return 0
  __api_codes=([0]=Success [1]='General error' [1001]='Check permissions')
  builtin export -n __api_codes 2>&- || builtin :
  # <<< spec: exit_codes
}

# The codes of each category.
# >>> spec: categories
__api_in_shell=1
# <<< spec: categories

# Usage: explain_exit_code CODE [CATEGORY]
#
# Prints what an exit code means, in one line. A code that two categories have means,
# without CATEGORY, what it means in the first one. Returns 0.
# Example: explain_exit_code 127  # Command not found
explain_exit_code() {
  case ${__api_codes+:}$#${__api_custom-}${1-} in
  :1[123456789] | :1[123456789][0123456789] | :1[12][0123456789][0123456789])
    # Most calls end here: it is four times as fast.
    builtin printf '%s\n' "${__api_codes["$1"]-Unknown error}"
    ;;
  *)
    builtin local __api_meaning __api_recovery 2>&- || builtin return 0
    __api_find "${1-}" "${2-}"
    builtin printf '%s\n' "${__api_meaning:-Unknown error}"
    ;;
  esac
}

# Usage: suggest_recovery CODE [CATEGORY]
#
# Prints what helps against an exit code, or nothing. Returns 0.
# Example: suggest_recovery 100  # Run apt --fix-broken install
suggest_recovery() {
  builtin local __api_meaning __api_recovery 2>&- || builtin return 0
  __api_find "${1-}" "${2-}"
  [[ -z $__api_recovery ]] || builtin printf '%s\n' "$__api_recovery"
}

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
    __api_store "__api_meaning_$1" "${2//$'\n'/ }"
    __api_store "__api_recovery_$1" "${3//$'\n'/ }"
    __api_store __api_custom yes
  fi
}

__api_complain() { # <function> <text>
  builtin printf '%s: %s\n' "$1" "$2" >&2 || builtin :
  builtin return 2
}

__api_is_number() { # <text>: 1-9 decimal digits; listed, as a range depends on the locale
  [[ -n $1 && ${#1} -lt 10 && -z ${1//[0123456789]/} ]]
}

__api_find() { # <code> <category>: sets __api_meaning and __api_recovery, maybe to nothing
  __api_meaning='' __api_recovery=''
  __api_is_number "$1" && ((10#$1 <= 255)) || builtin return 0
  [[ ${__api_codes+set} ]] || __api_load_codes
  builtin set -- "$((10#$1))" "$2"
  if [[ -z $2 || $1 == 0 ]]; then
    builtin set -- "$1" "__api_meaning_$1" "__api_recovery_$1"
    __api_meaning=${!2-} __api_recovery=${!3-}
    [[ -z $__api_meaning ]] || builtin return 0
  elif [[ -z ${2//[abcdefghijklmnopqrstuvwxyz0123456789_]/} ]]; then
    builtin set -- "$1" "__api_in_$2" "__api_codes_$2[$1]" "__api_codes_$2[1000 + $1]"
    [[ " ${!2-} " == *" $1 "* ]] || builtin return 0
    __api_meaning=${!3-} __api_recovery=${!4-}
    [[ -z $__api_meaning ]] || builtin return 0
  else
    builtin return 0
  fi
  __api_meaning=${__api_codes["$1"]-} __api_recovery=${__api_codes["1000 + $1"]-}
}
