"""Which annotations become examples: like the task, over all labels, each text once, by how much each is worth."""

from collections import Counter

import pytest

from backend.review.entries import KeptAnnotation, Review
from backend.review.similar.shelf import LabelUse, Shelf
from backend.review.similar.words import label_hash
from tests.unit.review.conftest import choice, span

NOW = 1_000.0
FIELDS = frozenset({"text"})


def review(task, text, label="Good", **said):
    result = said.pop("result", None) or [choice(label)]
    kept = KeptAnnotation(result, {"text": text}, said.pop("who", "a"), [], is_clean=True)
    said = {"annotation": task, "verdict": "kept", "made": 1.0, "changed": 1.0, "expires": 2_000, "kept": kept} | said
    return Review(project=1, task=task, version="v", **said)


def shelf_of(*reviews):
    shelf = Shelf(FIELDS)
    for task in dict.fromkeys(one.task for one in reviews):
        shelf.put(task, [one for one in reviews if one.task == task])
    return shelf


def chosen(shelf, text, most=3, task=""):
    """Return the annotations that are chosen, the best first."""
    choice_ = shelf.choice(task, {"text": text}, most, NOW)
    found: list[int] = []
    while len(found) < most and (one := choice_.best()):
        found.append(one.annotation)
        choice_.take()
    return found


def test_the_most_like_come_first():
    shelf = shelf_of(
        review(1, "my card was declined"), review(2, "what is my balance"), review(3, "the card was declined in a shop")
    )
    assert chosen(shelf, "card declined in the shop") == [3, 1, 2]


def test_no_label_comes_again_and_again_while_another_never_does():
    alike = [review(n, f"the card number {n} was declined") for n in range(1, 30)]
    shelf = shelf_of(*alike, review(50, "where is my balance", "Bad"))
    found = chosen(shelf, "the card was declined", most=5)
    assert 50 in found
    assert len(found) == 5
    assert 50 not in chosen(shelf, "the card was declined", most=1)


def test_each_of_many_labels_can_be_reached():
    shelf = shelf_of(*(review(n, f"words of the kind{n % 70} number{n}", f"label{n % 70}") for n in range(700)))
    found = chosen(shelf, "words of the kind13", most=5)
    labels = Counter(number % 70 for number in found)
    assert labels[13] >= 2
    assert len(labels) >= 2


def test_regions_of_rare_labels_come():
    common = [review(n, f"Ann went home {n} times", result=[span("PER", 0, 3, "a")]) for n in range(10)]
    rare = review(50, "Acme closed", result=[span("ORG", 0, 4, "a")])
    assert 50 in chosen(shelf_of(*common, rare), "Ann went home", most=5)


def test_never_the_task_itself_nor_what_is_nearly_the_same():
    text = "one two three four five six seven eight nine ten eleven twelve"
    shelf = shelf_of(review(1, text), review(2, text.upper() + "!"), review(3, f"{text} more"), review(4, "one two"))
    assert chosen(shelf, text) == [4]
    assert chosen(shelf, "one two three", task="4") == [1]


def test_one_of_several_that_are_nearly_the_same_is_enough():
    text = "one two three four five six seven eight nine ten eleven twelve"
    assert len(chosen(shelf_of(review(1, text), review(2, f"{text} more"), review(3, "one")), "one two")) == 2


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"verdict": "changed"}, {"verdict": "kept"}),
        ({"verdict": "changed"}, {"verdict": "unknown"}),
        ({"verdict": "unknown"}, {"verdict": "kept"}),
        ({"ground_truth": True}, {}),
    ],
)
def test_what_counts_more_comes_first(better, worse):
    texts = ("the card seven", "the card eleven")
    for one, other in ((0, 1), (1, 0)):
        shelf = shelf_of(review(1, texts[one], **better), review(2, texts[other], **worse))
        assert chosen(shelf, "the card") == [1, 2]


def test_agreement_of_several_counts_more_than_one_and_a_dispute_less():
    agreed = [review(1, "the card seven", who=who, annotation=n) for who, n in (("a", 10), ("b", 11))]
    said = (("Good", 20), ("Bad", 21))
    disputed = [review(2, "the card eleven", label, who=label, annotation=n) for label, n in said]
    single = review(3, "the card nine")
    assert chosen(shelf_of(single, *agreed), "the card", most=1) == [11]
    assert chosen(shelf_of(*disputed, single), "the card", most=1) == [3]
    twice = [review(1, "the card seven", who="a", annotation=n) for n in (10, 11)]  # of the same person
    assert chosen(shelf_of(*twice, review(2, "the card nine", verdict="unknown")), "the card", most=1) == [2]


