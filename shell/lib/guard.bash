# shellcheck shell=bash
# >>> spec: header
# A part of shimgen's shell library.
# <<< spec: header

# Private names must be free: a readonly one would end a script that assigns to it.
# Here and below, 2>&- silences one command; unlike 2>/dev/null it opens no file.
# >>> spec: private
\builtin unset -v __api_bash __api_aliases 2>&- &&
  __api_bash=${BASH_VERSION-} __api_aliases=' '
# <<< spec: private
# Aliases are expanded while a file is parsed: where the script has one for a word that is
# used here, they are off until its end, or stay so if the download broke off.
\builtin test "${__api_bash-}" 2>&- && \builtin shopt -q expand_aliases 2>&- &&
  \builtin eval '__api_aliases="${-##*B*}' \
    '${BASH_ALIASES['{if,then,elif,else,fi,for,while,do,done,case,esac,!,:,break,builtin}']+x}' \
    '${BASH_ALIASES['{cd,continue,eval,exec,exit,export,kill,local,printf,read,return}']+x}' \
    '${BASH_ALIASES['{set,shopt,trap,unset}']+x}' '"' &&
  \builtin test -z "${__api_aliases%%*[! ]*}" && \builtin shopt -u expand_aliases

# Another shell, or a bash before 4.2: functions that do nothing.
case ${__api_bash-} in
4.[23456789].* | [56789].* | [123456789][0123456789].*) ;;
*)
  # >>> spec: no_ops
  # <<< spec: no_ops
  return 0
  ;;
esac
\builtin unset -v __api_bash
\builtin test -z "${__api_aliases%%*[! ]*}" || \builtin unset -v __api_aliases
