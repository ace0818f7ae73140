"""A text has the label whose annotated tasks and whose name it is nearest to in what it means."""

import numpy as np
import pytest

from backend.review.similar.centres import NAMED, LabelCentres
from tests.unit.review.similar.test_meaning import by_axes

CAT, DOG, RAIN = 1, 2, 3


def vectors(*texts):
    return dict(enumerate(by_axes(texts)))


def centres(names=(), label_of=None, *texts):
    return LabelCentres({label: by_axes([name])[0] for label, name in names}, vectors(*texts), label_of or {})


def likest(found):
    return max(found, key=found.get)


def test_a_name_is_enough_and_so_are_tasks():
    own = centres([(CAT, "cat"), (DOG, "dog")], {0: RAIN}, "rain")
    for text, label in (("a cat", CAT), ("dogs", DOG), ("rainy", RAIN)):
        found = own.likeness(by_axes([text])[0], ())
        assert likest(found) == label
        assert found[label] == pytest.approx(1, abs=0.2)
        assert max(found.values()) <= 1


def test_tasks_outweigh_a_name_that_says_something_else():
    names, text = [(CAT, "cat"), (DOG, "rain")], by_axes(["cat"])[0]
    many = dict.fromkeys(range(8 * NAMED), DOG)
    few, enough = (centres(names, own, *["cat"] * len(own)).likeness(text, ()) for own in ({0: DOG}, many))
    assert few[DOG] < 0 < few[CAT]
    assert enough[CAT] - enough[DOG] <= few[CAT] - few[DOG]
    assert likest(centres([(CAT, "rain"), (DOG, "rain")], many, *["cat"] * len(many)).likeness(text, ())) == DOG


def test_a_label_that_nearly_all_have_is_no_less_likely():
    texts = [*["a cat"] * 30, "dog", "rain"]
    label_of = dict.fromkeys(range(30), CAT) | {30: DOG, 31: RAIN}
    own = centres((), label_of, *texts)
    for text, label in (("cats", CAT), ("dogs", DOG), ("rain", RAIN)):
        assert likest(own.likeness(by_axes([text])[0], ())) == label


def test_what_is_left_out_says_nothing():
    own = centres([(CAT, "cat")], {0: DOG, 1: DOG, 2: RAIN}, "dog", "rain", "rain")
    text = by_axes(["dog"])[0]
    assert likest(own.likeness(text, ())) == DOG
    assert own.likeness(text, {0})[DOG] < 0
    assert DOG not in own.likeness(text, {0, 1})
    assert own.likeness(text, ()) == own.likeness(text, {7})


def test_texts_that_all_mean_the_same_are_near_nothing():
    own = centres((), {0: CAT, 1: DOG}, "cat", "cat")
    assert own.likeness(np.array([1.0, 0.0, 0.0], np.float32), ()) == {}
