"""P4, a last look: a request that holds a value that was redacted or withheld, wherever it may, is not sent.

First the last look itself, then what it seldom has to stop: every kind of object, labels that a task brings, and what a
config shows leave without a name in any of them. 200 documents are searched in tests/leak/test_leaks.py, disguises of a
value in tests/unit/privacy/text/test_value_search.py.
"""

import json
from typing import Any

import pytest

from tests.parts import SENTIMENT, detector, predict_body

MOOD = '<Choices name="mood" toName="o"><Choice value="Good"/><Choice value="Bad"/></Choices>'
TEXT = '<Text name="o" value="$x"/>'
# Name by name where each stands, so that a failure says what leaked.
SECRETS = ("Carter", "Lopez", "Novak", "Miller", "555-0147", "Schneider", "Johansson")
TASKS = {
    "HyperText, its markup too": (
        f'<View><HyperText name="o" value="$x"/>{MOOD}</View>',
        {
            "x": '<p title="John Carter">Seen: <b>Maria</b> Lopez</p><a href="mailto:Novak">x</a><!-- Miller -->'
            '<script>call("555-0147")</script><style>/* Schneider */</style>'
        },
    ),
    "Paragraphs, who speaks too": (
        f'<View><Paragraphs name="o" value="$x"/>{MOOD}</View>',
        {
            "x": [
                {"author": "John Carter", "text": "I met Maria Lopez.", "audio": "https://files.example/Novak.mp3"},
                {"author": "Maria Lopez", "text": "Hello Mr. Carter!"},
            ]
        },
    ),
    "List, its titles too": (
        '<View><List name="o" value="$x"/><Ranker name="r" toName="o"/></View>',
        {
            "x": [
                {
                    "id": "John Carter",
                    "title": "Maria Lopez",
                    "body": "Peter Novak wrote it.",
                    "html": "<i>Anna Miller</i>",
                }
            ]
        },
    ),
    "Table": (
        f'<View><Table name="o" value="$x"/>{MOOD}</View>',
        {"x": {"Patient": "John Carter", "Doctor": "Maria Lopez", "Phone": "+1 212 555-0147"}},
    ),
    "Chat": (
        f'<View><Chat name="o" value="$x" minMessages="1"/>{MOOD}</View>',
        {"x": [{"role": "user", "content": "I am John Carter, call +1 212 555-0147."}]},
    ),
    "what is shown beside": (
        f'<View>{TEXT}{MOOD}<Text name="note" value="$note"/></View>',
        {"x": "John Carter smiled.", "note": "Written by Maria Lopez."},
    ),
    "a text with variables in it": (
        f'<View><Text name="o" value="Dear $who, $x"/>{MOOD}</View>',
        {"x": "Maria Lopez called.", "who": "John Carter"},
    ),
    "a question with variables in it": (
        f'<View>{TEXT}<Header value="Is $who"/><Markdown value="glad, Dr. $doctor?"/>{MOOD}</View>',
        {"x": "Maria Lopez called.", "who": "John Carter", "doctor": "Anna Miller"},
    ),
    "a header that asks nothing": (
        f'<View><Header value="Patient: $who"/>{TEXT}<Header value="Is it good?"/>{MOOD}</View>',
        {"x": "Maria Lopez called.", "who": "John Carter"},
    ),
    "a hint and choices with variables in them": (
        f'<View>{TEXT}<Choices name="who" toName="o" hint="Who called, $who?"><Choice value="$one" hint="of $where"/>'
        '<Choice value="Mrs. $other"/></Choices></View>',
        {
            "x": "Maria Lopez called.",
            "who": "John Carter",
            "one": "Peter Novak",
            "where": "Dr. Schneider",
            "other": "Anna Miller",
        },
    ),
    "labels that the task brings": (
        f'<View>{TEXT}<Choices name="who" toName="o" value="$options" allowNested="true"/></View>',
        {
            "x": "Who wrote it?",
            "options": [
                {"value": "John Carter", "hint": "friend of Maria Lopez", "children": [{"value": "Peter Novak"}]},
                {"value": "Anna Miller", "html": "<b>Henrik Johansson</b>"},
            ],
        },
    ),
}


