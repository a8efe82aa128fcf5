"""Processes that can see and kill only those that they started themselves."""

from __future__ import annotations

import ctypes
import os
import traceback

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEW_MOUNTS, _NEW_PROCESSES = 0x0002_0000, 0x2000_0000  # CLONE_NEWNS, CLONE_NEWPID
FAILED = 70  # exit status of a process that could not be isolated
_PRIVATE, _RECURSIVE = 1 << 18, 1 << 14  # MS_PRIVATE, MS_REC


def as_root() -> list[str]:
    """Return the command that gives a user the rights that `fork` needs."""
    return [] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user"]


def fork() -> int:
    """Fork the first process of a new process namespace; all others end with it.

    Returns as `os.fork` does. Python can do it without ctypes from 3.12 on.
    """
    own = os.open("/proc/self/ns/pid", os.O_RDONLY)
    try:
        _call("unshare", _NEW_PROCESSES)
        pid = os.fork()
        if pid == 0:
            _see_own_processes()
        else:
            _call("setns", own, _NEW_PROCESSES)
        return pid
    finally:
        os.close(own)


def _see_own_processes() -> None:
    try:
        _call("unshare", _NEW_MOUNTS)
        _call("mount", b"none", b"/", None, _PRIVATE | _RECURSIVE, None)
        _call("mount", b"proc", b"/proc", b"proc", 0, None)
    except OSError:
        traceback.print_exc()
        os._exit(FAILED)


def _call(name: str, *values: bytes | int | None) -> None:
    if getattr(_LIBC, name)(*values) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}; is this a container?")
