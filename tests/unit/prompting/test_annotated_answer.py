"""What somebody annotated, as the answer that a model should have given: on the redacted text."""

import pytest

from backend.errors import AnnotationError
from backend.prompting.annotated_answer import Annotation, annotated_answer, written_texts
from backend.prompting.answer_form import compose_answer, keyed
from tests.parts import ENTITIES, HANDLERS, SENTIMENT, SUMMARY, asked, finds

RELATED = ENTITIES.replace("</View>", '<Relations><Relation value="works for"/></Relations></View>')
SURE = ENTITIES.replace(
    "</View>",
    '<Choices name="sure" toName="text" perRegion="true"><Choice value="Yes"/><Choice value="No"/></Choices></View>',
)
AGE = '<View><Text name="text" value="$text"/><Number name="age" toName="text"/></View>'
TEXT = "Ann Lee came to Acme. Bob saw Ann Lee."


def marked(start, end, label, identity="", text=TEXT):
    value = {"start": start, "end": end, "text": text[start:end], "labels": [label]}
    return {"id": identity, "from_name": "ner", "to_name": "text", "type": "labels", "value": value}


def chosen(name, *labels, identity="", **where):
    value = {"choices": list(labels), **where}
    return {"id": identity, "from_name": name, "to_name": "text", "type": "choices", "value": value}


def answer_to(config, results, *names, text=TEXT, hidden=None):
    """Return the answer that says what the results say, where names are hidden; it fits the form."""
    task = asked(config, {"text": text}, finds(*names) if names else None)
    (call,) = task.calls
    answer = annotated_answer(call, task.prepared, HANDLERS, Annotation(results, hidden or {}))
    compose_answer(call.question, HANDLERS).model_validate(keyed(call.question, HANDLERS, answer))
    return answer


def test_a_region_is_told_by_what_stands_in_the_place_of_its_words():
    results = [marked(16, 20, "ORG"), marked(0, 7, "PER")]
    answer = answer_to(ENTITIES, results, "Ann Lee")
    assert answer == {"ner": [{"label": "PER", "text": "[PERSON_1]"}, {"label": "ORG", "text": "Acme"}]}


def test_a_region_within_a_hidden_value_stands_for_the_whole_of_it():
    assert answer_to(ENTITIES, [marked(4, 7, "PER")], "Ann Lee") == {"ner": [{"label": "PER", "text": "[PERSON_1]"}]}


def test_words_that_were_marked_twice_alike_are_told_once():
    results = [marked(0, 7, "PER"), marked(30, 37, "PER")]
    assert answer_to(ENTITIES, results, "Ann Lee") == {"ner": [{"label": "PER", "text": "[PERSON_1]"}]}


def test_words_with_several_labels_are_told_in_turn():
    results = [marked(30, 37, "ORG"), marked(0, 7, "PER")]
    assert [part["label"] for part in answer_to(ENTITIES, results)["ner"]] == ["PER", "ORG"]


def test_nothing_marked_is_an_answer_and_nothing_chosen_is_none():
    assert answer_to(ENTITIES, []) == {"ner": []}
    with pytest.raises(AnnotationError, match="no label, or several"):
        answer_to(SENTIMENT, [])


def test_what_is_said_of_a_region_stands_in_its_part():
    results = [marked(0, 7, "PER", "a"), marked(22, 25, "PER", "b")]
    results += [
        chosen("sure", "No", identity="a", start=0, end=7),
        chosen("sure", "Yes", identity="b", start=22, end=25),
    ]
    assert answer_to(SURE, results, "Ann Lee", "Bob")["ner"] == [
        {"label": "PER", "text": "[PERSON_1]", "sure": "No"},
        {"label": "PER", "text": "[PERSON_2]", "sure": "Yes"},
    ]


def test_a_relation_names_its_ends_by_what_stands_for_them():
    related = {"type": "relation", "from_id": "o", "to_id": "p", "direction": "left", "labels": ["works for"]}
    answer = answer_to(RELATED, [marked(0, 7, "PER", "p"), marked(16, 20, "ORG", "o"), related], "Ann Lee")
    (told,) = answer["relations"] if "relations" in answer else answer[next(k for k in answer if k != "ner")]
    assert told == {"from": "[PERSON_1]", "to": "Acme", "label": "works for"}


@pytest.mark.parametrize(
    "result",
    [
        marked(0, 99, "PER"),
        marked(0, 7, "LOC"),
        {**marked(0, 7, "PER"), "value": {"labels": ["PER"]}},
        {**marked(0, 7, "PER"), "value": ["PER"]},
        {**marked(0, 7, "PER"), "value": {"start": "a", "end": {}, "labels": [[]]}},
    ],
)
def test_what_no_answer_says_is_refused_without_its_words(result):
    with pytest.raises(AnnotationError) as caught:
        answer_to(ENTITIES, [result], "Ann Lee")
    assert not any(word in str(caught.value) for word in ("Ann", "Lee", "LOC"))


def test_a_label_that_is_not_offered_is_refused():
    for labels in (["Meh"], ["Good", "Bad"], [{"a": 1}], ["Good", "Meh"]):
        with pytest.raises(AnnotationError):
            answer_to(SENTIMENT, [chosen("mood", *labels)])


def test_what_was_written_is_told_as_a_model_may_say_it_or_not_at_all():
    plan = asked(SUMMARY, {"text": TEXT}).prepared.plan
    result = {"from_name": "summary", "to_name": "text", "type": "textarea", "value": {"text": ["Ann Lee came."]}}
    assert list(written_texts(plan, [result, marked(0, 7, "PER")]).values()) == ["Ann Lee came."]
    hidden = {"Ann Lee came.": "[PERSON_1] came."}
    assert answer_to(SUMMARY, [result], "Ann Lee", hidden=hidden) == {"summary": "[PERSON_1] came."}
    with pytest.raises(AnnotationError, match="not redacted"):
        answer_to(SUMMARY, [result], "Ann Lee")


@pytest.mark.parametrize(
    ("text", "names", "said"),
    [
        ("She is 45 years old.", ["45 years"], "[PERSON_1]"),
        ("She is 45 years old.", [], 45),
        ("She is 45. 45 years!", ["45 years"], 45),
        ("She is old.", ["old"], 45),
    ],
)
def test_a_number_that_is_hidden_is_told_by_its_placeholder(text, names, said):
    result = {"from_name": "age", "to_name": "text", "type": "number", "value": {"number": 45}}
    assert answer_to(AGE, [result], *names, text=text) == {"age": said}


def test_a_piece_of_a_long_text_has_its_own_regions():
    text = "Ann sat. " * 60 + "Bob ran. " * 60
    task = asked(ENTITIES, {"text": text}, size=600)
    last = len(text) - 9
    results = [marked(0, 3, "PER", text=text), marked(last, last + 3, "PER", text=text)]
    told = [annotated_answer(call, task.prepared, HANDLERS, Annotation(results))["ner"] for call in task.calls]
    assert told[0] == [{"label": "PER", "text": "Ann"}]
    assert told[-1] == [{"label": "PER", "text": "Bob"}]
    assert not any(told[1:-1])


def test_a_label_that_holds_a_hidden_value_is_told_as_it_is_offered():
    config = SENTIMENT.replace('value="Bad"', 'value="Acme"')
    assert answer_to(config, [chosen("mood", "Acme")], "Acme") == {"mood": "[PERSON_1]"}
