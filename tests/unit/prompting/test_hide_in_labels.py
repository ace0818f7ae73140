"""Labels of the config that hold a redacted value: offered with what stands for it, answered by their place (P4)."""

import json
from typing import Any

import pytest

from backend.labelstudio.config import build_plan
from backend.policy.types import Decision
from backend.privacy.redact import RedactOptions, Redactor
from backend.privacy.types import Operator
from backend.prompting.answer_form import compose_answer
from backend.prompting.calls import plan_calls
from backend.prompting.task_texts import BoundTask, read_task
from backend.prompting.templates import Prompts
from backend.results.regions import Results
from tests.parts import HANDLERS, asked, build_engine, predict_body, provider, serving, setup_body, write_policy
from tests.standin import StandIn
from tests.unit.privacy.test_redact import detector

TEXT = '<Text name="text" value="$text"/>'
DATA = {
    "text": "Samsung rose, and John Smith smiled.",
    "html": "<p>Samsung rose.</p>",
    "turns": [{"author": "A", "text": "Samsung rose."}],
    "items": [{"id": "a", "title": "Samsung rose."}, {"id": "b", "title": "It rains."}],
    "options": [{"value": "Samsung"}, {"value": "Tea"}],
}
FIND = detector(ORGANIZATION="Samsung", PERSON="John Smith")
HIDDEN = "[ORGANIZATION_1]"
TREE = '<Choice value="Firms"><Choice value="Samsung"><Choice value="Phones"/></Choice></Choice><Choice value="Tea"/>'
NER = '<Labels name="ner" toName="text"><Label value="Samsung" alias="brand"/><Label value="PER"/></Labels>'
MARKED = {"ner": [{"label": HIDDEN, "text": HIDDEN}]}
CONTROLS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "Choices": (
        f'{TEXT}<Choices name="c" toName="text"><Choice value="Samsung"/><Choice value="Tea"/></Choices>',
        {"c": HIDDEN},
        {"choices": ["Samsung"]},
    ),
    "Choices, several by alias": (
        f'{TEXT}<Choices name="c" toName="text" choice="multiple"><Choice value="Samsung Electronics" alias="s"/>'
        '<Choice value="Tea"/></Choices>',
        {"c": ["Tea", f"{HIDDEN} Electronics"]},
        {"choices": ["s", "Tea"]},
    ),
    "Choices, nested": (
        f'{TEXT}<Choices name="c" toName="text" allowNested="true">{TREE}</Choices>',
        {"c": f"Firms > {HIDDEN} > Phones"},
        {"choices": [["Firms", "Samsung", "Phones"]]},
    ),
    "Choices, beside labels of the task": (
        f'{TEXT}<Choices name="c" toName="text" value="$options"><Choice value="Samsung"/></Choices>',
        {"c": f"{HIDDEN} (2)"},
        {"choices": ["Samsung"]},
    ),
    "Taxonomy": (
        f'{TEXT}<Taxonomy name="c" toName="text">{TREE}</Taxonomy>',
        {"c": ["Tea", f"Firms > {HIDDEN}"]},
        {"taxonomy": [["Firms", "Samsung"], ["Tea"]]},
    ),
    "Labels": (TEXT + NER, MARKED, {"labels": ["brand"], "text": "Samsung", "start": 0, "end": 7}),
    "HyperTextLabels": (
        '<HyperText name="text" value="$html"/>' + NER.replace("Labels", "HyperTextLabels"),
        MARKED,
        {"hypertextlabels": ["brand"], "text": "Samsung"},
    ),
    "ParagraphLabels": (
        '<Paragraphs name="text" value="$turns"/>' + NER.replace("Labels", "ParagraphLabels"),
        MARKED,
        {"paragraphlabels": ["brand"], "text": "Samsung", "startOffset": 0, "endOffset": 7},
    ),
    "Relations": (
        f'{TEXT}{NER}<Relations><Relation value="works for Samsung" alias="job"/><Relation value="owns"/></Relations>',
        {
            "ner": [*MARKED["ner"], {"label": "PER", "text": "[PERSON_1]"}],
            "relations": [{"from": "[PERSON_1]", "to": HIDDEN, "label": f"works for {HIDDEN}"}],
        },
        {"labels": ["job"]},
    ),
    "Ranker": (
        '<List name="l" value="$items"/><Ranker name="c" toName="l"><Bucket name="samsung" title="Samsung"/>'
        '<Bucket name="rest"/></Ranker>',
        {"c": {"1": {"bucket": HIDDEN, "score": 5}, "2": {"bucket": "rest", "score": 1}}},
        {"ranker": {"samsung": ["a"], "rest": ["b"]}},
    ),
    "Pairwise, by its header": (
        f'{TEXT}<Text name="more" value="$text"/><Header value="Which is kinder to Samsung?"/>'
        '<Pairwise name="c" toName="text,more"/>',
        {"c": "left"},
        {"selected": "left"},
    ),
    "Rating, by its hint": (
        f'{TEXT}<Rating name="c" toName="text" hint="How kind to Samsung?"/>',
        {"c": 4},
        {"rating": 4},
    ),
    "per region": (
        f'{TEXT}{NER}<Choices name="c" toName="text" perRegion="true" whenLabelValue="Samsung">'
        '<Choice value="Samsung" hint="of Samsung"/><Choice value="Tea"/></Choices>',
        {"ner": [{**MARKED["ner"][0], "c": HIDDEN}]},
        {"choices": ["Samsung"], "text": "Samsung", "start": 0, "end": 7},
    ),
}


