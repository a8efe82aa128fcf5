# shellcheck shell=bash
# The transport: the sender, or else curl, in the subshell of a send, by one deadline.

__api_prepare() { # <builtin>...: resets what may differ from caller to caller
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
  export -n BASH_COMPAT= # if it is readonly, shopt helps
  shopt -u compat31 compat32 compat40 compat41 compat42
  unset -v IFS LC_ALL || exit 0
  # Where they were local, unset uncovers those of the caller: so IFS is set, too.
  IFS=$' \t\n' LC_ALL=C
  # An exported value of 128 KiB would keep the kernel from starting any program.
  # >>> spec: payload_variables
  # <<< spec: payload_variables
  export -n BASH_ENV DO_NOT_TRACK EXIT_CODE INSTALL_START_TIME RESPONSE "${!TELEMETRY_@}"
}

__api_is_usable() { # <URL>
  [[ -n $1 && ${#1} -le 2048 && $1 != *[!!-~]* ]] &&
    [[ ${1,,} == http://[!/?#]* || ${1,,} == https://[!/?#]* ]]
}

__api_detach() { # <event>: outlives the script, and keeps none of its descriptors
  trap '' HUP INT QUIT
  cd /
  exec >&2 || exec >&-
  set +f
  # Close the open descriptors; without /proc, all that a script is likely to use.
  for __api_word in /proc/self/fd/* {3..255}; do
    __api_word=${__api_word##*/}
    [[ $__api_word == *[!0-9]* ]] || ((__api_word < 3)) || eval "exec $__api_word>&-"
  done
  set -f
  __api_deliver "$1"
}

# >>> spec: sender
__api_sender() {
  exec python3 -I -S -B -c "$(<"${BASH_SOURCE[0]%/*}/../sender.py")" 3>&-
}
# <<< spec: sender

__api_deliver() { # <event>: sets __api_out to response body and status
  __api_out=''
  __api_on_path python3 && __api_run __api_python "$1"
  [[ $__api_out == *[0-9][0-9][0-9] ]] || ! __api_on_path curl || __api_run __api_curl "$1"
  [[ $__api_out == *[0-9][0-9][0-9] ]] || __api_out=000
}

# Runs a function in a process of its own until the deadline. On descriptor 3 it and its
# children write "__api_pid NUMBER" lines, then ":" and the result for __api_out; other
# lines are ignored. `eval`, as bash before 5.1 cannot parse `<(` in posix mode.
__api_run() { # <function> <event>
  __api_out=''
  __api_set_left || return 0
  set -m # else SIGINT would be ignored there, and Ctrl-C would not end it
  eval '__api_collect < <(
    exec 3>&1
    __api_announce
    "$@"
  )'
  set +m
  [[ $__api_out == :* ]] || __api_out=:
  __api_out=${__api_out#:}
}

__api_collect() { # reads what __api_run's process writes; kills it if it does not end
  local __api_pids='' __api_end=0 __api_more=''
  while [[ $__api_end == 0 && $__api_out != :* ]]; do
    __api_set_left || __api_wait=0.3
    IFS= read -r -t "$__api_wait" __api_out || __api_end=$?
    ((__api_now < __api_deadline + 300000)) || __api_end=2 # lines without an end
    [[ $__api_end == 0 && $__api_out == *__api_pid\ * && ${__api_out##* } != *[!0-9]* ]] || continue
    # A process that announces itself again has no children any more: their numbers go.
    __api_out=${__api_out##*__api_pid}
    __api_pids="${__api_pids%%"$__api_out "*}$__api_out "
  done
  if [[ $__api_end == 0 ]]; then
    __api_set_left || __api_wait=0.3
    IFS= read -r -d '' -t "$__api_wait" __api_more || __api_end=$?
    __api_out+=$'\n'$__api_more
  fi
  if [[ $__api_end != 1 || $__api_out != :* ]]; then # 1 is the end of its output
    __api_out=''
    ((__api_end <= 1)) || __api_deadline=$__api_now # even if the clock was set back
    # shellcheck disable=SC2086 # several numbers
    kill -9 $__api_pids
  fi
}

__api_announce() { # before an `exec`, which keeps the number, and after a child's end
  printf '__api_pid %s\n' "$BASHPID" >&3
}

__api_set_now() { # microseconds since the epoch or, before bash 5, since the boot
  __api_now=${EPOCHREALTIME-}
  if [[ $__api_now != *.?????? || $__api_now == *[!0-9.]* ]]; then
    read -r __api_now _ </proc/uptime || printf -v __api_now '%(%s)T.00' -1
    __api_now+='0000'
  fi
  __api_now=${__api_now/./}
}

# Sets the seconds until the deadline, or until so long before it; fails if there are none.
__api_set_left() { # [<microseconds>]
  __api_set_now
  local __api_us=$((__api_deadline - __api_now - ${1:-0}))
  ((__api_us > 0)) || return 1
  ((__api_us <= __api_deadline - __api_began)) || __api_us=$((__api_deadline - __api_began))
  printf -v __api_left '%d.%06d' $((__api_us / 1000000)) $((__api_us % 1000000))
  ((__api_us += 400000)) # a little more for the reader: the process ends itself, if it can
  printf -v __api_wait '%d.%06d' $((__api_us / 1000000)) $((__api_us % 1000000))
}

__api_python() { # <event>
  # The body is built while Python starts.
  export __api_url __api_agent __api_limit=$__api_left
  set -m
  eval '__api_sender < <(__api_announce && __api_build "$1" && printf "%s\n" "$__api_body")'
}

# What the sender does, by curl, which gets URL and body on its standard input.
__api_curl() { # <event>
  # Before 7.54, 7.42 and 7.36 curl refuses these options, and ends with 2.
  local __api_next __api_hops __api_newer='--suppress-connect-headers --path-as-is --no-alpn '
  __api_build "$1"
  for ((__api_hops = 0; __api_hops <= 5; __api_hops++)); do
    __api_set_left || return 0
    __api_announce
    __api_out=$(trap 'exit 1' HUP && set -o pipefail && # else it sends SIGHUP to the script
      __api_curl_input | __api_curl_once | __api_read_answer)
    if [[ $? == 2 && -n $__api_newer ]]; then
      __api_newer=${__api_newer#* } __api_hops=$((__api_hops - 1))
      continue
    fi
    __api_next=${__api_out%%$'\n'*} __api_out=${__api_out#*$'\n'}
    [[ -n $__api_next ]] || break
    __api_url=$__api_next
  done
  printf ':%s' "$__api_out"
}

# Prints where a redirect leads that is to be followed, or nothing, and in a second line
# the start of the body and the status; nothing at all where no head came whole.
__api_read_answer() {
  local __api_next='' __api_http='' __api_place='' __api_line='' __api_count=0
  # Without -t, read would take the caller's TMOUT; with it, bash 5.2 is slow.
  while ((__api_count++ < 4096)) && IFS= read -r ${TMOUT:+-t"$__api_wait"} __api_line; do
    __api_line=${__api_line%$'\r'}
    if [[ -z $__api_http ]]; then
      __api_http=${__api_line:-none}
    elif [[ ${__api_line,,} == location:* ]]; then
      __api_place=${__api_place:-${__api_line#*:}}
    elif [[ -z $__api_line ]]; then
      [[ $__api_http == HTTP/1.?\ 1[0-9][0-9]* ]] || break
      __api_http='' __api_place=''
    fi
  done
  [[ -z $__api_line && "$__api_http " == HTTP/1.?\ [1-9][0-9][0-9]\ * ]] || return 0
  __api_set_left -200000 # curl ends first, if it can
  IFS= read -r -N 131072 -t "$__api_left" __api_out
  # Behind a longer body, curl's own line (-w) is cut off.
  ((${#__api_out} == 131072)) || __api_next=${__api_out##*$':\n'} __api_out=${__api_out%$':\n'*}
  # An old curl begins with a proxy's answer to CONNECT, and its status is in that line.
  if [[ $__api_newer != --s* && ${__api_next:-$__api_out} == [1-9H]* && ${__api_url,,} == https:* ]]; then
    __api_newer=--s
    printf '%s:\n000%s' "$__api_out" "${__api_next:3}" | __api_read_answer
    return
  fi
  __api_next=${__api_next:3}
  __api_is_followed || __api_next=''
  printf '%s\n%s%s' "$__api_next" "${__api_out:0:4096}" "${__api_http:9:3}"
}

# Whether a redirect leads to the same host; sets __api_next. Strict, as parsers differ.
__api_is_followed() {
  local __api_form='(https?:)//([^/?#@ ]*@)?([^][/?#@: ]+|\[[^][/?#@ ]*\])(:[0-9]*)?([/?#][^ ]*)?'
  [[ $__api_http == HTTP/1.?\ 30[1278]* && $__api_place =~ ^[[:blank:]]*([!-~]+)[[:blank:]]*$ ]] || return 1
  __api_place=${BASH_REMATCH[1]}
  [[ $__api_place != //* ]] || __api_place=${__api_url%%//*}$__api_place
  [[ ${__api_place%%[/?#]*} != *:* ]] || __api_next=$__api_place
  [[ "${__api_url,,} ${__api_next,,}" =~ ^$__api_form\ $__api_form$ && ${BASH_REMATCH[3]} == "${BASH_REMATCH[8]}" ]] &&
    [[ ${BASH_REMATCH[1]} == http: || ${BASH_REMATCH[6]} == https: ]]
}

__api_print_body() { # <event>
  __api_build "$1"
  printf ':%s' "$__api_body"
}

__api_curl_input() { # lines of a configuration file
  local __api_target=${__api_url%%#*} __api_data=${__api_body//\\/\\\\}
  __api_target=${__api_target//\\/\\\\}
  printf 'url = "%s"\ndata-binary = "%s"\n' "${__api_target//\"/\\\"}" "${__api_data//\"/\\\"}"
}

__api_curl_once() {
  __api_announce
  [[ -n $__api_newer ]] || __api_left=${__api_wait%.*} # before 7.32 no fractions
  # HTTP/1.0 without ALPN and an undecoded body are what the sender does.
  # shellcheck disable=SC2086 # several options
  exec curl -q -s -g -i -0 --raw $__api_newer -K - --max-time "$__api_left" \
    -A "$__api_agent" -w ':\n%{http_connect}%{redirect_url}' \
    -H 'Content-Type: application/json' 3>&-
}
