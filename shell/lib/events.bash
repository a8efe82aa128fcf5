# shellcheck shell=bash
# The reports: each line of a __api_fields_ function is one field, and these fields are
# all that a report contains.
# >>> spec: events
# <<< spec: events

# >>> spec: flags
# <<< spec: flags
