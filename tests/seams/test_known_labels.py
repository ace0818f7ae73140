"""What detection knows is neither asked of a model nor sent to it: seen in what a recording provider gets."""

import json
import re
import sqlite3

import pytest

from backend.privacy.types import Detection
from tests.parts import build_engine, predict_body, provider, serving, write_policy
from tests.standin import StandIn, schema_of

FOUND = {
    "PERSON": r"Dr Ann Lee\b|Ann Lee,|Bob Hill|Zoë Marsh",
    "PHONE_NUMBER": r"\+1 212 555 0147",
    "LOCATION": r"Leeds|Hull Royal",
}
TEXT = "😀 Dr Ann Lee saw Bob Hill in Leeds. Takes metformin. Call +1 212 555 0147. Bob Hill agreed."


def detect(text):
    found = [(kind, match.span()) for kind, form in FOUND.items() for match in re.finditer(form, text)]
    return [Detection(*place, kind, 0.9, "Rampart") for kind, place in sorted(found, key=lambda each: each[1])]


def config(*labels, tag="Labels", on="Text", more="", value="$text"):
    inner = "".join(label if label.startswith("<") else f'<Label value="{label}"/>' for label in labels)
    return f'<View><{tag} name="ner" toName="text">{inner}</{tag}><{on} name="text" value="{value}"/>{more}</View>'


@pytest.fixture
def vendor():
    with StandIn(lambda request, schema: {"ner": [{"label": "Drug", "text": "metformin"}]}) as there:
        yield there


@pytest.fixture
def serve(tmp_path, vendor):
    """Return what has tasks predicted under a policy of one rule, with more of its keys."""

    def predict(label_config, *texts, detect=detect, context=None, **keys):
        rule = {"name": "all", "match": "everything", "providers": ["p"], **keys}
        policy = write_policy(tmp_path, {"p": provider(vendor.address, external=keys.get("redact", True))}, [rule])
        with serving(build_engine(policy, detect)) as client:
            body = predict_body(label_config, *texts)
            if context:
                body["params"]["context"] = {"result": context}
            return client.post("/predict", json=body).raise_for_status().json()["results"]

    return predict


def marked(prediction):
    """Return the words and the label of each region, in the order of the text."""
    values = [result["value"] for result in prediction["result"]]
    return [(v["text"], *v["labels"]) for v in sorted(values, key=lambda v: (v["start"], v["end"]))]


def test_known_labels_are_marked_exactly_and_are_not_asked_for(serve, vendor):
    (prediction,) = serve(config("Person", "Phone", "Drug"), TEXT)
    assert marked(prediction) == [
        ("Ann Lee", "Person"),
        ("Bob Hill", "Person"),
        ("metformin", "Drug"),
        ("+1 212 555 0147", "Phone"),
        ("Bob Hill", "Person"),
    ]
    for result in prediction["result"]:
        value = result["value"]
        assert TEXT[value["start"] : value["end"]] == value["text"]
    by_detection = [result for result in prediction["result"] if "meta" in result]
    assert [result["meta"]["text"] for result in by_detection] == [
        [f"by detection: {kind}"] for kind in ("PERSON", "PERSON", "PERSON", "PHONE_NUMBER")
    ]
    assert {result["score"] for result in by_detection} == {0.9}
    (request,) = vendor.requests
    asked = json.dumps(request["messages"][0]) + json.dumps(schema_of(request))
    assert "Drug" in asked
    assert "Person" not in asked
    assert "Phone" not in asked


def test_nothing_is_sent_where_all_labels_are_known_and_the_record_says_so(serve, vendor, tmp_path, caplog):
    caplog.set_level("INFO")
    predictions = serve(config("Person", "Phone"), TEXT, "Nobody called.")
    assert [len(prediction["result"]) for prediction in predictions] == [4, 0]
    assert predictions[0]["score"] == pytest.approx(0.9)
    assert "score" not in predictions[1]
    assert not vendor.received
    assert "2 of 2 tasks predicted (detection alone 2)" in caplog.text
    with sqlite3.connect(tmp_path / "state.db") as connection:
        entries = [json.loads(body) for (body,) in connection.execute("SELECT body FROM record_entries ORDER BY seq")]
    assert [(entry["kind"], entry["code"], entry["rule"], entry["bytes_out"]) for entry in entries] == [
        ("refusal", "detection_alone", "all", 0)
    ] * 2


def test_other_controls_are_asked_without_those_that_are_known(serve, vendor):
    mood = '<Choices name="mood" toName="text"><Choice value="Good"/><Choice value="Bad"/></Choices>'
    vendor.answer = lambda request, schema: {"mood": "Good"}
    (prediction,) = serve(config("Person", more=mood), TEXT)
    assert [result["type"] for result in prediction["result"]] == ["labels", "labels", "labels", "choices"]
    assert set(schema_of(vendor.requests[0])["properties"]) == {"mood"}


@pytest.mark.parametrize("keys", [{"known_labels": "off"}, {"known_labels": {"Person": "none"}}, {"redact": False}])
def test_a_policy_may_leave_all_to_the_model(serve, vendor, keys):
    name = "Bob Hill" if keys.get("redact") is False else "[PERSON_2]"
    vendor.answer = lambda request, schema: {"ner": [{"label": "Person", "text": name}]}
    (prediction,) = serve(config("Person", "Drug"), TEXT, **keys)
    assert [words for words, _ in marked(prediction)] == ["Bob Hill", "Bob Hill"]
    assert "Person" in json.dumps(schema_of(vendor.requests[0]))


