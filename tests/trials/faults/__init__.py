"""Real faults of network and host: an installer meets them with the shim and without.

Run as `python -m trials.faults`, as root.
"""
