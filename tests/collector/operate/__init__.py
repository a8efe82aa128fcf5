"""Tests of shimgen/collector/operate/."""
