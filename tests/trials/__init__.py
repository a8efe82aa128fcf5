"""Trials: `make hosts`, `make faults`, `make audit` and `make mutants`.

Each plays the shim in many surroundings and fills a table, row by row. They take
longer than a test may, and need more than a test may ask of a machine.
"""
