"""Scores from end to end: by the tokens' probabilities, by agreement, and what may go wrong with either."""

import asyncio
import json
import math
import sqlite3
from contextlib import closing
from itertools import cycle

import pytest

from backend.engine.engine import Engine
from backend.labelstudio.types import Prediction, Task
from tests.parts import ALL, ENTITIES, SENTIMENT, SUMMARY, build_engine, finds, provider, write_policy
from tests.standin import StandIn

TEXT = "Ann likes Bob."
GOOD, BAD = {"mood": "Good"}, {"mood": "Bad"}
PRICE = {"input": 1.0, "output": 1.0}


@pytest.fixture
def standin():
    with StandIn() as server:
        yield server


def _policy(standin, folder, own, samples=None, limits=None, kind="litellm"):
    rule = {"name": "all", "match": "everything", "providers": ["own"], "limits": limits or {}, "known_labels": "off"}
    rule |= {"scores": samples} if samples else {}
    return write_policy(folder, {"own": provider(standin.address, kind, external=False) | own}, [rule])


def engine(standin, folder, kind="litellm", samples=None, *, keeps=False, limits=None, **own):
    """Return an engine whose one rule may ask several times."""
    policy = _policy(standin, folder, own, samples, limits, kind)
    return build_engine(policy, finds("Ann", "Bob"), keeps=keeps)


def predict(made: Engine, config: str, times: int = 1) -> list[Prediction]:
    async def run():
        try:
            job = made.job(config, "1")
            return [(await made.predict(job, [Task({"text": TEXT}, id="1")]))[0] for _ in range(times)]
        finally:
            await made.aclose()

    outcomes = asyncio.run(run())
    found = [each for each in outcomes if isinstance(each, Prediction)]
    assert found == outcomes
    return found


def answering(standin, *answers):
    """Have the stand-in give these answers in turn, and again."""
    turn = cycle(answers)
    standin.answer = lambda request, schema: next(turn)


def said(prediction):
    return [(result["value"].get(result["type"]), result["score"]) for result in prediction.result]


@pytest.mark.parametrize(
    ("kind", "settings", "asks"),
    [
        ("embedded", {}, True),
        ("embedded", {"scores": "none"}, False),
        ("openai", {"key": {"env": "KEY"}}, False),
        ("openai", {"key": {"env": "KEY"}, "scores": "tokens"}, True),
        ("litellm", {}, False),
        ("litellm", {"scores": "tokens"}, True),
    ],
)
def test_who_is_asked_for_probabilities(standin, tmp_path, monkeypatch, kind, settings, asks):
    monkeypatch.setenv("KEY", "its-key")
    (prediction,) = predict(engine(standin, tmp_path, kind, **settings), ALL)
    asked = standin.requests[0]
    assert (asked.get("logprobs"), asked.get("top_logprobs")) == ((True, 5) if asks else (None, None))
    assert [("score" in result, "meta" in result) for result in prediction.result] == [(asks, asks)] * 4
    assert (prediction.score is not None) is asks


def test_each_part_has_its_own_score_and_the_prediction_that_of_the_most_doubtful(standin, tmp_path):
    (prediction,) = predict(engine(standin, tmp_path, "embedded"), ALL)
    by_name = {result["from_name"]: result["score"] for result in prediction.result}
    good, bad = math.exp(-0.1), math.exp(-2.5)
    assert by_name["mood"] == pytest.approx(good / (good + bad), abs=1e-4)
    assert by_name["summary"] == pytest.approx(good, abs=1e-4)
    assert prediction.score == min(by_name.values())
    assert prediction.payload()["score"] == prediction.score


def test_a_task_without_regions_has_a_score(standin, tmp_path):
    answering(standin, {"ner": []})
    (prediction,) = predict(engine(standin, tmp_path, "embedded"), ENTITIES)
    assert prediction.result == ()
    assert 0.9 < (prediction.score or 0) < 1


NONE = [
    *(5, [], {}, "x", {"content": 5}, {"content": [5]}, {"content": [{"token": None}] * 99}),
    {"content": [{"token": '{"mood": "Good"}', "logprob": 9.9}]},
    {"content": [{"token": "elsewhere", "logprob": -1.0}]},
]


@pytest.mark.parametrize("told", NONE, ids=lambda told: str(told)[:40])
@pytest.mark.parametrize("model", ["openai/stand-in", "deepseek/stand-in"])
def test_probabilities_that_are_none_cost_no_answer(standin, tmp_path, monkeypatch, model, told):
    import tests.standin

    whole = tests.standin.completion

    def completion(*asked):
        body = whole(*asked)
        body["choices"][0]["logprobs"] = told
        return body

    monkeypatch.setattr(tests.standin, "completion", completion)
    (prediction,) = predict(engine(standin, tmp_path, model=model, external=True, scores="tokens"), SENTIMENT)
    assert [result["value"] for result in prediction.result] == [{"choices": ["Good"]}]
    assert prediction.score is None


