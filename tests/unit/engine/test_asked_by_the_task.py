"""Questions that each task brings, through the real engine: each is asked its own, and nothing of it is told."""

import logging
from typing import Any

import pytest

from tests.parts import build_engine, predict_body, provider, serving, write_policy
from tests.standin import StandIn
from tests.unit.privacy.test_redact import detector

TEXT = '<Text name="text" value="$text"/>'
CHOICES = '<Choices name="c" toName="text"><Choice value="Yes"/><Choice value="No"/></Choices>'
HINTED = CHOICES.replace("toName", 'hint="Of $question" toName')
ASKED = f'<View>{TEXT}<Header value="$question"/>{CHOICES}</View>'
TASKS = [
    {"text": "The rolls were stale.", "question": "Does Ann Lee mention breakfast?"},
    {"text": "The bed was soft.", "question": "Is the canary-7731 bed meant?"},
    {"text": "canary-7732"},
    {"text": "Ann Lee came late.", "question": ["Who", 2]},
]


@pytest.fixture
def standin():
    with StandIn() as running:
        yield running


def prompts(standin: StandIn) -> list[str]:
    return ["\n".join(m["content"] for m in request["messages"]) for request in standin.requests]


def predicted(standin, tmp_path, config, tasks, external=True, **rule) -> list[Any]:
    named = provider(standin.address, external=external)
    rules = [{"name": "all", "match": "everything", "providers": ["it"], **rule}]
    engine = build_engine(write_policy(tmp_path, {"it": named}, rules), detector(PERSON="Ann Lee"))
    with serving(engine) as client:
        answer = client.post("/predict", json=predict_body(config, *tasks)).raise_for_status()
    found: list[Any] = answer.json()["results"]
    return found


def test_each_task_is_asked_its_own_question(standin, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    results = predicted(standin, tmp_path, ASKED, TASKS)
    assert [bool(result) for result in results] == [True, True, False, True]
    sent = prompts(standin)
    assert len(sent) == 3
    for text, question in (
        ("The rolls", "Does [PERSON_1] mention breakfast?"),
        ("The bed", "Is the canary-7731 bed meant?"),
        ("[PERSON_1] came", "Who,2"),
    ):
        assert [question in prompt for prompt in sent if text in prompt] == [True]
    assert "Ann" not in standin.received.decode()
    assert "1 tasks got no prediction: task: field 'question' is missing or empty, and it says what" in caplog.text
    assert "canary" not in caplog.text


def test_all_versions_of_the_model_are_one(standin, tmp_path):
    results = predicted(standin, tmp_path, ASKED, TASKS[:2])
    assert len({result["model_version"] for result in results}) == 1


def test_what_asks_nothing_is_left_out_and_counted(standin, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    config = ASKED.replace("</View>", '<Header value="How good?"/><Rating name="r" toName="text"/></View>')
    _, result = predicted(standin, tmp_path, config, TASKS[1:3])
    assert [each["from_name"] for each in result["result"]] == ["r"]
    assert "1 answers left out: the field that asks for it is missing in the task, or empty" in caplog.text


@pytest.mark.parametrize("redact", [True, False])
@pytest.mark.parametrize("place", ["question", "context", "hint"])
def test_a_withheld_question_leaves_in_no_way(standin, tmp_path, place, redact):
    header = '<Header value="About $question: ok?"/>'
    config = {
        "question": f"<View>{TEXT}{header}{CHOICES}</View>",
        "context": f'<View>{header}{TEXT}<Header value="Is it?"/>{CHOICES}</View>',
        "hint": f"<View>{TEXT}{HINTED}</View>",
    }[place]
    (result,) = predicted(standin, tmp_path, config, TASKS[1:2], external=False, withhold=["question"], redact=redact)
    assert result
    assert b"canary" not in standin.received
    assert b"The bed was soft." in standin.received


def test_without_redaction_it_is_asked_as_it_is(standin, tmp_path):
    (result,) = predicted(standin, tmp_path, ASKED, TASKS[:1], external=False, redact=False)
    assert result
    assert "Does Ann Lee mention breakfast?" in prompts(standin)[0]


def test_a_choice_that_the_task_brings_comes_back_as_the_editor_has_it(standin, tmp_path):
    choices = '<Choices name="c" toName="text"><Choice value="$a"/><Choice value="Neither"/></Choices>'
    config = f'<View>{TEXT}<Header value="Which is better?"/>{choices}</View>'
    standin.answer = lambda request, schema: {"c": "[PERSON_1]'s one"}
    (result,) = predicted(standin, tmp_path, config, [{"text": "x", "a": "Ann Lee's one"}])
    assert result["result"][0]["value"] == {"choices": ["Ann Lee's one"]}


def test_a_rule_sees_the_questions_words(standin, tmp_path):
    rule = {"match": {"entities": {"PERSON": "none"}}}
    assert [bool(r) for r in predicted(standin, tmp_path, ASKED, TASKS[:2], **rule)] == [False, True]
