"""How a run ended: the branches of __api_read_outcome, and their documentation."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from shimgen.spec import Spec, Status

from .quote import bash_word

# Bare, they are read as the end of something, by people and by linters.
KEYWORDS = frozenset({"do", "done", "elif", "else", "esac", "fi", "in", "then"})


def words(spec: Spec) -> list[str]:
    """Write the `case` that finds the status of a word."""
    branches = [line for status in spec.statuses for line in _branches(status)]
    for status in spec.statuses:
        if status.fallback:
            branches += ["'') ;;", f"*) {_means(status, status.name)} ;;"]
            break
    else:
        branches.append("*) ;;")
    return ["case ${__api_parts[1]} in", *branches, "esac"]


def by_code(spec: Spec) -> list[str]:
    """Write what decides where no word does."""
    success, failure = spec.status("success").name, spec.status("failure").name
    return [
        f"[[ $__api_code == 0 ]] && __api_status={success} || __api_status={failure}"
    ]


def codes(spec: Spec) -> list[str]:
    """Write the `case` of the exit codes that turn a failure into another status."""
    failures = [one.name for one in spec.statuses if one.counts == "failure"]
    branches = []
    for status in spec.statuses:
        patterns = [
            f"{failure}:{code}"
            for failure in failures
            for code in status.codes
            if failure != status.name
        ]
        if patterns:
            branches.append(f"{' | '.join(patterns)}) __api_status={status.name} ;;")
    if not branches:
        return []
    return ["case $__api_status:$__api_code in", *branches, "*) ;;", "esac"]


def usage(spec: Spec) -> str:
    """Say which words an outcome takes, in a sentence or two."""
    listed = "; or ".join(", ".join((s.name, *s.words)) for s in spec.statuses)
    fallbacks = [status.name for status in spec.statuses if status.fallback]
    other = (
        f"Any other word: {fallbacks[0]}." if fallbacks else "Else the code decides."
    )
    return f"STATUS: {listed}. {other}"


def _branches(status: Status) -> Iterable[str]:
    listed = sorted((status.name, *status.words), key=status.code_of)
    for _, same in groupby(listed, status.code_of):
        group = [*same]
        pattern = " | ".join(map(_pattern, group))
        yield f"{pattern}) {_means(status, group[0])} ;;"


def _pattern(word: str) -> str:
    return f"'{word}'" if word in KEYWORDS else bash_word(word)


def _means(status: Status, word: str) -> str:
    if status.counts == "success":
        return f"__api_status={status.name} __api_code=0"
    code = status.code_of(word)
    default = f" __api_default={code}" if code else ""
    return f"__api_status={status.name}{default}"
