"""`make faults`: an installer meets real faults, once with the shim and once without.

The faults are those of networks, servers, hosts, and signals. It needs root.
"""
