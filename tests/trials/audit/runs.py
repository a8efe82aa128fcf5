"""The audited runs: an installer, its environment, and what it may send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# Variables that the caller exports and that no child process may get. Their values are
# marks that occur nowhere else on the machine.
PAYLOAD = {
    "DIAGNOSTICS": "yes",
    "RANDOM_UUID": "mark-run",
    "CT_TYPE": "1",
    "DISK_SIZE": "73101",
    "CORE_COUNT": "73102",
    "RAM_SIZE": "73103",
    "METHOD": "mark-method",
    "NSAPP": "mark-app",
    "var_os": "mark-os",
    "var_version": "mark-version",
    "VMID": "73104",
    "VM_TYPE": "mark-type",
    "VM_CORES": "73105",
    "VM_RAM": "73106",
    "VM_DISK": "73107",
    "VM_OS": "mark-vm-os",
    "VM_VERSION": "mark-vm-version",
    "VM_APP": "mark-vm-app",
    "TELEMETRY_PACKAGES": "mark=package",
    "TELEMETRY_FEATURES": "mark-feature",
    "TELEMETRY_METRICS": "mark=73108",
    "EXIT_CODE": "none",
}
MARKS = tuple(value for value in PAYLOAD.values() if "mark" in value or "731" in value)
PASSWORD = "mark-password"
USER = f"mark-user:{PASSWORD}@"


@dataclass(frozen=True)
class Run:
    """One run of an installer.

    `ways` are the words by which entries of `allowed.toml` refer to it. `reports` are
    names of bodies there, in their order. `head` is the name of the head of the
    requests; without one nothing may be sent.
    """

    title: str
    ways: tuple[str, ...] = ()
    reports: tuple[str, ...] = ("begins", "ends")
    head: str = ""
    demo: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    tools: tuple[str, ...] = ("python3",)
    receiver: Literal["http", "https", "nobody", "proxy"] = "http"
    user: str = ""
    host: str = ""
    status: int = 0


NO_PYTHON = ("curl",)
FAILS = {"FAIL_WITH": "100"}

RUNS = (
    Run(
        "the demo",
        ("python3",),
        ("demo begins", "demo ends"),
        "python3",
        demo=True,
    ),
    Run(
        "the demo, a step fails",
        ("python3", "the demo fails"),
        ("demo begins", "demo fails"),
        "python3",
        demo=True,
        settings={"FAIL_STEP": "apt"},
        status=100,
    ),
    Run(
        "the demo, curl",
        ("curl",),
        ("demo begins", "demo ends"),
        "curl",
        demo=True,
        tools=NO_PYTHON,
    ),
    Run("DIAGNOSTICS=no", reports=(), settings={"DIAGNOSTICS": "no"}),
    Run("DO_NOT_TRACK=1", reports=(), settings={"DO_NOT_TRACK": "1"}),
    Run(
        "DIAGNOSTICS=no, a step fails",
        ("a step fails", "nothing reported"),
        (),
        settings={"DIAGNOSTICS": "no", **FAILS},
        status=100,
    ),
    Run(
        "dry run",
        ("dry run",),
        settings={"TELEMETRY_DRY_RUN": "yes"},
    ),
    Run("all exported", ("python3",), head="python3"),
    Run(
        "a virtual machine",
        ("python3",),
        ("machine begins", "ends"),
        "python3",
        settings={"BEGIN": "post_to_api_vm"},
    ),
    Run(
        "a step fails, with a log",
        ("python3", "a step fails", "log"),
        ("begins", "fails"),
        "python3",
        settings=FAILS,
        status=100,
    ),
    Run(
        "in the background",
        ("background",),
        head="python3",
        settings={"TELEMETRY_BACKGROUND": "yes"},
    ),
    Run(
        "in the background, curl",
        ("background curl",),
        head="curl",
        settings={"TELEMETRY_BACKGROUND": "yes"},
        tools=NO_PYTHON,
    ),
    Run("no python3: curl", ("curl",), head="curl", tools=NO_PYTHON),
    Run("https", ("python3",), head="python3", receiver="https"),
    Run("https, curl", ("curl",), head="curl", tools=NO_PYTHON, receiver="https"),
    Run(
        "password in the URL",
        ("python3",),
        head="python3, password",
        user=USER,
    ),
    Run(
        "password in the URL, curl",
        ("curl",),
        head="curl, password",
        tools=NO_PYTHON,
        user=USER,
    ),
    Run("a name", ("python3", "name"), head="python3", host="localhost"),
    Run(
        "a name, curl", ("curl", "name"), head="curl", tools=NO_PYTHON, host="localhost"
    ),
    Run("a proxy", ("python3",), head="python3, proxy", receiver="proxy"),
    Run(
        "nobody answers",
        ("python3",),
        ("begins", "ends"),
        receiver="nobody",
    ),
)
