"""Personal data that a model makes up is marked or dropped, by policy; what it was given is not new."""

import logging
import re
import threading

import pytest

from backend.errors import DetectionError, LanguageError
from backend.labelstudio.visibility import ResultAbout
from backend.policy.types import Decision
from backend.privacy.redact import Redactor
from backend.privacy.types import Detection
from backend.results.new_personal_data import KnownValues, look
from tests.parts import (
    SENTIMENT,
    SUMMARY,
    build_engine,
    detector,
    predict_body,
    provider,
    serving,
    write_policy,
)
from tests.patience import HANGS_S
from tests.standin import StandIn

NEW = "personal data not in the text: 1 PERSON"
CHAT = '<View><Chat name="chat" value="$messages" minMessages="4"/></View>'
KEYS = '<View><Text name="text" value="$text"/><TextArea name="keys" toName="text" maxSubmissions="3"/></View>'
OVER = threading.Event()
PATTERNS = {"PERSON": r"\b(?:Ann|Bob|Carol|Smith|Ivanov)\b", "PHONE_NUMBER": r"\+?\d[\d -]{6,}\d", "LOCATION": "Paris"}


def names(text):
    """Detect a few people, phone numbers and one place: quick, so that these tests are about answers."""
    return [
        Detection(*match.span(), kind, 0.9)
        for kind, pattern in PATTERNS.items()
        for match in re.finditer(pattern, text)
    ]


@pytest.fixture
def standin():
    with StandIn() as server:
        yield server


@pytest.fixture
def predict(standin, tmp_path):
    """Return a function that gives the result of one task under a rule, with a model that answers as told."""

    def run(config, data, answer, detect=names, **rule):
        standin.answer = lambda *_: answer
        rules = [{"name": "all", "match": "everything", "providers": ["own"], **rule}]
        policy = write_policy(tmp_path, {"own": provider(standin.address, external=False)}, rules)
        with serving(build_engine(policy, detect)) as client:
            (result,) = client.post("/predict", json=predict_body(config, data)).raise_for_status().json()["results"]
        return result

    return run


# --- what is new --------------------------------------------------------------------------------------------------

TEXT = "Dr. Ann Smith and Ольга Петрова (ann@example.org, call (212) 555-0147) met on 3 May."


@pytest.mark.parametrize(
    ("value", "entity_type"),
    [
        ("Ann Smith", "PERSON"),
        ("Smith, Ann", "PERSON"),
        ("Mrs. SMITH", "PERSON"),
        ("Ann\u2019s", "PERSON"),
        ("Ольги Петровой", "PERSON"),
        ("Петрову", "PERSON"),
        ("ANN@EXAMPLE.ORG", "EMAIL_ADDRESS"),
        ("\uff41nn@example.org", "EMAIL_ADDRESS"),
        ("212-555-0147", "PHONE_NUMBER"),
        ("+1 212 555 01 47", "PHONE_NUMBER"),
    ],
)
def test_what_stands_in_the_text_is_not_new_however_it_is_written(value, entity_type):
    assert KnownValues([TEXT]).has(value, entity_type)


@pytest.mark.parametrize(
    ("value", "entity_type"),
    [
        ("Bob", "PERSON"),
        ("Ann Jones", "PERSON"),
        ("Anna", "PERSON"),
        ("Петренко", "PERSON"),
        ("Dr. Jones", "PERSON"),
        ("bob@example.org", "EMAIL_ADDRESS"),
        ("212-555-0148", "PHONE_NUMBER"),
        ("55501", "ID_NUMBER"),
        ("李", "PERSON"),
    ],
)
def test_what_does_not_stand_in_the_text_is_new(value, entity_type):
    assert not KnownValues([TEXT]).has(value, entity_type)


def test_a_stand_in_of_a_value_is_not_what_the_model_was_given():
    task = Redactor(names).redact({"text": "Ann left."})
    known = KnownValues.of(["Ann left."], [f"Sum it up for Carol. {task.fields['text'].text}"], task)
    assert known.has("Carol", "PERSON")
    assert not known.has("PERSON_1", "ID_NUMBER")


