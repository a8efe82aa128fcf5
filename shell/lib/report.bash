# shellcheck shell=bash
# A report. __api_report runs in the caller's shell: it looks at the gate and keeps
# the results. __api_send runs in a subshell, where traps, options, locale and
# functions can be set without a trace.

__api_report() { # <status at the call> <kind> <event> <flag> [<argument>...]
  builtin local __api_reason __api_status __api_code __api_explanation __api_word \
    __api_meaning __api_recovery __api_answer __api_result __api_note 2>&- ||
    builtin return 0
  if [[ -o functrace ]]; then # the caller's DEBUG and RETURN traps need not see all this
    builtin set +T
    __api_report "$@"
    builtin set -T
    builtin return 0
  fi
  if ! __api_gate "$4" "${7-}"; then
    __api_store RESPONSE ''
    __api_tell "$3: not sent: $__api_reason"
    builtin return 0
  fi
  if [[ $2 == outcome ]]; then
    __api_resolve "$1" "${5-}" "${6-}"
    __api_keep_first_outcome "${7-}"
  else
    __api_store __api_open "$BASHPID" # who opened it also closes it
  fi
  # Quoted, as the text inside is parsed when it runs, with the caller's aliases.
  __api_answer=$(\__api_send "$3") || builtin :
  # Result, note for TELEMETRY_DEBUG, and the text, if there is one. Nothing is cut off
  # its end: there bash reads beyond bytes that are no character in the caller's locale.
  __api_answer=${__api_answer:-$'lost\nno result\n000'}
  __api_result=${__api_answer%%$'\n'*}
  __api_answer=${__api_answer#*$'\n'}
  __api_note=${__api_answer%%$'\n'*}
  [[ $__api_answer == *$'\n'* ]] || __api_answer+=$'\n'
  __api_answer=${__api_answer#*$'\n'}
  __api_remember "$2" "$4"
  __api_tell "$3: $__api_note"
}

__api_resolve() { # <status at the call> <STATUS> <EXIT_CODE>: sets the outcome
  __api_read_status "$2"
  __api_read_code "$3"
  if [[ -z $__api_status$__api_code ]]; then
    __api_read_code "${EXIT_CODE-}"
    __api_code=${__api_code:-$1}
  fi
  if [[ $__api_status == completed || (-z $__api_status && $__api_code == 0) ]]; then
    __api_status=completed __api_code=0 __api_explanation=''
  else
    __api_status=failed
    [[ ${__api_code:-0} != 0 ]] || __api_code=1
    __api_find "$__api_code" ''
    __api_explanation=${__api_meaning:-Unknown error}
  fi
}

__api_read_status() { # <STATUS>: sets __api_status, to nothing where it says nothing
  __api_status=''
  for __api_word in completed success 'done' ok; do
    ! builtin test "$1" = "$__api_word" || __api_status=completed
  done
  for __api_word in failed failure error aborted; do
    ! builtin test "$1" = "$__api_word" || __api_status=failed
  done
}

__api_read_code() { # <EXIT_CODE>: sets __api_code, to nothing where none is given
  if [[ -z $1 ]] || builtin test "$1" = none; then
    __api_code=''
  elif builtin test "$1" = INTERRUPTED; then
    __api_code=130
  elif builtin test "$1" = TERMINATED; then
    __api_code=143
  elif builtin test "$1" = HANGUP; then
    __api_code=129
  elif __api_is_number "$1" && ((10#$1 <= 255)); then
    __api_code=$((10#$1))
  else
    __api_code=1 # callers pass whole commands; their text goes nowhere
  fi
}

__api_keep_first_outcome() { # <force>: a trap's `done` must not hide a failure
  if ! builtin test "$1" = force && [[ -n ${__api_outcome-} ]] &&
    builtin test "${__api_outcome_run-}" = "${!__api_run_id}"; then
    __api_status=${__api_outcome%% *}
    __api_explanation=${__api_outcome#* }
    __api_code=${__api_explanation%% *}
    __api_explanation=${__api_explanation#* }
  else
    __api_store __api_outcome_run "${!__api_run_id}"
    __api_store __api_outcome "$__api_status $__api_code $__api_explanation"
  fi
}

__api_remember() { # <kind> <flag>: keeps the result of a send
  if [[ $__api_result == dry ]]; then
    __api_store RESPONSE ''
    builtin printf '%s\n' "$__api_answer" 2>&- || builtin :
  else
    __api_store RESPONSE "$__api_answer"
  fi
  [[ $1 == start || $__api_result == lost || $__api_result == unsent ]] ||
    __api_store __api_open ''
  builtin set -- "$2" "__api_run_$2"
  if [[ $__api_result == answered || $__api_result == background ]]; then
    __api_store "$1" true
    __api_store "$2" "${!__api_run_id}"
  elif [[ $__api_result != dry ]] && ! __api_is_made "$1"; then
    __api_store "$1" false # an answer that this run had before still counts
  fi
}

__api_tell() { # <line>
  ! builtin test "${TELEMETRY_DEBUG-}" = yes ||
    builtin printf '%s: %s\n' "$__api_file" "$1" >&2 || builtin :
}

__api_send() { # <event>: prints a result, a note, and RESPONSE or the body
  __api_prepare break cd enable eval exec exit export kill local printf read return set \
    shopt trap true unset
  local __api_body __api_out __api_now __api_left __api_wait __api_deadline \
    __api_limit=${TELEMETRY_TIMEOUT-} __api_url=${TELEMETRY_URL-$__api_endpoint}
  if [[ $__api_limit == 0* ]] || ! __api_is_number "$__api_limit" ||
    ((__api_limit > __api_max_timeout)); then
    __api_limit=$__api_timeout
  fi
  __api_set_now
  __api_deadline=$((__api_now + __api_limit * 1000000))
  if [[ ${TELEMETRY_DRY_RUN-} == yes ]]; then
    __api_run __api_print_body "$1"
    printf 'dry\ndry run, nothing sent\n%s' "$__api_out"
  elif ! __api_is_usable "$__api_url"; then
    printf 'unsent\nnot sent: the URL is not a usable http or https URL'
  elif [[ ${TELEMETRY_BACKGROUND-} == yes ]]; then
    __api_detach "$1" &
    printf 'background\nbeing sent in the background'
  else
    __api_deliver "$1"
    __api_set_now
    if [[ $__api_out == 000 ]]; then
      printf 'lost\nno answer from'
    else
      printf 'answered\n%s from' "${__api_out: -3}"
    fi
    printf ' %s after %s ms\n%s' "${__api_url/:\/\/*@/://}" \
      "$(((__api_now - __api_deadline) / 1000 + __api_limit * 1000))" "$__api_out"
  fi
}

__api_prepare() { # <builtin>...: what may differ from caller to caller is made known
  builtin enable "$@" 2>&- || builtin :
  builtin trap - DEBUG ERR RETURN
  builtin set -f +aehkuvxCT +o pipefail +o posix
  builtin unset -f "$@"
  shopt -u expand_aliases nocasematch nullglob failglob extglob
  if [[ -c /dev/null && -w /dev/null && $- != *r* ]]; then
    exec </dev/null 2>/dev/null
  else
    exec <&- 2>&-
  fi
  unset -v IFS LC_ALL || exit 0
  LC_ALL=C
  # An exported value of 128 KiB would keep the kernel from starting any program.
  # >>> spec: payload_variables
  # <<< spec: payload_variables
  export -n BASH_ENV DO_NOT_TRACK EXIT_CODE INSTALL_START_TIME RESPONSE "${!TELEMETRY_@}"
}

__api_is_usable() { # <URL>
  [[ -n $1 && ${#1} -le 2048 && $1 != *[!!-~]* ]] &&
    [[ $1 == [hH][tT][tT][pP]://[!/?#]* || $1 == [hH][tT][tT][pP][sS]://[!/?#]* ]]
}

__api_detach() { # <event>: outlives the script and holds nothing of it
  local __api_fd
  trap '' HUP INT QUIT
  cd /
  exec >&2 || exec >&-
  set +f
  for __api_fd in /proc/self/fd/* {3..255}; do
    __api_fd=${__api_fd##*/}
    [[ $__api_fd == *[!0-9]* ]] || ((__api_fd < 3)) || eval "exec $__api_fd>&-"
  done
  __api_deliver "$1"
}
