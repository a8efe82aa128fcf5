# shellcheck shell=bash
# The error handler. Each end of a script is one chain: the code is fixed, a run that a
# report opened is closed, and only then something is shown or a function of the script
# called. So nothing that these do changes what is reported or returned.

__api_main=''    # the process that called catch_errors
__api_end=''     # the exit code, once it is certain how the script ends
__api_nounset='' # not empty: the script had set -u then
# The status of an open run whose script ends with 0; empty: none.
# >>> spec: clean_exit
__api_clean_exit=''
# <<< spec: clean_exit

# Usage: catch_errors
#
# Makes the script end at its first error and say why: sets errexit, errtrace and
# pipefail, nounset where STRICT_UNSET is 1, and the traps ERR and EXIT and those of all
# signals that would end the script. The script's own traps ERR, EXIT, INT, TERM and HUP
# are called by these; those of other signals, and signals that it ignores, stay as they
# are. Returns 0.
catch_errors() {
  builtin local __api_signal __api_traps __api_own 2>&- || builtin return 0
  builtin set -Ee -o pipefail
  [[ ${STRICT_UNSET-} != 1 ]] || builtin set -u
  if ! __api_in_main; then # a subshell, where `trap -p` would show the script's traps
    builtin trap - ERR
    for __api_signal in ERR EXIT INT TERM HUP; do
      __api_store "__api_trap_$__api_signal" ''
    done
  fi
  __api_store __api_main "${BASHPID-$$}"
  # Where there is no trap, nothing is to be written, and no process is needed.
  builtin trap -p >&- 2>&- && __api_traps='' || __api_traps=$(builtin trap -p)
  __api_catch error_handler ERR
  __api_catch on_exit EXIT
  __api_catch on_interrupt INT
  __api_catch on_terminate TERM
  __api_catch on_hangup HUP
  for __api_signal in PIPE ALRM USR1 USR2 XCPU XFSZ VTALRM PROF IO SYS; do
    __api_catch "__api_on_signal $__api_signal" "$__api_signal"
  done
}

__api_catch() { # <command> <signal>: keeps the command of the script's own trap
  if [[ $__api_traps == *"$2"* ]]; then
    # In front of `trap -- COMMAND SIGNAL` may be what `set -x` printed.
    __api_own=$(builtin trap -p "$2")
    if [[ $__api_own == *'trap -- '* ]]; then
      builtin eval "builtin set -- \"\$1\" \"\$2\" ${__api_own#*trap -- }"
      # Now $3 is the command. Ours is there where catch_errors is called once more.
      if [[ $3 != - && $3 != "$1" ]]; then
        [[ -n $3 && " ERR EXIT INT TERM HUP " == *" $2 "* ]] || builtin return 0
        __api_store "__api_trap_$2" "$3"
      fi
    fi
  fi
  # shellcheck disable=SC2064 # it is a text already
  builtin trap "$1" "$2" 2>&- || builtin : # not every system has every signal
}

