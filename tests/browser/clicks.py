"""Retrieve Predictions, clicked again and again, by real Label Studio and the embedded model."""

import json
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.pages import retrieve_predictions
from tests.label_studio.harness import LabelStudio

CONFIG = (
    '<View><Text name="mail" value="$text"/><Choices name="urgent" toName="mail"><Choice value="Urgent"/>'
    '<Choice value="Can wait"/></Choices></View>'
)
NAMES = ("Anna Berg", "John Carter", "Maria Lopez", "Peter Novak")
MAILS = (
    "{name} writes that the pump failed again last night and asks to be called back before noon, order {n}.",
    "{name} thanks the whole team for the visit in May; nothing else is needed, order {n}.",
    "{name} asks for the price of {n} new filters and for the date when they could be sent.",
)


def mails(count: int) -> list[dict[str, str]]:
    """Return the data of short mails, no two of them alike."""
    return [{"text": MAILS[n % 3].format(name=NAMES[n % 4], n=n + 100)} for n in range(count)]


@dataclass(frozen=True, slots=True)
class Click:
    """A click: how long Label Studio took, and how many tasks have a prediction now."""

    seconds: float
    stored: int


def click_on(page: Page, label_studio: LabelStudio, project: int, count: int, most: int) -> list[Click]:
    """Retrieve predictions of all tasks in the Data Manager until all are stored, at most so often."""
    clicks: list[Click] = []
    while not clicks or (clicks[-1].stored < count and len(clicks) < most):
        began = time.monotonic()
        retrieve_predictions(page, project)
        clicks.append(Click(time.monotonic() - began, len(label_studio.api.predictions(project))))
    return clicks


def attempts(folder: Path) -> Counter[str]:
    """Return how often each task was put to a model, by the record."""
    with sqlite3.connect(folder / "state.db") as connection:
        entries = [json.loads(body) for (body,) in connection.execute("SELECT body FROM record_entries")]
    return Counter(entry["task"] for entry in entries if entry["kind"] == "attempt")
