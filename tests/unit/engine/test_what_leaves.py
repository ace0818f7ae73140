"""Every kind of object, labels that a task brings, and what a config shows: no name leaves in any of them (P2, P4)."""

import json

import pytest

from tests.parts import build_engine, detector, predict_body, provider, serving, write_policy
from tests.standin import StandIn

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


@pytest.fixture
def standin():
    with StandIn() as running:
        yield running


@pytest.mark.parametrize("kind", TASKS)
def test_p04_no_name_leaves_and_the_task_is_answered(standin, tmp_path, kind):
    config, data = TASKS[kind]
    policy = write_policy(tmp_path, {"vendor": provider(standin.address)})
    with serving(build_engine(policy, detector().detect)) as client:
        (result,) = client.post("/predict", json=predict_body(config, data)).raise_for_status().json()["results"]
    assert result
    sent = standin.received.decode() + json.dumps(standin.requests, ensure_ascii=False)
    assert [secret for secret in SECRETS if secret in sent] == []
    assert "[PERSON_1]" in sent


def test_a_label_of_the_task_comes_back_as_it_was(standin, tmp_path):
    config, data = TASKS["labels that the task brings"]
    policy = write_policy(tmp_path, {"vendor": provider(standin.address)})
    with serving(build_engine(policy, detector().detect)) as client:
        (result,) = client.post("/predict", json=predict_body(config, data)).raise_for_status().json()["results"]
    assert result["result"][0]["value"] == {"choices": [["John Carter", "Peter Novak"]]}


@pytest.mark.parametrize(("field", "told"), [("note", False), ("x", None)])
def test_a_withheld_field_is_not_shown_as_context(standin, tmp_path, field, told):
    config, data = TASKS["what is shown beside"]
    rule = {"name": "all", "match": "everything", "providers": ["vendor"], "withhold": [field]}
    policy = write_policy(tmp_path, {"vendor": provider(standin.address)}, [rule])
    with serving(build_engine(policy, detector().detect)) as client:
        answer = client.post("/predict", json=predict_body(config, data))
    if told is None:
        assert answer.status_code == 422
        assert not standin.requests
    else:
        assert "Written by" not in standin.received.decode()
        assert "smiled" in standin.received.decode()


@pytest.mark.parametrize("redact", [True, False])
@pytest.mark.parametrize(
    ("value", "withhold"), [("Dear $who, hello", "who"), ("$a.note", "a"), ("$a.note", "a.note"), ("$a", "a.note")]
)
def test_a_withheld_field_is_not_read_by_a_part_or_within_a_text(standin, tmp_path, value, withhold, redact):
    config = f'<View>{TEXT}{MOOD}<Table name="t" value="$a"/><Text name="beside" value="{value}"/></View>'
    data = {"x": "It rains.", "who": "canary-7731", "a": {"note": "canary-7731"}}
    own = provider(standin.address, external=False)
    names = [withhold, "a"]
    rule = {"name": "all", "match": "everything", "providers": ["own"], "withhold": names, "redact": redact}
    with serving(build_engine(write_policy(tmp_path, {"own": own}, [rule]), lambda text: [])) as client:
        (result,) = client.post("/predict", json=predict_body(config, data)).raise_for_status().json()["results"]
        labeled = client.post("/predict", json=predict_body(config.replace('toName="o"', 'toName="beside"'), data))
    assert result
    assert "It rains." in standin.received.decode()
    assert b"canary" not in standin.received
    assert labeled.status_code == 422
    assert "is withheld by rule" in labeled.reason_phrase
