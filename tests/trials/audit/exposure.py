"""Checks what others can see in the arguments and environments of child processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .acts import Act
from .runs import MARKS, PASSWORD, PAYLOAD
from .stage import Played

BASH_VARIABLES = {"PWD", "OLDPWD", "SHLVL", "_"}  # bash exports these to every child
SENDER_VARIABLES = {"__api_url", "__api_agent", "__api_limit"}
OF_THE_SHIM = ("TELEMETRY_", "DO_NOT_TRACK")  # settings that no child needs


def in_arguments(played: Played, started: Iterable[Act]) -> list[str]:
    """Return arguments that contain a part of a report, its receiver or a password.

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
    """Return what is wrong with the environments of the shim's child processes.

    They must get what the caller exported, except the variables of the report and the
    settings of the shim. The sender gets three further variables.
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
    actual = variables(act)
    if name(act) == "tail":  # the error handler's, in the script's own shell
        expected = {key: exported[key] for key in exported.keys() & actual.keys()}
        own = set[str]()
    else:
        expected = kept
        own = SENDER_VARIABLES if name(act) == "python3" else set()
    for key in sorted(actual.keys() - expected.keys() - own - BASH_VARIABLES):
        yield f"has {key}"
    for key in sorted((expected.keys() | own) - actual.keys()):
        yield f"lacks {key}"
    for key in sorted(actual.keys() - own):
        if actual[key] != expected.get(key, actual[key]):
            yield f"has another {key}"
    for key in sorted(actual.keys() - exported.keys() - {"__api_url"}):
        if any(secret in actual[key] for secret in (*MARKS, PASSWORD)):
            yield f"has a part of the report in {key}"


def in_scripts_own(played: Played, others: Iterable[Act]) -> list[str]:
    """Return child processes of the script whose variables the shim has changed."""
    without = {act.argv: variables(act).keys() for act in played.without if act.argv}
    return [
        f"{name(act)} of the script has or lacks {' '.join(sorted(changed))}"
        for act in others
        if (changed := variables(act).keys() ^ without.get(act.argv, set()))
    ]


def name(act: Act) -> str:
    """Return the first argument of a started program."""
    return act.argv[0].decode()


def variables(act: Act) -> dict[str, str]:
    """Return the environment of a started program."""
    pairs = [text.decode(errors="replace").partition("=") for text in act.environment]
    return {key: value for key, _, value in pairs}
