"""How much of an annotation an answer has."""

import pytest

from backend.engine.tuning.scores import annotation_score
from tests.unit.engine.training.parts import mood, said


def span(start, end, label="PER"):
    return said("ner", "labels", {"start": start, "end": end, "text": "x", "labels": [label]}, f"{start}")


def ranked(*items):
    return [said("order", "ranker", {"ranker": {"_": list(items)}})]


@pytest.mark.parametrize(
    ("truth", "given", "wanted"),
    [
        ([], [], 1.0),
        (mood("Good"), mood("Good"), 1.0),
        (mood("Good"), mood("Bad"), 0.0),
        (mood("Good"), [], 0.0),
        ([], mood("Good"), 0.0),
        ([span(0, 3), span(5, 8)], [span(0, 3)], pytest.approx(2 / 3)),
        ([span(0, 3)], [span(0, 4)], 0.0),
        ([span(0, 3)], [span(0, 3, "ORG")], 0.0),
        ([*mood("Good"), span(0, 3)], [*mood("Good")], 0.5),
        (ranked("a", "b", "c"), ranked("a", "b", "c"), 1.0),
        (ranked("a", "b", "c"), ranked("c", "b", "a"), 0.0),
        ([said("n", "rating", {"rating": 4})], [said("n", "rating", {"rating": 4})], 1.0),
        ([said("n", "rating", {"rating": 4})], [said("n", "rating", {"rating": 5})], 0.0),
        ([said("t", "textarea", {"text": ["It is fine."]})], [said("t", "textarea", {"text": [" It is fine."]})], 1.0),
    ],
)
def test_each_kind_counts_by_its_own_measure(truth, given, wanted):
    assert annotation_score(truth, given) == wanted


def test_a_text_that_is_nearly_right_counts_nearly(tmp_path):
    one, other = ([said("t", "textarea", {"text": [text]})] for text in ("It is fine.", "It is fun."))
    assert 0.7 < annotation_score(one, other) < 1
