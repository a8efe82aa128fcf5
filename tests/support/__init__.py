"""Shared by several test modules: servers, certificates, shells."""

import pytest

pytest.register_assert_rewrite("support.transports")
