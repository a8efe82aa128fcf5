"""HTTP requests come in; valid reports go out, to the storage, in group commits.

This room knows the `Inbox` of the storage and no SQL. Nothing of a client leaves it but
the fields of the spec.
"""
