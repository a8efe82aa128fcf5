# shellcheck shell=bash
# >>> spec: settings
__api_file=api.func
__api_agent=api.func/1.0.0
__api_endpoint='http://127.0.0.1:8000/dev/upload'
__api_timeout=5
__api_max_timeout=30
__api_consent=DIAGNOSTICS
__api_consent_file=''
__api_run_id=RANDOM_UUID
__api_requires=()
# <<< spec: settings
