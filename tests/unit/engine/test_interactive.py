"""Interactive requests: a typed prompt, what the annotator has labeled, suggestions in place; all of it redacted."""

import pytest

from tests.parts import build_engine, detector, predict_body, provider, serving, write_policy
from tests.standin import StandIn

TEXT = '<Text name="text" value="$text"/>'
BOX = (
    f'<View>{TEXT}<TextArea name="prompt" toName="text" editable="true"/>'
    '<TextArea name="response" toName="text" smart="false" editable="true"/>'
    '<Choices name="sarcasm" toName="text"><Choice value="Sarcastic"/><Choice value="Not Sarcastic"/></Choices></View>'
)
NER = (
    f'<View>{TEXT}<Labels name="ner" toName="text" smart="true"><Label value="PER"/><Label value="ORG"/></Labels>'
    '<Choices name="sure" toName="text" perRegion="true"><Choice value="Y"/><Choice value="N"/></Choices>'
    '<Choices name="mood" toName="text"><Choice value="Good"/><Choice value="Bad"/></Choices></View>'
)
STORY = "John Carter works at Microsoft. He loves it."


def typed(text, name="prompt"):
    return {"id": "t1", "from_name": name, "to_name": "text", "type": "textarea", "value": {"text": [text]}}


def marked(start, end, text, label="PER"):
    value = {"start": start, "end": end, "text": text, "labels": [label]}
    return {"id": "r1", "from_name": "ner", "to_name": "text", "type": "labels", "value": value}


@pytest.fixture
def standin():
    with StandIn() as running:
        yield running


@pytest.fixture
def ask(standin, tmp_path):
    policy = write_policy(tmp_path, {"vendor": provider(standin.address)})
    with serving(build_engine(policy, detector().detect)) as client:

        def predict(config, text, *context):
            body = predict_body(config, text)
            body["params"]["context"] = {"result": list(context)} if context else None
            return client.post("/predict", json=body).raise_for_status().json()["results"][0].get("result", [])

        yield predict


def system(standin):
    return standin.requests[-1]["messages"][0]["content"]


def test_a_prompt_box_is_not_asked_and_what_is_typed_is_redacted(ask, standin):
    results = ask(BOX, STORY, typed("Write what Maria Lopez told John Carter"))
    assert {result["from_name"] for result in results} == {"response", "sarcasm"}
    assert "Write what [PERSON_2] told [PERSON_1]" in system(standin)
    assert b"Lopez" not in standin.received


def test_what_a_task_says_before_the_box_is_context(ask, standin):
    config = BOX.replace('<TextArea name="prompt"', '<Header value="About: $text"/><TextArea name="prompt"')
    assert ask(config, STORY, typed("Write less"))
    assert '<text name="prompt">\nAbout: [PERSON_1] works' in standin.requests[-1]["messages"][1]["content"]


def test_in_a_batch_the_box_stays_empty(ask, standin):
    assert {result["from_name"] for result in ask(BOX, STORY)} == {"response", "sarcasm"}
    assert "The annotator" not in system(standin)


def test_a_prompt_of_one_task_is_not_kept_for_the_next(ask, standin):
    ask(BOX, STORY, typed("canary-7731"))
    ask(BOX, STORY)
    assert "canary-7731" not in system(standin)


def test_another_text_area_is_no_prompt(ask, standin):
    ask(BOX, STORY, typed("canary-7731", "response"))
    assert b"canary-7731" not in standin.received


def test_what_is_marked_is_told_redacted_and_not_marked_again(ask, standin):
    standin.answer = lambda request, schema: {
        "ner": [
            {"text": "[PERSON_1]", "label": "PER", "sure": "Y"},
            {"text": "[ORGANIZATION_1]", "label": "ORG", "sure": "Y"},
        ],
        "regions": {"1": {"sure": "N"}},
    }
    results = ask(NER, STORY, marked(0, 11, "John Carter"))
    assert '"[PERSON_1]": PER' in system(standin)
    assert '"1": an object about "[PERSON_1]" of the text "text", with "sure"' in system(standin)
    assert [(r["id"], r["from_name"], r["value"].get("labels") or r["value"]["choices"]) for r in results] == [
        (results[0]["id"], "ner", ["ORG"]),
        (results[0]["id"], "sure", ["Y"]),
        ("r1", "sure", ["N"]),
    ]
    assert b"Carter" not in standin.received


def test_without_a_prompt_what_is_smart_alone_is_suggested(ask, standin):
    ask(NER, STORY, marked(0, 11, "John Carter"))
    asked = standin.requests[-1]["tools"][0]["function"]["parameters"] if "tools" in standin.requests[-1] else None
    schema = asked or standin.requests[-1]["response_format"]["json_schema"]["schema"]
    assert set(schema["properties"]) == {"ner", "regions"}


@pytest.mark.parametrize(
    "region",
    [
        {},
        {
            "id": 1,
            "from_name": "ner",
            "to_name": "text",
            "type": "labels",
            "value": {"start": 0, "end": 3, "labels": ["PER"]},
        },
        {"id": "x", "from_name": "ner", "to_name": "nowhere", "type": "labels", "value": {"start": 0, "end": 3}},
        {"id": "x", "from_name": "ner", "to_name": "text", "type": "labels", "value": {"start": "a", "end": None}},
        {"id": "x", "from_name": "ner", "to_name": "text", "type": "labels", "value": {"start": -5, "end": 9999}},
        {"id": "x", "from_name": "ner", "to_name": "text", "type": "labels", "value": "canary"},
        {"id": "x", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["canary"]}},
        {"id": "x", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": [["Good"], None]}},
    ],
)
def test_a_context_of_any_shape_costs_nothing_and_leaves_nowhere(ask, standin, region):
    assert ask(NER, STORY, region) is not None
    assert standin.requests
    assert b"canary" not in standin.received