# --- what becomes of it -------------------------------------------------------------------------------------------


def test_an_answer_with_a_new_person_is_marked_by_kind_and_count(predict, caplog):
    caplog.set_level(logging.INFO, "labelguard")
    (result,) = predict(SUMMARY, "Ann left.", {"summary": "[PERSON_1] and Bob left, +1 212 555 0147."})["result"]
    assert result["value"] == {"text": ["Ann and Bob left, +1 212 555 0147."]}
    assert result["meta"] == {"text": ["personal data not in the text: 1 PERSON, 1 PHONE_NUMBER"]}
    assert "project 1: 1 answers marked: personal data not in the text: 1 PERSON, 1 PHONE_NUMBER" in caplog.text
    assert "Bob" not in caplog.text


def test_an_answer_about_what_is_in_the_text_is_not_marked(predict):
    (result,) = predict(SUMMARY, "Ann met Bob.", {"summary": "[PERSON_2] and [PERSON_1] met in Paris."})["result"]
    assert "meta" not in result


@pytest.mark.parametrize(
    ("config", "rule"),
    [
        (SUMMARY.replace('name="summary"', 'name="summary" hint="for Bob"'), {}),
        (SUMMARY, {"prompt": "my.txt"}),
        (SUMMARY, {"keep": ["PERSON"]}),
        (SUMMARY, {"operators": {"PERSON": "keep"}}),
        (SUMMARY, {"answers": "keep"}),
    ],
)
def test_what_the_prompt_says_or_the_policy_keeps_is_not_new(predict, tmp_path, config, rule):
    (tmp_path / "my.txt").write_text("Write to Bob about: {text}")
    (result,) = predict(config, "It rained.", {"summary": "Bob is told that it rained."}, **rule)["result"]
    assert "meta" not in result


def test_by_policy_it_is_left_out_and_counted(predict, caplog):
    caplog.set_level(logging.INFO, "labelguard")
    answer = {"keys": ["rain", "Bob", "umbrella"]}
    (result,) = predict(KEYS, "It rained.", answer, answers="drop")["result"]
    assert result["value"] == {"text": ["rain", "umbrella"]}
    assert f"project 1: 1 answers left out: {NEW}" in caplog.text
    assert predict(SUMMARY, "It rained.", {"summary": "Bob got wet."}, answers="drop")["result"] == []
    assert "Bob" not in caplog.text


def test_a_required_answer_that_is_dropped_is_a_failure_with_a_reason(predict, caplog):
    config = SUMMARY.replace("<TextArea", '<TextArea required="true"')
    assert predict(config, "It rained.", {"summary": "Bob got wet."}, answers="drop") == {}
    assert f"answer: TextArea 'summary' is required, and its text has {NEW}" in caplog.text


@pytest.mark.parametrize("answers", ["flag", "drop"])
def test_a_conversation_has_no_hole(predict, answers):
    messages = [{"role": "user", "content": "I am Ann."}]
    answer = {"chat": ["Hello [PERSON_1]!", "Where is Bob?", "Here."]}
    results = predict(CHAT, {"messages": messages}, answer, answers=answers)["result"]
    marks = [result.get("meta", {}).get("text") for result in results]
    contents = [result["value"]["chatmessage"]["content"] for result in results]
    if answers == "flag":
        assert (marks, contents) == ([None, [NEW], None], ["Hello Ann!", "Where is Bob?", "Here."])
    else:
        assert (marks, contents) == ([None], ["Hello Ann!"])


REGIONS = (
    '<View><Text name="text" value="$text"/><Labels name="ner" toName="text"><Label value="PER"/></Labels>'
    '<TextArea name="why" toName="text" perRegion="true"/><TextArea name="who" toName="text" perRegion="true"/></View>'
)


