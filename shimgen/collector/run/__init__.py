"""Settings come in; the processes of `shimgen serve` run until a signal stops them.

`app.py` assembles the web application, `serve.py` starts the processes. This room knows
all others; none of them knows it.
"""
