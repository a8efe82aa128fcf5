"""Fixtures of the tests of the shim that send real reports."""

from __future__ import annotations

from support.toolboxes import toolbox, toolboxes

__all__ = ["toolbox", "toolboxes"]
