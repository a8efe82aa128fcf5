"""Fixtures of tests that send real reports; a folder's conftest.py imports them."""

from __future__ import annotations

import pytest

from .certificates import Certificates
from .transports import TRANSPORTS, Toolbox, one_transport_each


@pytest.fixture(scope="module")
def toolboxes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Toolbox]:
    """Return a toolbox for each transport, with that one only, by its name."""
    return one_transport_each(tmp_path_factory.mktemp("path"))


@pytest.fixture(params=TRANSPORTS)
def toolbox(request: pytest.FixtureRequest, toolboxes: dict[str, Toolbox]) -> Toolbox:
    """Run a test once with each transport, and return its toolbox."""
    return toolboxes[request.param]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return good and bad certificates of an authority of the tests."""
    return Certificates(tmp_path_factory.mktemp("certificates"))
