"""The files that are mutated, and the tests that are run for each, quickest first.

All paths of mutated files are in this module. Test files are found by their names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import bash, python
from .mutant import Mutant, mutant
from .stages import (
    BIG_TWINS,
    BLOCKED,
    CALLERS,
    CASES,
    CODES,
    CONSENT,
    CTRL_C,
    CURL,
    CUT,
    ENDS,
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
    SCRIPTS,
    SEED,
    SENDER_TESTS,
    SENT,
    SHAPE,
    STATE,
    STORY,
    TRANSPORTS,
    TWINS,
    VIA,
    Stage,
    test_file,
)
from .subshell import Subshell

# The paths of everything that is mutated. A part's name is that of its file of
# survivors; it need not follow the path.
SHELL = "shell/lib/"
SENDER = "shell/"
REFERENCE = "shimgen/reference/"
GENERATOR = "shimgen/render/"

SEND = Subshell(
    entry="__api_send",
    setup="__api_prepare",
    files=("shell/dist/api.func", "shell/dist/error_handler.func"),
)

_BASH = {
    "gate": (CONSENT, CASES, SEED, TWINS, QUOTES, CALLERS, GUEST, STATE, STORY),
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
            ENDS,
            SCRIPTS,
            RESTRICTED,
            CALLERS,
            GUEST,
            STORY,
            STATE,
        ),
        *(GIVEN, TRANSPORTS, REQUEST, BLOCKED),
    ),
    "handler": (HANDLER, ENDS, SCRIPTS, CODES, QUOTES, CALLERS, STATE, CTRL_C),
    "guard": (SEED, RENDER, GUEST, STATE, CALLERS, CUT),
    "begin": (SEED, CASES, TWINS, QUOTES, GUEST, STATE, CALLERS, CUT),
    "end": (SEED, GUEST, STATE, CUT),
    "transport": (
        *(CURL, SEED, GIVEN, TWINS, BIG_TWINS, TRANSPORTS, REQUEST, QUOTES, GUEST),
        *(CALLERS, STATE, ROUNDABOUT, BLOCKED, MANNERS),
    ),
}
_SENDER = (SENDER_TESTS, SENT, VIA, RUDE, TRANSPORTS, PYTHONS)
_MODULES = (
    *("catalogue", "gate", "outcome", "payload", "records", "report", "settings"),
    *("state", "handler"),
)
_OF_ENDS = ("handler", "report", "outcome")
_WITH_VALUES = ("payload", "state")  # what long values and odd ones go through


@dataclass(frozen=True)
class Part:
    """A file to mutate, and the tests that should notice.

    The first `quick` stages are run for every mutant, the others for those that
    survive them.
    """

    name: str
    file: str
    stages: tuple[Stage, ...]
    quick: int = 1

    @property
    def is_rendered(self) -> bool:
        """Whether the shell files have to be rendered again after a change."""
        return not self.file.startswith(REFERENCE)

    @property
    def is_imported(self) -> bool:
        """Whether the file is a module of shimgen."""
        return self.file.startswith("shimgen/")

    def mutants(self, tree: Path) -> list[Mutant]:
        """Return all mutants of the file in a copy of the project."""
        source = (tree / self.file).read_text("utf-8")
        if self.file.endswith(".bash"):
            texts = bash.mutations(source, SEND.functions(tree))
        else:
            texts = python.mutations(source)
        return [mutant(self.file, source, text) for text in texts]


PARTS = (
    *(
        Part(
            f"shell/{name}",
            f"{SHELL}{name}.bash",
            (*([NEAR[name]] if name in NEAR else []), *stages),
        )
        for name, stages in _BASH.items()
    ),
    Part("sender/sender", f"{SENDER}sender.py", _SENDER),
    *(
        Part(
            f"reference/{name}",
            f"{REFERENCE}{name}.py",
            (
                *(RULES, PREVIEW, CASES),
                *([BIG_TWINS] if name in _WITH_VALUES else []),
                STORY,
                *([SCRIPTS] if name in _OF_ENDS else []),
            ),
        )
        for name in _MODULES
    ),
    *(
        Part(
            f"generator/{name}",
            f"{GENERATOR}{name}.py",
            (RENDER, FRESH, TWINS, SHAPE),
            quick=2,
        )
        for name in ("quote", "code", "regions", "events", "outcomes", "uses", "files")
    ),
)


PYTEST_FILES = tuple(
    dict.fromkeys(
        name
        for part in PARTS
        for stage in part.stages
        for name in stage.files
        if name.endswith(".py")
    )
)


def missing(tree: Path, parts: Sequence[Part] = PARTS) -> list[str]:
    """Return a message for each file that a part or its tests name but that is gone."""
    messages = [
        f"{part.name}: {part.file} does not exist; correct its path in parts.py"
        for part in parts
        if not (tree / part.file).is_file()
    ]
    names = dict.fromkeys(
        name for part in parts for stage in part.stages for name in stage.files
    )
    for name in names:
        try:
            test_file(tree, name)
        except LookupError as error:
            messages.append(f"{error}; correct the name in stages.py")
    return messages
