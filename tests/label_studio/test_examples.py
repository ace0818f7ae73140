"""Annotations made in real Label Studio stand, redacted, before the next task like theirs; a deletion forgets them."""

import json
from typing import Any

import pytest

from tests.exports import choice, span
from tests.label_studio.reviewing import Reviewing
from tests.parts import SENTIMENT
from tests.patience import until
from tests.standin import StandIn, fitting_answer

pytestmark = pytest.mark.label_studio

TOLD = "The heating in the room of {name} was broken, and nobody came for {n} days."
NAMES = ("Emily Watson", "Robert Hill", "Susan Miller")
TREE = (
    '<Taxonomy name="about" toName="text"><Choice value="Stay"><Choice value="Room"/><Choice value="Other"/></Choice>'
    '<Choice value="Other"/></Taxonomy>'
)
LEARN: dict[str, Any] = {"annotations": "keep", "examples": {"most": 3, "tokens": 1000}, "marks": 3}
DRUGS = '<View><Labels name="ner" toName="text"><Label value="Drug"/></Labels><Text name="text" value="$text"/></View>'
MARKED = (
    "Mrs Watson was started on Acitrom today.",
    "No acitrom since the bleeding of last week.",
    "The box of Acitrom that was lost is found again.",
)


@pytest.fixture(scope="module")
def model():
    with StandIn(lambda request, schema: {"mood": "Good"}) as there:
        yield there


@pytest.fixture(scope="module")
def reviewing(label_studio, model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("examples")
    with (
        pytest.MonkeyPatch.context() as patch,
        Reviewing.running(label_studio, model.address, folder, patch, **LEARN) as running,
    ):
        yield running


class Ward:
    """A project, connected, with three annotated tasks."""

    def __init__(self, label_studio, reviewing, model, title):
        self.api, self.model = label_studio.api, model
        self.project = self.api.create_project(title, SENTIMENT)
        reviewing.connect(self.project)
        texts = [TOLD.format(name=name, n=number + 3) for number, name in enumerate(NAMES)]
        self.tasks = self.api.import_tasks(self.project, *({"text": text} for text in texts))
        self.annotations = [self.api.annotate(task, [choice("Bad", id="c1")])["id"] for task in self.tasks]
        self._number = 10

    def sent(self) -> list[str]:
        """Have a task like them predicted, and return what stood before it, message by message."""
        self._number += 1
        (task,) = self.api.import_tasks(self.project, {"text": f"Broken heating in my room for {self._number} days."})
        self.model.requests.clear()
        self.api.open_task(self.project, task)
        (request,) = self.model.requests
        assert f"for {self._number} days" in request["messages"][-1]["content"]
        return [message["content"] for message in request["messages"][1:-1]]


def shown_by(ward, count: int) -> list[str]:
    """Wait until so many examples stand before a task; return them, message by message."""
    found: list[str] = []

    def is_shown() -> bool:
        found[:] = ward.sent()
        return len(found) == 2 * count

    until(is_shown, every_s=1.0)
    return found


@pytest.fixture(scope="module")
def ward(label_studio, reviewing, model):
    return Ward(label_studio, reviewing, model, "Examples")


def test_annotations_become_examples_without_the_names_in_them(ward):
    shown = shown_by(ward, len(NAMES))
    assert [json.loads(said) for said in shown[1::2]] == [{"mood": "Bad"}] * len(NAMES)
    assert all("heating in the room of" in text for text in shown[::2])
    assert not any(part in " ".join(shown) for name in NAMES for part in name.split())


def test_an_annotation_that_is_deleted_is_forgotten(ward):
    shown_by(ward, len(NAMES))
    ward.api.delete_annotation(ward.annotations[0])
    shown_by(ward, len(NAMES) - 1)
    ward.api.delete_task(ward.tasks[1])
    shown = shown_by(ward, 1)
    assert "5 days" in shown[0]


def test_no_other_project_sees_them(label_studio, reviewing, model, ward):
    other = Ward(label_studio, reviewing, model, "Others")
    shown_by(other, len(NAMES))
    third = label_studio.api.create_project("None yet", SENTIMENT)
    reviewing.connect(third)
    other.project, other.annotations = third, []
    assert other.sent() == []


def test_a_control_that_was_added_is_learned_from_those_who_saw_it(label_studio, reviewing, model, monkeypatch):
    """Who annotated before has not said that none of its labels applies."""
    ward = Ward(label_studio, reviewing, model, "Grows")
    shown_by(ward, len(NAMES))
    monkeypatch.setattr(model, "answer", fitting_answer)
    ward.api.change_project(ward.project, label_config=SENTIMENT.replace("</View>", f"{TREE}</View>"))
    shown_by(ward, 0)
    about = {"id": "t1", "from_name": "about", "to_name": "text", "type": "taxonomy"}
    paths = {"taxonomy": [["Other"], ["Stay", "Other"]]}
    ward.api.update_annotation(ward.annotations[0], [choice("Bad", id="c1"), about | {"value": paths}])
    shown = shown_by(ward, 1)
    assert json.loads(shown[1]) == {"mood": "Bad", "about": ["Stay > Other", "Other"]}


def test_words_that_annotators_marked_are_marked_until_it_is_forgotten(label_studio, reviewing, model, monkeypatch):
    monkeypatch.setattr(model, "answer", lambda request, schema: {"ner": []})
    api = label_studio.api
    project = api.create_project("Marks", DRUGS)
    reviewing.connect(project)
    tasks = api.import_tasks(project, *({"text": text} for text in MARKED))
    places = [text.casefold().index("acitrom") for text in MARKED]
    marks = [
        span(start, start + 7, "Drug", text[start : start + 7], control="ner", id=f"r{start}")
        for text, start in zip(MARKED, places, strict=True)
    ]
    made = [api.annotate(task, [mark])["id"] for task, mark in zip(tasks, marks, strict=True)]
    number = 0

    def marked() -> list[str]:
        nonlocal number
        number += 1
        (task,) = api.import_tasks(project, {"text": f"Day {number} with Acitrom, and all is well."})
        api.open_task(project, task)
        return [one["value"]["text"] for one in api.predictions(project)[task]["result"]]

    until(lambda: marked() == ["Acitrom"], every_s=1.0)
    api.delete_annotation(made[0])
    until(lambda: marked() == [], every_s=1.0)
