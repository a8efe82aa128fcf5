"""The shim's share of a run, and whether it is allowed."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple, get_args

from . import exposure
from .acts import Act, Column, is_tls
from .allowed import WITHIN_TLS, Allowed
from .stage import Played, Stage, normalised

ACTS: tuple[Column, ...] = get_args(Column)
COLUMNS = (*ACTS, "arguments", "environment")


class Verdict(NamedTuple):
    """The problems of a column, and a few words about what was observed."""

    column: str
    problems: list[str]
    detail: str


class Share:
    """The acts of a run that the same run without the shim does not have.

    `shim` and `script` count acts by column and text. `started` are programs that the
    shim started, `others` those of the script.
    """

    def __init__(self, played: Played, stage: Stage) -> None:
        self.played = played
        self.sent = [act.sent for act in played.acts if act.column == "bytes sent"]
        self.arrived = [one.head + one.body for one in played.received]

        def key(act: Act) -> tuple[Column, str]:
            return act.column, normalised(act.what, stage, played.address)

        keys = [key(act) for act in played.acts if act.column != "bytes sent"]
        texts = [normalised(text, stage, played.address) for text in self._texts()]
        whole = Counter([*keys, *(("bytes sent", text) for text in texts)])
        self.script = Counter(map(key, played.without))
        self.shim = whole - self.script
        self.undone = self.script - whole
        started = [act for act in played.acts if act.argv]
        self.started = [act for act in started if key(act) in self.shim]
        self.others = [act for act in started if key(act) not in self.shim]

    def column(self, column: Column) -> Counter[str]:
        """Return the shim's acts of one column."""
        return Counter({act: n for (one, act), n in self.shim.items() if one == column})

    def _texts(self) -> list[str]:
        """Return what was sent; with TLS, what the receiver decrypted."""
        within, data = "", self.sent
        if self._is_tls() and len(self.sent) == len(self.arrived):
            within, data = WITHIN_TLS, self.arrived
        return [within + one.decode(errors="backslashreplace") for one in data]

    def _is_tls(self) -> bool:
        return bool(self.sent) and all(map(is_tls, self.sent))

    def overlooked(self) -> list[str]:
        """Return a problem if the receiver got other bytes than the trace shows."""
        if self._is_tls() or sorted(self.sent) == sorted(self.arrived):
            return []
        return [f"the receiver got {b' and '.join(self.arrived)!r}"]


def judge(share: Share, allowed: Allowed) -> list[Verdict]:
    """Compare a share with the allow-list, and check arguments and environments."""
    verdicts = [_acts(share, allowed, column) for column in ACTS]
    programs = len(share.started)
    arguments = exposure.in_arguments(share.played, share.started)
    environment = [
        *exposure.in_environment(share.played, share.started),
        *exposure.in_scripts_own(share.played, share.others),
    ]
    seen = f"{programs} clean" if programs else "none"
    return [
        *verdicts,
        Verdict("arguments", arguments, seen),
        Verdict("environment", environment, seen),
    ]


def _acts(share: Share, allowed: Allowed, column: Column) -> Verdict:
    done = share.column(column)
    problems = allowed.problems(share.played.run, column, done)
    problems += [
        f"the script no longer does: {act}"
        for one, act in share.undone
        if one == column
    ]
    if column == "bytes sent":
        problems += share.overlooked()
    return Verdict(column, problems, _summary(share, column, done))


def _summary(share: Share, column: Column, done: Counter[str]) -> str:
    """Return a few words about what was observed, instead of a mere `ok`."""
    if not done:
        return "none"
    if column == "processes":
        forks = done["fork"] + done["thread"]
        return f"{done.total() - forks} + {forks} forks"
    if column == "bytes sent":
        return f"{sum(map(len, share.sent))} in {len(share.sent)}"
    # Paths that were opened, addresses, and outputs: the last word of each.
    heads = [act.partition(":")[0] if "print on" in act else act for act in done]
    places = [act.split(" (")[0] for act in heads if not act.startswith("socket")]
    return ", ".join(sorted({place.split()[-1] for place in places}))
