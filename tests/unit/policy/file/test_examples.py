"""Examples that a rule allows stand in the prompt before the task, as they are written; else there are none."""

import asyncio
import json

import pytest

from backend.errors import PolicyFileError
from backend.labelstudio.types import Prediction, Task
from backend.policy import Policy
from backend.privacy.types import Detection
from tests.parts import ALL, SENTIMENT, build_engine, provider, write_policy
from tests.standin import StandIn

GOOD = """- text: The room was clean and [PERSON_1] was kind.
  answer: {mood: Good, summary: A good stay.}
- text: Nobody answered the phone.
  answer: {mood: Bad}
"""


@pytest.fixture
def standin():
    with StandIn() as running:
        yield running


def policy(folder, standin, content: str | None) -> Policy:
    rule = {"name": "all", "match": "everything", "providers": ["vendor"]}
    if content is not None:
        (folder / "mine.yaml").write_text(content, encoding="utf-8")
        rule["examples"] = "mine.yaml"
    return write_policy(folder, {"vendor": provider(standin.address)}, [rule])


def detect(text: str) -> list[Detection]:
    return [Detection(at, at + 3, "PERSON", 0.9) for at in [text.find("Ann")] if at >= 0]


def predict(policy: Policy, text: str, config: str = SENTIMENT):
    engine = build_engine(policy, detect)

    async def run():
        try:
            return (await engine.predict(engine.job(config, "1"), [Task({"text": text})]))[0]
        finally:
            await engine.aclose()

    return asyncio.run(run())


def test_examples_stand_before_the_task_with_what_is_asked(tmp_path, standin):
    assert isinstance(predict(policy(tmp_path, standin, GOOD), "Ann smiled."), Prediction)
    messages = standin.requests[0]["messages"]
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert "[PERSON_1] was kind" in messages[1]["content"]
    assert [json.loads(messages[n]["content"]) for n in (2, 4)] == [{"mood": "Good"}, {"mood": "Bad"}]
    assert "[PERSON_1] smiled." in messages[5]["content"]


def test_an_example_that_answers_nothing_that_is_asked_is_left_out(tmp_path, standin):
    config = SENTIMENT.replace('name="mood"', 'name="tone"')
    assert isinstance(predict(policy(tmp_path, standin, GOOD), "Ann smiled.", config), Prediction)
    assert [message["role"] for message in standin.requests[0]["messages"]] == ["system", "user"]


def test_a_rule_without_a_file_allows_none(tmp_path, standin):
    predict(policy(tmp_path, standin, None), "Ann smiled.")
    assert [message["role"] for message in standin.requests[0]["messages"]] == ["system", "user"]


@pytest.mark.parametrize(("config", "place"), [(SENTIMENT, "mood"), (ALL, "ner")])
def test_an_example_that_does_not_fit_the_config_is_told_and_nothing_is_sent(tmp_path, standin, config, place):
    content = "- text: canary\n  answer: {mood: Canary}\n" if place == "mood" else GOOD
    outcome = predict(policy(tmp_path, standin, content), "Ann smiled.", config)
    assert outcome.reason == f"example 1 of rule 'all' does not fit the label config at {place}"
    assert not standin.requests


def test_p04_a_value_of_the_task_in_an_example_stops_the_call(tmp_path, standin):
    outcome = predict(policy(tmp_path, standin, "- text: Ann was kind.\n  answer: {mood: Good}\n"), "Ann smiled.")
    assert outcome.code == "last_look"
    assert not standin.received


def test_p10_examples_change_the_version(tmp_path, standin):
    versions = {
        build_engine(policy(tmp_path, standin, content), lambda text: []).job(SENTIMENT, "1").model_version
        for content in (None, GOOD, GOOD.replace("clean", "warm"))
    }
    assert len(versions) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "mine.yaml: is empty"),
        ("- text: canary\n", "mine.yaml:1: [0].answer: is missing - write a list of blocks with text and answer"),
        ("- text: canary\n  answer: {}\n", "mine.yaml:2: [0].answer: is empty"),
        ("- text: canary\n  answer: {mood: Good}\n  more: canary\n", "mine.yaml:3: [0].more: unknown key"),
        ("text: canary\n", "mine.yaml"),
        ("- text: sk-0123456789abcdefghij\n  answer: {mood: Good}\n", "mine.yaml:1: holds what looks like a key"),
    ],
)
def test_a_broken_file_is_told_with_its_place(tmp_path, standin, content, said):
    with pytest.raises(PolicyFileError) as caught:
        policy(tmp_path, standin, content)
    assert said in caught.value.reason
    assert "canary" not in caught.value.reason


def test_a_missing_file_is_told_where_it_is_named(tmp_path, standin):
    rule = {"name": "all", "match": "everything", "providers": ["vendor"], "examples": "gone.yaml"}
    with pytest.raises(PolicyFileError, match=r"rules\[0\]\.examples: the file gone\.yaml cannot be read"):
        write_policy(tmp_path, {"vendor": provider(standin.address)}, [rule])
