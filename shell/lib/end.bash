# shellcheck shell=bash
[[ $__api_allexport == off ]] || builtin set -a
[[ -z ${__api_aliases-} ]] || builtin shopt -s expand_aliases
builtin unset -v __api_allexport __api_aliases
