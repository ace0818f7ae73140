"""A real server with its console: a policy of an external and an own provider, and a detector that finds some names."""

import re
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from backend.engine.policy_status import PolicyStatus
from backend.engine.thread import EngineThread
from backend.server.app import create_app, serving
from backend.server.console.console import open_console, showing
from backend.settings import Settings
from tests.parts import build_engine, finds, provider, write_policy
from tests.patience import HANGS_S

CANARY = "Canarina Quux"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
VIEWER, ADMIN = ("viewer", "viewer-password-71"), ("admin", "admin-password-905")
RULES: list[dict[str, Any]] = [
    {"name": "team b", "match": {"path": ["team-b"]}, "providers": ["own"]},
    {"name": "secret", "match": {"project": ["66"]}, "refuse": "not for models"},
    {"name": f"all {HOSTILE}", "match": "everything", "providers": ["vendor", "own"]},
]


class Site:
    """A running console, and its users."""

    def __init__(self, client, folder):
        self.client, self.folder = client, folder

    def get(self, path="", user=VIEWER):
        return self.client.get(f"/console{path}", auth=user)

    def token(self, path, user, action):
        """Return the token of the form that leads to a path, as the page has it."""
        page = self.get(path, user).text
        forms = re.findall(r'action="([^"]*)"[^>]*>\s*<input type="hidden" name="token" value="([^"]*)"', page)
        return dict(forms).get(f"/console{action}", "")

    def leave(self, user=VIEWER, **fields):
        return self.client.post("/console", data={"token": self.token("", user, ""), **fields}, auth=user)


@contextmanager
def open_site(folder, monkeypatch, loaded=None, **settings):
    """Serve a console whose policy, state and secret lie in a folder."""
    for name in ("LABELGUARD_STATE_URL", "LABELGUARD_CACHE", "LABELGUARD_POLICY"):
        monkeypatch.delenv(name, raising=False)
    providers = {
        "vendor": provider("http://127.0.0.1:9", model="openai/gpt"),
        "own": provider("http://127.0.0.1:9", external=False),
    }
    policy = write_policy(folder, providers, RULES)
    engine = build_engine(policy, finds(CANARY, "Ann"))
    passwords = {"console_viewer_password": VIEWER[1], "console_admin_password": ADMIN[1]}
    own = {"policy": policy.file, "cache": folder / "cache", "state_url": f"sqlite:///{folder / 'state.db'}"}
    runner = EngineThread(engine, loaded)
    console = open_console(Settings(**own, **(settings or passwords)), runner, PolicyStatus(policy.digest))
    app = create_app(runner)
    with (
        showing(app, console),
        serving(app) as address,
        httpx.Client(base_url=address, timeout=HANGS_S, trust_env=False) as client,
    ):
        yield Site(client, folder)


@pytest.fixture
def site(tmp_path, monkeypatch):
    with open_site(tmp_path, monkeypatch) as running:
        yield running
