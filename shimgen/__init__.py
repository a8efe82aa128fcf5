"""One spec in, one safe bash telemetry shim out."""

from __future__ import annotations

__version__ = "0.1.0"
