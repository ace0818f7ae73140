"""How good predictions are, by version, week and label."""

import json

from backend.review.entries import NamedChange, Review
from backend.review.quality import quality_of

WEEK = 7 * 86_400
MONDAY = 1_795_392_000  # 23 November 2026


def review(number, verdict="kept", version="labelguard-1", made=MONDAY, changes=(), project=12):
    return Review(project, number, number, version, verdict, made, made, changes=tuple(changes))


def changed(was, became, how="changed", count=1):
    return NamedChange("mood", was, became, how, count)


def test_verdicts_by_version_and_week():
    found = quality_of(
        [
            review(1),
            review(2, "changed", made=MONDAY + 3 * 86_400),
            review(3, "thrown", made=MONDAY + WEEK),
            review(4, version="labelguard-2", made=MONDAY + 2 * WEEK),
            review(5, "unknown", version=""),
            review(6, project=3),
        ]
    )
    assert [(one.project, one.version) for one in found] == [
        (3, "labelguard-1"),
        (12, "labelguard-2"),
        (12, "labelguard-1"),
        (12, ""),
    ]
    one = found[2].flat()
    assert (one["kept"], one["changed"], one["thrown"], one["unknown"], one["blind"]) == (1, 1, 1, 0, False)
    assert one["share_kept"] == 1 / 3
    assert {week: counts["kept"] for week, counts in one["weeks"].items()} == {"2026-11-23": 1, "2026-11-30": 0}
    assert found[3].share_kept is None
    json.dumps([one.flat() for one in found])


def test_labels_that_are_corrected_most_come_first():
    changes = [
        changed("Good", "Good", "kept", 5),
        changed("Good", "Bad", count=2),
        changed("Bad", "", "removed"),
        changed("", "Odd", "added", 4),
        changed("Fine", "Fine", "moved"),
        changed("Fair", "Fair", "kept"),
    ]
    (one,) = quality_of([review(1, "changed", changes=changes)])
    told = [(label.label, label.predicted, label.corrected, label.missed) for label in one.most_corrected()]
    assert told == [("Odd", 0, 0, 4), ("Bad", 1, 1, 2), ("Good", 7, 2, 0), ("Fine", 1, 1, 0)]
    assert one.labels["mood", "Good"].became == {"Bad": 2}


def test_controls_without_labels_are_counted_whole():
    (one,) = quality_of([review(1, changes=[changed("", "", "kept", 3), changed("", "", "changed")])])
    (label,) = one.most_corrected()
    assert (label.control, label.label, label.predicted, label.corrected) == ("mood", "", 4, 1)
