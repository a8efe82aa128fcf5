"""Checking: whether a rendered file is safe, right and fresh.

Comes in: a rendered file and its spec. Goes out: findings, which checks.py yields and
run.py prints; junit.py writes them for a CI system.
"""
