"""Several labels at once, and paths of a tree: learned from reviewers, shown, and scored."""

import math
from itertools import cycle

import pytest

from backend.review.entries import KeptAnnotation, ReviewEntries
from backend.review.reviews import Reviews
from backend.store import open_store
from tests.parts import (
    SECRET,
    SENTIMENT,
    build_engine,
    finds,
    open_webhooks,
    predict_body,
    provider,
    serving,
    serving_webhooks,
    write_policy,
)
from tests.patience import until
from tests.seams.shelf import LEARN, NAMES, examples
from tests.unit.review.conftest import annotated, choice

TEXT = '<Text name="text" value="$text"/>'
TOPICS = (
    '<Choices name="topics" toName="text" choice="multiple">'
    '<Choice value="Room"/><Choice value="Food"/><Choice value="Price" alias="cost"/></Choices>'
)
TREE = (
    '<Choice value="Stay"><Choice value="Room"/><Choice value="Other"/></Choice><Choice value="Other"/>'
    '<Choice value="Money"><Choice value="Price" alias="cost"/></Choice>'
)
TAX = f'<Taxonomy name="tax" toName="text">{TREE}</Taxonomy>'
NESTED = f'<Choices name="tree" toName="text" choice="multiple" allowNested="true">{TREE}</Choices>'
SAID, ASKED = "A quiet room by the lake, says Ann Lee.", "A room by the river"


def config(*controls):
    return f"<View>{TEXT}{''.join(controls)}</View>"


def several(name, kind, *labels):
    return {"id": name, "from_name": name, "to_name": "text", "type": kind, "value": {kind: list(labels)}}


@pytest.mark.parametrize(
    ("control", "result", "answer"),
    [
        (TOPICS, [several("topics", "choices", "cost", "Room")], {"topics": ["Room", "Price"]}),
        (TOPICS, [], {"topics": []}),
        (TAX, [several("tax", "taxonomy", ["Other"], ["Stay", "Room"])], {"tax": ["Stay > Room", "Other"]}),
        (TAX, [several("tax", "taxonomy", ["Stay", "Other"], ["Stay"])], {"tax": ["Stay", "Stay > Other"]}),
        (TAX, [several("tax", "taxonomy", ["Money", "cost"])], {"tax": ["Money > Price"]}),
        (TAX, [], {"tax": []}),
        (NESTED, [several("tree", "choices", ["Other"], ["Money", "cost"])], {"tree": ["Other", "Money > Price"]}),
    ],
)
def test_an_annotation_is_shown_with_all_that_it_says(shelf, serve, vendor, control, result, answer):
    shelf.put(101, SAID, *result, config=config(control))
    with serve() as predict:
        predict(ASKED, config=config(control))
    assert examples(vendor) == [("<text>\nA quiet room by the lake, says [PERSON_1].\n</text>", answer)]
    assert b"Ann Lee" not in vendor.received


@pytest.mark.parametrize(
    ("control", "result"),
    [
        (TOPICS, several("topics", "choices", "Room", "Sea")),
        (TAX, several("tax", "taxonomy", ["Other"], ["Sea", "Boat"])),
        (TAX, several("tax", "taxonomy", ["Room"], ["Sea", "Boat"])),
        (TAX, several("tax", "choices", "Room")),
        (TOPICS, several("topics", "taxonomy", ["Room"])),
        (TAX.replace("<Taxonomy", '<Taxonomy maxUsages="1"'), several("tax", "taxonomy", ["Other"], ["Stay", "Room"])),
        (TAX.replace("<Taxonomy", '<Taxonomy leafsOnly="true"'), several("tax", "taxonomy", ["Stay"])),
        (TOPICS.replace(' choice="multiple"', ""), several("topics", "choices", "Room", "Food")),
        (TOPICS.replace("<Choices", '<Choices required="true"'), None),
    ],
)
def test_what_the_config_does_not_offer_any_more_is_no_example(shelf, serve, vendor, control, result):
    """A label was removed, a control became one of another type, or fewer may be chosen."""
    shelf.put(101, SAID, *([result] if result else []))
    with serve() as predict:
        predict(ASKED, config=config(control))
    assert examples(vendor) == []


@pytest.mark.parametrize(
    ("controls", "count"), [(None, 1), (["mood"], 0), (["mood", "topics"], 1), (["mood", "topics", "gone"], 1)]
)
def test_who_was_not_asked_has_not_said_that_nothing_applies(shelf, serve, vendor, controls, count):
    kept = KeptAnnotation([choice("Good")], {"text": SAID}, "who", [], True, controls)
    shelf.put(101, "", kept=kept)
    both = SENTIMENT.replace("</View>", f"{TOPICS}</View>")
    with serve() as predict:
        predict(ASKED, config=both)
    assert [answer for _, answer in examples(vendor)] == [{"mood": "Good", "topics": []}] * count


