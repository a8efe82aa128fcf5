"""Writing: from a spec to the text of the files that scripts and people read.

Comes in: a Spec and the hand-written parts in `shell/`. Goes out: api.func,
error_handler.func, their checksums (files.py) and the reference page (page.py).
"""

from __future__ import annotations

from .files import CHECKSUMS, fill, public_functions, render

__all__ = ["CHECKSUMS", "fill", "public_functions", "render"]
