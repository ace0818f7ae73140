"""What reviewers annotated stands, redacted, before tasks like theirs: seen in what a recording provider gets."""

import json

import pytest

from backend.review.entries import KeptAnnotation, ReviewEntries
from backend.review.reviews import Reviews
from backend.store import open_store
from tests.parts import (
    ENTITIES,
    SECRET,
    SENTIMENT,
    SUMMARY,
    build_engine,
    finds,
    open_webhooks,
    predict_body,
    provider,
    serving_webhooks,
    write_policy,
)
from tests.patience import until
from tests.seams.shelf import LEARN, NAMES, TEXTS, examples
from tests.unit.review.conftest import annotated, choice


def test_like_annotations_stand_before_a_task_redacted_the_best_one_last(shelf, serve, vendor):
    shelf.fill()
    with serve() as predict:
        predict("A quiet room by the lake, wonderful, says Zoë Marsh.")
    found = examples(vendor)
    assert len(found) == 3
    assert found[-1] == ("<text>\n[PERSON_1] loved the quiet room by the lake.\n</text>", {"mood": "Good"})
    assert {said["mood"] for _, said in found} == {"Good", "Bad"}
    for name in NAMES:
        assert name.encode() not in vendor.received
        assert name.split()[-1].encode() not in vendor.received


def test_there_are_none_unless_the_policy_says_so(shelf, serve, vendor):
    shelf.fill()
    with serve(learn={"annotations": "keep"}) as predict:
        predict("A quiet room by the lake.")
    assert examples(vendor) == []


@pytest.mark.parametrize(("most", "tokens", "count"), [(1, 1000, 1), (3, 50, 2), (50, 1000, 5)])
def test_there_are_as_many_as_the_policy_allows_and_their_tokens_fit(shelf, serve, vendor, most, tokens, count):
    shelf.fill()
    long = "A quiet room by the lake, of which much is to be said: " + "and so on, " * 20
    shelf.put(105, long, choice("Good"))
    with serve(learn={"annotations": "keep", "examples": {"most": most, "tokens": tokens}}) as predict:
        predict("A quiet room by the lake.")
    assert len(examples(vendor)) == count
    assert sum(len(text) for text, _ in examples(vendor)) < 4 * tokens


def test_two_projects_never_share_an_example(shelf, serve, vendor):
    shelf.fill(project=2)
    with serve() as predict:
        predict("A quiet room by the lake.")
        assert examples(vendor) == []
        predict("A quiet room by the lake.", project="2.1")
        assert len(examples(vendor)) == 3


def test_a_task_is_no_example_for_itself_nor_is_what_is_nearly_the_same(shelf, serve, vendor):
    shelf.fill()
    own = TEXTS[103][0]
    shelf.put(110, "BREAKFAST was cold,  and the coffee too!", choice("Good"))
    with serve() as predict:
        predict(own, "Something else about the breakfast")
        for number in (0, 1):
            said = " ".join(user for user, _ in examples(vendor, number)).casefold()
            is_own = own in json.dumps(vendor.requests[number]["messages"][-1])
            assert ("coffee" in said) is not is_own
        predict("Something else about the breakfast", offset=102)  # the task 103
    assert own not in json.dumps(examples(vendor))


@pytest.mark.parametrize(("sign", "is_hidden"), [("loved", False), ("met", True)], ids=["hidden in it", "shown in it"])
def test_an_example_that_shows_what_the_task_hides_or_hides_what_it_shows_is_left_out(
    shelf, serve, vendor, sign, is_hidden
):
    """Detection missed the name in one of them; the other would say that it is one."""
    shelf.put(201, "The room by the lake is loved by Bob Hill.", choice("Good"))
    shelf.put(202, "The room by the river is loved.", choice("Good"))
    with serve(detect=lambda text: finds("Bob Hill")(text) if sign in text else []) as predict:
        (prediction,) = predict("I met Bob Hill in the room by the lake.")
    assert [text for text, _ in examples(vendor)] == ["<text>\nThe room by the river is loved.\n</text>"]
    assert prediction["result"]
    assert (b"Bob Hill" not in vendor.received) is is_hidden


