"""Reviews in each kind of database, under a clock of the tests' own, with the policy and Label Studio as they need."""

import asyncio

import pytest

from backend.labelstudio import reduce
from backend.labelstudio.events import WebhookRequest
from backend.review.entries import ReviewEntries
from backend.review.events import read_event
from backend.review.inbox import Inbox
from backend.review.reviews import Keeping, Reviews
from backend.review.tables import PART
from backend.review.worker import ReviewWorker
from backend.store import open_store, writing

SECRET = b"0123456789abcdef0123456789abcdef"
CANARY = "canary-8814"
VERSION = "labelguard-000000000001"
CONFIG = f"<View>{CANARY}</View>"
LABELS = {"mood": ["Good", "Bad"], "ner": ["PER", "ORG"]}


def choice(label, number="c1"):
    return {"id": number, "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": [label]}}


def span(label, start, end, number):
    value = {"start": start, "end": end, "text": CANARY, "labels": [label]}
    return {"id": number, "from_name": "ner", "to_name": "text", "type": "labels", "value": value}


def predicted(*result, version=VERSION):
    return {"id": 7, "result": list(result), "model_version": version, "created_at": "2026-11-23T07:09:57.0Z"}


def annotated(number, result, prediction=None, task=3, **said):
    annotation = {"id": number, "task": task, "result": result, "prediction": prediction or {}}
    annotation |= {"created_at": "2026-11-23T07:10:00Z", "updated_at": "2026-11-23T07:10:00Z", "completed_by": 5}
    return annotation | said


def webhook(action, annotations=(), project=12, **said):
    """Return an event as Label Studio sends it."""
    many = action.startswith("ANNOTATIONS")
    body = {"action": action, "project": {"id": project, "title": "Ward", "label_config": CONFIG}, **said}
    if annotations:
        tasks = [{"id": one.get("task"), "data": {"text": f"{CANARY} text", "ward": CANARY}} for one in annotations]
        key = "annotations" if action == "ANNOTATIONS_DELETED" else "annotation"
        body |= {key: list(annotations) if many else annotations[0], "task": tasks if many else tasks[0]}
    return body


class World:
    """Parts as a process would open them.

    Attributes:
        keeping: what the policy says about any project; None if it denies it.
        clock: Unix time.
    """

    def __init__(self, url):
        self.url, self.clock = url, 1_795_500_000.0
        self.keeping = Keeping(labels=LABELS)
        self.entries = ReviewEntries(SECRET)
        self.store = open_store(url)
        self.inbox = Inbox(self.store, self.entries, lambda: self.clock)
        self.reviews = Reviews(self.store, self.entries, lambda: self.clock)
        self.worker = self.another()

    def another(self):
        return ReviewWorker(self.store, self.inbox, self.reviews, lambda project: self.keeping, now=lambda: self.clock)

    def take(self, *bodies, keeps_text=True):
        """Take webhooks."""
        for body in bodies:
            asked = WebhookRequest.take(reduce.reduced(body))
            event = read_event(asked, "", self.entries, keeps_text=keeps_text)
            if event:
                self.inbox.put(event).result(60)

    def work(self, studio=None):
        """Work on all that waits."""
        while asyncio.run(self.worker.step(studio)):
            pass

    def tell(self, *bodies, keeps_text=True):
        """Take webhooks and work on them."""
        self.take(*bodies, keeps_text=keeps_text)
        self.work()

    def verdicts(self):
        return {review.annotation: review.verdict for review in self.reviews.all()}

    def forget(self, **which):
        with writing(self.store, PART) as connection:
            return self.reviews.forget(connection, **which)

    def close(self):
        self.worker.close()


@pytest.fixture
def world(store_url):
    made = World(store_url)
    yield made
    made.close()