def test_the_majority_is_shown():
    said = [("Bad", 10, "a"), ("Good", 11, "b"), ("Bad", 12, "c")]
    shelf = shelf_of(*(review(1, "the card", label, who=who, annotation=n) for label, n, who in said))
    (found,) = chosen(shelf, "card")
    assert found in (10, 12)


def test_what_was_skipped_is_not_kept_or_is_over_is_never_shown():
    shelf = shelf_of(
        review(1, "the card", cancelled=True, verdict="thrown"),
        review(2, "the card one", kept=None, expires=0),
        review(3, "the card two", expires=999),
        review(4, "", who="a"),
    )
    assert chosen(shelf, "the card") == []


def test_what_is_dropped_is_forgotten_and_what_is_put_again_replaced():
    shelf = shelf_of(review(1, "the card"), review(2, "the balance", "Bad"))
    shelf.drop(1)
    assert chosen(shelf, "the card is lost") == [2]
    shelf.put(2, [review(2, "a card", "Good")])
    assert chosen(shelf, "the card is lost") == [2]
    assert len(shelf) == 1
    shelf.put(2, [])
    assert chosen(shelf, "the card is lost") == []
    assert (shelf._by_label, shelf._same, shelf._ranking._postings) == ({}, {}, {})


def used(shelf, said, task="", data=None):
    """Return, by label, how often it was used, and the likeness of what has it."""
    found = shelf.uses(task, {"text": said if data is None else data}, [said], NOW)
    labels = {label: found.get(label_hash("mood", label), LabelUse()) for label in ("Good", "Bad", "Else")}
    return {label: (use.count, use.likeness) for label, use in labels.items() if use.count}


def test_a_label_is_as_like_as_the_most_like_task_that_has_it():
    shelf = shelf_of(
        review(1, "my card was declined"), review(2, "my balance is wrong", "Bad"), review(3, "the card is lost", "Bad")
    )
    found = used(shelf, "a card was declined")
    assert {label: count for label, (count, _) in found.items()} == {"Good": 1, "Bad": 2}
    assert found["Good"][1] > found["Bad"][1] > 0
    assert used(shelf, "nothing of it")["Good"] == (1, 0.0)


def test_the_task_itself_and_what_is_nearly_the_same_count_for_no_label():
    text = "one two three four five six seven eight nine ten eleven twelve"
    shelf = shelf_of(review(1, text), review(2, text.upper(), "Bad"), review(3, f"{text} more", "Else"))
    assert used(shelf, text) == {}
    assert set(used(shelf, "one two three", task="1")) == {"Bad", "Else"}
    assert used(shelf, "one two [PERSON_1]", data=text) == {}  # it is told by its data, whatever of them is said


def test_what_is_over_counts_for_no_label():
    shelf = shelf_of(review(1, "one two", expires=int(NOW)), review(2, "one two three", "Bad"))
    assert set(used(shelf, "one")) == {"Bad"}
    shelf.drop(2)
    assert used(shelf, "one") == {}


def test_a_path_is_a_label():
    result = [{"from_name": "tax", "type": "taxonomy", "value": {"taxonomy": [["A", "b"]]}}]
    found = shelf_of(review(1, "one two", result=result)).uses("", {"text": "one"}, ["one"], NOW)
    assert list(found) == [label_hash("tax", ["A", "b"])]


def test_annotators_agree_in_whatever_order_they_clicked():
    def of(who, *paths):
        result = [{"from_name": "tax", "type": "taxonomy", "value": {"taxonomy": [list(path) for path in paths]}}]
        return review(1, "one two", result=result, annotation=ord(who), who=who)

    def weight(*reviews):
        return shelf_of(*reviews).choice("", {"text": "one"}, 1, NOW).best().weight

    agreed = weight(of("a", "AB", "C"), of("b", "C", "AB"))
    assert agreed == weight(of("a", "AB", "C"), of("b", "AB", "C"))
    assert agreed > weight(of("a", "AB", "C")) > weight(of("a", "AB", "C"), of("b", "BA", "C"))


def test_each_of_several_choices_counts_as_a_label_that_was_used():
    result = [{"from_name": "topics", "type": "choices", "value": {"choices": ["Room", "Food"]}}]
    shelf = shelf_of(review(1, "one two", result=result))
    found = shelf.uses("", {"text": "one"}, ["one"], NOW)
    assert {label: use.count for label, use in found.items()} == {
        label_hash("topics", "Room"): 1,
        label_hash("topics", "Food"): 1,
    }
