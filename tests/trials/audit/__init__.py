"""What the shim does to a machine, call by call: a trace compared with an allow-list.

`make audit` runs installers under strace, once with the shim and once with functions
in its place that do nothing. The difference is the shim's share: it must be what
`allowed.toml` lists, no more and no less.
"""
