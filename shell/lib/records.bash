# shellcheck shell=bash
# What a script may add to its last report. Nothing here sends anything.

# >>> only: durations
# Usage: start_install_timer
#
# Remembers the time in INSTALL_START_TIME; the last report then has install_duration.
# Returns 0.
start_install_timer() {
  builtin local __api_word 2>&- || builtin return 0
  builtin printf -v __api_word '%(%s)T' -1
  __api_store INSTALL_START_TIME "$__api_word"
}

# <<< only: durations
# >>> only: packages
# Usage: record_package NAME VERSION
#
# Adds NAME=VERSION to the packages of the last report, by TELEMETRY_PACKAGES. Returns
# 0, or 2 with a message where an argument has no letter, digit or one of . _ + : -
# Example: record_package nodejs 22.1.0
record_package() {
  builtin local __api_name __api_value 2>&- || builtin return 0
  __api_clean __api_name "${1-}"
  __api_clean __api_value "${2-}"
  if [[ -z $__api_name || -z $__api_value ]]; then
    __api_complain record_package "needs NAME and VERSION, got '${1-}' and '${2-}'"
  else
    __api_append TELEMETRY_PACKAGES "$__api_name=$__api_value"
  fi
}

# <<< only: packages
# >>> only: features
# Usage: record_feature NAME...
#
# Adds names to the features of the last report, by TELEMETRY_FEATURES. Returns 0, or 2
# with a message, and adds none, where a NAME is not usable.
# Example: record_feature gpu ipv6
record_feature() {
  builtin local __api_name __api_value='' __api_word 2>&- || builtin return 0
  for __api_word in "${@-}"; do
    __api_clean __api_name "$__api_word"
    if [[ -z $__api_name ]]; then
      __api_complain record_feature "needs names, got '$__api_word'"
      builtin return 2
    fi
    __api_value+=" $__api_name"
  done
  __api_append TELEMETRY_FEATURES "${__api_value# }"
}

# <<< only: features
# >>> only: metrics
# Usage: record_metric NAME INTEGER
#
# Adds NAME=INTEGER to the metrics of the last report, by TELEMETRY_METRICS. Returns 0,
# or 2 with a message where an argument is not usable.
# Example: record_metric download_ms 812
record_metric() {
  builtin local __api_name 2>&- || builtin return 0
  __api_clean __api_name "${1-}"
  builtin set -- "${1-}" "${2-}" "${2+${2#-}}"
  if [[ -z $__api_name || -z $3 || ${#3} -gt 15 || $3 == *[!0123456789]* ]]; then
    __api_complain record_metric "needs NAME and an integer, got '$1' and '$2'"
  else
    __api_append TELEMETRY_METRICS "$__api_name=$2"
  fi
}

# <<< only: metrics
# >>> only: records
__api_clean() { # <variable> <word>; printf counts bytes, whatever the locale
  builtin printf -v "$1" '%.4096s' "$2"
  builtin printf -v "$1" %s "${!1//[!A-Za-z0-9._+:-]/}"
}

__api_append() { # <variable> <words>
  __api_store "$1" "${!1-}${!1:+ }$2"
}
# <<< only: records
