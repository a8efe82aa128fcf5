"""The trials: `make hosts`, `make faults`, `make audit` and `make mutants`.

Each plays the shim, or its tests, under many conditions, and fills a table that has a
row for each of them. They may take longer than tests, and need more of the machine.
"""
