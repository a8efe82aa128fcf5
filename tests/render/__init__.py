"""Tests of what is written: shell files, their regions, the pages."""
