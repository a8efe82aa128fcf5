"""Timings of the shim (`make bench`), as ratios and spreads taken in one run."""
