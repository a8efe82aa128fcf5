"""`make hosts`: the bats suite and the life of a run on many kinds of host.

`rows` says which kinds, `roots` makes them, `checks` says what is tried on each.
"""
