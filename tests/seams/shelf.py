"""Annotations in a state of its own, as webhooks leave them."""

import json
from typing import Any

from backend.review.entries import KeptAnnotation, Review, ReviewedProject, ReviewEntries
from backend.review.reviews import Reviews
from backend.review.tables import PART
from backend.store import open_store, writing
from tests.parts import SECRET, SENTIMENT
from tests.unit.review.conftest import choice

NAMES = ("Ann Lee", "Bob Hill", "Zoë Marsh")
LEARN = {"annotations": "keep", "examples": {"most": 3, "tokens": 1000}}
TEXTS = {
    101: ("Ann Lee loved the quiet room by the lake.", "Good"),
    102: ("The heating was broken and nobody came, says Bob Hill.", "Bad"),
    103: ("Breakfast was cold, and the coffee too.", "Bad"),
    104: ("A lovely quiet garden behind the lake house.", "Good"),
}


class Shelf:
    """Annotations as webhooks leave them."""

    def __init__(self, folder):
        self.store = open_store(f"sqlite:///{folder / 'state.db'}")
        self.reviews = Reviews(self.store, ReviewEntries(SECRET))

    def put(self, task, text, *result, project=1, config=SENTIMENT, **said):
        kept = KeptAnnotation(list(result), {"text": text} if isinstance(text, str) else text, "who", [], is_clean=True)
        own: dict[str, Any] = {"verdict": "changed", "made": 1.0, "changed": 1.0, "annotation": task, "version": "v"}
        review = Review(project=project, task=task, **own | {"expires": 4_000_000_000, "kept": kept} | said)
        with writing(self.store, PART) as connection:
            self.reviews.remember(connection, ReviewedProject(project, config))
            self.reviews.write(connection, [review])

    def fill(self, **said):
        """Put the annotations of `TEXTS`."""
        for task, (text, label) in TEXTS.items():
            self.put(task, text, choice(label), **said)


def examples(vendor, number=-1):
    """Return the examples of a request: what was shown, and what was answered."""
    chat = vendor.requests[number]["messages"][1:-1]
    return [(user["content"], json.loads(said["content"])) for user, said in zip(chat[::2], chat[1::2], strict=True)]
