"""The collector: each file proves the promises of one subject."""
