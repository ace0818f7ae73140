"""A real server with its console: a policy of an external and an own provider, and a detector that finds some names."""

import re
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from backend.engine.assemble import surrogate_key
from backend.engine.policy_status import PolicyStatus
from backend.engine.thread import EngineThread
from backend.policy.file.list_keys import make_list_key
from backend.server.app import create_app, serving
from backend.server.console.console import open_console, showing
from backend.settings import Settings
from backend.store import open_store
from tests.label_studio.harness import TOKEN
from tests.openid import openid_settings
from tests.parts import build_engine, finds, provider, write_policy
from tests.patience import HANGS_S

CANARY = "Canarina Quux"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
EVERY = ("", "/policy", "/today", "/record", "/quality", "/leak", "/trial")
"""The paths of pages."""
VIEWER, ADMIN = ("viewer", "viewer-password-71"), ("admin", "admin-password-905")
RULES: list[dict[str, Any]] = [
    {"name": "team b", "match": {"path": ["team-b"]}, "providers": ["own"]},
    {"name": "secret", "match": {"project": ["66"]}, "refuse": "not for models"},
    {"name": f"all {HOSTILE}", "match": "everything", "providers": ["vendor", "own"]},
]


class Site:
    """A running console, and its users."""

    def __init__(self, client, folder, secret=b""):
        self.client, self.folder, self.secret = client, folder, secret

    @property
    def store(self):
        """The state's database."""
        return open_store(f"sqlite:///{self.folder / 'state.db'}")

    def get(self, path="", user=VIEWER):
        return self.client.get(f"/console{path}", auth=user)

    def token(self, path, user, action):
        """Return the token of the form that leads to a path, as the page has it."""
        page = self.get(path, user).text
        forms = re.findall(r'action="([^"]*)"[^>]*>\s*<input type="hidden" name="token" value="([^"]*)"', page)
        return dict(forms).get(f"/console{action}", "")

    def leave(self, user=VIEWER, **fields):
        return self.client.post("/console", data={"token": self.token("", user, ""), **fields}, auth=user)

    def send(self, page, user=ADMIN, **fields):
        """Send the form that a page has for its own path."""
        return self.client.post(f"/console{page}", data={"token": self.token(page, user, page), **fields}, auth=user)

    def holds_nowhere(self, words, users=(VIEWER, ADMIN)):
        """Say that no page, no metric and no file says some words."""
        pages = [self.get(path, user).text for path in EVERY for user in users]
        pages += [self.client.get(path).text for path in ("/health", "/metrics", "/versions")]
        assert not any(words in page for page in pages)
        for file in self.folder.rglob("*"):
            assert not file.is_file() or words.encode() not in file.read_bytes(), file

    def sign_in(self, path="/sign-in"):
        """Go to the OpenID provider and back; returns the answer to what it sent back."""
        away = self.client.get(f"/console{path}")
        assert away.status_code == 303, away.text
        back = httpx.get(away.headers["location"], trust_env=False)
        return self.client.get(back.headers["location"])


@contextmanager
def open_site(folder, monkeypatch, loaded=None, rules=RULES, access=None, openid=None, **settings):
    """Serve a console whose policy, state and secret lie in a folder.

    It may have access to a Label Studio, and an OpenID provider that signs people in, whose issuer is given.
    """
    for name in ("LABELGUARD_STATE_URL", "LABELGUARD_CACHE", "LABELGUARD_POLICY", "LABELGUARD_LIST_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    providers = {
        "vendor": provider("http://127.0.0.1:9", model="openai/gpt"),
        "own": provider("http://127.0.0.1:9", external=False),
    }
    if any("always_redact" in rule for rule in rules):
        make_list_key(folder / "list.key")
        monkeypatch.setenv("LABELGUARD_LIST_KEY_FILE", str(folder / "list.key"))
    policy = write_policy(folder, providers, rules)
    engine = build_engine(policy, finds(CANARY, "Ann"))
    passwords = {"console_viewer_password": VIEWER[1], "console_admin_password": ADMIN[1]}
    own = {"policy": policy.file, "cache": folder / "cache", "state_url": f"sqlite:///{folder / 'state.db'}"}
    if access:
        own |= {"label_studio_url": access, "label_studio_token": SecretStr(TOKEN)}
    runner = EngineThread(engine, loaded)
    app = create_app(runner)
    with serving(app) as address, httpx.Client(base_url=address, timeout=HANGS_S, trust_env=False) as client:
        users = openid_settings(openid, address, **settings) if openid else settings or passwords
        given = Settings(**own, **users)
        with showing(app, open_console(given, runner, PolicyStatus(policy.digest))):
            yield Site(client, folder, surrogate_key(given))


@pytest.fixture
def site(tmp_path, monkeypatch):
    with open_site(tmp_path, monkeypatch) as running:
        yield running
