"""Fixtures that several suites share: one Label Studio and one backend a session."""

import pytest

from tests.label_studio.backend import Backend
from tests.label_studio.harness import LabelStudio


@pytest.fixture(scope="session")
def label_studio(tmp_path_factory):
    """Real Label Studio."""
    with LabelStudio.running(tmp_path_factory.mktemp("label-studio")) as running:
        yield running


@pytest.fixture(scope="session")
def running_backend(tmp_path_factory):
    """Our server, for the whole session. Tests take `backend`."""
    with Backend.running(tmp_path_factory.mktemp("backend")) as running:
        yield running


@pytest.fixture
def backend(running_backend):
    """Our server, whose stand-ins know nothing of earlier tests."""
    running_backend.reset()
    return running_backend
