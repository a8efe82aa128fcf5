"""Settings come in; the processes of `shimgen serve` run until a signal stops them.

This room knows all others, to start them; none of them knows it.
"""
