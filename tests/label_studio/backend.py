"""Our server as users run it: a child process with a policy file, Basic auth and stand-ins for the providers."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import yaml

from tests.child import Child, labelguard
from tests.parts import provider, setup_body
from tests.standin import StandIn, fitting_answer

USER = "label-studio"
PASSWORD = "battery-staple-2"
WEBHOOK_SECRET = "a-secret-of-webhooks-3"
LANGUAGES = ("en", "de", "ru")


@dataclass(frozen=True, slots=True)
class Backend:
    """A running backend. Use `running()`.

    Attributes:
        policy: its policy's file.
        own: the model inside the organisation; profiles `clinic` and `newsroom` go there.
        vendor: the model outside; profile `helpdesk` goes there, redacted.
    """

    url: str
    own: StandIn
    vendor: StandIn
    child: Child
    policy: Path

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator["Backend"]:
        """Start it with a policy of three profiles; a project of no profile is denied.

        Args:
            folder: an empty folder for its policy and its log.
        """
        with StandIn() as own, StandIn() as vendor:
            policy = _write_policy(folder, own, vendor)
            settings = {
                "LABELGUARD_BASIC_AUTH_USER": USER,
                "LABELGUARD_BASIC_AUTH_PASSWORD": PASSWORD,
                "LABELGUARD_WEBHOOK_SECRET": WEBHOOK_SECRET,
                "LABELGUARD_LOG_LEVEL": "debug",
            }
            with labelguard(policy, folder, (USER, PASSWORD), **settings) as (url, child):
                yield cls(url, own, vendor, child, policy)

    def address(self, profile: str) -> str:
        """Return the URL that a project of this profile is connected to."""
        return f"{self.url}/{profile}"

    def version(self, profile: str, label_config: str) -> str:
        """Ask /setup for the model_version of a project."""
        body = setup_body(label_config)
        answer = httpx.post(f"{self.url}/{profile}/setup", json=body, auth=(USER, PASSWORD), trust_env=False)
        return str(answer.raise_for_status().json()["model_version"])

    def reset(self) -> None:
        """Have both stand-ins forget what they got and answer by default, and nothing go on of earlier tests."""
        with sqlite3.connect(self.policy.parent / "state.db", timeout=60) as connection:
            connection.execute("DELETE FROM queue_tasks")
        for standin in (self.own, self.vendor):
            standin.answer, standin.delay, standin.status, standin.fault = fitting_answer, 0.0, 200, ""
            standin.gate = None
            standin.requests.clear()
            standin.received.clear()


def _write_policy(folder: Path, own: StandIn, vendor: StandIn) -> Path:
    document = {
        "version": 1,
        "providers": {
            "own": provider(own.address, external=False),
            "vendor": provider(vendor.address),
        },
        "rules": [
            {
                "name": "clinic",
                "match": {"path": "clinic"},
                "providers": ["own"],
                "detection": {"languages": list(LANGUAGES)},
            },
            {"name": "newsroom", "match": {"path": "newsroom"}, "providers": ["own"], "redact": False},
            {
                "name": "helpdesk",
                "match": {"path": "helpdesk"},
                "providers": ["vendor"],
                "detection": {"languages": list(LANGUAGES)},
            },
        ],
    }
    file = folder / "policy.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    return file
