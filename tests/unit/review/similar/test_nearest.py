"""Which label the annotated tasks most like a text have, and how often the others are right about each of them."""

from backend.review.similar import nearest
from backend.review.similar import shelf as shelf_module
from backend.review.similar.nearest import LEAST_TRIED
from backend.review.similar.shelf import Shelf
from backend.review.similar.words import label_hash
from tests.unit.review.conftest import choice
from tests.unit.review.similar.test_meaning import by_axes
from tests.unit.review.similar.test_shelf import FIELDS, NOW, review, shelf_of

GOOD, BAD = label_hash("mood", "Good"), label_hash("mood", "Bad")
LABELS = {GOOD: "Good", BAD: "Bad"}
KINDS = (("it was lovely and charming", "Good"), ("all seemed broken and dirty", "Bad"))


def moods(count):
    return [review(n, f"room {n} {n + 1}: {KINDS[n % 2][0]}", KINDS[n % 2][1]) for n in range(1, count + 1)]


def said(shelf, text, task="", labels=LABELS):
    return shelf.nearest(task, {"text": text}, labels, NOW)


def judged(found):
    """Return the label, of how many annotated tasks the others are right, and how many they are."""
    return found.label, sum(found.trial.right), len(found.trial.right)


def test_it_is_the_label_of_those_most_alike_with_how_often_that_is_right():
    assert judged(said(shelf_of(*moods(8)), "the bath seemed broken")) == (BAD, 8, 8)


def test_those_that_nobody_is_like_and_those_that_are_alike_and_differ_count_as_wrong():
    odd = [review(20, "wholly different words", "Bad"), review(21, "garden 7: it was lovely and charming too", "Bad")]
    found = said(shelf_of(*moods(8), *odd), "it was lovely and so charming")
    assert found is not None
    assert judged(found) == (GOOD, 8, 10)


def test_the_more_it_is_before_the_next_the_likelier_it_is_right():
    wrong = [review(n, f"room {n}: it was lovely yet dirty", KINDS[n % 4 // 2][1]) for n in range(100, 120)]
    shelf = shelf_of(*moods(40), *wrong)
    clear, doubtful = said(shelf, "it was lovely and charming"), said(shelf, "it was lovely yet dirty")
    assert clear.lead > doubtful.lead
    assert clear.trial.is_enough
    assert clear.trial.probability(clear.lead) > doubtful.trial.probability(doubtful.lead)
    assert not said(shelf_of(*moods(LEAST_TRIED - 1)), "lovely").trial.is_enough


def test_nothing_is_said_where_nothing_is_alike_or_of_other_labels():
    assert said(Shelf(FIELDS), "lovely") is None
    assert said(shelf_of(*moods(4)), "nothing alike") is None
    assert said(shelf_of(*moods(4)), "lovely", labels={label_hash("mood", "So so"): "So so"}) is None
    both = review(1, "it was lovely", result=[choice("Good"), choice("Bad")])
    assert said(shelf_of(both), "lovely") is None


def test_never_by_the_task_itself_nor_by_what_is_nearly_the_same():
    text = "the heating of our room seemed broken and dirty all the time we were there"
    shelf = shelf_of(review(1, text, "Bad"), review(2, "the pool was lovely all the time", "Good"))
    assert said(shelf, text).label == GOOD
    assert said(shelf, f"{text}!", task="7").label == GOOD
    assert said(shelf, "the heating seemed broken", task="1").label == GOOD


def test_it_is_tried_again_when_enough_has_changed(monkeypatch):
    monkeypatch.setattr(shelf_module, "LATEST_TRIED", 6)
    shelf = shelf_of(*moods(60))
    assert len(said(shelf, "lovely").trial.right) == 6
    tried, real = [], nearest.tried_on_itself

    def counted(own):
        tried.append(1)
        return real(own)

    monkeypatch.setattr(shelf_module, "tried_on_itself", counted)
    for one in moods(64)[60:62]:
        shelf.put(one.task, [one])
        said(shelf, "lovely")
    assert not tried
    for one in moods(64)[62:]:
        shelf.put(one.task, [one])
        said(shelf, "lovely")
    assert len(tried) == 1


def meant(*said_of):
    shelf = Shelf(FIELDS, by_axes)
    for number, (text, label) in enumerate(said_of):
        shelf.put(number, [review(number, text, label)])
    return shelf


def test_meaning_counts_where_it_is_known():
    shelf = meant(("a cat", "Good"), ("the dog", "Bad"), ("cat food", "Good"))
    assert said(shelf, "the cat").label == GOOD
    assert said(shelf, "the dog").label == BAD


def test_a_label_s_name_tells_what_it_means_too():
    names = {GOOD: "Good", BAD: "what rain does"}
    shelf = meant(("a cat", "Good"), ("the dog", "Bad"), ("cat food", "Good"))
    assert said(shelf, "rain all day", labels=names).label == BAD
    assert said(Shelf(FIELDS, by_axes), "rain all day", labels=names) is None  # what nobody annotated is not judged


def test_with_meaning_it_is_never_by_what_is_nearly_the_same_nor_by_the_task_itself():
    names = {GOOD: "dog", BAD: "rain"}
    text = "the cat was out with all the other cats and did not come back till morning had come"
    shelf = meant((text, "Bad"), ("a dog", "Good"))
    found = said(shelf, "cats", labels=names)
    assert found.label == BAD
    assert said(shelf, f"{text}!", task="7", labels=names).lead < found.lead
    assert said(shelf, "cats", task="0", labels=names).lead < found.lead
