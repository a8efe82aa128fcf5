"""`make audit`: what the shim does to a machine, compared with an allow-list.

Installers run under strace, once with the shim and once with functions that do nothing
in its place. The difference is the shim's share. It must be exactly what `allowed.toml`
lists.
"""
