"""A console that an OpenID provider on loopback signs people in to."""

import pytest

from tests.openid import OpenIdServer
from tests.unit.server.console.conftest import open_site

VIEWERS, ADMINS = ["elsewhere", "clinic-viewers"], ["clinic-viewers", "clinic-admins"]


@pytest.fixture
def openid():
    with OpenIdServer() as server:
        server.claims["groups"] = VIEWERS
        yield server


@pytest.fixture
def site(tmp_path, monkeypatch, openid):
    with open_site(tmp_path, monkeypatch, openid=openid.issuer) as running:
        yield running
