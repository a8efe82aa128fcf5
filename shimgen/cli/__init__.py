"""The command line: parses arguments, calls the other rooms, prints.

Comes in: the words of a command line. Goes out: text, files, and an exit status. A file
here holds one family of verbs; main.py puts them together.
"""

from __future__ import annotations

from .main import main

__all__ = ["main"]
