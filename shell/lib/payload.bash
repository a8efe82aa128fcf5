# shellcheck shell=bash
# The payload, in the subshell: each function appends one `"key":value` to __api_body.

__api_build() { # <event>: sets __api_body
  [[ -z $__api_outcome ]] || __api_read_outcome
  __api_body=''
  "__api_fields_$1"
  __api_body="{${__api_body#,}}"
}

__api_read_outcome() { # sets __api_status, __api_code and __api_explanation
  local IFS=/ __api_parts __api_default=0
  # shellcheck disable=SC2206 # IFS parts it, and no pattern in it is expanded here
  __api_parts=($__api_outcome)
  __api_read_code "${__api_parts[2]}"
  __api_status='' __api_explanation=''
  # >>> spec: words
  case ${__api_parts[1]} in
  completed | success | 'done' | ok) __api_status=completed __api_code=0 ;;
  failed | failure | error) __api_status=failed __api_default=1 ;;
  *) ;;
  esac
  # <<< spec: words
  if [[ -z $__api_status ]]; then # the code decides
    [[ -n $__api_code ]] || __api_read_code "${__api_parts[3]}"
    __api_code=${__api_code:-${__api_parts[0]}}
    # >>> spec: by_code
    [[ $__api_code == 0 ]] && __api_status=completed || __api_status=failed
    # <<< spec: by_code
  elif [[ ${__api_code:-0} == 0 ]]; then
    __api_code=$__api_default
  fi
  # >>> spec: codes
  # <<< spec: codes
  if [[ $__api_code != 0 ]]; then
    __api_find "$__api_code" ''
    __api_explanation=${__api_ascii:-Unknown error}
  fi
}

__api_read_code() { # <EXIT_CODE>: sets __api_code, to nothing where none is given
  case $1 in
  '' | none) __api_code='' ;;
  INTERRUPTED) __api_code=130 ;;
  TERMINATED) __api_code=143 ;;
  HANGUP) __api_code=129 ;;
  *)
    __api_code=1 # callers pass whole commands; their text goes nowhere
    if __api_is_number "$1" && ((10#$1 <= 255)); then
      __api_code=$((10#$1))
    fi
    ;;
  esac
}

__api_text() { # <key> <max length> <value>; a long value would take bash minutes
  __api_word=${3:0:4096}
  __api_word=${__api_word//[! -~]/}
  __api_word=${__api_word#"${__api_word%%[! ]*}"}
  __api_word=${__api_word%"${__api_word##*[! ]}"}
  __api_word=${__api_word:0:$2}
  __api_word=${__api_word//\\/\\\\}
  __api_body+=",\"$1\":\"${__api_word//\"/\\\"}\""
}

__api_trim() { # <value> [<unit>]: sets __api_word
  __api_word=${1:0:4096}
  __api_word=${__api_word#"${__api_word%%[! ]*}"}
  __api_word=${__api_word%"${__api_word##*[! ]}"}
  __api_word=${__api_word%"${2-}"}
}

__api_integer() { # <key> <value> [<unit>]
  __api_trim "${@:2}"
  if __api_is_number "$__api_word"; then
    __api_body+=",\"$1\":$((10#$__api_word))"
  else
    __api_body+=",\"$1\":null"
  fi
}

# >>> only: decimals
__api_decimal() { # <key> <value> [<unit>]
  __api_trim "${@:2}"
  if [[ $__api_word =~ ^[0-9]{1,9}(\.[0-9]{1,6})?$ ]]; then
    __api_body+=",\"$1\":$((10#${__api_word%%.*}))${BASH_REMATCH[1]}"
  else
    __api_body+=",\"$1\":null"
  fi
}

# <<< only: decimals
# >>> only: booleans
__api_boolean() { # <key> <value>
  __api_trim "$2"
  case ${__api_word,,} in
  true | yes | on | 1) __api_constant "$1" true ;;
  false | no | off | 0) __api_constant "$1" false ;;
  *) __api_constant "$1" null ;;
  esac
}

# <<< only: booleans
# >>> only: enums
__api_enum() { # <key> <value> <default> <word>...: one of the words, or the default
  local __api_listed
  __api_trim "$2"
  for __api_listed in "${@:4}"; do
    [[ $__api_listed != "$__api_word" ]] || set -- "$1" "$2" "$__api_word"
  done
  __api_text "$1" 4096 "$3"
}

# <<< only: enums
__api_constant() { __api_body+=",\"$1\":$2"; } # <key> <JSON>

# >>> only: groups
# The group of the exit code, or what the script says in its place, if that is a group.
__api_send_group() { # <key> <max length> <what the script says>
  case $3 in
  # >>> spec: groups
  network | timeout) __api_group=$3 ;;
  # <<< spec: groups
  *) __api_group=${__api_group:-unknown} ;;
  esac
  [[ $__api_code != 0 ]] || __api_group=''
  __api_text "$1" "$2" "$__api_group"
}

# <<< only: groups
# >>> only: lists
__api_list() { # <key> <words> [optional]
  local __api_words='' __api_count=0
  for __api_word in ${2:0:4096}; do
    __api_word=${__api_word//[!A-Za-z0-9._+:=-]/}
    [[ -z $__api_word ]] || ((++__api_count > 16)) ||
      __api_words+=",\"${__api_word:0:32}\""
  done
  # shellcheck disable=SC2089 # the quotes are those of JSON
  [[ -z $__api_words && ${3-} == optional ]] ||
    __api_body+=",\"$1\":[${__api_words#,}]"
}

# <<< only: lists
# >>> only: commands
# Sets __api_word to a part of the first line that a command prints, 0 for all of it. It has
# half of the limit, and 4096 bytes; without its value the report still goes.
__api_from_command() { # <part> <command> [<argument>...]
  local __api_part __api_pid='' __api_end=0
  __api_word=''
  if __api_set_left "$(((__api_deadline - __api_began) / 2))" && set -m; then # as in __api_run
    eval '{
      read -r __api_pid
      IFS= read -r -N 4096 -t "$__api_left" __api_word || __api_end=$?
      ((__api_end == 1)) || kill -9 "$__api_pid" # 1 is the end of its output
    } < <(
      export -n __api_url __api_agent __api_limit
      printf "%s\n" "$BASHPID"
      exec "${@:2}" 3>&-
    )'
  fi
  ((__api_end <= 128)) || __api_word=''
  __api_word=${__api_word%%$'\n'*}/
  for ((__api_part = 1; __api_part < $1; __api_part++)); do
    __api_word=${__api_word#*/}
  done
  (($1 == 0)) && __api_word=${__api_word%/} || __api_word=${__api_word%%/*}
}

# <<< only: commands
# >>> only: durations
__api_duration() { # <key>: seconds since start_install_timer, at most a day
  local __api_start=${INSTALL_START_TIME-}
  [[ -n $__api_start ]] || return 0
  printf -v __api_word '%(%s)T' -1
  if [[ $__api_start == *[!0-9]* || ${#__api_start} -gt 12 ]] ||
    ((__api_word - 10#$__api_start < 0 || __api_word - 10#$__api_start > 86400)); then
    __api_constant "$1" null
  else
    __api_constant "$1" "$((__api_word - 10#$__api_start))"
  fi
}
# <<< only: durations
