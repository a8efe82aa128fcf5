"""Tests of the Python reference."""
