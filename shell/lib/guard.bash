# shellcheck shell=bash
# >>> spec: header
# A part of shimgen's shell library.
# <<< spec: header

# Private names must be free: a readonly one would end a script that assigns to it.
# >>> spec: private
\builtin unset -v __api_aliases __api_codes 2>&- && __api_aliases=off
# <<< spec: private
# Aliases are expanded while a file is parsed: they are off until its end.
\builtin test "${BASH_VERSION-}" 2>&- && \builtin shopt -q expand_aliases 2>&- &&
  __api_aliases=on && \builtin shopt -u expand_aliases

# Another shell, or a bash before 4.2: functions that do nothing.
case ${__api_aliases-}${BASH_VERSION-} in
o[nf]*4.[23456789].* | o[nf]*[56789].* | o[nf]*[123456789][0123456789].*) ;;
*)
  # >>> spec: no_ops
  # <<< spec: no_ops
  return 0
  ;;
esac
