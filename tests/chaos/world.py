"""All parts, running: PostgreSQL, Label Studio, two providers, two servers behind a front, an annotator a project."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from tests.chaos.annotators import Annotator
from tests.chaos.evidence import Project, Traffic, look_at_project
from tests.chaos.front import Front
from tests.chaos.servers import Servers
from tests.chaos.tasks import CONFIG, number_in, told
from tests.chaos.vendor import Vendor
from tests.child import ROOT
from tests.label_studio.backend import PASSWORD, USER
from tests.label_studio.harness import TOKEN, LabelStudio
from tests.parts import provider, write_policy
from tests.postgres import PostgreSQL

CONCURRENCY = 6
"""Calls that each provider answers at once, to each server."""
PREDICT_S = 6
"""A server's deadline."""
DAY_USD = 1_000
PRICE = {"input": 1.0, "output": 2.0}


@dataclass(frozen=True, slots=True)
class World:
    """All that runs. Use `running()`.

    Attributes:
        database: the state's URL.
        vendor, own: the external provider, and the one that may see all.
        elsewhere: where redirects lead.
        environment: of our commands.
    """

    folder: Path
    postgresql: PostgreSQL
    database: str
    label_studio: LabelStudio
    vendor: Vendor
    own: Vendor
    elsewhere: Vendor
    front: Front
    servers: Servers
    annotators: tuple[Annotator, ...]
    environment: dict[str, str]

    @classmethod
    @contextmanager
    def running(cls, folder: Path, seed: int, workers: int = 0) -> Iterator["World"]:
        """Start all but the servers.

        Args:
            folder: an empty folder for data and logs.
            seed: of all chance.
            workers: as `Servers` takes them.
        """
        with ExitStack() as stack:
            postgresql = stack.enter_context(PostgreSQL.running())
            (folder / "label-studio").mkdir()
            label_studio = stack.enter_context(LabelStudio.running(folder / "label-studio"))
            elsewhere = stack.enter_context(Vendor(f"{seed} elsewhere", ""))
            vendor = stack.enter_context(Vendor(f"{seed} vendor", elsewhere.address))
            own = stack.enter_context(Vendor(f"{seed} own", elsewhere.address))
            front = stack.enter_context(Front())
            database = postgresql.new_database()
            environment = {
                "LABELGUARD_BASIC_AUTH_USER": USER,
                "LABELGUARD_BASIC_AUTH_PASSWORD": PASSWORD,
                "LABELGUARD_CACHE": str(folder / "cache"),
                "LABELGUARD_LABEL_STUDIO_TOKEN": TOKEN,
                "LABELGUARD_LABEL_STUDIO_URL": label_studio.url,
                "LABELGUARD_LOG_LEVEL": "debug",
                "LABELGUARD_PREDICT_TIMEOUT": str(PREDICT_S),
                "LABELGUARD_REDACTION_WORKERS": "1",
                "LABELGUARD_STATE_URL": database,
            }
            policy = _write_policy(folder, vendor, own)
            servers = Servers(policy, folder, front, environment, workers)
            annotators = _annotators(label_studio, database, front, seed)
            yield cls(
                folder,
                postgresql,
                database,
                label_studio,
                vendor,
                own,
                elsewhere,
                front,
                servers,
                annotators,
                environment,
            )

    def connect(self) -> None:
        """Connect each project, once a server is there."""
        for one in self.annotators:
            one.api.connect(one.project, f"{self.front.address}/{one.path}", USER, PASSWORD)

    def look(self) -> list[Project]:
        """Read how each project stands."""
        found = []
        for one in self.annotators:
            project = look_at_project(one.api, self.database, one.project, one.path)
            found.append(replace(project, taken=set(one.taken), left=tuple(one.left)))
        return found

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of ours."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("LABELGUARD_")}
        command = [sys.executable, "-m", "backend.cli", *arguments]
        environment = inherited | self.environment | {"COLUMNS": "200"}
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)

    def traffic(self) -> dict[str, Traffic]:
        """Return what each provider got."""
        return {name: _traffic(one) for name, one in (("vendor", self.vendor), ("own", self.own))}


def _traffic(one: Vendor) -> Traffic:
    seen = (told(request) for request in one.requests)
    return Traffic([number_in(found[0]) if found else None for found in seen], bytes(one.received))


def _annotators(label_studio: LabelStudio, database: str, front: Front, seed: int) -> tuple[Annotator, ...]:
    numbers = count()
    projects = {path: label_studio.api.create_project(path, CONFIG) for path in ("outside", "inside")}
    return tuple(
        Annotator(label_studio.api, project, path, database, front, numbers, f"{seed} {path}")
        for path, project in projects.items()
    )


def _write_policy(folder: Path, vendor: Vendor, own: Vendor) -> Path:
    """Write that names leave as surrogates, cards not at all, and that what stays is seen as it is."""
    settings: dict[str, Any] = {"timeout_s": 4, "concurrency": CONCURRENCY}
    providers = {
        "vendor": provider(vendor.address, "openai", price=dict(PRICE), **settings),
        "own": provider(own.address, external=False, price=dict(PRICE), **settings),
    }
    limits = {"spend_per_day": DAY_USD}
    rules: list[dict[str, Any]] = [
        {
            "name": "cards",
            "match": {"path": "outside", "entities": {"CREDIT_CARD": "any"}},
            "refuse": "cards stay here",
        },
        {
            "name": "outside",
            "match": {"path": "outside"},
            "providers": ["vendor"],
            "operators": {"*": "surrogate"},
            "known_labels": "off",  # that a model marks whose text it has is what shows that none is mixed up
            "detection": {"languages": ["en"], "unknown_language": "refuse"},
            "limits": dict(limits),
        },
        {
            "name": "inside",
            "match": {"path": "inside"},
            "providers": ["own"],
            "redact": False,
            "retention": {"answers_hours": 4},
            "limits": dict(limits),
        },
    ]
    return write_policy(folder, providers, rules).file