def test_of_two_examples_neither_shows_what_the_other_hides(shelf, serve, vendor):
    shelf.put(201, "The room by the lake is loved by Bob Hill.", choice("Good"))
    shelf.put(202, "The room at the river is hated by Bob Hill.", choice("Bad"))
    with serve(detect=lambda text: finds("Bob Hill")(text) if "loved" in text else []) as predict:
        predict("The room by the lake.")
    assert [text for text, _ in examples(vendor)] == ["<text>\nThe room by the lake is loved by [PERSON_1].\n</text>"]


def test_a_deletion_forgets(shelf, serve, vendor):
    shelf.fill()
    with serve() as predict:
        predict("A quiet room by the lake.")
        assert "loved the quiet room" in json.dumps(examples(vendor))
        shelf.reviews.forget_numbers(1, [101])
        predict("A quiet room by the lake!")
        assert "loved the quiet room" not in json.dumps(examples(vendor))
        assert len(examples(vendor)) == 3
        shelf.reviews.forget_text("heating was broken")
        predict("Is the heating broken?")
        assert "heating" not in json.dumps(examples(vendor))
        shelf.reviews.forget_numbers(1)
        predict("A quiet room by the lake?")
        assert examples(vendor) == []


def test_what_is_written_down_after_the_start_is_used(shelf, serve, vendor):
    with serve() as predict:
        predict("A quiet room by the lake.")
        assert examples(vendor) == []
        shelf.fill()
        predict("A quiet room by the lake!")
        assert len(examples(vendor)) == 3


def test_an_answer_is_kept_with_its_examples_and_the_version_stays(shelf, serve, vendor):
    shelf.fill()
    with serve() as predict:
        (first,) = predict("A quiet room by the lake.")
        predict("A quiet room by the lake.")
        assert len(vendor.requests) == 1
        shelf.reviews.forget_numbers(1, [101])
        (last,) = predict("A quiet room by the lake.")
        assert len(vendor.requests) == 2
    assert first["model_version"] == last["model_version"]


def test_words_that_were_written_are_redacted_with_the_text(shelf, serve, vendor):
    written = {"id": "t", "from_name": "summary", "to_name": "text", "type": "textarea"}
    said = {"text": ["Ann Lee liked it; Bob Hill did not."]}
    shelf.put(201, "A stay by the lake of Ann Lee, with Bob Hill.", {**written, "value": said}, config=SUMMARY)
    with serve() as predict:
        predict("A stay by the lake.", config=SUMMARY)
    ((text, answer),) = examples(vendor)
    assert text == "<text>\nA stay by the lake of [PERSON_1], with [PERSON_2].\n</text>"
    assert answer == {"summary": "[PERSON_1] liked it; [PERSON_2] did not."}


def test_spans_stand_on_the_redacted_text(shelf, serve, vendor):
    def span(label, words, number):
        start = text.index(words)
        value = {"start": start, "end": start + len(words), "text": words, "labels": [label]}
        return {"id": number, "from_name": "ner", "to_name": "text", "type": "labels", "value": value}

    text = "😀 Dr Ann Lee works at Acme Corp by the lake."
    shelf.put(201, text, span("PER", "Ann Lee", "a"), span("ORG", "Acme Corp", "b"), config=ENTITIES)
    with serve(known_labels="off") as predict:
        predict("Who works at the mill by the lake?", config=ENTITIES)
    ((_, answer),) = examples(vendor)
    assert answer == {"ner": [{"label": "PER", "text": "[PERSON_1]"}, {"label": "ORG", "text": "Acme Corp"}]}


def test_spans_that_the_words_alone_do_not_find_again_are_no_example(shelf, serve, vendor):
    text = "The lake 5mg, then 5mg at the lakeside."
    place = {"start": 9, "end": 10, "text": "5", "labels": ["ORG"]}
    part = {"id": "a", "from_name": "ner", "to_name": "text", "type": "labels", "value": place}
    shelf.put(201, text, part, config=ENTITIES)
    shelf.put(202, "The lake of Acme.", part | {"value": {"start": 12, "end": 16, "text": "Acme", "labels": ["ORG"]}})
    with serve() as predict:
        predict("Who works by the lake?", config=ENTITIES)
    assert [answer for _, answer in examples(vendor)] == [{"ner": [{"label": "ORG", "text": "Acme"}]}]