def prepare(config, data=DATA, operators=None, withheld=None, detect=FIND):
    """Read, redact and bind a task under a policy's operators."""
    plan = build_plan(f"<View>{config}</View>", HANDLERS)
    reading = read_task(plan, Decision("", ()), (), data)
    options = RedactOptions(borders=reading.borders(), operators=operators or {}, withheld=withheld or {}, seed="seed")
    task = Redactor(detect).redact(reading.texts(), options)
    return BoundTask.of(plan, reading, task)


def offered(prepared):
    """Return the names of the labels of the last control."""
    return [label.name for label in prepared.plan.controls[-1].labels]


def asked_of(prepared):
    """Return the messages of the first call, and the answer's form as JSON Schema."""
    call = next(plan_calls(prepared, HANDLERS, 10_000))
    messages = Prompts().compose(call.question, HANDLERS, Decision("", ()), call.texts)
    return "\n".join(messages), json.dumps(compose_answer(call.question, HANDLERS).model_json_schema())


# --- every handler ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CONTROLS)
def test_a_label_is_offered_with_its_value_hidden_and_answered_by_its_place(kind):
    config, answer, value = CONTROLS[kind]
    task = asked(f"<View>{config}</View>", DATA, FIND)
    for said in asked_of(task.prepared):
        assert "samsung" not in said.lower()
    result = task.results(answer)[-1]
    given = result.get("value", result)
    assert {key: given[key] for key in value} == value


@pytest.mark.parametrize("kind", CONTROLS)
def test_p04_the_request_lacks_the_value_and_the_prediction_carries_it(tmp_path, kind):
    config, answer, value = CONTROLS[kind]
    with StandIn(lambda request, schema: answer) as standin:
        policy = write_policy(tmp_path, {"vendor": provider(standin.address)})
        with serving(build_engine(policy, FIND)) as client:
            body = predict_body(f"<View>{config}</View>", DATA)
            (prediction,) = client.post("/predict", json=body).raise_for_status().json()["results"]
        sent = standin.received.decode() + json.dumps(standin.requests, ensure_ascii=False)
    assert "samsung" not in sent.lower()
    assert HIDDEN in sent
    result = prediction["result"][-1]
    given = result.get("value", result)
    assert {key: given[key] for key in value} == value


def test_p10_the_model_version_is_the_same_whatever_a_task_hides(tmp_path):
    config = f"<View>{CONTROLS['Choices'][0]}</View>"
    with StandIn() as standin:
        policy = write_policy(tmp_path, {"vendor": provider(standin.address)})
        with serving(build_engine(policy, FIND)) as client:
            told = client.post("/setup", json=setup_body(config)).json()["model_version"]
            results = client.post("/predict", json=predict_body(config, "Samsung rose.", "It rains.")).json()["results"]
    assert [result["model_version"] for result in results] == [told, told]


# --- which labels are hidden --------------------------------------------------------------------------------------

BRANDS = f'{TEXT}<Choices name="c" toName="text"><Choice value="{{}}"/><Choice value="Apple"/></Choices>'


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Samsung", HIDDEN),
        ("SAMSUNG", HIDDEN),
        ("About Samsung, or John Smith", f"About {HIDDEN}, or [PERSON_1]"),
        ("Samsungs", "Samsungs"),
        ("Smith", "Smith"),
    ],
)
def test_a_value_is_hidden_as_a_whole_word_in_any_case_and_nothing_else_is(label, name):
    assert offered(prepare(BRANDS.format(label))) == [name, "Apple"]


def test_no_label_changes_where_no_value_of_its_own_is_hidden():
    plain = prepare(BRANDS.format("Samsung"), {"text": "John Smith smiled."})
    assert offered(plain) == ["Samsung", "Apple"]


def test_the_longest_value_is_hidden_and_each_form_by_its_own_placeholder():
    text = {"text": "Samsung rose, Samsung Life and SAMSUNG fell."}
    config = f'{TEXT}<Choices name="c" toName="text">{{}}</Choices>'.format(
        "".join(f'<Choice value="{value}"/>' for value in ("Samsung Life", "SAMSUNG", "Samsung"))
    )
    prepared = prepare(config, text, detect=detector(ORGANIZATION=["Samsung Life", "Samsung"]))
    assert offered(prepared) == ["[ORGANIZATION_2]", "[ORGANIZATION_1B]", "[ORGANIZATION_1]"]


def test_a_name_that_is_a_word_too_is_hidden_by_its_capital_alone():
    config = f'{TEXT}<Choices name="c" toName="text"><Choice value="Will says"/><Choice value="it will"/></Choices>'
    prepared = prepare(config, {"text": "Will left."}, detect=detector(PERSON="Will"))
    assert offered(prepared) == ["[PERSON_1] says", "it will"]


