"""The installer that meets the faults, and the no-op functions it is compared with."""

from __future__ import annotations

NO_OP = "post_to_api() { :; }\npost_update_to_api() { :; }\n"

# Builtins only: what fails is the shim's doing. At a mark it says on descriptor 9 when
# the report before was over and how it was answered, and stops: it is looked at from
# outside and let go on. Descriptor 8 is a gate that opens when the trial has done to
# the first report what it wants to do. Between that report and the gate nothing is
# written, so that a signal finds no redirection half done. Where a signal that is not
# trapped ends it, `$?` is that of whatever command came last: it is not shown.
SCRIPT = r"""
set -Eeuo pipefail
ended='' answered=none
mark() {
  printf '%s %s %s\n' "$1" "$ended" "$answered" >&9
  ended='' answered=none
  kill -STOP $$
}
timed() {
  mark begin
  "$@"
  ended=$EPOCHREALTIME answered=${RESPONSE: -3}
}
on_exit() {
  status=$?
  trap - EXIT
  printf 'ends\n'
  timed post_update_to_api failed "$status"
  mark end
  exit "$status"
}
on_signal() {
  printf 'caught %s\n' "$1"
  exit "$2"
}
trap on_exit EXIT
if [[ ${CATCH-} == yes ]]; then
  trap 'on_signal INT 130' INT
  trap 'on_signal TERM 143' TERM
  trap 'on_signal HUP 129' HUP
fi
RESPONSE=''
cd /srv
. "$1"
mark ready
printf 'installing\n'
timed post_to_api
read -r -t 60 -u 8 || printf 'the gate did not open\n' >&2
printf 'setting=1\n' >settings || printf 'no settings\n' >&2
printf 'data\n' >/tmp/download || printf 'no download\n' >&2
printf 'installed in part\n'
printf 'a warning\n' >&2
exit 3
"""
