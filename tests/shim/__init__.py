"""Tests of the rendered shell files, as scripts meet them."""
