"""What is mutated, and which tests are asked about it, the quickest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import bash, python
from .stages import (
    BIG_TWINS,
    BLOCKED,
    CALLERS,
    CASES,
    CODES,
    CURL,
    CUT,
    FRESH,
    GIVEN,
    GUEST,
    HANDLER,
    MANNERS,
    MORE_TWINS,
    NEAR,
    PREVIEW,
    PYTHONS,
    QUOTES,
    RENDER,
    REQUEST,
    RESTRICTED,
    ROUNDABOUT,
    RUDE,
    RULES,
    SEED,
    SENDER,
    SENT,
    SHAPE,
    STATE,
    STORY,
    TRANSPORTS,
    TWINS,
    VIA,
    Stage,
)

BASH = "shell/lib/"
REFERENCE = "shimgen/reference/"

_BASH = {
    "gate": (CASES, SEED, TWINS, QUOTES, CALLERS, GUEST, STATE, STORY),
    "payload": (
        *(SEED, GIVEN, CASES, TWINS, BIG_TWINS, QUOTES, STORY, MORE_TWINS, GUEST),
        *(STATE, BLOCKED),
    ),
    "records": (SEED, QUOTES, TWINS, MORE_TWINS, GUEST, STATE, STORY),
    "catalogue": (TWINS, HANDLER, QUOTES, GUEST, STATE, MORE_TWINS),
    "report": (
        *(
            SEED,
            CASES,
            TWINS,
            QUOTES,
            HANDLER,
            RESTRICTED,
            CALLERS,
            GUEST,
            STORY,
            STATE,
        ),
        *(GIVEN, TRANSPORTS, REQUEST, BLOCKED),
    ),
    "handler": (HANDLER, CODES, QUOTES, CALLERS, STATE),
    "guard": (SEED, RENDER, GUEST, STATE, CALLERS, CUT),
    "begin": (SEED, CASES, TWINS, QUOTES, GUEST, STATE, CALLERS, CUT),
    "end": (SEED, GUEST, STATE, CUT),
    "transport": (
        *(CURL, SEED, GIVEN, TWINS, BIG_TWINS, TRANSPORTS, REQUEST, QUOTES, GUEST),
        *(CALLERS, STATE, ROUNDABOUT, BLOCKED, MANNERS),
    ),
}
_SENDER = (SENDER, SENT, VIA, RUDE, TRANSPORTS, PYTHONS)
_MODULES = (
    *("catalogue", "gate", "outcome", "payload", "records", "report", "settings"),
    "state",
)
_WITH_VALUES = ("payload", "state")  # what long values and odd ones go through


@dataclass(frozen=True)
class Part:
    """A file to mutate, how, and the tests that should notice.

    The first `quick` stages are asked about every mutant, the others about what is
    alive then.
    """

    file: str
    mutations: Callable[[str], Iterator[str]]
    stages: tuple[Stage, ...]
    quick: int = 1

    @property
    def is_rendered(self) -> bool:
        """Whether the shell files have to be rendered anew."""
        return not self.file.startswith(REFERENCE)


PARTS = (
    *(
        Part(
            f"{BASH}{name}.bash",
            bash.mutations,
            (*([NEAR[name]] if name in NEAR else []), *stages),
        )
        for name, stages in _BASH.items()
    ),
    Part("shell/sender.py", python.mutations, _SENDER),
    *(
        Part(
            f"{REFERENCE}{name}.py",
            python.mutations,
            (
                *(RULES, PREVIEW, CASES),
                *([BIG_TWINS] if name in _WITH_VALUES else []),
                STORY,
            ),
        )
        for name in _MODULES
    ),
    *(
        Part(f"shimgen/{name}.py", python.mutations, (RENDER, FRESH, TWINS, SHAPE), 2)
        for name in ("quote", "regions", "render")
    ),
)
