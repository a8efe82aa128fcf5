# The examples of the API.func page: each snippet that calls these functions does what
# the page says. A spec may add fields, exit codes and events to those of the page.
# shellcheck shell=bash
# Scripts in single quotes expand their own variables. A command that fails inside $()
# shows in what it prints. Each test is a subshell. Some variables are the helper's.
# shellcheck disable=SC2016,SC2312,SC2030,SC2031,SC2153 # as said above

load helper

ID=550e8400-e29b-41d4-a716-446655440000

says() { # <stdout>
  expect status 0 "$status"
  expect stdout "$1" "$(<"$OUT")"
  expect stderr '' "$(<"$ERR")"
}

# Usage: reported <pair>...
#
# The last report has these pairs of key and value, to the letter and in this order; a
# pair is a bash pattern. Other pairs may stand between them.
reported() {
  local body pattern
  body=$(tail -n 1 "$SENT")
  printf -v pattern '%s[,}]*' "$@"
  # shellcheck disable=SC2053 # it is a pattern
  [[ $body == \{*$pattern ]] && return 0
  printf 'sent %q, which lacks some of these pairs: %s\n' "$body" "$*" >&2
  return 1
}

@test "explain_exit_code: the four examples" {
  play <<<'. "$FILE"
explain_exit_code 127
explain_exit_code 241
explain_exit_code 206
explain_exit_code 999'
  says "Command not found
MySQL/MariaDB: Connection failed (server not running / wrong socket)
Custom: CTID already in use (check 'pct list' and /etc/pve/lxc/)
Unknown error"
}

@test "post_to_api, example 1: the page's payload, sent silently" {
  play ID="$ID" <<<'. "$FILE"
CT_TYPE=1
DISK_SIZE=20
CORE_COUNT=4
RAM_SIZE=4096
var_os="ubuntu"
var_version="22.04"
NSAPP="jellyfin"
METHOD="default"
DIAGNOSTICS="yes"
RANDOM_UUID="550e8400-e29b-41d4-a716-446655440000"
post_to_api'
  says ''
  reported '"ct_type":1' '"type":"lxc"' '"disk_size":20' '"core_count":4' \
    '"ram_size":4096' '"os_type":"ubuntu"' '"os_version":"22.04"' '"nsapp":"jellyfin"' \
    '"method":"default"' '"pve_version":"8.2.2"' '"status":"installing"' \
    '"random_id":"'"$ID"'"'
}

@test "post_to_api, example 2: DIAGNOSTICS=no returns at once without a call" {
  play <<<$'. "$FILE"\nDIAGNOSTICS="no"\npost_to_api'
  says ''
  sent 0
}

@test "post_to_api, example 3: without curl and python3 it returns silently" {
  mkdir "$BATS_TEST_TMPDIR/alone"
  ln -s "$BIN/pveversion" "$BATS_TEST_TMPDIR/alone"
  play NEW="$BATS_TEST_TMPDIR/alone" <<<$'. "$FILE"\nDIAGNOSTICS="yes"\nPATH=$NEW post_to_api'
  says ''
  sent 0
}

@test "post_to_api_vm: the page's payload" {
  play <<<'. "$FILE"
VMID=100 VM_CORES=4 VM_RAM=4096 VM_DISK=20 VM_OS=ubuntu VM_VERSION=22.04
VM_APP=jellyfin RANDOM_UUID=550e8400-e29b
post_to_api_vm'
  says ''
  reported '"vm_id":100' '"type":"qemu"' '"vm_cores":4' '"vm_ram":4096' '"vm_disk":20' \
    '"vm_os":"ubuntu"' '"vm_version":"22.04"' '"vm_app":"jellyfin"' \
    '"pve_version":"8.2.2"' '"status":"installing"' '"random_id":"550e8400-e29b"'
}

@test "post_update_to_api: the page's payload" {
  play <<<$'. "$FILE"\nRANDOM_UUID="550e8400-e29b"\npost_update_to_api'
  says ''
  reported '"status":"completed"' '"random_id":"550e8400-e29b"' '"exit_code":0' \
    '"error_explanation":""'
  lacks "$SENT" '"install_duration"\|"packages"\|"features"\|"metrics"'
}

@test "opt-out, method 1: DIAGNOSTICS=no in front of the command" {
  play DIAGNOSTICS=no <<<$'. "$FILE"\npost_to_api; post_to_api_vm; post_update_to_api'
  says ''
  sent 0
}

@test "opt-out, methods 2 and 3: export DIAGNOSTICS=no" {
  play <<<$'export DIAGNOSTICS="no"\n. "$FILE"\npost_to_api\npost_update_to_api'
  says ''
  sent 0
}

@test "custom exit code usage: exit 205 is explained" {
  play <<<'. "$FILE"
trap post_update_to_api EXIT
CTID=99
if [[ "$CTID" -lt 100 ]]; then
  echo "Container ID must be >= 100"
  exit 205 # Custom Proxmox code
fi'
  expect status 205 "$status"
  reported '"exit_code":205' '"error_explanation":"Custom: Invalid CTID (<100)"'
}

@test "best practices 1, 2 and 5: one RANDOM_UUID links both reports" {
  play <<<'. "$FILE"
variables() {
  RANDOM_UUID="$(cat /proc/sys/kernel/random/uuid)"
}
variables
SESSION_ID="${RANDOM_UUID:0:8}"
BUILD_LOG="/tmp/create-lxc-${SESSION_ID}.log"
post_to_api # Report container creation started
post_update_to_api # Report completion'
  says ''
  sent 2
  expect 'different identifiers' 1 \
    "$(grep -o '"random_id":"[^"]*"' "$SENT" | sort -u | wc -l)"
}

@test "best practice 3: post_to_api || true" {
  play <<<'. "$FILE"
msg_warn() { echo "$1"; }
if command -v curl &>/dev/null; then
  post_to_api || true # Do not fail if the API is unavailable
else
  msg_warn "curl not available, telemetry skipped"
fi
echo "RESPONSE is $RESPONSE"' PATH="$BIN:/usr/bin:/bin"
  expect status 0 "$status"
}

@test "best practice 4: diagnostics checked early" {
  play DIAGNOSTICS=no <<<'set -Eeuo pipefail
. "$FILE"
msg_info() { echo "$1"; }
main() {
  if [[ "${DIAGNOSTICS}" != "yes" ]]; then
    msg_info "Anonymous diagnostics disabled"
    return 0 # Skip telemetry
  fi
  post_to_api
}
main'
  says 'Anonymous diagnostics disabled'
  sent 0
}

answers() { # <what python3 prints> <message>
  stub python3 "read -r body; printf '$1'"
  play <<<'. "$FILE"
msg_ok() { echo "ok: $1"; }; msg_warn() { echo "warn: $1"; }; msg_info() { echo "info: $1"; }
post_to_api
HTTP_CODE="${RESPONSE: -3}"
if [[ "$HTTP_CODE" == "200" ]]; then
  msg_ok "Telemetry submitted successfully"
elif [[ "$HTTP_CODE" == "429" ]]; then
  msg_warn "API rate limited, skipping telemetry"
else
  msg_info "Telemetry API unreachable (this is OK)"
fi'
  says "$2"
}

@test "API response handling: the last three digits of RESPONSE are the status" {
  answers ':{"ok":1}200' 'ok: Telemetry submitted successfully'
  answers ':slow down429' 'warn: API rate limited, skipping telemetry'
  answers ':000' 'info: Telemetry API unreachable (this is OK)'
}

@test "network resilience: the report is true, whatever became of it" {
  play <<<'. "$FILE"
msg_info() { echo "$1"; }
TELEMETRY_URL=nowhere
if post_to_api 2>/dev/null; then
  msg_info "Diagnostics transmitted"
fi'
  says 'Diagnostics transmitted'
}

@test "testing: post_to_api 2>&1 | head -20 shows the payload when asked to" {
  play <<<$'. "$FILE"\nDIAGNOSTICS="yes"\nRANDOM_UUID="test-uuid-12345678"
post_to_api 2>&1 | head -20'
  says ''
  play TELEMETRY_DRY_RUN=yes <<<$'. "$FILE"\npost_to_api 2>&1 | head -20'
  grep -q '^{.*"ct_type":null,.*"random_id":"run-1"[,}]' "$OUT"
}

@test "improvements: duration, packages, features and metrics are sent when recorded" {
  play <<<'. "$FILE"
start_install_timer
record_package nodejs 22.1.0
record_feature gpu ipv6
record_metric download_ms 812
register_exit_code 64 "License key rejected"
post_update_to_api failed 64'
  says ''
  reported '"exit_code":64' '"error_explanation":"License key rejected"' \
    '"install_duration":[01]' '"packages":\["nodejs=22.1.0"\]' \
    '"features":\["gpu","ipv6"\]' '"metrics":\["download_ms=812"\]'
}
