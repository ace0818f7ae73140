"""The label of the annotated tasks most like one stands in place of the model's, where reviewers show it is better."""

import asyncio
import json
from itertools import cycle

import pytest

from backend.labelstudio.events import ReviewedTask
from backend.labelstudio.types import Prediction, Task
from backend.review.calibration import Calibrations
from backend.review.entries import ReviewedProject, ReviewEntries
from backend.review.reviews import Keeping, Reviews
from backend.review.scores import UNSCORED, scored_task
from backend.review.sync import Sync
from backend.review.tables import PART
from backend.store import open_store, writing
from tests.parts import SECRET, SENTIMENT, build_engine, finds, provider, write_policy
from tests.seams.shelf import Shelf
from tests.standin import StandIn
from tests.unit.review.conftest import choice

WORDS = "lake garden quiet room breakfast heating lift window towel shower pool bar view bed lamp".split()
MOODS = {"Good": "was lovely and charming", "Bad": "seemed broken and dirty"}
MANY = 60
NEAREST = {"annotations": "keep", "nearest": True}


@pytest.fixture
def standin():
    """A model that finds all good."""
    with StandIn() as server:
        server.answer = lambda request, schema: {"mood": "Good"}
        yield server


def said(number):
    """Return a text and what annotators say of it: each other one is bad."""
    label = "Bad" if number % 2 else "Good"
    first, second = WORDS[number % len(WORDS)], WORDS[(number // 2) % len(WORDS)]
    return f"The {first} {MOODS[label]}, and {number} of us saw the {second}.", label


class Annotators:
    """Label Studio, where tasks were annotated before they were predicted."""

    def __init__(self, predictions):
        self.predictions = predictions

    async def annotated(self, project):
        return sorted(self.predictions)

    async def reviewed(self, project, ids):
        return [ReviewedTask.model_validate(self.task(number)) for number in ids]

    def task(self, number):
        made = {"created_at": "2026-11-23T07:00:00Z", "updated_at": "2026-11-23T07:00:00Z"}
        told = {"id": number, "created_at": "2026-11-23T08:00:00Z", **self.predictions[number].payload()}
        annotation = {"id": number, "result": [choice(said(number)[1])], **made}
        return {
            "id": number,
            "data": {"text": said(number)[0]},
            "annotations": [annotation],
            "predictions": [json.loads(json.dumps(told))],
        }


class World:
    def __init__(self, standin, folder, learn):
        rule = {"name": "all", "match": "everything", "providers": ["own"], "scores": {"samples": 3}, "learn": learn}
        self.policy = write_policy(folder, {"own": provider(standin.address, external=False)}, [rule])
        self.shelf = Shelf(folder)

    def annotate(self, **own):
        for number in range(1, MANY + 1):
            text, label = said(number)
            self.shelf.put(number, text, choice(label), project=12, **own)

    def predict(self, texts, project="12"):
        async def run():
            engine = build_engine(self.policy, finds("Ann"), keeps=True)
            try:
                job = engine.job(SENTIMENT, project, "", "")
                tasks = [Task({"text": text}, id=str(number)) for number, text in texts.items()]
                return dict(zip(texts, await engine.predict(job, tasks), strict=True))
            finally:
                await engine.aclose()

        found = asyncio.run(run())
        assert all(isinstance(one, Prediction) for one in found.values())
        return found

    def judge(self):
        """Hold the model's answers against what annotators say."""
        predictions = self.predict({number: said(number)[0] for number in range(1, MANY + 1)})
        store, entries = open_store(f"sqlite:///{self.policy.file.parent / 'state.db'}"), ReviewEntries(SECRET)
        sync = Sync(store, Reviews(store, entries), ReviewedProject(12, SENTIMENT), Keeping(days=90))
        asyncio.run(sync.run(Annotators(predictions)))
        return Calibrations(store, entries).renew(12)


NEW = {901: "The sauna seemed broken and dirty.", 902: "The sauna was lovely and charming."}


def moods(found):
    return {number: one.result[0]["value"]["choices"] for number, one in found.items()}


def test_the_nearest_decide_where_they_are_right_more_often_than_the_model(standin, tmp_path):
    world = World(standin, tmp_path, NEAREST)
    world.annotate()
    assert moods(world.predict(NEW)) == {901: ["Good"], 902: ["Good"]}  # nobody has judged the model yet
    assert world.judge()
    found = world.predict(NEW)
    assert moods(found) == {901: ["Bad"], 902: ["Good"]}
    (bad,), (good,) = found[901].result, found[902].result
    assert bad["meta"]["text"] == [
        f"as the annotated tasks most like it have, which is right for {MANY} of {MANY} of them"
    ]
    doubt = bad["meta"]["uncertainty"]
    assert doubt["from"] == "nearest"
    assert (doubt["calibrated"], doubt["reviews"], doubt["blind"]) == (True, MANY, False)
    assert bad["score"] == found[901].score == pytest.approx((MANY + 1) / (MANY + 2), abs=0.001)
    both = good["meta"]["uncertainty"]
    assert (both["from"], both["raw"]) == ("agreement", 1)
    assert good["score"] > 0.9  # the model alone is right for half of them
    assert "sauna" not in json.dumps(bad)
    task = ReviewedTask.model_validate(Annotators(found).task(901))
    (scored,) = scored_task(12, task, ReviewEntries(SECRET))
    assert [(one.source, one.is_right) for one in scored.answers] == [(UNSCORED, True)]  # it says nothing of the model


def test_until_the_model_is_judged_its_raw_score_counts(standin, tmp_path):
    moods_in_turn = cycle(("Good", "Good", "Bad"))
    standin.answer = lambda request, schema: {"mood": next(moods_in_turn)}
    world = World(standin, tmp_path, NEAREST)
    world.annotate()
    (bad,) = world.predict({901: NEW[901]})[901].result
    assert bad["value"]["choices"] == ["Bad"]
    doubt = bad["meta"]["uncertainty"]
    assert (doubt["from"], doubt["calibrated"]) == ("nearest", False)
    assert bad["score"] == pytest.approx((MANY + 1) / (MANY + 2), abs=0.05)


def test_not_without_the_policy_s_word(standin, tmp_path):
    world = World(standin, tmp_path, {"annotations": "keep"})
    assert world.judge()
    assert moods(world.predict(NEW))[901] == ["Good"]


def test_no_other_project_s_annotations_count(standin, tmp_path):
    world = World(standin, tmp_path, NEAREST)
    assert world.judge()
    assert moods(world.predict(NEW))[901] == ["Bad"]
    assert moods(world.predict(NEW, project="13"))[901] == ["Good"]
    with writing(world.shelf.store, PART) as connection:
        world.shelf.reviews.forget(connection, project=12)
    assert moods(world.predict(NEW))[901] == ["Good"]
