# shellcheck shell=bash
# The payload: each function appends one `"key":value` to __api_body. They run in a
# subshell, where options, IFS and locale are known.

__api_build() { # <event>: sets __api_body
  __api_body=''
  "__api_fields_$1"
  __api_body="{${__api_body#,}}"
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

__api_integer() { # <key> <value> [<unit>]
  __api_word=${2:0:4096}
  __api_word=${__api_word#"${__api_word%%[! ]*}"}
  __api_word=${__api_word%"${__api_word##*[! ]}"}
  __api_word=${__api_word%"${3-}"}
  if __api_is_number "$__api_word"; then
    __api_body+=",\"$1\":$((10#$__api_word))"
  else
    __api_body+=",\"$1\":null"
  fi
}

__api_constant() { __api_body+=",\"$1\":$2"; } # <key> <JSON>

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

__api_command() { # <key> <max length> <command> <part of its first line, 0 for all>
  local __api_part
  __api_word=$(export -n __api_url __api_agent __api_limit && __api_announce && exec "$3" 3>&-)
  __api_announce
  __api_word=${__api_word:0:4096}
  __api_word=${__api_word%%$'\n'*}/
  for ((__api_part = 1; __api_part < $4; __api_part++)); do
    __api_word=${__api_word#*/}
  done
  (($4 == 0)) && __api_word=${__api_word%/} || __api_word=${__api_word%%/*}
  __api_text "$1" "$2" "$__api_word"
}

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
