"""Numbers of which a part was found."""

import pytest

from backend.detect.codes import whole_codes
from backend.types import Detection


@pytest.mark.parametrize(
    ("text", "part", "whole"),
    [
        ("contract V/2291-07, paid", "2291-07", "V/2291-07"),
        ("case A40-12345/2022.", "A40-12345", "A40-12345/2022"),
        ("lab 23-H-004471", "-H-004471", "23-H-004471"),
        ("flyer BA 4471 9022.", "4471 9022", "BA 4471 9022"),
        ("ask AB-12345/Smith", "12345", "AB-12345"),
        ("pressure 130/85", "130", "130"),
        ("see http://a/b-1234/x", "1234", "1234"),
        ("in 4471/7 parts", "4471", "4471/7"),
    ],
)
def test_a_number_is_whole(text, part, whole):
    start = text.index(part)
    (found,) = whole_codes(text, [Detection(start, start + len(part), "ID_NUMBER", 0.5, "Rampart")])
    assert text[found.start : found.end] == whole


def test_a_name_stays_as_it_is():
    found = [Detection(3, 7, "PERSON", 0.5, "Rampart")]
    assert whole_codes("AB-1234", found) == found