@pytest.mark.parametrize("operator", ["surrogate", "hash"])
def test_a_label_is_offered_by_what_an_operator_wrote(operator, monkeypatch):
    monkeypatch.setenv("SALT", "a long random text")
    prepared = prepare(BRANDS.format("Samsung"), operators={"*": Operator(operator, key_env="SALT")})
    shown = prepared.task.fields["object:text"].placeholders[0].token
    assert offered(prepared) == [shown, "Apple"]
    (call,) = plan_calls(prepared, HANDLERS, 10_000)
    results = Results.of(prepared, HANDLERS)
    results.add(call.question, compose_answer(call.question, HANDLERS).model_validate({"c": shown}), call.pieces)
    assert results.answers[-1].result["value"] == {"choices": ["Samsung"]}


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "a mask, which stands for any word": (BRANDS.format("Samsung"), {"operators": {"*": Operator("mask")}}),
    "a withheld value that no text holds": (BRANDS.format("Nokia"), {"withheld": {"maker": "Nokia"}}),
    "two labels that would be one": (
        f'{TEXT}<Choices name="c" toName="text"><Choice value="Samsung"/><Choice value="SAMSUNG"/></Choices>',
        {},
    ),
    "a value in disguise": (BRANDS.format("%53amsung"), {}),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_a_label_that_cannot_be_told_stays_and_is_stopped_by_the_last_look(reason):
    config, policy = REFUSED[reason]
    prepared = prepare(config, **policy)
    assert offered(prepared) == [label.result for label in prepared.plan.controls[-1].labels]
    assert any(map(prepared.task.clear([]).guarded.finds, offered(prepared)))


def test_p04_two_labels_that_would_be_one_stop_the_call(tmp_path, caplog):
    config = f"<View>{REFUSED['two labels that would be one'][0]}</View>"
    with StandIn() as standin:
        policy = write_policy(tmp_path, {"vendor": provider(standin.address)})
        with serving(build_engine(policy, FIND)) as client:
            answer = client.post("/predict", json=predict_body(config, "Samsung rose.", "It rains."))
        first, last = answer.raise_for_status().json()["results"]
        assert first == {}
        assert last["result"]
        assert len(standin.requests) == 1
        assert "rose" not in standin.received.decode()
    assert "1 tasks got no prediction: last_look" in caplog.text


def test_nothing_is_hidden_where_the_policy_redacts_nothing():
    plan = build_plan(f"<View>{BRANDS.format('Samsung')}</View>", HANDLERS)
    reading = read_task(plan, Decision("", ()), (), DATA)
    task = Redactor(FIND).pass_through(reading.texts(), withheld={"maker": "Samsung"})
    assert offered(BoundTask.of(plan, reading, task)) == ["Samsung", "Apple"]


# --- conditions ---------------------------------------------------------------------------------------------------

WHY = (
    '<View visibleWhen="{}" whenTagName="c" whenChoiceValue="{}"><Choices name="why" toName="text"><Choice value="Y"/>'
    "</Choices></View>"
)


@pytest.mark.parametrize(
    ("kind", "choice", "chosen", "shown"),
    [
        ("choice-selected", "Samsung", HIDDEN, True),
        ("choice-selected", "s", HIDDEN, True),
        ("choice-selected", "Samsung", "Apple", False),
        ("choice-unselected", "Samsung", HIDDEN, False),
        ("choice-unselected", "s,Apple", HIDDEN, False),
    ],
)
def test_a_condition_is_told_by_the_name_that_is_offered_and_decided_by_the_original(kind, choice, chosen, shown):
    config = BRANDS.format('Samsung" alias="s') + WHY.format(kind, choice)
    task = asked(f"<View>{config}</View>", DATA, FIND)
    said = asked_of(task.prepared)[0]
    assert f'the answer of "c" is {"" if kind == "choice-selected" else "not "}"{HIDDEN}"' in said
    assert "Samsung" not in said
    names = [result["from_name"] for result in task.results({"c": chosen, "why": "Y"})]
    assert names == (["c", "why"] if shown else ["c"])


def test_a_condition_on_a_path_is_told_by_the_whole_of_it():
    config = CONTROLS["Taxonomy"][0] + WHY.format("choice-selected", "Phones")
    task = asked(f"<View>{config}</View>", DATA, FIND)
    assert f'the answer of "c" is "Firms > {HIDDEN} > Phones"' in asked_of(task.prepared)[0]
    results = task.results({"c": [f"Firms > {HIDDEN} > Phones"], "why": "Y"})
    assert [result["from_name"] for result in results] == ["c", "why"]


# --- what the annotator has labeled -------------------------------------------------------------------------------


def test_what_the_annotator_has_chosen_is_told_by_the_name_that_is_offered():
    chosen = {"id": "r", "from_name": "c", "to_name": "text", "type": "choices", "value": {"choices": ["Samsung"]}}
    config = f"<View>{BRANDS.format('Samsung')}</View>"
    prepared = asked(config, DATA, FIND, context=[chosen]).prepared
    assert prepared.texts.known == (f'"c": {HIDDEN}',)
