# shellcheck shell=bash
# Under `set -a` everything defined here would be exported: it is off meanwhile.
__api_allexport=off
if [[ -o allexport ]]; then
  __api_allexport=on
  builtin set +a
fi

# Usage: __api_store VARIABLE VALUE
#
# Assigns to a variable of the caller's shell. One that is readonly or integer is left as
# it is: a plain assignment that fails would end the script, and so would `set -e`.
__api_store() {
  if [[ -o errexit ]]; then
    builtin set +e
    __api_store "$@"
    builtin set -e
    builtin return 0
  fi
  builtin set -- "$1" "$2" "${!1-}"
  # A trial first: a readonly variable refuses it, an integer variable becomes 2.
  builtin export -n "$1=1+1" 2>&- || builtin return 0
  if [[ ${!1-} == 2 ]]; then
    builtin set -- "$1" "$3" # what it was
  fi
  builtin export -n "$1=$2" 2>&- || builtin return 0
}

__api_is_number() { # <text>: 1-9 decimal digits; listed, as a range depends on the locale
  [[ -n $1 && ${#1} -lt 10 && -z ${1//[0123456789]/} ]]
}