def test_a_mark_about_a_region_stands_on_all_its_results_since_the_first_alone_is_shown(predict):
    marked = {"label": "PER", "text": "rained", "why": "Bob said so.", "who": "Bob and Carol, +1 212 555 0147."}
    answer = {"ner": [marked, {"label": "PER", "text": "It", "why": "no name", "who": ""}]}
    results = predict(REGIONS, "It rained.", answer)["result"]
    note = f"{NEW}; personal data not in the text: 2 PERSON, 1 PHONE_NUMBER"
    notes = {(r["from_name"], r["value"]["start"]): r.get("meta", {}).get("text") for r in results}
    assert notes == {("ner", 0): None, ("why", 0): None} | {(name, 3): [note] for name in ("ner", "why", "who")}


def test_an_annotators_own_region_is_left_as_it_is(predict):
    ours = ResultAbout(None, {"id": "r", "type": "labels", "value": {}}, marks=True, is_new=False)
    said = ResultAbout(None, {"id": "r", "type": "textarea", "value": {"text": ["Bob"]}})
    looked = look([ours, said], KnownValues([]), Redactor(names), Decision("", ()))
    assert looked.answers[0] is ours
    assert looked.answers[1].result["meta"] == {"text": [NEW]}


def test_texts_that_are_not_redacted_are_known_all_the_same(predict):
    rule = {"redact": False}
    assert "meta" not in predict(SUMMARY, "Ann left.", {"summary": "Ann left."}, **rule)["result"][0]
    assert predict(SUMMARY, "Ann left.", {"summary": "Bob left."}, **rule)["result"][0]["meta"] == {"text": [NEW]}


def test_an_answer_without_words_of_the_models_own_is_not_looked_at(predict):
    asked = []

    def detect(text):
        asked.append(text)
        return names(text)

    assert predict(SENTIMENT, "Ann left.", {"mood": "Bad"}, detect=detect)["result"]
    assert asked == ["Ann left."]


# --- fail closed --------------------------------------------------------------------------------------------------


def failing(error):
    """Detect as ever in the task, and fail on the answer."""

    def detect(text):
        if "answer" in text:
            error()
        return names(text)

    return detect


def broken():
    raise DetectionError("detection failed: on purpose")


def slow():
    assert OVER.wait(HANGS_S)


def foreign():
    raise LanguageError("de")


@pytest.mark.parametrize("answers", ["flag", "drop"])
@pytest.mark.parametrize(("error", "reason"), [(broken, "on purpose"), (slow, "detection took over 2 s")])
def test_p03_an_answer_that_cannot_be_looked_at_is_not_given(predict, caplog, answers, error, reason):
    rule = {"answers": answers, "limits": {"detection_timeout_s": 2}}
    OVER.clear()
    try:
        assert predict(SUMMARY, "Ann left.", {"summary": "The answer."}, detect=failing(error), **rule) == {}
    finally:
        OVER.set()
    assert reason in caplog.text


def test_an_answer_in_an_unknown_language_is_new_as_a_whole(predict):
    said = "personal data not looked for: unknown language de"
    answer = {"summary": "The answer."}
    (result,) = predict(SUMMARY, "Ann left.", answer, detect=failing(foreign))["result"]
    assert result["meta"] == {"text": [said]}
    assert predict(SUMMARY, "Ann left.", answer, detect=failing(foreign), answers="drop")["result"] == []


def test_the_real_detector_tells_what_is_new(predict):
    text = "Henrik Johansson left Karolinska Hospital and moved to Lisbon on 3 May 2021."
    given = "[PERSON_1] moved. Johansson, Henrik likes Lisbon."
    assert "meta" not in predict(SUMMARY, text, {"summary": given}, detect=detector().detect)["result"][0]
    invented = "Maria Lopez (maria.lopez@mail.example) moved to Berlin in 2020."
    (result,) = predict(SUMMARY, text, {"summary": invented}, detect=detector().detect)["result"]
    assert result["meta"] == {"text": ["personal data not in the text: 1 EMAIL_ADDRESS, 1 PERSON"]}
