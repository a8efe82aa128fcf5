# shellcheck shell=bash
# >>> spec: header
# A part of shimgen's shell library.
# <<< spec: header

# Private names must be free: a readonly one would end a script that assigns to it.
# >>> spec: private
\builtin unset -v __api_aliases __api_codes 2>&- && __api_aliases=off
# <<< spec: private
# Aliases are expanded while a file is parsed: they are off until its end.
\builtin test "${BASH_VERSION-}" 2>&- && \builtin shopt -q expand_aliases &&
  __api_aliases=on && \builtin shopt -u expand_aliases

# Another shell, or a bash before 4.2: functions that do nothing.
case ${__api_aliases-}${BASH_VERSION-} in
o[nf]*4.[2-9].* | o[nf]*[5-9].* | o[nf]*[1-9][0-9].*) ;;
*)
  # >>> spec: no_ops
  # <<< spec: no_ops
  return 0
  ;;
esac
