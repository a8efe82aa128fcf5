"""Tests of the sender and curl against servers that behave badly."""
