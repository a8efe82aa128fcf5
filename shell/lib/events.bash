# shellcheck shell=bash
# The reports. One line a field: this is all that leaves the machine.
# >>> spec: events
# <<< spec: events

# >>> spec: flags
# <<< spec: flags
