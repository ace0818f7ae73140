"""A text cut into what is marked and what is not."""

from hypothesis import given
from hypothesis import strategies as st

from backend.server.console.leaving import COLORS, ShownMark, segments


def test_marks_stand_out_and_all_else_stays():
    cut = segments("Ann met Bob.", [ShownMark(8, 11, "PERSON", "0.90"), ShownMark(0, 3, "PERSON")])
    assert [(one.text, one.kind, one.hint) for one in cut] == [
        ("Ann", "PERSON", ""),
        (" met ", "", ""),
        ("Bob", "PERSON", "0.90"),
        (".", "", ""),
    ]


def test_of_marks_that_overlap_the_longer_of_the_first_is_shown():
    cut = segments("Ann Lee", [ShownMark(0, 3, "FIRST_NAME"), ShownMark(0, 7, "PERSON"), ShownMark(4, 7, "LAST_NAME")])
    assert [(one.text, one.kind) for one in cut] == [("Ann Lee", "PERSON")]


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30))))
def test_no_sign_is_lost_or_doubled(text, places):
    marks = [ShownMark(start, min(end, len(text)), "X") for start, end in places if start < min(end, len(text))]
    cut = segments(text, marks)
    assert "".join(one.text for one in cut) == text
    assert all(0 <= one.color < COLORS for one in cut)
