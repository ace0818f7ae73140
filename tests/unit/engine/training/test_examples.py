"""What a model would be sent of an annotated task, and what it should answer."""

import asyncio
import json

import pytest

from backend.errors import NoRuleError, RefusedError
from backend.labelstudio.types import Prediction, Task
from backend.privacy.types import Detection
from tests import parts
from tests.parts import SENTIMENT, SUMMARY, build_engine, finds, provider, write_policy
from tests.standin import StandIn
from tests.unit.engine.training.parts import OWN, annotated, composed, mood, rule_of, said

ALL, ENTITIES = (config.replace('"PER"', '"Hero"') for config in (parts.ALL, parts.ENTITIES))
"""Detection knows no heroes: it is the model that is asked for them."""
TEXT = "Ann Lee came to Acme and was glad."
PER = said("ner", "labels", {"start": 4, "end": 7, "text": "Lee", "labels": ["Hero"]}, "p")
SHORT = said("summary", "textarea", {"text": ["Ann Lee came."]}, "s")


def answers(examples):
    return [json.loads(example.answer) for example in examples]


def test_a_model_is_trained_on_what_it_is_sent_and_answers_as_it_should(tmp_path):
    wanted = {"mood": "Good", "ner": [{"label": "Hero", "text": "[PERSON_1]"}], "summary": "[PERSON_1] came."}
    with StandIn(lambda request, schema: wanted) as model:
        rules = [{"name": "all", "match": "everything", "providers": ["it"]}]
        policy = write_policy(tmp_path, {"it": provider(model.address, "openai")}, rules)
        (example,), report = composed(policy, ALL, [annotated(TEXT, [*mood("Good"), PER, SHORT])], "Ann Lee", "Bob")
        engine = build_engine(policy, finds("Ann Lee", "Bob"))
        job = engine.job(ALL, "12")
        (outcome,) = asyncio.run(engine.predict(job, [Task({"text": TEXT})]))
        (request,) = model.requests
    assert [(m["role"], m["content"]) for m in request["messages"]] == list(example.messages)
    assert json.loads(example.answer) == wanted
    assert isinstance(outcome, Prediction)
    assert {r["type"] for r in outcome.result} == {"choices", "labels", "textarea"}
    assert example.labels == {"Good", "Hero"}
    assert report.left_out.total() == 0
    assert "Lee" not in repr((example.messages, example.answer))


def test_invented_names_are_those_that_a_call_would_have(tmp_path):
    with StandIn() as model:
        rules = [{"name": "all", "match": "everything", "providers": ["it"], "operators": {"*": "surrogate"}}]
        policy = write_policy(tmp_path, {"it": provider(model.address, "openai")}, rules)
        (example,), _ = composed(policy, ALL, [annotated(TEXT, [*mood("Good"), PER, SHORT])], "Ann Lee")
        engine = build_engine(policy, finds("Ann Lee"))
        asyncio.run(engine.predict(engine.job(ALL, "12"), [Task({"text": TEXT})]))
        (request,) = model.requests
    assert [m["content"] for m in request["messages"]] == [content for _, content in example.messages]
    (entity,) = json.loads(example.answer)["ner"]
    assert entity["text"] in request["messages"][-1]["content"]
    assert json.loads(example.answer)["summary"].endswith(f" {entity['text']} came.")
    assert "Lee" not in repr((example.messages, example.answer))


def test_annotators_who_agree_give_one_example_and_those_who_do_not_none(tmp_path):
    tasks = [annotated("Fine.", mood("Good"), mood("Good")), annotated("Odd.", mood("Good"), mood("Bad"))]
    examples, report = composed(rule_of(tmp_path), SENTIMENT, tasks)
    assert answers(examples) == [{"mood": "Good"}]
    assert report.left_out == {"its annotators disagree": 1}


def test_the_same_said_twice_stands_once_and_what_contradicts_it_not_at_all(tmp_path):
    tasks = [annotated("Fine.", mood("Good")), annotated("Fine.", mood("Good"))]
    tasks += [annotated("Odd.", mood("Good")), annotated("Odd.", mood("Bad"))]
    examples, report = composed(rule_of(tmp_path), SENTIMENT, tasks)
    assert answers(examples) == [{"mood": "Good"}]
    assert report.duplicates == 1
    assert report.left_out == {"the same text was answered otherwise in another task": 2}


def test_what_gives_no_answer_is_counted_without_its_words(tmp_path):
    far = said("ner", "labels", {"start": 4, "end": 99, "text": "x", "labels": ["Hero"]})
    tasks = [annotated(TEXT, [far]), annotated(" ", []), annotated(TEXT + "!", [PER])]
    examples, report = composed(rule_of(tmp_path), ENTITIES, tasks, "Ann Lee")
    assert len(examples) == 1
    assert report.left_out["a region does not stand in the text"] == 1
    assert sum("is empty" in reason for reason in report.left_out) == 1
    assert "Ann" not in repr(report)