def test_an_example_comes_under_the_rule_that_decides_on_its_task(shelf, serve, vendor):
    shelf.put(201, {"text": "A quiet room by the lake, secret.", "ward": "closed"}, choice("Good"))
    shelf.put(202, {"text": "A quiet room by the river, open.", "ward": "open"}, choice("Bad"))
    rules = [
        {"name": "closed", "match": {"fields": {"ward": "closed"}}, "providers": ["q"], "learn": LEARN},
        {"name": "all", "match": "everything", "providers": ["p"], "learn": LEARN},
    ]
    with serve(*rules) as predict:
        predict({"text": "A quiet room by the lake and the river", "ward": "open"})
    ((text, _),) = examples(vendor)
    assert "river" in text


@pytest.mark.parametrize(("is_clean", "left_out", "count"), [(True, [], 1), (False, [], 0), (True, ["ward"], 0)])
def test_what_lacks_a_withheld_field_is_used_only_where_nothing_hangs_on_it(
    shelf, serve, vendor, is_clean, left_out, count
):
    kept = KeptAnnotation([choice("Good")], {"text": "A quiet room by the lake."}, "who", left_out, is_clean)
    shelf.put(201, "", choice("Good"), kept=kept)
    rules = [
        {"name": "closed", "match": {"fields": {"ward": "closed"}}, "providers": ["q"], "learn": LEARN},
        {"name": "all", "match": "everything", "providers": ["p"], "learn": LEARN},
    ]
    with serve(*rules) as predict:
        predict("A room by the river")
    assert len(examples(vendor)) == count


def test_rules_that_ask_for_what_is_not_kept_have_no_examples(shelf, serve, vendor):
    shelf.fill()
    rules = [
        {"name": "closed", "match": {"meta": {"ward": "closed"}}, "providers": ["q"], "learn": LEARN},
        {"name": "all", "match": "everything", "providers": ["p"], "learn": LEARN},
    ]
    with serve(*rules) as predict:
        predict("A quiet room by the lake.")
    assert examples(vendor) == []


def test_a_task_that_was_skipped_or_is_over_is_no_example(shelf, serve, vendor):
    shelf.put(201, "A quiet room by the lake.", choice("Good"), cancelled=True, verdict="thrown")
    shelf.put(202, "A quiet room by the river.", choice("Good"), expires=5)
    with serve() as predict:
        predict("A quiet room.")
    assert examples(vendor) == []


def test_an_answer_that_cannot_be_put_on_the_redacted_text_is_no_example(shelf, serve, vendor):
    other = choice("Good") | {"value": {"choices": ["No such label"]}}
    shelf.put(201, "A quiet room by the lake.", other)
    shelf.put(202, "A quiet room by the river.", choice("Good"))
    with serve() as predict:
        predict("A quiet room.")
    assert ["river" in text for text, _ in examples(vendor)] == [True]


def test_from_a_webhook_to_the_next_task(tmp_path, vendor):
    rule = {"name": "all", "match": "everything", "providers": ["p"], "learn": LEARN}
    engine = build_engine(write_policy(tmp_path, {"p": provider(vendor.address)}, [rule]), finds(*NAMES))
    text, label = TEXTS[101]
    project = {"id": 1, "title": "Stays", "label_config": SENTIMENT}
    body = {"action": "ANNOTATION_CREATED", "project": project, "task": {"id": 101, "data": {"text": text}}}
    body["annotation"] = annotated(7, [choice(label)], task=101)
    head = {"authorization": "Bearer 0123456789abcdef"}
    with serving_webhooks(engine, open_webhooks(engine, "0123456789abcdef")) as client:
        client.post("/webhook", json=body, headers=head).raise_for_status()
        known = Reviews(open_store(f"sqlite:///{tmp_path / 'state.db'}"), ReviewEntries(SECRET))
        until(lambda: list(known.all(1)))
        client.post("/predict", json=predict_body(SENTIMENT, "A quiet room by the lake")).raise_for_status()
        assert [said for _, said in examples(vendor)] == [{"mood": "Good"}]
        gone = {"action": "ANNOTATIONS_DELETED", "project": project, "annotations": [{"id": 7}]}
        client.post("/webhook", json=gone, headers=head).raise_for_status()
        until(lambda: not list(known.all(1)))
        client.post("/predict", json=predict_body(SENTIMENT, "A quiet room by the lake")).raise_for_status()
        assert examples(vendor) == []
    assert b"Ann Lee" not in vendor.received
