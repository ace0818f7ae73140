"""Fixtures that several suites share: one Label Studio, one PostgreSQL and one backend a session."""

import asyncio
import gc
import hashlib
import logging
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from importlib.metadata import entry_points
from socketserver import BaseServer
from types import SimpleNamespace

import httpx
import pytest
import uvicorn
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

import handlers
from backend.model import retries
from backend.model.embedded.file import DEFAULT
from backend.model.embedded.models import EmbeddedModels
from backend.providers import Provider
from tests.label_studio.backend import Backend
from tests.label_studio.harness import LabelStudio
from tests.postgres import PostgreSQL
from tests.privacy.suite import OUTSIDE, Suite, files, isolation, runs_whole
from tests.shared_workers import SharedWorkers
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


@pytest.fixture
def interruptible():
    """Have this process hear of SIGINT: what runs in the background may be deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def label_studio_to_come(tmp_path_factory):
    """Label Studio, on its way: it takes half a minute, in which others can run."""
    with ExitStack() as running, ThreadPoolExecutor(1) as starter:
        yield starter.submit(running.enter_context, LabelStudio.running(tmp_path_factory.mktemp("label-studio")))


@pytest.fixture(scope="session", autouse=True)
def slow_starts(request):
    """Start at once what takes half a minute, if any test wants it, unless another worker may run that test."""
    if not _is_worker(request.config):
        for fixture, start in (("label_studio", "label_studio_to_come"), ("privacy_suite", "privacy_suite_to_come")):
            if _is_wanted(fixture, request.session):
                request.getfixturevalue(start)


@pytest.fixture(scope="session", autouse=True)
def state(request, tmp_path_factory):
    """Keep the record, the budgets and the embedded model of all commands that tests run apart from the user's.

    Several workers share one model.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABELGUARD_STATE_URL", f"sqlite:///{tmp_path_factory.mktemp('state') / 'state.db'}")
        mine = tmp_path_factory.getbasetemp()
        everyones = mine.parent if _is_worker(request.config) else mine
        patch.setenv("LABELGUARD_RUNTIME", str(everyones / "runtime"))
        yield


@pytest.fixture(autouse=True)
def logging_as_before():
    """Leave logging as it was: a command that is run in this process sets it for good."""
    root, hooks = logging.getLogger(), (sys.excepthook, sys.unraisablehook, threading.excepthook)
    level, handlers, raises = root.level, root.handlers[:], logging.raiseExceptions
    yield
    if root.level != level or root.handlers != handlers:
        root.setLevel(level)
        root.handlers[:], logging.raiseExceptions = handlers, raises
        sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
        logging.captureWarnings(capture=False)


@pytest.fixture(scope="session", autouse=True)
def quick_retries():
    """Have what is tried again in this process wait next to nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retries, "FIRST_S", 0.002)
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_servers():
    """Have servers in this process look every few milliseconds whether they are to end, not ten times a second."""
    waits = SimpleNamespace(**vars(asyncio) | {"sleep": lambda seconds: asyncio.sleep(seconds / 20)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uvicorn.server, "asyncio", waits)
        patch.setattr(BaseServer.serve_forever, "__defaults__", (0.01,))
        yield


@pytest.fixture(scope="session", autouse=True)
def packages_read_once():
    """Have each engine that is built in this process know of what is installed without reading it all anew."""

    @cache
    def found(group, _):
        return entry_points(group=group)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handlers, "entry_points", lambda group: found(group, tuple(sys.path)))
        yield


@pytest.fixture(scope="session", autouse=True)
def authorities_read_once():
    """Have the clients of this process, which speak HTTP to this machine, not read all authorities anew: 20 ms each."""
    usual = cache(httpx.create_ssl_context)

    def context(verify=True, cert=None, trust_env=True):
        is_usual = (
            verify is True and cert is None and not (trust_env and {"SSL_CERT_FILE", "SSL_CERT_DIR"} & {*os.environ})
        )
        return usual(trust_env=False) if is_usual else httpx.create_ssl_context(verify, cert, trust_env)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", context)
        yield


@pytest.fixture(scope="session", autouse=True)
def shared_workers():
    """Let the engines that tests start in this process share the processes that detect, which take seconds to load."""
    with SharedWorkers.running():
        yield


@pytest.fixture(scope="session")
def label_studio(label_studio_to_come):
    """Real Label Studio."""
    return label_studio_to_come.result()


@pytest.fixture(scope="session")
def privacy_suite_to_come(request, tmp_path_factory):
    """The privacy suite, on its way, if it can be run without a network; None also if these tests have none anyway."""
    isolated = isolation()
    if not isolated or runs_whole(request.session):
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
def embedded_models(request, state):
    """The embedded model, running: all commands that tests start share it.

    Threads that wait for each other beside busy neighbours take longer than one.
    """
    with EmbeddedModels(threads=1 if _is_worker(request.config) else 2) as models:
        models.run([Provider("embedded", "embedded", DEFAULT, external=False, concurrency=2)])
        yield models


@pytest.fixture(scope="session")
def postgresql():
    """Real PostgreSQL."""
    with PostgreSQL.running() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request, tmp_path):
    """The URL of an empty store of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'state' / 'labelguard.db'}"
        return
    server = request.getfixturevalue("postgresql")
    url = server.new_database()
    yield url
    server.hang_up(url)


