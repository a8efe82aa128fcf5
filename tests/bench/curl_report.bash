# shellcheck shell=bash
# Reports as they are written by hand, one `curl` each: the yardstick of the benchmark.

post_with_curl() {
  command -v curl >/dev/null || return 0
  [[ $DIAGNOSTICS == yes && -n $RANDOM_UUID ]] || return 0
  local pve_version json
  pve_version=$(pveversion | awk -F"[/ ]" "{print \$2}" || true)
  json="{\"ct_type\":$CT_TYPE,\"type\":\"lxc\",\"disk_size\":null,\"core_count\":null,
    \"ram_size\":null,\"os_type\":\"\",\"os_version\":\"\",\"nsapp\":\"\",\"method\":\"\",
    \"pve_version\":\"$pve_version\",\"status\":\"installing\",\"random_id\":\"$RANDOM_UUID\"}"
  # shellcheck disable=SC2034 # read by the caller
  RESPONSE=$(curl -s -w '%{http_code}' -L -X POST "$TELEMETRY_URL" \
    -H 'Content-Type: application/json' -d "$json") || true
}

# A run: its start, its end, and the end once more, as a trap calls it again.
run_with_curl() {
  POST_UPDATE_DONE=false
  post_with_curl
  update_with_curl
  update_with_curl
}

update_with_curl() {
  command -v curl >/dev/null || return 0
  [[ $POST_UPDATE_DONE == false && $DIAGNOSTICS == yes && -n $RANDOM_UUID ]] || return 0
  local json
  json="{\"status\":\"failed\",\"random_id\":\"$RANDOM_UUID\",\"exit_code\":1,
    \"error_explanation\":\"General error / Operation not permitted\"}"
  # shellcheck disable=SC2034 # read by the caller
  RESPONSE=$(curl -s -w '%{http_code}' -L -X POST "$TELEMETRY_URL" \
    -H 'Content-Type: application/json' -d "$json") || true
  POST_UPDATE_DONE=true
}
