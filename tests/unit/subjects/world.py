"""A state with something about a few tasks in every store, on each kind of database."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import select

from backend.labelstudio.types import Task
from backend.model.kept_answers import ANSWERS, KeptAnswers
from backend.model.sent_samples import SAMPLES, SampledSend, SentSamples
from backend.policy.types import SentKeeping
from backend.queue.entries import Ended, Source
from backend.queue.queue import TaskQueue
from backend.queue.tables import TASKS
from backend.record.journal import Record
from backend.review.entries import KeptAnnotation, Review, ReviewEntries
from backend.review.reviews import Reviews
from backend.review.tables import PART, REVIEWS
from backend.store import Store, open_store, writing
from backend.subjects.subject import SubjectSources
from tests.record import attempt, outcome
from tests.stores import looking

SECRET = b"0123456789abcdef0123456789abcdef"
CANARY = "Quilla Vantongeren"
POLICY = """version: 1
providers:
  ours: {kind: litellm, model: ollama/q, address: "http://m:1", external: false}
rules:
  - {name: all, match: everything, providers: [ours], detection: {profile: fast}, always_redact: ours.txt}
"""


@dataclass
class World:
    """The state, and where it lies."""

    url: str
    folder: Path
    files: Path
    store: Store = field(init=False)
    reviews: Reviews = field(init=False)

    def __post_init__(self) -> None:
        self.store = open_store(self.url)
        self.reviews = Reviews(self.store, ReviewEntries(SECRET))
        self.policy = self.folder / "policy.yaml"
        self.policy.write_text(POLICY)
        (self.folder / "ours.txt").write_text("Project Falcon\n")

    @property
    def sources(self) -> SubjectSources:
        return SubjectSources(self.store, self.reviews, SECRET, self.policy)

    def fill(self, *tasks: int, text: str = f"seen: {CANARY}, today", project: str = "12") -> None:
        """Have something of each task in every store."""
        samples = SentSamples(self.store, SECRET)
        with Record.open(self.store) as record:
            for task in tasks:
                number = record.begin(attempt(task, project=project))
                record.end(outcome(number))
                sent = {"messages": [{"role": "user", "content": text}]}
                samples.keep(SampledSend(number, project, str(task), None, SentKeeping(1.0, 7)), sent)
        samples.close()
        kept = KeptAnswers(self.store, SECRET)
        queue = TaskQueue(self.store, SECRET)
        for task in tasks:
            body = json.dumps({"answer": json.dumps({"note": text}), "task": str(task)}).encode()
            kept.keep(kept.name([project, task]), project, body, 3600)
            source, known = Source("<View/>", project), Task({"text": text}, {}, str(task))
            failed = Task({"text": text + "!"}, {}, str(task))
            ended = [
                Ended(queue.entries.name(source, "v", known), known, "waiting"),
                Ended(queue.entries.name(source, "v", failed), failed, "failed", "provider_down", "down"),
            ]
            queue.settle("click", source, "v", ended, keeps=True)
            self._review(int(project), task, text)
        kept.close()

    def _review(self, project: int, task: int, text: str) -> None:
        annotation = KeptAnnotation([], {"text": text})
        made = Review(project, task, 100 + task, "labelguard-1", "changed", 1.8e9, 1.8e9)
        made = replace(made, expires=2**31, kept=annotation)
        with writing(self.store, PART) as connection:
            self.reviews.write(connection, [made])

    def bodies(self) -> list[bytes]:
        """Return the encrypted rows that are there: what must not be found once they are erased."""
        with looking(self.url) as connection:
            columns: Any = (ANSWERS.c.body, SAMPLES.c.body, TASKS.c.body, REVIEWS.c.body)
            return [body for column in columns for body in connection.execute(select(column)).scalars() if body]

    def on_disk(self) -> bytes:
        """Return all that the database has on the disk, SQLite's log included; of PostgreSQL its own log aside."""
        if self.url.startswith("sqlite"):
            found = [file for file in self.files.rglob("*") if file.is_file()]
        else:
            assert parse_qs(urlsplit(self.url).query)["application_name"]
            found = [file for file in (self.files / "base").rglob("*") if file.is_file()]
        return b"".join(file.read_bytes() for file in found)
