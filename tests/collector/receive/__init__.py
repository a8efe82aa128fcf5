"""Tests of shimgen/collector/receive/."""
