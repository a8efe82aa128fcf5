"""Tests of what is read: specs, their problems and the JSON Schema."""
