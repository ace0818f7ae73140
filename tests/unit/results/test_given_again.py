"""Which regions meet: those of the same control and labels that have something of the text in common."""

import pytest

from backend.results.given_again import meets


def region(start, end, labels=("Person",), **more):
    value = {"start": start, "end": end, "labels": list(labels)}
    return {"from_name": "ner", "to_name": "text", "type": "labels", "value": value, **more}


def paragraphs(first, start, last, end):
    value = {"start": str(first), "startOffset": start, "end": str(last), "endOffset": end, "labels": ["Person"]}
    return {**region(0, 0), "value": value}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (region(2, 5), region(2, 5), True),
        (region(2, 5), region(4, 9), True),
        (region(2, 9), region(4, 5), True),
        (region(2, 5), region(5, 9), False),
        (region(2, 5), region(2, 5, ("Place",)), False),
        (region(2, 5), region(2, 5, from_name="other"), False),
        (region(2, 5), region(2, 5, to_name="other"), False),
        (region(2, 5), region(2, 5, type="hypertextlabels"), False),
        (paragraphs(0, 2, 0, 5), paragraphs(0, 4, 0, 9), True),
        (paragraphs(0, 2, 0, 5), paragraphs(1, 2, 1, 5), False),
        (paragraphs(0, 8, 2, 1), paragraphs(1, 0, 1, 3), True),
        (paragraphs(0, 8, 2, 1), paragraphs(2, 1, 2, 3), False),
    ],
)
def test_regions_that_meet(one, other, expected):
    assert meets(one, other) is meets(other, one) is expected
