"""Tests that need root, other programs, or much time."""