def test_a_control_that_was_added_is_learned_from_those_who_saw_it(tmp_path, vendor):
    rule = {"name": "all", "match": "everything", "providers": ["p"], "learn": LEARN}
    engine = build_engine(write_policy(tmp_path, {"p": provider(vendor.address)}, [rule]), finds(*NAMES))
    both = SENTIMENT.replace("</View>", f"{TOPICS}</View>")
    head = {"authorization": "Bearer 0123456789abcdef"}

    def told(action, label_config, *result, updated):
        project = {"id": 1, "title": "Stays", "label_config": label_config}
        body = {"action": action, "project": project, "task": {"id": 101, "data": {"text": SAID}}}
        body["annotation"] = annotated(7, list(result), task=101, updated_at=updated)
        return body

    with serving_webhooks(engine, open_webhooks(engine, "0123456789abcdef")) as client:
        known = Reviews(open_store(f"sqlite:///{tmp_path / 'state.db'}"), ReviewEntries(SECRET))

        def shown(body, text):
            client.post("/webhook", json=body, headers=head).raise_for_status()
            until(lambda: [one.kept and one.kept.result for one in known.all(1)] == [body["annotation"]["result"]])
            client.post("/predict", json=predict_body(both, text)).raise_for_status()
            return [answer for _, answer in examples(vendor)]

        first = told("ANNOTATION_CREATED", SENTIMENT, choice("Good"), updated="2026-11-23T07:10:00Z")
        assert shown(first, "A room by the river") == []
        again = (choice("Good"), several("topics", "choices", "Room"))
        last = told("ANNOTATION_UPDATED", both, *again, updated="2026-11-23T07:20:00Z")
        assert shown(last, "A room by the mill") == [{"mood": "Good", "topics": ["Room"]}]


def scored(tmp_path, vendor, control, kind="embedded", **rule):
    """Return a prediction's only result, None if it has none, and its score."""
    whole = {"name": "all", "match": "everything", "providers": ["p"], **rule}
    engine = build_engine(write_policy(tmp_path, {"p": provider(vendor.address, kind, external=False)}, [whole]))
    with serving(engine) as client:
        reply = client.post("/predict", json=predict_body(config(control), ASKED)).raise_for_status().json()
    (prediction,) = reply["results"]
    (result,) = prediction["result"] or [None]
    return result, prediction["score"]


@pytest.mark.parametrize(
    ("control", "answer", "value"),
    [
        (TOPICS, {"topics": ["Room", "Food"]}, ["Room", "Food"]),
        (TOPICS, {"topics": []}, None),
        (TAX, {"tax": ["Stay > Room", "Other"]}, [["Stay", "Room"], ["Other"]]),
        (TAX, {"tax": []}, None),
    ],
)
def test_they_are_scored_as_a_whole_by_their_tokens(tmp_path, vendor, control, answer, value):
    """Each token is as likely as exp(-0.1); of what else might stand there nothing leads to a label of theirs.

    In the place where an empty list ends a value might begin, as the stand-in says with exp(-4) and exp(-5).
    """
    vendor.answer = lambda request, schema: answer
    result, score = scored(tmp_path, vendor, control)
    assert (result and result["value"][result["type"]]) == value
    assert 0 < score <= 1
    if result:
        assert result["score"] == score
        assert result["meta"]["uncertainty"]["from"] == "tokens"
    else:
        end = math.exp(-0.1)
        assert score == pytest.approx(end / (end + math.exp(-4.0) + math.exp(-5.0)), abs=1e-4)


@pytest.mark.parametrize(
    ("control", "answers", "score"),
    [
        (TOPICS, [{"topics": ["Room", "Food"]}, {"topics": ["Food", "Room"]}, {"topics": ["Room"]}], 2 / 3),
        (TOPICS, [{"topics": []}, {"topics": []}, {"topics": ["Room"]}], 2 / 3),
        (TAX, [{"tax": ["Other", "Stay"]}, {"tax": ["Stay", "Other"]}, {"tax": ["Stay > Other"]}], 2 / 3),
    ],
)
def test_they_agree_in_any_order_and_only_as_a_whole(tmp_path, vendor, control, answers, score):
    turn = cycle(answers)
    vendor.answer = lambda request, schema: next(turn)
    result, told = scored(tmp_path, vendor, control, "openai", scores={"samples": 3})
    assert told == pytest.approx(score, abs=1e-4)
    assert result is None or result["score"] == told
