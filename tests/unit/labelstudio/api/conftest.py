"""A stand-in for Label Studio, and its API as one part asks it: the class that a module names `API`."""

import asyncio

import pytest

from backend.labelstudio.api import calls
from backend.labelstudio.fetch.account import LabelStudioAccess
from tests.seams.providers import Vendor

TOKEN = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """What is tried again waits for nothing, but for what is asked for."""
    monkeypatch.setattr(calls, "FIRST_S", 0.0)


@pytest.fixture
def vendor():
    with Vendor.running() as running:
        yield running


@pytest.fixture
def use(request, vendor):
    """Do some work with the API."""

    def use(work):
        async def run():
            api = request.module.API(LabelStudioAccess(vendor.address, TOKEN))
            try:
                return await work(api)
            finally:
                await api.aclose()

        return asyncio.run(run())

    return use
