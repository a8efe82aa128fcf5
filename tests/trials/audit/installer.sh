#!/usr/bin/env bash
# An installer that does nothing but report: what a trace of it shows is the shim's.
#
# Usage: BASE=FOLDER_OF_API_FUNC installer.sh
#
# BEGIN names the first report, FAIL_WITH the exit code of a step that fails.

# shellcheck source=/dev/null
. "$BASE/api.func"
# shellcheck source=/dev/null
. "$BASE/error_handler.func"

step() { return "$1"; }

catch_errors
start_install_timer
"${BEGIN:-post_to_api}"
record_package demo 1.2.3
record_feature systemd
record_metric steps 3
step "${FAIL_WITH:-0}"
post_update_to_api 'done' none
