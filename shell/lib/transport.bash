# shellcheck shell=bash
# The transport: the sender, or else curl, in the subshell of a send, by one deadline.

# >>> spec: sender
__api_sender() {
  exec python3 -I -S -B -c "$(<"${BASH_SOURCE[0]%/*}/../sender.py")" 3>&-
}
# <<< spec: sender

__api_deliver() { # <event>: sets __api_out to response body and status
  __api_out=''
  if __api_on_path python3; then
    __api_run __api_python "$1"
  fi
  if [[ $__api_out != *[0-9][0-9][0-9] ]] && __api_on_path curl; then
    __api_run __api_curl "$1"
  fi
  [[ $__api_out == *[0-9][0-9][0-9] ]] || __api_out=000
}

# Runs a function in a process of its own until the deadline. On descriptor 3 it and
# its children write "__api_pid NUMBER" lines, then comes ":" and the result, which
# __api_out gets; other lines are ignored. `read -t` needs no other program, and holds
# whatever the process does. `eval`, as bash before 5.1 cannot parse `<(` in posix mode.
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
    # A process announces itself again when its children have ended. Their numbers,
    # behind its own, are dropped: the system may give them to other processes.
    __api_out=${__api_out##*__api_pid}
    __api_pids="${__api_pids%%"$__api_out "*}$__api_out "
  done
  if [[ $__api_end == 0 ]]; then
    __api_set_left || __api_wait=0.3
    IFS= read -r -d '' -t "$__api_wait" __api_more || __api_end=$?
    __api_out+=$'\n'$__api_more
  fi
  if [[ $__api_end != 1 ]]; then # 1 is the end of its output
    __api_out=''
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

__api_set_left() { # seconds until the deadline; fails where there are none
  __api_set_now
  local __api_us=$((__api_deadline - __api_now))
  ((__api_us > 0)) || return 1
  ((__api_us <= __api_limit * 1000000)) || __api_us=$((__api_limit * 1000000))
  printf -v __api_left '%d.%06d' $((__api_us / 1000000)) $((__api_us % 1000000))
  # A little more for the reader: the process ends itself, if it can.
  ((__api_us += 400000))
  printf -v __api_wait '%d.%06d' $((__api_us / 1000000)) $((__api_us % 1000000))
}

__api_python() { # <event>
  __api_limit=$__api_left
  export __api_url __api_agent __api_limit
  # The body is built while Python starts.
  set -m
  eval '__api_sender < <(__api_announce && __api_build "$1" && printf "%s\n" "$__api_body")'
}

# What the sender does, by curl. URL and body come through its standard input, as
# other users can read its arguments. Redirects are followed here, as a POST. Status and
# Location are read from the head (-i), because curl's own line (-w), which comes last,
# is lost where a long answer is cut off.
__api_curl() { # <event>
  local __api_next __api_http __api_head __api_place __api_hops
  __api_build "$1"
  for ((__api_hops = 0; __api_hops <= 5; __api_hops++)); do
    __api_http=000
    __api_set_left || break
    # shellcheck disable=SC2312 # what came is looked at, whatever the status
    __api_out=$(__api_curl_input | __api_curl_once | __api_read_most)
    __api_announce
    __api_next=$__api_out # of a longer answer, curl's last line is not there
    ((${#__api_out} == 131072)) || __api_out=${__api_out%$'\n':*}
    __api_next=${__api_next:${#__api_out}+2} # behind the newline and ":"
    __api_take_head || break
    [[ $__api_http == 30[1278] && $__api_place != *[!!-~]* ]] || break
    [[ ${__api_url,,} == http:* || ${__api_next,,} == https:* ]] || break
    __api_is_usable "$__api_next" || break
    __api_url=$__api_next
  done
  [[ $__api_http != 000 ]] || __api_out=''
  printf ':%s%s' "${__api_out:0:4096}" "$__api_http"
}

# Takes the heads, those of 1xx too, off __api_out; sets __api_http to the last one's
# status and __api_place to its Location as it came. Fails where no head came whole.
__api_take_head() {
  local IFS=$'\n'
  while true; do
    __api_head=${__api_out%%$'\n\r\n'*} __api_place=${__api_out%%$'\n\n'*}
    ((${#__api_head} < ${#__api_place})) || __api_head=$__api_place
    ((${#__api_head} < ${#__api_out})) || return 1
    __api_out=${__api_out:${#__api_head}+1}
    __api_out=${__api_out#$'\r'}
    __api_out=${__api_out#$'\n'}
    [[ ${__api_head#* } == 1[0-9][0-9]* ]] || break
  done
  __api_http=${__api_head#* }
  __api_http=${__api_http:0:3}
  [[ $__api_http == [0-9][0-9][0-9] ]] || __api_http=000
  __api_place=''
  for __api_head in $__api_head; do # a loop, as `#*` takes seconds on a long head
    [[ ${__api_head,,} == location:* ]] && __api_place=${__api_head#*:} && break
  done
  __api_place=${__api_place#"${__api_place%%[!$' \t']*}"}
  __api_place=${__api_place%"${__api_place##*[!$' \t\r']}"}
}

__api_print_body() { # <event>
  __api_build "$1"
  printf ':%s' "$__api_body"
}

__api_curl_input() { # lines of a configuration file
  local __api_target=${__api_url%%#*} __api_data=${__api_body//\\/\\\\}
  __api_target=${__api_target//\\/\\\\}
  printf 'url = "%s"\n' "${__api_target//\"/\\\"}"
  printf 'data-binary = "%s"\n' "${__api_data//\"/\\\"}"
}

__api_read_most() { # of what comes: bash is slow with an endless answer
  IFS= read -r -N 131072 -t "$__api_wait" __api_out
  printf %s "$__api_out"
}

__api_curl_once() {
  __api_announce
  # HTTP/1.0 without ALPN and an undecoded body are what the sender does.
  exec curl -q -s -g -i -0 --no-alpn --raw --suppress-connect-headers --path-as-is \
    -K - --max-time "$__api_left" -A "$__api_agent" -w '\n:%{redirect_url}' \
    -H 'Content-Type: application/json' 3>&-
}
