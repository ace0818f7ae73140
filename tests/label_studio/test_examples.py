"""Annotations made in real Label Studio stand, redacted, before the next task like theirs; a deletion forgets them."""

import json

import pytest

from tests.exports import choice
from tests.label_studio.reviewing import Reviewing
from tests.parts import SENTIMENT
from tests.patience import until
from tests.standin import StandIn

pytestmark = pytest.mark.label_studio

TOLD = "The heating in the room of {name} was broken, and nobody came for {n} days."
NAMES = ("Emily Watson", "Robert Hill", "Susan Miller")
EXAMPLES = {"annotations": "keep", "examples": {"most": 3, "tokens": 1000}}


@pytest.fixture(scope="module")
def model():
    with StandIn(lambda request, schema: {"mood": "Good"}) as there:
        yield there


@pytest.fixture(scope="module")
def reviewing(label_studio, model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("examples")
    with (
        pytest.MonkeyPatch.context() as patch,
        Reviewing.running(label_studio, model.address, folder, patch, **EXAMPLES) as running,
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


@pytest.fixture(scope="module")
def ward(label_studio, reviewing, model):
    return Ward(label_studio, reviewing, model, "Examples")


def test_annotations_become_examples_without_the_names_in_them(ward):
    shown = until(lambda: found if len(found := ward.sent()) == 2 * len(NAMES) else None, every_s=1.0)
    assert [json.loads(said) for said in shown[1::2]] == [{"mood": "Bad"}] * len(NAMES)
    assert all("heating in the room of" in text for text in shown[::2])
    assert not any(part in " ".join(shown) for name in NAMES for part in name.split())


def test_an_annotation_that_is_deleted_is_forgotten(ward):
    until(lambda: len(ward.sent()) == 2 * len(NAMES), every_s=1.0)
    ward.api.delete_annotation(ward.annotations[0])
    until(lambda: len(ward.sent()) == 2 * len(NAMES) - 2, every_s=1.0)
    ward.api.delete_task(ward.tasks[1])
    shown = until(lambda: found if len(found := ward.sent()) == 2 else None, every_s=1.0)
    assert "5 days" in shown[0]


def test_no_other_project_sees_them(label_studio, reviewing, model, ward):
    other = Ward(label_studio, reviewing, model, "Others")
    until(lambda: len(other.sent()) == 2 * len(NAMES), every_s=1.0)
    third = label_studio.api.create_project("None yet", SENTIMENT)
    reviewing.connect(third)
    other.project, other.annotations = third, []
    assert other.sent() == []