def test_words_that_an_answer_would_not_lead_to_are_left_out(tmp_path):
    within = said("ner", "labels", {"start": 1, "end": 2, "text": "n", "labels": ["Hero"]})
    _, report = composed(rule_of(tmp_path), ENTITIES, [annotated("Ann sat on a bench, then ran.", [within])])
    assert report.left_out == {"its answer would not give its regions again": 1}


def test_a_value_that_only_the_annotator_wrote_is_in_no_file(tmp_path):
    new = said("summary", "textarea", {"text": ["Ann Lee met Bob."]})
    _, report = composed(rule_of(tmp_path), SUMMARY, [annotated(TEXT, [new])], "Ann Lee", "Bob")
    assert report.left_out == {"its own words hold a hidden value that does not stand in the task": 1}


def test_a_value_that_only_the_annotators_words_give_away_is_in_no_file(tmp_path):
    """Of `lee` in the text nobody knows that it is a name; the annotator wrote it as one."""

    def detect(text):
        return [Detection(0, 3, "PERSON", 0.9)] if text.startswith("Lee") else []

    told = said("summary", "textarea", {"text": ["Lee came."]})
    _, report = composed(rule_of(tmp_path), SUMMARY, [annotated("It was Lee who came.", [told])], detect=detect)
    assert report.left_out == {"with its own words the task would be redacted otherwise": 1}


def test_a_last_look_finds_a_hidden_value_that_the_prompt_gives_away(tmp_path):
    """Nothing that stands for the value alone can stand in the label's place; a model of one's own would get it."""
    config = SENTIMENT.replace('value="Bad"', 'value="Ann Lee Jones"')
    tasks = [annotated("Ann Lee Jones came.", mood("Good")), annotated("All is well.", mood("Good"))]
    examples, report = composed(rule_of(tmp_path, OWN, operators={"*": "mask"}), config, tasks, "Ann Lee Jones")
    assert len(examples) == 1
    ((reason, count),) = report.left_out.items()
    assert count == 1
    assert "must not leave" in reason or "redacted" in reason


def test_a_rule_that_refuses_ends_it_and_one_that_redacts_nothing_gives_nothing(tmp_path):
    tasks = [annotated("Fine.", mood("Good"))]
    refusing = write_policy(tmp_path, {"it": OWN}, [{"name": "no", "match": "everything", "refuse": "not these"}])
    with pytest.raises(RefusedError):
        composed(refusing, SENTIMENT, tasks)
    elsewhere = rule_of(tmp_path, match={"project": ["99"]})
    with pytest.raises(NoRuleError):
        composed(elsewhere, SENTIMENT, tasks)
    examples, report = composed(rule_of(tmp_path, OWN, redact=False), SENTIMENT, tasks)
    assert examples == []
    assert report.left_out == {"its rule redacts nothing: texts would stand in the file as they are": 1}


def test_what_detection_answers_alone_trains_nothing_and_what_it_knows_is_not_asked(tmp_path):
    config = ENTITIES.replace('value="Hero"', 'value="Person"').replace('<Label value="ORG"/>', "")
    person = said("ner", "labels", {"start": 0, "end": 7, "text": "Ann Lee", "labels": ["Person"]})
    _, report = composed(rule_of(tmp_path), config, [annotated(TEXT, [person])], "Ann Lee")
    assert report.left_out == {"detection knows all its labels: no model is asked": 1}
    both = ENTITIES.replace('value="Hero"', 'value="Person"')
    acme = said("ner", "labels", {"start": 16, "end": 20, "text": "Acme", "labels": ["ORG"]})
    examples, _ = composed(rule_of(tmp_path), both, [annotated(TEXT, [person, acme])], "Ann Lee")
    assert answers(examples) == [{"ner": [{"label": "ORG", "text": "Acme"}]}]


def test_each_piece_of_a_long_text_is_an_example(tmp_path):
    text = "Ann sat. " * 120 + "Bob ran. " * 120
    ends = [(0, 3), (len(text) - 9, len(text) - 6)]
    results = [said("ner", "labels", {"start": a, "end": b, "text": text[a:b], "labels": ["Hero"]}) for a, b in ends]
    policy = rule_of(tmp_path, limits={"piece_characters": 1000})
    examples, report = composed(policy, ENTITIES, [annotated(text, results, number=3)])
    assert len(examples) > 2
    assert {example.task for example in examples} == {"3"}
    assert answers(examples)[0]["ner"] == [{"label": "Hero", "text": "Ann"}]
    assert answers(examples)[-1]["ner"] == [{"label": "Hero", "text": "Bob"}]
    assert report.left_out.total() == 0
