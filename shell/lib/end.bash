# shellcheck shell=bash
if [[ -n $__api_allexport ]]; then
  builtin set -a
fi
if [[ $__api_aliases == on ]]; then
  builtin shopt -s expand_aliases
fi
builtin unset -v __api_allexport __api_aliases
