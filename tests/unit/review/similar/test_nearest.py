"""Which label the annotated tasks most like a text have, and how often the others are right about each of them."""

from backend.review.similar import nearest
from backend.review.similar.nearest import NearestLabel
from backend.review.similar.shelf import Shelf
from backend.review.similar.words import label_hash
from tests.unit.review.conftest import choice
from tests.unit.review.similar.test_meaning import by_axes
from tests.unit.review.similar.test_shelf import FIELDS, NOW, review, shelf_of

GOOD, BAD = label_hash("mood", "Good"), label_hash("mood", "Bad")
LABELS = frozenset({GOOD, BAD})
KINDS = (("it was lovely and charming", "Good"), ("all seemed broken and dirty", "Bad"))


def moods(count):
    return [review(n, f"room {n} {n + 1}: {KINDS[n % 2][0]}", KINDS[n % 2][1]) for n in range(1, count + 1)]


def said(shelf, text, task="", labels=LABELS):
    return shelf.nearest(task, {"text": text}, labels, NOW)


def test_it_is_the_label_of_those_most_alike_with_how_often_that_is_right():
    assert said(shelf_of(*moods(8)), "the bath seemed broken") == NearestLabel(BAD, 8, 8)


def test_those_that_nobody_is_like_and_those_that_are_alike_and_differ_count_as_wrong():
    odd = [review(20, "wholly different words", "Bad"), review(21, "garden 7: it was lovely and charming too", "Bad")]
    found = said(shelf_of(*moods(8), *odd), "it was lovely and so charming")
    assert found is not None
    assert (found.label, found.right, found.tried) == (GOOD, 8, 10)


def test_nothing_is_said_where_nothing_is_alike_or_of_other_labels():
    assert said(Shelf(FIELDS), "lovely") is None
    assert said(shelf_of(*moods(4)), "nothing alike") is None
    assert said(shelf_of(*moods(4)), "lovely", labels=frozenset({label_hash("mood", "So so")})) is None
    both = review(1, "it was lovely", result=[choice("Good"), choice("Bad")])
    assert said(shelf_of(both), "lovely") is None


def test_never_by_the_task_itself_nor_by_what_is_nearly_the_same():
    text = "the heating of our room seemed broken and dirty all the time we were there"
    shelf = shelf_of(review(1, text, "Bad"), review(2, "the pool was lovely all the time", "Good"))
    assert said(shelf, text).label == GOOD
    assert said(shelf, f"{text}!", task="7").label == GOOD
    assert said(shelf, "the heating seemed broken", task="1").label == GOOD


def test_it_is_tried_again_when_enough_has_changed(monkeypatch):
    monkeypatch.setattr(nearest, "LATEST_TRIED", 6)
    shelf = shelf_of(*moods(60))
    assert said(shelf, "lovely").tried == 6
    tried, real = [], nearest.label_of_nearest

    def counted(*asked):
        tried.append(1)
        return real(*asked)

    monkeypatch.setattr(nearest, "label_of_nearest", counted)
    for one in moods(64)[60:62]:
        shelf.put(one.task, [one])
        said(shelf, "lovely")
    assert not tried
    for one in moods(64)[62:]:
        shelf.put(one.task, [one])
        said(shelf, "lovely")
    assert len(tried) == 6


def test_meaning_counts_too_where_it_is_known():
    shelf = Shelf(FIELDS, by_axes)
    for number, (text, label) in enumerate((("a cat", "Good"), ("the dog", "Bad"), ("cat food", "Good"))):
        shelf.put(number, [review(number, text, label)])
    found = said(shelf, "the cat")
    assert (found.label, found.right, found.tried) == (GOOD, 2, 3)
