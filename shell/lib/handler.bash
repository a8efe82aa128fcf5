# shellcheck shell=bash
# The error handler. It closes a run that a report opened and nothing closed.

# Usage: catch_errors
#
# Makes the script end at its first error and say why: sets errexit, errtrace and
# pipefail, nounset where STRICT_UNSET is 1, and the traps ERR, EXIT, INT, TERM, HUP.
# Returns 0.
catch_errors() {
  builtin set -Ee -o pipefail
  [[ ${STRICT_UNSET-} != 1 ]] || builtin set -u
  builtin trap error_handler ERR
  builtin trap on_exit EXIT
  builtin trap on_interrupt INT
  builtin trap on_terminate TERM
  builtin trap on_hangup HUP
}

# Usage: error_handler [EXIT_CODE] [LINE] [COMMAND]
#
# Shows an error on stderr: line, exit code, meaning, command, what helps, and the end
# of the log SILENT_LOGFILE; then exits with the code. As an ERR trap it needs no
# arguments. In a subshell it says one line, the script itself then says the rest.
error_handler() {
  builtin set -- "$?" "$@"
  builtin set -- "${2:-$1}" "${3:-${BASH_LINENO[0]-?}}" "${4:-$BASH_COMMAND}"
  builtin trap - ERR
  builtin set +e
  __api_is_number "$1" && [[ $1 != 0 ]] || builtin return 0
  builtin local __api_meaning __api_recovery
  __api_find "$1" ''
  __api_say "line $2: exit code $1 (${__api_meaning:-Unknown error}): $3"
  if ((BASH_SUBSHELL == 0)); then
    [[ -z $__api_recovery ]] || __api_say "what may help: $__api_recovery"
    __api_show_log
    __api_close "$1"
  fi
  builtin exit "$1"
}

# Usage: on_exit
#
# The EXIT trap: closes a run that was opened and not closed, with the exit code.
on_exit() {
  builtin set -- "$?"
  __api_close "$1"
  builtin exit "$1"
}

# Usage: on_interrupt
#
# The INT trap (Ctrl-C): says so and exits with 130.
on_interrupt() { __api_end_by_signal 130; }

# Usage: on_terminate
#
# The TERM trap: says so and exits with 143.
on_terminate() { __api_end_by_signal 143; }

# Usage: on_hangup
#
# The HUP trap (the terminal is gone): says so and exits with 129.
on_hangup() { __api_end_by_signal 129; }

__api_end_by_signal() { # <exit code>
  builtin local __api_meaning __api_recovery
  builtin trap - ERR
  builtin set +e
  __api_find "$1" ''
  __api_say "exit code $1 (${__api_meaning:-Ended by a signal})"
  __api_close "$1"
  builtin exit "$1"
}

__api_close() { # <exit code>: does nothing where no report of this very process opened a run
  [[ ${__api_open-} == "$BASHPID" ]] || builtin return 0
  # >>> spec: close
  post_update_to_api '' "$1"
  # <<< spec: close
}

__api_say() { # <text>, by the script's own msg_error where it has one; errexit is off
  if builtin declare -F msg_error >/dev/null; then
    msg_error "$1" >&2
  elif [[ -t 2 && -z ${NO_COLOR-} ]]; then
    builtin printf '\e[31m%s\e[0m\n' "$1" >&2
  else
    builtin printf '%s\n' "$1" >&2
  fi
}

__api_show_log() { # the last 20 lines of the log
  [[ -n ${SILENT_LOGFILE-} && -f $SILENT_LOGFILE && -r $SILENT_LOGFILE ]] || builtin return 0
  builtin printf -- '--- last 20 lines of %s ---\n' "$SILENT_LOGFILE" >&2
  tail -n 20 -- "$SILENT_LOGFILE" >&2
}
