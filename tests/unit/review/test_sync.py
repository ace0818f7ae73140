"""What was annotated before: fetched in parts, from where it was stopped; what is gone is forgotten."""

import asyncio

import pytest

from backend.errors import LabelStudioError
from backend.labelstudio.events import ReviewedTask
from backend.review.entries import ReviewedProject
from backend.review.reviews import Keeping
from backend.review.sync import PART_SIZE, Sync
from tests.unit.review.conftest import CANARY, CONFIG, LABELS, annotated, choice, predicted, webhook

GOOD = choice("Good")


class Studio:
    """Label Studio, which goes away after some parts."""

    def __init__(self, tasks):
        self.tasks, self.parts, self.lasts = {task: [1] for task in tasks}, [], 10**9
        self.updated = "2026-11-23T07:10:00Z"

    async def annotated(self, project):
        return sorted(self.tasks)

    async def reviewed(self, project, ids):
        if len(self.parts) == self.lasts:
            raise LabelStudioError("is away", "wait", passes=True)
        self.parts.append(list(ids))
        return [ReviewedTask.model_validate(self.task(number)) for number in ids]

    def task(self, number):
        said = {"task": number, "updated_at": self.updated}
        found = [annotated(number * 10 + one, [GOOD], **said) for one in self.tasks[number]]
        return {"id": number, "data": {"text": CANARY}, "annotations": found, "predictions": [predicted(GOOD)]}


@pytest.fixture
def sync(world):
    def made(studio, keeping=None, told=None):
        project = ReviewedProject(12, CONFIG)
        work = Sync(world.store, world.reviews, project, keeping or Keeping(labels=LABELS), told)
        asyncio.run(work.run(studio))
        return work

    return made


def test_all_is_read_and_told(world, sync):
    told = []
    work = sync(Studio(range(1, 121)), told=lambda *at: told.append(at))
    assert (work.annotations, work.forgotten) == (120, 0)
    assert set(world.verdicts().values()) == {"kept"}
    assert told == [(0, 120), (50, 120), (100, 120), (120, 120)]
    assert [review.kept for review in world.reviews.all()] == [None] * 120
    assert sync(Studio(range(1, 121))).annotations == 120
    assert world.reviews.totals() == {(12, "kept"): 120}


def test_it_goes_on_from_where_it_was_stopped(world, sync):
    studio = Studio(range(1, 121))
    studio.lasts = 1
    with pytest.raises(LabelStudioError):
        sync(studio)
    assert len(world.verdicts()) == PART_SIZE
    studio.lasts = 10
    assert sync(studio).annotations == 70
    assert [part[0] for part in studio.parts] == [1, 51, 101]
    assert len(world.verdicts()) == 120


def test_what_label_studio_has_no_more_is_forgotten(world, sync):
    studio = Studio(range(1, 4))
    studio.tasks[1] = [1, 2]
    sync(studio)
    studio.tasks[1] = [2]
    del studio.tasks[3]
    assert sync(studio).forgotten == 2
    assert set(world.verdicts()) == {12, 21}


def test_annotations_are_kept_if_the_policy_says_so(world, sync):
    sync(Studio([1]), Keeping(5, LABELS))
    (review,) = world.reviews.all()
    assert review.kept.data == {"text": CANARY}
    assert review.expires == int(world.clock) + 5 * 86_400


def test_which_controls_were_asked_is_known_from_the_webhook_alone(world, sync):
    """A control may have been added since: what is fetched says nothing of the config of its time."""

    def controls():
        return {review.annotation: review.kept.controls for review in world.reviews.all()}

    world.keeping = Keeping(days=90, labels=LABELS, controls=["mood"])
    event = webhook("ANNOTATION_CREATED", [annotated(11, [GOOD], predicted(GOOD), task=1)])
    world.tell(event)
    assert controls() == {11: ["mood"]}
    studio, more = Studio([1, 2]), Keeping(days=90, labels=LABELS, controls=["mood", "ner"])
    sync(studio, more)
    assert controls() == {11: ["mood"], 21: None}
    studio.updated = "2026-11-24T07:10:00Z"
    sync(studio, more)
    assert controls() == {11: None, 21: None}
