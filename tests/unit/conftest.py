"""Fixtures that several unit tests share."""

import pytest

from tests.standin import StandIn


@pytest.fixture
def vendor():
    """A stand-in for an external provider."""
    with StandIn() as running:
        yield running


@pytest.fixture
def own():
    """A stand-in for a provider of one's own."""
    with StandIn() as running:
        yield running