# The same examples each time: what is new is tried at night, where a find stops nobody's work.
settings.register_profile("default", max_examples=50, deadline=None, derandomize=True)
settings.register_profile("thousand", max_examples=1_000, deadline=None)
settings.register_profile("nightly", max_examples=10_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Collect the tests without looking for garbage: there is none, and all that is imported stays.

    Nor is it looked through time and again by what runs later, which looks seldom: a seventh of all time went there.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(100_000, 50, 1_000)
        gc.enable()


def pytest_collection_modifyitems(config, items):
    """Mark the tests that hypothesis drives, and order all by what they need.

    One process lets those wait that need Label Studio, which is slow to start; those that ask the model come right
    before: it needs all cores, which the slow starts leave it by then. Several workers take the slowest first.
    """
    if order := os.environ.get("TEST_ORDER"):
        shuffle(items, order)
    sign = 1 if _is_worker(config) else -1
    items.sort(key=lambda item: sign * _needs(item))
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.property)


def shuffle(items, order):
    """Put files in another order, and the tests of each, by a word that says which: `TEST_ORDER=7 make unit`."""

    def place(*names):
        return hashlib.sha256("\0".join((order, *names)).encode()).hexdigest()

    items.sort(key=lambda item: (place(item.location[0]), place(item.nodeid)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Where all tests are kept from the network, skip none of the privacy suite for want of it."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and OUTSIDE in os.environ and item.location[0] in files():
        report.outcome = "failed"
    return report


class Sharing(LoadScopeScheduling):  # type: ignore[misc]
    """Shares the tests among workers: a file is one worker's, and so are some folders."""

    def _split_scope(self, nodeid):
        file = nodeid.partition("::")[0]
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)


TOGETHER = ("tests/browser/", "tests/label_studio/", "tests/integration/")
"""Folders whose tests share what takes long to start: a Label Studio, or the model."""
STARTING = ("tests/cases/", "tests/integration/", "tests/leak/", "tests/privacy/", "tests/seams/")
"""Where tests start processes, which takes long."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give pytest-xdist our way of sharing."""
    return Sharing(config, log)


def _needs(item):
    """Return what a test needs, the slowest first; what needs Label Studio and the model is between those of one."""
    asks_model = item.get_closest_marker("model") is not None
    if _uses("label_studio", item):
        return 0.5 if asks_model else 0
    if asks_model:
        return 1
    return 2 if item.location[0].startswith(STARTING) else 3


def _is_worker(config):
    """Say whether this process is one of several that share the tests."""
    return hasattr(config, "workerinput")


def _is_wanted(fixture, session):
    return any(_uses(fixture, item) for item in session.items)


def _uses(fixture, item):
    return fixture in getattr(item, "fixturenames", ())
