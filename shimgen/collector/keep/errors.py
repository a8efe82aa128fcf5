"""The error of the storage, which every room may handle without knowing SQL."""

from __future__ import annotations

from shimgen.errors import ShimgenError


class StoreError(ShimgenError):
    """The storage does not work now: for example the disk is full or not writable."""
