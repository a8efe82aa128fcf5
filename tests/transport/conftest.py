"""Fixtures of the tests of the transports."""

from __future__ import annotations

from support.toolboxes import certificates, toolbox, toolboxes

__all__ = ["certificates", "toolbox", "toolboxes"]
