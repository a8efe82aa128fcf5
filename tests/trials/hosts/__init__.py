"""`make hosts`: runs the bats suite and a sample installer on many kinds of host.

`rows` names the kinds of host, `debian` and `here` make them, `checks` are run on each.
"""
