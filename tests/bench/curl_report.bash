# shellcheck shell=bash
# The report as it is written by hand today: the yardstick of the benchmark.

post_with_curl() {
  command -v curl >/dev/null || return 0
  [[ $DIAGNOSTICS == yes && -n $RANDOM_UUID ]] || return 0
  local pve_version json
  pve_version=$(pveversion | awk -F"[/ ]" "{print \$2}" || true)
  json="{\"ct_type\":$CT_TYPE,\"type\":\"lxc\",\"pve_version\":\"$pve_version\",
    \"status\":\"installing\",\"random_id\":\"$RANDOM_UUID\"}"
  # shellcheck disable=SC2034 # read by the caller
  RESPONSE=$(curl -s -w '%{http_code}' -L -X POST "$TELEMETRY_URL" \
    -H 'Content-Type: application/json' -d "$json") || true
}
