# shellcheck shell=bash
# >>> spec: header
# A part of shimgen's shell library.
# <<< spec: header

# Private names must be free: a readonly one would end a script that assigns to it.
# Here and below, 2>&- silences one command; unlike 2>/dev/null it opens no file.
# >>> spec: private
\builtin unset -v __api_bash __api_aliases 2>&- &&
  __api_bash=${BASH_VERSION-} __api_aliases=off
# <<< spec: private
# Aliases are expanded while a file is parsed: they are off until its end.
\builtin test "${__api_bash-}" 2>&- && \builtin shopt -q expand_aliases 2>&- &&
  __api_aliases=on && \builtin shopt -u expand_aliases

# Another shell, or a bash before 4.2: functions that do nothing.
case ${__api_bash-} in
4.[23456789].* | [56789].* | [123456789][0123456789].*) ;;
*)
  # >>> spec: no_ops
  # <<< spec: no_ops
  return 0
  ;;
esac
