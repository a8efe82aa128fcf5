"""The collector: it receives the reports of the shim and publishes anonymous counts.

It reads the same spec as the shim. The work is divided into five rooms:

- `receive/` takes HTTP requests and hands valid reports to the storage.
- `keep/` stores reports for some hours, turns runs into counts, and publishes counts.
- `show/` turns published counts into pages, charts and an API.
- `operate/` holds the tools of an operator: backup, export, doctor, the live page.
- `run/` starts, watches and stops the processes of `shimgen serve`.

Five modules are shared: `app.py` assembles the web application from the rooms,
`settings.py` and `metrics.py` are what their names say, `problems.py` formats HTTP
errors, and `clients.py` finds out which address a request came from.
"""
