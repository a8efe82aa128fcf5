"""Runs the command line as `python -m shimgen`."""

from __future__ import annotations

from shimgen.cli import main

if __name__ == "__main__":
    main()
