"""Sign-in to the console in Chromium, by an OpenID provider of another make: a process of its own, on another site."""

import json
import sys

import pytest
from playwright.sync_api import expect

from tests.browser.pages import barriers, browser_page
from tests.child import ROOT, Child, free_port
from tests.patience import HANGS_S
from tests.unit.server.console.conftest import ADMIN, open_site

pytestmark = pytest.mark.browser

PEOPLE = {"vera": ["clinic-viewers"], "ada": ["clinic-admins", "clinic-viewers"], "nobody": ["kitchen"]}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Serve a console on 127.0.0.1; its provider is on localhost, which is another site to browsers."""
    folder, port = tmp_path_factory.mktemp("openid"), free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce"]
    for name, groups in PEOPLE.items():
        command += ["--user-claims", json.dumps({"sub": name, "groups": groups})]
    issuer = f"http://localhost:{port}"
    with Child(command, {}, ROOT, folder / "provider.log") as provider, pytest.MonkeyPatch.context() as patch:
        provider.wait_for(f"{issuer}/.well-known/openid-configuration", HANGS_S)
        with open_site(folder, patch, openid=issuer, console_admin_password=ADMIN[1]) as site:
            yield str(site.client.base_url).rstrip("/")


@pytest.fixture
def page(address):
    """A browser in which no page of ours breaks its own policy, or asks for anything elsewhere."""
    with browser_page(address) as opened:
        told = []
        opened.on("console", lambda message: told.append((message.location["url"], message.text)))
        yield opened
        # Chromium says of each answer of 401 or 403 that it is one.
        ours = [text for url, text in told if url.startswith(address) and "Failed to load resource" not in text]
        assert ours == []


def sign_in(page, name):
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize(("name", "role"), [("vera", "viewer"), ("ada", "admin")])
def test_somebody_signs_in_looks_and_signs_out(page, address, name, role):
    page.goto("/console/record?outcome=failed")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert barriers(page) == []
    sign_in(page, name)
    expect(page.get_by_role("heading", level=1)).to_have_text("Record")
    assert page.url == f"{address}/console/record?outcome=failed"
    expect(page.locator(".who")).to_have_text(role)
    assert page.evaluate("document.cookie") == ""
    assert barriers(page) == []
    page.get_by_role("button", name="Check the record").click()
    expect(page.get_by_role("alert").or_(page.get_by_role("status")).first).to_be_visible()
    page.goto("/console/today")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Signed out")
    assert barriers(page) == []
    page.goto("/console/today")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_somebody_without_a_role_is_told_and_may_come_as_another(page):
    page.goto("/console")
    sign_in(page, "nobody")
    expect(page.get_by_role("alert")).to_contain_text("the claim groups has no value that lets you in here")
    assert "kitchen" not in page.content()
    assert barriers(page) == []
    sign_in(page, "vera")
    expect(page.locator(".who")).to_have_text("viewer")


def test_whoever_refuses_at_the_provider_is_not_signed_in(page):
    page.goto("/console")
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("alert")).to_contain_text("nobody was signed in")
