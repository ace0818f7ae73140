"""Which texts are asked, which are annotated, and how often the right label is offered: by a set made by hand."""

import pytest

from backend.review.entries import ReviewEntries
from backend.review.reviews import Reviews
from backend.review.similar.library import Library
from backend.store import open_store
from tests.bench.offered import OFFERED, Labeled, annotate, labeled, recall

FRUIT = [
    f"{kind} grows on a tree in the {place} of my aunt" for kind in ("apple", "pear") for place in ("yard", "park")
]


def test_no_text_that_is_asked_is_annotated_and_none_is_of_two_labels():
    texts = {"fruit": ("", [*FRUIT, "seen in both"]), "sea": ("", ["a", "b", "c", "seen in both"]), "few": ("", ["x"])}
    found = {label.name: label for label in labeled(texts, 9)}
    assert set(found) == {"fruit", "sea"}
    for label in found.values():
        said = [*label.asked, *label.annotated]
        assert len(said) == len(set(said)) == len(texts[label.name][1]) - 1
        assert len(label.asked) == 1
    assert [label.name for label in labeled(texts, 1)] == ["fruit"]
    assert labeled(texts, 9) == labeled(dict(reversed(texts.items())), 9)


@pytest.fixture
def reviews(tmp_path):
    return Reviews(open_store(f"sqlite:///{tmp_path / 'state.db'}"), ReviewEntries(b"0" * 32))


def test_the_right_label_is_counted_where_its_words_or_its_annotations_tell_it(reviews):
    """Of 48 labels one is named by its text, one is told by an annotation alone, and one by nothing."""
    others = [Labeled(f"matter{number}", "", [], [f"words{number} of no use"]) for number in range(47)]
    named = Labeled("refund", "", ["I want a refund of what was paid"], [])
    taught = Labeled("l1", "", ["my apples were rotten"], ["the apples came rotten and late"])
    unknown = Labeled("l2", "", ["nobody ever came to look"], [])
    library = Library(lambda: reviews)
    for project, label, each, hits in ((1, named, 0, 100), (2, taught, 0, 0), (3, taught, 1, 100), (4, unknown, 1, 0)):
        labels = [*others, label]
        assert annotate(reviews, project, labels, each) == pytest.approx(each * (47 + len(label.annotated)) / 48)
        shares, took = recall(library, project, labels, 10)
        assert shares[OFFERED[0]] == hits
        assert shares[OFFERED[-1]] == 100  # all are offered
        assert took >= 0
