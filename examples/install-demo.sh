#!/usr/bin/env bash
# A sample installer. It has the structure of a real one, but installs nothing.
#
# Usage: BASE=URL_OR_FOLDER_OF_API_FUNC install-demo.sh
#
# FAIL_STEP=download, apt or start makes that step fail. WAIT_STEP makes it take long
# enough to press Ctrl-C. With DIAGNOSTICS=no nothing is reported.

here=${BASH_SOURCE[0]%"${BASH_SOURCE[0]##*/}"}
BASE=${BASE:-${here}../shell/dist}

# shellcheck source=/dev/null disable=SC2312 # checked below, by what is defined
case $BASE in
http://* | https://* | file://*)
  source <(curl -fsSL "$BASE/api.func")
  source <(curl -fsSL "$BASE/error_handler.func")
  ;;
*)
  . "$BASE/api.func"
  . "$BASE/error_handler.func"
  ;;
esac
if ! declare -F post_to_api catch_errors >/dev/null; then
  printf 'cannot load api.func and error_handler.func from %s; check BASE\n' "$BASE" >&2
  exit 1
fi

msg_info() { printf '  ... %s\n' "$1"; }
msg_ok() { printf '  ok  %s\n' "$1"; }
msg_error() { printf '  ERR %s\n' "$1"; }

# Tells the user what would be reported, and asks for consent if it is not given yet.
ask_consent() {
  cat <<'NOTICE'
  If you agree, this installer reports that it started and how it ended: size and
  system of the container, version of Proxmox VE, a random number for this run,
  exit code, duration, installed parts. No host or user names, no paths, no logs.
  Say no with DIAGNOSTICS=no; see it without sending with TELEMETRY_DRY_RUN=yes.
NOTICE
  local answer=no
  if [[ -z ${DIAGNOSTICS-} && -t 0 ]]; then
    read -rp '  Report this run? [yes/NO] ' answer || answer=no
  fi
  DIAGNOSTICS=${DIAGNOSTICS:-$answer}
  [[ $DIAGNOSTICS == yes ]] || DIAGNOSTICS=no
  msg_ok "reports: $DIAGNOSTICS"
}

# shellcheck disable=SC2034 # the reports read these
describe_container() {
  RANDOM_UUID=$(</proc/sys/kernel/random/uuid)
  CT_TYPE=1 DISK_SIZE=4G CORE_COUNT=2 RAM_SIZE=2048
  var_os=debian var_version=12 NSAPP=demo METHOD=default
}

# Usage: step NAME TEXT EXIT_CODE
#
# One step of the installation. Fails with EXIT_CODE if FAIL_STEP is NAME.
step() {
  msg_info "$2"
  if [[ ${WAIT_STEP-} == "$1" ]]; then
    bash -c 'printf "  ... this takes a minute\n"; exec sleep 60'
  fi
  if [[ ${FAIL_STEP-} == "$1" ]]; then
    return "$3"
  fi
  msg_ok "$2"
}

main() {
  printf 'Demo installer\n'
  catch_errors
  ask_consent
  describe_container
  start_install_timer
  register_exit_code 22 'Download failed' 'Check the network and try again'
  post_to_api

  step download 'downloading demo 1.2.3' 22
  record_package demo 1.2.3
  step apt 'installing packages' 100
  record_feature systemd ipv6
  step start 'starting the service' 1
  record_metric steps 3

  post_update_to_api 'done' none
  printf 'Installed.\n'
}

# This is the last line, so that a truncated download runs nothing.
main