# Usage: error_handler [EXIT_CODE] [LINE] [COMMAND]
#
# The end by an error: closes the run that a report opened, shows the error on stderr
# (where, exit code, meaning, command, calls, what helps, the end of the log
# SILENT_LOGFILE, whether it was reported), and exits with the code. As an ERR trap it
# needs no arguments; then it returns where errexit is off. Two arguments are EXIT_CODE
# COMMAND where the second is no number. Code 0, or none, changes nothing. In a subshell
# it shows nothing, as the script itself will say what it cannot go on without.
error_handler() {
  builtin set -- "$?" "$#" "${BASH_LINENO[0]-}" "$BASH_COMMAND" "$@"
  # Now $1 is the status at the call, $3 the line, $4 the command, $5 and on the arguments.
  [[ -z ${__api_end-} && ($2 != 0 || -o errexit) ]] || builtin return 0
  if [[ $2 == 2 ]] && ! __api_is_number "$6"; then
    if [[ $5 == "$3" && $1 != 0 ]]; then # `error_handler $LINENO "$BASH_COMMAND"`
      builtin set -- "$1" 3 "$3" "$4" "$1" "$5" "$6"
    else
      builtin set -- "$1" 3 "$3" "$4" "$5" "$3" "$6"
    fi
  fi
  # Outside of a trap, the last command is the first one of this function; bash 4.2 does
  # not note that of a ( ) and may still have one of catch_errors.
  # shellcheck disable=SC2016 # texts of commands
  [[ $4 != 'builtin set -- "$?" "$#"'* && $4 != 'builtin trap "$1" "$2"'* ]] ||
    builtin set -- "${@:1:3}" '' "${@:5}"
  builtin set -- "${5:-$1}" "${6:-$3}" "${7:-$4}"
  __api_is_number "$1" && ((10#$1 > 0 && 10#$1 < 256)) || builtin return 0
  builtin set -- "$((10#$1))" "$2" "$3"
  __api_in_main || builtin exit "$1"
  __api_fix "$1"
  __api_show_error "$@"
  __api_call ERR
  builtin exit "$1"
}

# Usage: on_exit
#
# The EXIT trap: closes a run that was opened and not closed, if the code is not 0, or
# where the spec has a status for that. Only the script itself reports that it completed.
on_exit() {
  builtin set -- "$?"
  if [[ -n ${__api_end-} ]]; then
    builtin set -- "$__api_end"
  elif [[ $1 != 0 || -n $__api_clean_exit ]] && __api_in_main; then
    __api_store __api_end "$1"
    __api_close "$1"
  fi
  __api_call EXIT
  # Without this the shell ends with the code that it has, which an old bash may not say.
  [[ -z ${__api_end-} ]] || builtin exit "$1"
}

# Usage: on_interrupt
#
# The INT trap (Ctrl-C): says so and exits with 130.
on_interrupt() { __api_on_signal INT; }

# Usage: on_terminate
#
# The TERM trap: says so and exits with 143.
on_terminate() { __api_on_signal TERM; }

# Usage: on_hangup
#
# The HUP trap (the terminal is gone): says so and exits with 129.
on_hangup() { __api_on_signal HUP; }

__api_on_signal() { # <signal>; another one during the end is not looked at
  [[ -z ${__api_end-} ]] || builtin return 0
  # Bash 4.3 and 4.4 would loop for ever at another SIGINT; this sets its handler anew.
  [[ $1 != INT ]] || builtin trap on_interrupt INT
  builtin set -- "$1" "$(builtin kill -l "$1" || builtin :)"
  builtin set -- "$1" "$((128 + $2))"
  __api_fix "$2"
  __api_show "ended by SIG$1: exit code $2" "$2" '' ''
  __api_call "$1"
  builtin exit "$2"
}

__api_in_main() { # whether this process called catch_errors, or is the script's first one
  [[ ${__api_main:-$$} == "${BASHPID-$$}" ]]
}

__api_fix() { # <exit code>: from here on it is certain how the script ends
  __api_store __api_end "$1"
  builtin trap - ERR
  [[ ! -o nounset ]] || __api_store __api_nounset 1 # for the script's msg_error
  builtin set +eu
  __api_close "$1"
  builtin trap '' PIPE # a message that nobody reads must not end what follows
}

__api_close() { # <exit code>: does nothing where no report of this very process opened a run
  [[ ${__api_open-} == "${BASHPID-$$}" ]] || builtin return 0
  # >>> spec: close
  post_update_to_api '' "$1"
  # <<< spec: close
}

__api_call() { # <signal>: the command of the script's own trap, once, with $? as it was
  builtin local __api_command="__api_trap_$1" 2>&- || builtin return 0
  __api_command=${!__api_command-}
  __api_store "__api_trap_$1" ''
  if [[ -z $__api_end ]]; then
    builtin eval "$__api_command"
  else
    __api_return "$__api_end" || builtin eval "$__api_command"
  fi
}

__api_return() { builtin return "$1"; } # <status>

__api_show_error() { # <exit code> <line> <command>
  builtin local __api_at __api_calls='' __api_where
  # core.func's silent() notes what failed, and then fails by `return`.
  if [[ $3 == return* && ${_SILENT_FAILED_RC-} == "$1" && -n ${_SILENT_FAILED_CMD-} ]]; then
    builtin set -- "$1" "${_SILENT_FAILED_LINE:-$2}" "$_SILENT_FAILED_CMD"
  fi
  __api_set_where "${BASH_SOURCE[2]-}" "$2"
  case ${FUNCNAME[2]-main} in
  main | source) ;;
  *) __api_where+=", in ${FUNCNAME[2]}" ;;
  esac
  builtin set -- "$@" "$__api_where"
  for ((__api_at = 3; __api_at < ${#FUNCNAME[@]} && ${#__api_calls} < 300; __api_at++)); do
    __api_set_where "${BASH_SOURCE[__api_at]}" "${BASH_LINENO[__api_at - 1]}"
    __api_calls+="${__api_calls:+, }${FUNCNAME[__api_at]} ($__api_where)"
  done
  __api_show "$4: exit code $1" "$1" "$3" "$__api_calls"
}

__api_set_where() { # <file> <line>; a script from -c, a pipe or <( ) has no file to name
  [[ -z ${BASH_EXECUTION_STRING-} || $1 != "$0" ]] || builtin set -- '' "$2"
  case $1 in
  '' | main | environment | /dev/fd/* | /dev/stdin | /proc/*) __api_where="line $2" ;;
  *) __api_where="${1##*/}, line $2" ;;
  esac
}

# At most 15 lines, of which one is the script's own msg_error's, where it has one.
__api_show() { # <what> <exit code> <command> <calls>
  builtin local __api_ascii __api_group __api_meaning __api_recovery __api_red='' \
    __api_yellow='' __api_plain=''
  if [[ -t 2 && -z ${NO_COLOR-} && ${TERM-} != dumb ]]; then
    __api_red=$'\e[31m' __api_yellow=$'\e[33m' __api_plain=$'\e[0m'
  fi
  __api_find "$2" ''
  [[ $1 != 'ended by SIG'* ]] || __api_meaning=${__api_meaning:-Ended by a signal}
  __api_say "$1 (${__api_meaning:-Unknown error})"
  {
    builtin set -- "$1" "$2" "${3:0:300}" "$4" # substitution is slow on a long text
    [[ -z $3 ]] || __api_line command "${3//[[:cntrl:]]/ }"
    [[ -z $4 ]] || __api_line 'called by' "$4"
    [[ -z $__api_recovery ]] ||
      __api_line "${__api_yellow}what may help" "$__api_recovery$__api_plain"
    __api_show_log
    __api_show_reported
  } >&2
}

__api_line() { # <name> <text>: one line of at most 300 characters
  builtin printf '  %s: %.300s\n' "$1" "$2" || builtin :
}

# The script's msg_error runs in a subshell, as it may exit or fail. If it does not return
# 0, the line is printed all the same: perhaps twice, but never not at all.
__api_say() { # <text>
  if builtin declare -F msg_error >/dev/null; then
    (
      [[ -z $__api_nounset ]] || builtin set -u
      msg_error "$1"
    ) >&2 && builtin return 0
  fi
  builtin printf '%s%s%s\n' "$__api_red" "$1" "$__api_plain" >&2 || builtin :
}

__api_show_log() { # the last lines of the log
  builtin local __api_line
  [[ -n ${SILENT_LOGFILE-} && -f $SILENT_LOGFILE && -r $SILENT_LOGFILE ]] || builtin return 0
  builtin printf '  the end of %s:\n' "$SILENT_LOGFILE"
  # A progress bar is one line with many carriage returns: what came last is shown.
  builtin command tail -c 65536 -- "$SILENT_LOGFILE" 2>&- | builtin command tail -n 8 2>&- |
    while IFS= builtin read -r __api_line; do
      __api_line=${__api_line%$'\r'}
      builtin printf '    %.300s\n' "${__api_line##*$'\r'}"
    done
}

__api_show_reported() { # beside api.func
  # >>> spec: reported
  ! builtin declare -F post_update_to_api >/dev/null || builtin set -- nothing
  [[ ${POST_UPDATE_DONE-} != true ]] || builtin set -- 'exit code and meaning'
  # <<< spec: reported
  [[ ${1-} != exit* ]] || builtin set -- "$1, anonymously; to say no: DO_NOT_TRACK=1"
  [[ -z ${1-} ]] || __api_line reported "$1"
}
