# shellcheck shell=bash
# A report. __api_report asks for consent, notes how the run ended and stores results, in
# the caller's shell and by `builtin`, as the script may have functions of those names.
# __api_send does the rest in a subshell, where traps and options can be set.

__api_report() { # <status at the call> <kind> <event> <flag> [<argument>...]
  # The caller's DEBUG and RETURN traps need not see all this.
  if [[ -o functrace ]]; then
    builtin set +T
    __api_report "$@"
    builtin set -T
    builtin return 0
  fi
  builtin local __api_answer __api_interrupted __api_note __api_outcome __api_result \
    __api_was_open 2>&- || builtin return 0
  if ! __api_consents; then
    __api_store RESPONSE ''
    __api_tell "$3: ${__api_note-not sent}"
    builtin return 0
  fi
  # A trap may call while reports are being sent: the gate then sees which ones.
  __api_interrupted=${__api_in_flight-}
  builtin local __api_in_flight 2>&- || builtin return 0
  __api_in_flight="$__api_interrupted $4/${!__api_run_id-} " __api_outcome='' __api_was_open=${__api_open-}
  if [[ $2 == start ]]; then
    __api_store __api_open "${BASHPID-$$}" # error_handler.func: who opens a run closes it
  else
    __api_note_outcome "$1" "${5-}" "${6-}" "${7-}"
  fi
  # `\`, as bash parses what is in $( ) when it runs, with the caller's aliases.
  __api_answer=$(\__api_send "$3" "$4" "${7-}") || builtin :
  # In front of the result may be what `set -x` printed; there is none if it was cut off.
  builtin test "${__api_answer#*__api_result }" != "$__api_answer" ||
    __api_answer=$'__api_result unanswered 99\nno result\n:000'
  __api_answer=${__api_answer#*__api_result }
  __api_result=${__api_answer%%$'\n'*}
  __api_answer=${__api_answer#*$'\n'}
  __api_note=${__api_answer%%$'\n:'*}
  __api_answer=${__api_answer#*$'\n:'}
  __api_keep_result "$2" "$4"
  __api_tell "$3: $__api_note"
}

# The first outcome of a run stands: a trap's `done` must not hide a failure. It is one
# text, so that no trap finds half of it: words, cut to 16 characters, and the run.
__api_note_outcome() { # <status at the call> <STATUS> <EXIT_CODE> <force>
  __api_outcome=${__api_first_outcome-}
  if builtin test "$4" = force ||
    builtin test "${__api_outcome#*/*/*/*/}" != "${!__api_run_id-}"; then
    builtin set -- "$1" "${2:0:16}" "${3:0:16}" "${EXIT_CODE+${EXIT_CODE:0:16}}"
    __api_outcome="$1/${2//\//?}/${3//\//?}/${4//\//?}/${!__api_run_id-}"
    [[ -z ${!__api_run_id-} ]] || __api_store __api_first_outcome "$__api_outcome"
  fi
}

__api_keep_result() { # <kind> <flag>
  case $__api_result in
  answered)
    __api_store "$2" true
    __api_store "__api_reported_$2" "${!__api_run_id}"
    ;;
  unanswered*)
    __api_store "$2" false
    __api_store "__api_tried_$2" "${__api_result#* }/${!__api_run_id-}"
    ;;
  printed)
    (builtin printf '%s\n' "$__api_answer") 2>&- || builtin :
    __api_answer=''
    ;;
  *) __api_store __api_open "$__api_was_open" ;;
  esac
  __api_store RESPONSE "$__api_answer"
  if [[ $1 == outcome && ($__api_result == answered || $__api_result == printed) ]]; then
    __api_store __api_open ''
  fi
}

__api_tell() { # <line>, from a subshell: if nobody reads it, SIGPIPE ends only that
  if builtin test "${TELEMETRY_DEBUG-}" = yes; then
    (builtin printf '%s: %s\n' "$__api_file" "$1") >&2 || builtin :
  fi
}

# Prints a result, a note for TELEMETRY_DEBUG, and ":" with RESPONSE or what to print.
__api_send() { # <event> <flag> <force>
  __api_prepare break cd continue enable eval exec exit export kill local printf read return set \
    shopt trap true unset
  local __api_reason __api_status __api_code __api_meaning __api_recovery \
    __api_explanation __api_word __api_body __api_began __api_now __api_deadline \
    __api_left __api_wait __api_ascii='' __api_group='' __api_out='' __api_tried=0 \
    __api_limit=${TELEMETRY_TIMEOUT-} __api_url=${TELEMETRY_URL-$__api_endpoint} || exit 0
  if [[ $__api_limit == 0* ]] || ! __api_is_number "$__api_limit" ||
    ((__api_limit > __api_max_timeout)); then
    __api_limit=$__api_timeout
  fi
  # All tries of one report share its limit, so that a chain of traps waits only once.
  __api_word=__api_tried_$2
  if [[ $3 != force && ${!__api_word-} == "${!__api_word%%/*}/${!__api_run_id-}" ]] &&
    __api_is_number "${!__api_word%%/*}"; then
    __api_tried=${!__api_word%%/*}
  fi
  __api_limit=$((__api_limit - __api_tried))
  __api_set_now
  __api_began=$__api_now __api_deadline=$((__api_now + __api_limit * 1000000))
  if ! __api_is_open "$2" "$3"; then
    __api_result=unchanged __api_note="not sent: $__api_reason"
  elif [[ ${TELEMETRY_DRY_RUN-} == yes ]]; then
    __api_run __api_print_body "$1"
    __api_result=printed __api_note='dry run, nothing sent'
  elif ! __api_is_usable "$__api_url"; then
    __api_result="unanswered $__api_tried" __api_note='not sent: no usable http or https URL'
  elif [[ ${TELEMETRY_BACKGROUND-} == yes ]]; then
    __api_detach "$1" &
    __api_result=answered __api_note='being sent in the background'
  else
    __api_deliver "$1"
    __api_set_now
    __api_now=$(((__api_now - __api_began) / 1000))
    __api_result=answered __api_note="${__api_out: -3} from"
    case ${__api_out: -3} in
    000 | 408 | 425 | 429 | 5??) # no answer, or one that asks for another try
      __api_result="unanswered $((__api_tried + (__api_now + 100) / 1000))"
      __api_note=${__api_note/000/no answer}
      ;;
    *) ;;
    esac
    __api_note+=" ${__api_url/:\/\/*@/://} after $__api_now ms"
  fi
  if [[ $__api_result == unanswered* ]] && __api_is_made "$2"; then
    __api_result=unchanged # by `force`: the answer that this run had still counts
  fi
  printf '__api_result %s\n%s\n:%s' "$__api_result" "$__api_note" "$__api_out"
}
