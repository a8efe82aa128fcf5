"""Tests of shimgen/collector/keep/."""
