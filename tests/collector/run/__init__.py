"""Tests of shimgen/collector/run/."""
