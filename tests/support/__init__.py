"""What several test modules need: servers, certificates, shells."""

import pytest

pytest.register_assert_rewrite("support.transports")
