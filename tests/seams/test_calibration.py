"""Calibrated scores from end to end: predicted, annotated blind, fetched, and told with the next prediction."""

import asyncio
import json

import pytest

from backend.labelstudio.events import ReviewedTask
from backend.labelstudio.types import Prediction, Task
from backend.review.calibration import LEAST, Calibrations
from backend.review.entries import ReviewedProject, ReviewEntries
from backend.review.reviews import Keeping, Reviews
from backend.review.sync import Sync
from backend.review.trust import ProjectTrusts
from backend.store import open_store
from tests.parts import SECRET, SENTIMENT, build_engine, finds, provider, write_policy
from tests.standin import StandIn

MANY = LEAST + 12


@pytest.fixture
def standin():
    """A model that is unsure of each text that says so."""
    with StandIn() as server:
        server.answer = lambda request, schema: {"mood": "Bad" if "unsure" in json.dumps(request) else "Good"}
        yield server


@pytest.fixture
def policy(standin, tmp_path):
    rule = {"name": "all", "match": "everything", "providers": ["own"], "scores": {"samples": 3}}
    return write_policy(tmp_path, {"own": provider(standin.address, external=False)}, [rule])


class Annotators:
    """Label Studio, where tasks were annotated as good before they were predicted."""

    def __init__(self, predictions):
        self.predictions = predictions

    async def annotated(self, project):
        return sorted(self.predictions)

    async def reviewed(self, project, ids):
        return [ReviewedTask.model_validate(self.task(number)) for number in ids]

    def task(self, number):
        good = {"id": "a", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["Good"]}}
        made = {"created_at": "2026-11-23T07:00:00Z", "updated_at": "2026-11-23T07:00:00Z"}
        told = {"id": number, "created_at": "2026-11-23T08:00:00Z", **self.predictions[number].payload()}
        annotation = {"id": number, "result": [good], **made}
        return {"id": number, "data": {}, "annotations": [annotation], "predictions": [json.loads(json.dumps(told))]}


def predict(policy, texts):
    async def run():
        engine = build_engine(policy, finds("Ann"), keeps=True)
        try:
            job = engine.job(SENTIMENT, "12.1795417599", "", "")
            tasks = [Task({"text": text}, id=str(number)) for number, text in texts.items()]
            return job.model_version, dict(zip(texts, await engine.predict(job, tasks), strict=True))
        finally:
            await engine.aclose()

    version, outcomes = asyncio.run(run())
    assert all(isinstance(one, Prediction) and one.model_version == version for one in outcomes.values())
    return version, outcomes


def learn(policy, predictions):
    store, entries = open_store(f"sqlite:///{policy.file.parent / 'state.db'}"), ReviewEntries(SECRET)
    sync = Sync(store, Reviews(store, entries), ReviewedProject(12, SENTIMENT), Keeping())
    asyncio.run(sync.run(Annotators(predictions)))
    return Calibrations(store, entries).renew(12)


def test_scores_are_calibrated_and_the_answers_stay(standin, policy):
    texts = {n: f"Ann is {'unsure' if n % 4 == 0 else 'glad'}, {n}" for n in range(1, MANY + 1)}
    raw_version, raw = predict(policy, texts)
    asked = len(standin.requests)
    assert {one.score for one in raw.values()} == {1.0}  # all answers agree, and one in four is wrong
    assert raw[1].result[0]["meta"]["uncertainty"] == {"value": 0.0, "from": "agreement", "calibrated": False}

    made = learn(policy, raw)
    version, told = predict(policy, texts)
    assert version == made[raw_version].version(raw_version) != raw_version
    assert len(standin.requests) == asked  # answers that are kept are those of another version of scores
    for number, before in raw.items():
        (was,), (now,) = before.result, told[number].result
        assert {**now, "score": 0, "meta": 0} == {**was, "score": 0, "meta": 0}
        doubt = now["meta"]["uncertainty"]
        assert now["score"] == told[number].score == pytest.approx(0.75, abs=0.05)
        assert doubt.pop("value") == pytest.approx(1 - now["score"], abs=1e-6)
        assert doubt == {"from": "agreement", "calibrated": True, "reviews": MANY, "blind": True, "raw": 1.0}

    assert learn(policy, told) == {}  # the same answers teach nothing new
    assert predict(policy, {99: "Ann is new"})[0] == version


def test_two_projects_share_no_calibration(policy):
    texts = {n: f"Ann is {'unsure' if n % 4 == 0 else 'glad'}, {n}" for n in range(1, MANY + 1)}
    version, raw = predict(policy, texts)
    learn(policy, raw)
    engine = build_engine(policy, finds("Ann"), keeps=True)
    assert engine.job(SENTIMENT, "12").model_version != version
    assert engine.job(SENTIMENT, "13").model_version == version
    asyncio.run(engine.aclose())


NAMES = (
    '<View><Labels name="ner" toName="text"><Label value="Person"/><Label value="Drug"/></Labels>'
    '<Text name="text" value="$text"/></View>'
)


def test_a_label_of_which_detection_marks_most_wrongly_is_the_models(standin, policy):
    """Here reviewers mean by a person somebody else than detection does: they keep none of its marks."""
    standin.answer = lambda request, schema: {"ner": []}

    async def run(asks_person):
        engine = build_engine(policy, finds("Ann"), keeps=True)
        try:
            job = engine.job(NAMES, "12.1795417599")
            tasks = [Task({"text": f"Ann takes aspirin on day {n}."}, id=str(n)) for n in range(1, MANY + 1)]
            found = await engine.predict(job, tasks)
            system = [json.dumps(request["messages"]) for request in standin.requests]
            assert all(("Person" in one) is asks_person for one in system)
            standin.requests.clear()
            return job.model_version, dict(enumerate(found, 1))
        finally:
            await engine.aclose()

    version, marked = asyncio.run(run(asks_person=False))
    assert all(one.result[0]["value"]["labels"] == ["Person"] for one in marked.values())
    learn(policy, marked)
    store, entries = open_store(f"sqlite:///{policy.file.parent / 'state.db'}"), ReviewEntries(SECRET)
    trusts = ProjectTrusts(store, entries)
    assert trusts.renew(12) == {trusts.hash_of("Person"): "model"}
    other, unmarked = asyncio.run(run(asks_person=True))
    assert other != version
    assert all(one.result == () for one in unmarked.values())
    engine = build_engine(policy, finds("Ann"), keeps=True)
    told = NAMES.replace('value="Person"', 'value="Person" entity="PERSON"')
    assert engine.job(told, "12").model_version == engine.job(told, "13").model_version  # the config's word holds
    asyncio.run(engine.aclose())
