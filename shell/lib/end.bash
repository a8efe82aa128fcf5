# shellcheck shell=bash
[[ $__api_allexport == off ]] || builtin set -a
[[ $__api_aliases == off ]] || builtin shopt -s expand_aliases
builtin unset -v __api_allexport __api_aliases __api_bash