def test_answers_that_are_kept_keep_their_scores(standin, tmp_path):
    first, second = predict(engine(standin, tmp_path, "embedded", keeps=True), ALL, 2)
    assert len(standin.requests) == 1
    assert first == second
    assert first.score is not None


# ---- by agreement


def test_further_answers_say_how_many_agree_and_the_first_is_taken(standin, tmp_path):
    answering(standin, GOOD, BAD, GOOD)
    (prediction,) = predict(engine(standin, tmp_path, samples={"samples": 3}), SENTIMENT)
    assert said(prediction) == [(["Good"], 0.6667)]
    assert prediction.result[0]["meta"] == {"uncertainty": {"value": 0.3333, "from": "agreement", "calibrated": False}}
    assert prediction.score == 0.6667
    assert [request["temperature"] for request in standin.requests] == [0, 0.7, 0.7]
    assert len({json.dumps(request["messages"]) for request in standin.requests}) == 1
    with closing(sqlite3.connect(tmp_path / "state.db")) as state:
        ended = [json.loads(row[0]) for row in state.execute("SELECT body FROM record_entries ORDER BY seq")]
    assert [entry["outcome"] for entry in ended if entry["kind"] == "outcome"] == ["answered"] * 3


def test_spans_agree_one_by_one_and_what_others_found_besides_counts(standin, tmp_path):
    def entity(text, label="PER"):
        return {"text": text, "label": label}

    ann, bob = entity("[PERSON_1]"), entity("[PERSON_2]")
    answering(standin, {"ner": [ann]}, {"ner": [ann, bob]}, {"ner": []}, {"ner": [ann]})
    (prediction,) = predict(engine(standin, tmp_path, samples={"samples": 4, "temperature": 1.0}), ENTITIES)
    assert said(prediction) == [(["PER"], 0.75)]
    assert prediction.score == 0.75  # and so is that nothing else is there


def test_texts_agree_by_what_they_share(standin, tmp_path):
    answering(standin, {"summary": "All is well."}, {"summary": "All is well!"}, {"summary": "All is well."})
    (prediction,) = predict(engine(standin, tmp_path, samples={"samples": 3}), SUMMARY)
    assert 0.9 < (prediction.score or 0) < 1


def test_where_probabilities_are_told_nobody_is_asked_again(standin, tmp_path):
    (prediction,) = predict(engine(standin, tmp_path, "embedded", samples={"samples": 3}), SENTIMENT)
    assert len(standin.requests) == 1
    assert prediction.result[0]["meta"]["uncertainty"]["from"] == "tokens"


@pytest.mark.parametrize("fails", ["provider", "budget"])
def test_a_further_answer_that_cannot_be_had_costs_the_task_nothing(standin, tmp_path, fails):
    limits = {"spend_per_day": 0.02} if fails == "budget" else {}  # enough to hold one answer's most, and not two
    if fails == "provider":
        moods = iter([(200, ""), *[(400, "")] * 9])
        standin.moods = lambda: next(moods)
    settings = {"price": {"input": 0, "output": 11.0}, "max_tokens": 1000, "attempts": 1}
    made = engine(standin, tmp_path, samples={"samples": 3}, limits=limits, **settings)
    (prediction,) = predict(made, SENTIMENT)
    assert [result["value"] for result in prediction.result] == [{"choices": ["Good"]}]
    if fails == "provider":
        assert prediction.score is None


def test_the_same_asked_again_is_not_paid_again(standin, tmp_path):
    answering(standin, GOOD, BAD, GOOD)
    first, second = predict(engine(standin, tmp_path, samples={"samples": 3}, keeps=True), SENTIMENT, 2)
    assert first == second
    assert len(standin.requests) == 3


def test_p10_scores_are_another_model_version(standin, tmp_path):
    def version(own=None, samples=None):
        made = build_engine(_policy(standin, tmp_path, own or {}, samples), finds())
        try:
            return made.job(SENTIMENT, "1").model_version
        finally:
            asyncio.run(made.aclose())

    ways = [version(), version({"scores": "tokens"}), version(samples={"samples": 2}), version(samples={"samples": 3})]
    assert len(set(ways)) == len(ways)
    assert version({"scores": "none"}) == ways[0]
