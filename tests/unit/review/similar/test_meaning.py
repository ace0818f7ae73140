"""Annotated texts that say the same in other words are alike, where the package that tells is installed."""

import numpy as np
import pytest

from backend.review.similar import meaning
from backend.review.similar.meaning import MeaningIndex, compared_text
from backend.review.similar.shelf import Shelf
from backend.review.similar.words import label_hash
from tests.unit.review.similar.test_shelf import FIELDS, NOW, chosen, review

AXES = ("cat", "dog", "rain")
NO_WORDS = np.zeros(4, np.float32)


def by_axes(texts):
    """Return vectors of texts that name one of three things, whatever else they say."""
    return np.array([[float(axis in text) for axis in AXES] for text in texts], np.float32)


class Counting:
    def __init__(self):
        self.asked = []

    def __call__(self, texts):
        self.asked += texts
        return by_axes(texts)


def index_of(*texts, embed=by_axes):
    index = MeaningIndex(embed)
    for slot, text in enumerate(texts):
        index.add(slot, [text])
    return index


def test_what_means_the_same_is_more_alike_than_what_has_the_same_words():
    index = index_of("a cat", "a dog", "rain", "rain again")
    words = np.array([0.0, 1.0, 0.0, 0.0], np.float32)
    found = index.likeness(["the cat"], words)
    assert found.argmax() == 0
    assert found[1] == pytest.approx(1 - meaning.SHARE)
    assert found.max() <= 1
    assert words[0] == 0


def test_each_text_is_looked_at_once_when_it_is_needed():
    counting = Counting()
    index = index_of("a cat", "a dog", embed=counting)
    assert not counting.asked
    index.likeness(["cat"], NO_WORDS)
    index.likeness(["dog"], NO_WORDS)
    assert counting.asked == ["a cat", "a dog", "cat", "dog"]


def test_what_is_removed_is_forgotten_and_its_slot_another_s():
    index = index_of("a cat", "a dog")
    index.likeness(["cat"], NO_WORDS)
    index.remove(0)
    assert index.likeness(["cat"], NO_WORDS)[0] == 0
    index.add(1, ["a cat"])
    index.add(0, ["a dog"])
    assert index.likeness(["cat"], NO_WORDS)[:2].tolist() == pytest.approx([0, meaning.SHARE])


def test_of_many_the_latest_have_vectors_and_the_others_their_words(monkeypatch):
    monkeypatch.setattr(meaning, "MOST_TEXTS", 2)
    index = index_of("a cat", "a dog", "rain")
    words = np.array([0.5, 0.0, 0.0], np.float32)
    assert index.likeness(["cat"], words)[0] == 0.5
    index.add(3, ["a cat"])
    assert index.likeness(["cat"], NO_WORDS)[3] == pytest.approx(meaning.SHARE)


def test_where_there_is_nothing_to_compare_words_are_all():
    words = np.array([0.5], np.float32)
    assert MeaningIndex(by_axes).likeness(["cat"], words) is words
    assert index_of("a cat").likeness([" "], words) is words
    assert index_of("a cat").likeness(["dog"], words)[0] == pytest.approx(0.5 * (1 - meaning.SHARE))


def test_a_text_is_compared_by_its_beginning_and_without_tags():
    assert compared_text(["<b>cat</b> food"]) == "cat  food"
    assert len(compared_text(["cat " * 4_000, "dog"])) == meaning.MOST_CHARACTERS
    assert compared_text([]) == ""


def test_a_shelf_gives_what_means_the_same_first_and_never_the_task_itself():
    texts = ("a cat in the house", "what a dog is it", "is it what it is", "where it is")
    tasks = [review(number, text) for number, text in enumerate(texts, 1)]
    shelf, by_words = Shelf(FIELDS, by_axes), Shelf(FIELDS)
    for task in tasks:
        shelf.put(task.task, [task])
        by_words.put(task.task, [task])
    assert chosen(by_words, "cat, what it is", most=1) == [3]
    assert chosen(shelf, "cat, what it is", most=1) == [1]
    assert 1 not in chosen(shelf, texts[0], most=3)
    shelf.drop(1)
    assert chosen(shelf, "cat, what it is", most=1) == [3]


def test_labels_are_told_by_tasks_that_mean_the_same():
    shelf = Shelf(FIELDS, by_axes)
    for number, (text, label) in enumerate((("the cat", "Good"), ("the dog", "Bad"))):
        shelf.put(number, [review(number, text, label)])
    uses = shelf.uses("", {"text": "one dog"}, ["one dog"], NOW)
    assert max(uses, key=lambda label: uses[label].likeness) == label_hash("mood", "Bad")


def test_a_text_that_is_asked_again_is_looked_at_once():
    counting = Counting()
    index = index_of("a cat", embed=counting)
    for _ in range(2):
        index.likeness(["the dog"], NO_WORDS)
        assert index.vector(["the dog"]).tolist() == [0, 1, 0]
    assert counting.asked == ["a cat", "the dog"]