def test_a_model_of_ones_own_that_sees_everything_may_be_spared_too(serve, vendor):
    (prediction,) = serve(config("Patient"), TEXT, redact=False, known_labels={"patient": "PERSON"})
    assert [words for words, _ in marked(prediction)] == ["Ann Lee", "Bob Hill", "Bob Hill"]
    assert not vendor.received


def test_where_detection_fails_nothing_is_marked(serve, vendor):
    def broken(text):
        raise RuntimeError("no")

    assert serve(config("Person"), TEXT, detect=broken) == [{}]
    assert not vendor.received


def test_detection_goes_before_another_label_at_its_place_but_not_before_more_than_it_found(serve, vendor):
    vendor.answer = lambda request, schema: {
        "ner": [
            {"label": "Drug", "text": "[PERSON_1]"},
            {"label": "Event", "text": "[PERSON_2] in [LOCATION_1]"},
        ]
    }
    (prediction,) = serve(config("Person", "Drug", "Event"), TEXT)
    assert marked(prediction) == [
        ("Ann Lee", "Person"),
        ("Bob Hill", "Person"),
        ("Bob Hill in Leeds", "Event"),
        ("Bob Hill", "Person"),
    ]


def test_where_both_are_trusted_the_model_adds_what_it_alone_finds_by_detections_borders(serve, vendor):
    vendor.answer = lambda request, schema: {
        "ner": [
            {"label": "Location", "text": "in [LOCATION_1]"},
            {"label": "Location", "text": "Mars"},
            {"label": "Hospital", "text": "[LOCATION_2]"},
        ]
    }
    text = "Ann is in Leeds, then on Mars, then at Hull Royal."
    (prediction,) = serve(config("Location", "Hospital"), text)
    assert marked(prediction) == [("Leeds", "Location"), ("Mars", "Location"), ("Hull Royal", "Hospital")]
    assert {"Location", "Hospital"} <= set(re.findall(r"\w+", json.dumps(schema_of(vendor.requests[0]))))


def test_relations_lead_to_what_detection_marks(serve, vendor):
    vendor.answer = lambda request, schema: {
        "ner": [{"label": "Person", "text": "saw [PERSON_2]"}, {"label": "Drug", "text": "metformin"}],
        "relations": [{"from": "saw [PERSON_2]", "to": "metformin", "label": "takes"}],
    }
    related = config("Person", "Drug", more='<Relations><Relation value="takes"/></Relations>')
    (prediction,) = serve(related, TEXT)
    ids = {result["id"]: result["value"]["text"] for result in prediction["result"] if "id" in result}
    (relation,) = [result for result in prediction["result"] if result["type"] == "relation"]
    assert (ids[relation["from_id"]], ids[relation["to_id"]]) == ("Bob Hill", "metformin")
    assert sorted(ids.values()) == ["Ann Lee", "Bob Hill", "Bob Hill", "metformin"]


def test_spans_are_exact_on_html_and_in_paragraphs_and_never_in_a_speakers_name(serve, vendor):
    html = config("Person", on="HyperText", value="$text")
    (prediction,) = serve(html, "<p>Then <b>Zoë&nbsp;Marsh</b> met 😀 Bob Hill</p>".replace("&nbsp;", " "))
    values = [result["value"] for result in prediction["result"]]
    assert [(v["globalOffsets"], v["text"]) for v in values] == [
        ({"start": 5, "end": 14}, "Zoë Marsh"),
        ({"start": 21, "end": 29}, "Bob Hill"),
    ]
    talk = '<View><Paragraphs name="talk" value="$turns"/><ParagraphLabels name="ner" toName="talk">'
    talk += '<Label value="Person"/></ParagraphLabels></View>'
    turns = [{"author": "Bob Hill", "text": "😀 I saw Zoë Marsh"}, {"author": "Zoë Marsh", "text": "Yes"}]
    (prediction,) = serve(talk, {"turns": turns})
    (value,) = [result["value"] for result in prediction["result"]]
    assert (value["start"], value["startOffset"], value["endOffset"]) == ("0", 9, 18)
    assert value["text"] == "Zoë Marsh"
    assert not vendor.received


def test_what_the_annotator_has_marked_is_not_marked_again(serve, vendor):
    start = TEXT.index("Dr Ann Lee")
    there = {"start": start, "end": start + 10, "text": "Dr Ann Lee", "labels": ["Person"]}
    context = [{"id": "a", "from_name": "ner", "to_name": "text", "type": "labels", "value": there}]
    (prediction,) = serve(config("Person"), TEXT, context=context)
    assert [words for words, _ in marked(prediction)] == ["Bob Hill", "Bob Hill"]


def test_an_example_teaches_no_label_that_is_known(serve, vendor, tmp_path):
    (tmp_path / "examples.yaml").write_text(
        "- text: Eva took aspirin\n  answer: {ner: [{label: Person, text: Eva}, {label: Drug, text: aspirin}]}\n"
    )
    serve(config("Person", "Drug"), TEXT, examples="examples.yaml")
    (message,) = [m["content"] for m in vendor.requests[0]["messages"] if m["role"] == "assistant"]
    assert json.loads(message) == {"ner": [{"label": "Drug", "text": "aspirin"}]}


def test_a_labels_granularity_widens_what_detection_found(serve, vendor):
    label = '<Label value="Person" granularity="sentence"/>'
    (prediction,) = serve(config(label), "Well. Then Bob Hill sat. So?")
    assert [words for words, _ in marked(prediction)] == ["Then Bob Hill sat."]