STOPPED: dict[str, tuple[str, dict[str, Any], str, bytes]] = {
    "the prompt": (SENTIMENT, {"prompt": "mine.txt"}, "{text} Ann wrote it.", b"Ann"),
    "an example": (SENTIMENT, {"examples": "mine.yaml"}, "- text: Ann came.\n  answer: {mood: Good}\n", b"Ann"),
    "a label": (SENTIMENT.replace("Good", "Ann").replace("Bad", "ANN"), {}, "", b"ANN"),
    "a withheld field": (SENTIMENT, {"prompt": "mine.txt", "withhold": ["ward"]}, "{text} in Zed Quux", b"Zed Quux"),
}
"""Where a request would hold a value: the label config, keys of the rule, a file of its own, the value."""


@pytest.mark.parametrize("place", STOPPED)
def test_p04_a_request_that_holds_a_value_is_not_sent_outside(serve, vendor, own, tmp_path, caplog, place):
    config, keys, content, value = STOPPED[place]
    for name in ("mine.txt", "mine.yaml"):
        (tmp_path / name).write_text(content)
    body = predict_body(config, {"text": "Ann smiled.", "ward": "Zed Quux"})
    assert serve(**keys).post("/predict", json=body).json()["results"] == [{}]
    assert vendor.received == b""
    assert "1 tasks got no prediction: last_look" in caplog.text
    serve(**keys, providers=["own"]).post("/predict", json=body)
    assert value in own.received  # so that there was something to stop


@pytest.mark.parametrize("kind", TASKS)
def test_p04_no_name_leaves_and_the_task_is_answered(serve, vendor, kind):
    config, data = TASKS[kind]
    client = serve(detector().detect)
    (result,) = client.post("/predict", json=predict_body(config, data)).raise_for_status().json()["results"]
    assert result
    sent = vendor.received.decode() + json.dumps(vendor.requests, ensure_ascii=False)
    assert [secret for secret in SECRETS if secret in sent] == []
    assert "[PERSON_1]" in sent


def test_p04_a_label_of_the_task_comes_back_as_it_was(serve, vendor):
    config, data = TASKS["labels that the task brings"]
    client = serve(detector().detect)
    (result,) = client.post("/predict", json=predict_body(config, data)).raise_for_status().json()["results"]
    assert result["result"][0]["value"] == {"choices": [["John Carter", "Peter Novak"]]}


@pytest.mark.parametrize(("field", "told"), [("note", False), ("x", None)])
def test_p04_a_withheld_field_is_not_shown_as_context(serve, vendor, field, told):
    config, data = TASKS["what is shown beside"]
    answer = serve(detector().detect, withhold=[field]).post("/predict", json=predict_body(config, data))
    if told is None:
        assert answer.status_code == 422
        assert not vendor.requests
    else:
        assert "Written by" not in vendor.received.decode()
        assert "smiled" in vendor.received.decode()


@pytest.mark.parametrize("redact", [True, False])
@pytest.mark.parametrize(
    ("value", "withhold"), [("Dear $who, hello", "who"), ("$a.note", "a"), ("$a.note", "a.note"), ("$a", "a.note")]
)
def test_p04_a_withheld_field_is_not_read_by_a_part_or_within_a_text(serve, own, value, withhold, redact):
    config = f'<View>{TEXT}{MOOD}<Table name="t" value="$a"/><Text name="beside" value="{value}"/></View>'
    data = {"x": "It rains.", "who": "canary-7731", "a": {"note": "canary-7731"}}
    client = serve(lambda text: [], providers=["own"], withhold=[withhold, "a"], redact=redact)
    (result,) = client.post("/predict", json=predict_body(config, data)).raise_for_status().json()["results"]
    labeled = client.post("/predict", json=predict_body(config.replace('toName="o"', 'toName="beside"'), data))
    assert result
    assert "It rains." in own.received.decode()
    assert b"canary" not in own.received
    assert labeled.status_code == 422
    assert "is withheld by rule" in labeled.reason_phrase
