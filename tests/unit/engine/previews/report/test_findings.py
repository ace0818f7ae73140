"""Which findings a report shows: the surest and the most doubtful, each once, the first of those that are alike."""

from functools import partial

from backend.engine.previews.report.findings import SHOWN, FoundTypes, _around
from backend.engine.previews.report.kept import Veil
from backend.engine.previews.report.report import Finding


def offered(*findings):
    types = FoundTypes(shows_originals=False)
    for task, score, shown in findings:
        types._replaced["NAME"] += 1
        types._offer("NAME", score, partial(Finding, task, "NAME", score, "r", "a", "mask", shown))
    (found,) = types.types()
    return [one.task for one in found.surest], [one.task for one in found.doubtful]


def test_both_ends_are_shown():
    scores = [0.5, 0.9, 0.1, 0.7, 0.3, 0.8, 0.2, 0.6]
    assert offered(*((str(place), score, "x") for place, score in enumerate(scores))) == (
        ["1", "5", "3"],
        ["2", "6", "4"],
    )
    assert SHOWN == 3


def test_what_is_alike_is_shown_once_and_nothing_at_both_ends():
    assert offered(("1", 0.5, "x"), ("2", 0.5, "x"), ("3", 0.5, "y")) == (["1", "3"], [])
    assert offered(("1", 0.5, "a"), ("2", 0.5, "b"), ("3", 0.5, "c"), ("4", 0.5, "d")) == (["1", "2", "3"], [])


def test_what_stands_around_is_cut_between_words_and_without_values():
    veil = Veil({"Emily Watson": "PERSON"})
    text = "word " * 20 + "Emily Watson met [NAME_1], and then " + "other " * 20
    start = text.index("[NAME_1]")
    before, after = _around(text, start, start + 8, veil)
    assert before.startswith("…word word")
    assert before.endswith(" █PERSON█ met ")
    assert after.startswith(", and then other")
    assert after.endswith("other…")
