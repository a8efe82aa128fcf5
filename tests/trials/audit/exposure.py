"""Looks for what others could see in the arguments and environments of children."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .acts import Act
from .runs import MARKS, PASSWORD, PAYLOAD
from .stage import Played

BASH_OWN = {"PWD", "OLDPWD", "SHLVL", "_"}  # bash exports these to every child
SENDER_OWN = {"__api_url", "__api_agent", "__api_limit"}
OF_THE_SHIM = ("TELEMETRY_", "DO_NOT_TRACK")  # settings that no child needs


def in_arguments(played: Played, started: Iterable[Act]) -> list[str]:
    """Say which arguments hold a part of a report, its receiver or a password.

    Every user of a host can read the arguments of all its processes.
    """
    secrets = [*MARKS, PASSWORD, played.address, "/dev/upload", '"random_id"']
    return [
        f"{name(act)} has {secret!r} in its arguments"
        for act in started
        for secret in secrets
        if any(secret.encode() in argument for argument in act.argv)
    ]


def in_environment(played: Played, started: Iterable[Act]) -> list[str]:
    """Say what the environments of the shim's children hold or lack.

    They get what the caller exported, but for the report's variables and settings of
    the shim. The sender gets three variables more.
    """
    kept = {
        key: value
        for key, value in played.exported.items()
        if key not in PAYLOAD and not key.startswith(OF_THE_SHIM)
    }
    return [
        f"{name(act)} {problem}"
        for act in started
        for problem in _differences(act, played.exported, kept)
    ]


def _differences(
    act: Act, exported: dict[str, str], kept: dict[str, str]
) -> Iterator[str]:
    found = variables(act)
    if name(act) == "tail":  # the error handler's, in the script's own shell
        wanted = {key: exported[key] for key in exported.keys() & found.keys()}
        own = set[str]()
    else:
        wanted = kept
        own = SENDER_OWN if name(act) == "python3" else set()
    for key in sorted(found.keys() - wanted.keys() - own - BASH_OWN):
        yield f"has {key}"
    for key in sorted((wanted.keys() | own) - found.keys()):
        yield f"lacks {key}"
    for key in sorted(found.keys() - own):
        if found[key] != wanted.get(key, found[key]):
            yield f"has another {key}"
    for key in sorted(found.keys() - exported.keys() - {"__api_url"}):
        if any(secret in found[key] for secret in (*MARKS, PASSWORD)):
            yield f"has a part of the report in {key}"


def in_scripts_own(played: Played, others: Iterable[Act]) -> list[str]:
    """Say which of the script's own children get other variables than without."""
    without = {act.argv: variables(act).keys() for act in played.without if act.argv}
    return [
        f"{name(act)} of the script has or lacks {' '.join(sorted(changed))}"
        for act in others
        if (changed := variables(act).keys() ^ without.get(act.argv, set()))
    ]


def name(act: Act) -> str:
    """First argument of a started program."""
    return act.argv[0].decode()


def variables(act: Act) -> dict[str, str]:
    """Environment of a started program."""
    pairs = [one.decode(errors="replace").partition("=") for one in act.environment]
    return {key: value for key, _, value in pairs}
