"""Tests of shimgen/collector/show/."""
