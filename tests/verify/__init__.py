"""Tests of the checks of `shimgen verify`, and the defects planted to prove them."""
