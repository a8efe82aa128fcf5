"""The collector: it receives the reports of the shim and publishes anonymous counts.

It reads the same spec as the shim. The work is divided into five rooms:

- `receive/` takes HTTP requests and hands valid reports to the storage.
- `keep/` stores reports for some hours, turns runs into counts, and publishes counts.
- `show/` turns published counts into pages, charts and an API.
- `operate/` holds the tools of an operator: backup, export, doctor, the live page.
- `run/` assembles the web application and runs the processes of `shimgen serve`.

The rooms share five modules: `settings.py` reads the settings, `metrics.py` counts for
Prometheus, `problems.py` formats HTTP errors, `clients.py` finds out which address a
request came from, and `spreadsheets.py` keeps CSV files free of formulas.
"""
