"""Fixtures that several suites share: one Label Studio, one PostgreSQL and one backend a session."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from hypothesis import settings

from backend.embedded import EmbeddedServer
from tests.child import free_port
from tests.label_studio.backend import Backend
from tests.label_studio.harness import LabelStudio
from tests.postgres import PostgreSQL
from tests.privacy.suite import Suite, isolation


@pytest.fixture(scope="session", autouse=True)
def label_studio_to_come(request, tmp_path_factory):
    """Start Label Studio at once if any test wants it: it takes half a minute, in which others can run."""
    if not _is_wanted("label_studio", request.session):
        yield None
        return
    with ExitStack() as running, ThreadPoolExecutor(1) as starter:
        yield starter.submit(running.enter_context, LabelStudio.running(tmp_path_factory.mktemp("label-studio")))


@pytest.fixture(scope="session", autouse=True)
def state(tmp_path_factory):
    """Keep the record and the budgets of all commands that tests run apart from the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABELGUARD_STATE_URL", f"sqlite:///{tmp_path_factory.mktemp('state') / 'state.db'}")
        yield


@pytest.fixture(scope="session")
def label_studio(label_studio_to_come):
    """Real Label Studio."""
    return label_studio_to_come.result()


@pytest.fixture(scope="session", autouse=True)
def privacy_suite_to_come(request, tmp_path_factory):
    """Start the privacy suite at once if its test is wanted: half a minute, in which others can run."""
    isolated = _is_wanted("privacy_suite", request.session) and isolation()
    if not isolated:
        yield None
        return
    with Suite.running(isolated, tmp_path_factory.mktemp("privacy")) as suite:
        yield suite


@pytest.fixture(scope="session")
def privacy_suite(privacy_suite_to_come):
    """The privacy suite, under way without a network."""
    return privacy_suite_to_come


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


@pytest.fixture(scope="session")
def model_address():
    """The embedded model's server; yields its base URL."""
    address = f"http://127.0.0.1:{free_port()}/v1"
    with EmbeddedServer.at(address, parallel=2, threads=2):
        yield address


@pytest.fixture(scope="session")
def postgresql():
    """Real PostgreSQL."""
    with PostgreSQL.running() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request, tmp_path):
    """The URL of an empty store of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state' / 'labelguard.db'}"
    return request.getfixturevalue("postgresql").new_database()


settings.register_profile("default", max_examples=200, deadline=None)
settings.register_profile("thousand", max_examples=1_000, deadline=None)
settings.register_profile("nightly", max_examples=10_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_modifyitems(items):
    """Mark the tests that hypothesis drives, and let those wait that need Label Studio, which is slow to start.

    Those that ask the model come right before: it needs all cores, which the slow starts leave it by then.
    """
    items.sort(key=lambda item: (_uses("label_studio", item), item.get_closest_marker("model") is not None))
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.property)


def _is_wanted(fixture, session):
    return any(_uses(fixture, item) for item in session.items)


def _uses(fixture, item):
    return fixture in getattr(item, "fixturenames", ())
