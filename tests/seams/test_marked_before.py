"""What annotators marked in other tasks is marked where the same words stand again, whatever the model says of them."""

import pytest

CONFIG = (
    '<View><Labels name="ner" toName="text"><Label value="Drug"/><Label value="Dose"/><Label value="Person"/></Labels>'
    '<Text name="text" value="$text"/></View>'
)
MARKS = {"annotations": "keep", "marks": 3}
TEXTS = {
    201: "Ann Lee was started on Acitrom today.",
    202: "No Acitrom since the bleeding of Bob Hill.",
    203: "A box of Acitrom was lost by Zoë Marsh.",
}


def says(vendor, *marks):
    """Have the model mark words."""
    vendor.answer = lambda request, schema: {"ner": [{"label": label, "text": words} for label, words in marks]}


@pytest.fixture(autouse=True)
def silent(vendor):
    says(vendor)


def mark(text, words, label="Drug"):
    start = text.index(words)
    value = {"start": start, "end": start + len(words), "text": words, "labels": [label]}
    return {"id": words, "from_name": "ner", "to_name": "text", "type": "labels", "value": value}


def fill(shelf, **said):
    for task, text in TEXTS.items():
        shelf.put(task, text, mark(text, "Acitrom"), config=CONFIG, **said)


def marked(prediction):
    """Return what a prediction marks: the words, the label, and what is said of them."""
    found = [(one["value"], one.get("meta", {}).get("text")) for one in prediction["result"]]
    return sorted((value["text"], value["labels"][0], *(note or ())) for value, note in found)


NOTE = "marked in 3 of 3 annotated tasks that have it"


@pytest.mark.parametrize("redact", [True, False])
def test_words_are_marked_that_the_model_misses(shelf, serve, vendor, redact):
    fill(shelf)
    says(vendor, ("Dose", "2 mg"))
    with serve(learn=MARKS, redact=redact, known_labels="off") as predict:
        (prediction,) = predict("Gave Ann Lee ACITROM 2 mg. 😀 Acitrom again on Friday.", config=CONFIG)
    assert marked(prediction) == [("2 mg", "Dose"), ("ACITROM", "Drug", NOTE), ("Acitrom", "Drug", NOTE)]
    for one in prediction["result"]:
        value = one["value"]
        assert "Gave Ann Lee ACITROM 2 mg. 😀 Acitrom again on Friday."[value["start"] : value["end"]] == value["text"]
    assert prediction["score"] <= 4 / 5


def test_it_stands_beside_what_detection_knows_and_the_model_is_asked_as_before(shelf, serve, vendor):
    with serve(learn=MARKS) as predict:
        predict("Ann Lee takes Acitrom.", config=CONFIG)
        fill(shelf)
        (prediction,) = predict("Ann Lee takes Acitrom!", config=CONFIG)
    before, after = ([message["content"] for message in request["messages"]] for request in vendor.requests)
    assert [text.replace("!", ".") for text in after] == before
    assert marked(prediction) == [("Acitrom", "Drug", NOTE), ("Ann Lee", "Person", "by detection: PERSON")]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (("Drug", "Acitrom"), [("Acitrom", "Drug", NOTE)]),
        (("Drug", "Acitrom 2 mg"), [("Acitrom", "Drug", NOTE)]),
        (("Dose", "Acitrom"), [("Acitrom", "Drug", NOTE)]),
        (("Dose", "Acitrom 2 mg"), [("Acitrom", "Drug", NOTE), ("Acitrom 2 mg", "Dose")]),
    ],
)
def test_annotators_are_trusted_where_the_model_says_otherwise(shelf, serve, vendor, said, found):
    fill(shelf)
    says(vendor, said)
    with serve(learn=MARKS, known_labels="off") as predict:
        (prediction,) = predict("Acitrom 2 mg tonight.", config=CONFIG)
    assert marked(prediction) == found


def test_without_the_policy_s_word_nothing_is_remembered(shelf, serve, vendor):
    fill(shelf)
    with serve(learn={"annotations": "keep"}, known_labels="off") as predict:
        (plain,) = predict("Acitrom tonight.", config=CONFIG)
    with serve(learn=MARKS, known_labels="off") as predict:
        (prediction,) = predict("Acitrom tonight.", config=CONFIG)
    assert marked(plain) == []
    assert len(marked(prediction)) == 1
    assert plain["model_version"] != prediction["model_version"]


def test_no_other_project_s_marks_count_and_a_deletion_forgets(shelf, serve):
    fill(shelf, project=2)
    with serve(learn=MARKS, known_labels="off") as predict:
        assert marked(predict("Acitrom tonight.", config=CONFIG)[0]) == []
        assert len(marked(predict("Acitrom tonight.", config=CONFIG, project="2.1")[0])) == 1
        shelf.reviews.forget_numbers(2, [202])
        assert marked(predict("Acitrom tonight!", config=CONFIG, project="2.1")[0]) == []


def test_a_task_s_own_annotation_does_not_count_for_it(shelf, serve):
    fill(shelf)
    with serve(learn=MARKS | {"marks": 2}, known_labels="off") as predict:
        (own,) = predict(TEXTS[201], config=CONFIG)
        assert [words for words, *_ in marked(own)] == ["Acitrom"]
    with serve(learn=MARKS, known_labels="off") as predict:
        assert marked(predict(TEXTS[201], config=CONFIG)[0]) == []
        assert marked(predict("Acitrom?", config=CONFIG, offset=200)[0]) == []  # the task 201
