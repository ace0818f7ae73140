"""Where annotations to learn from come from."""

import json
from collections import Counter
from dataclasses import replace

import pytest

from backend.engine.training.sources import (
    LACKING,
    NOT_ASKED,
    NOT_KEPT,
    SKIPPED,
    UNANNOTATED,
    UNCLEAN,
    exported_tasks,
    kept_tasks,
    lacking,
)
from backend.errors import RequestError
from backend.review.entries import KeptAnnotation, Review
from tests.parts import SENTIMENT
from tests.unit.engine.training.parts import job_of, mood

NOW = 1000.0


def review(annotation, task, label, **more):
    kept = KeptAnnotation(mood(label), {"text": f"Text {task}"}, "who")
    made = Review(12, task, annotation, "v", "changed", 1.0, float(annotation), expires=2000, kept=kept)
    return replace(made, **more)


def test_kept_annotations_count_unless_they_are_skipped_or_their_time_is_over(tmp_path):
    left_out: Counter[str] = Counter()
    found = kept_tasks(
        job_of(tmp_path, SENTIMENT),
        [
            review(1, 7, "Good"),
            review(2, 7, "Bad"),
            review(3, 8, "Bad", cancelled=True),
            review(4, 9, "Bad", kept=None),
            review(5, 5, "Bad", expires=999),
            review(6, 6, "Bad", verdict="thrown"),
        ],
        NOW,
        left_out,
    )
    assert [(task.task.id, list(task.annotations)) for task in found] == [
        ("6", [mood("Bad")]),
        ("7", [mood("Good"), mood("Bad")]),
    ]
    assert all(task.task.is_annotated for task in found)
    assert left_out == {SKIPPED: 1, NOT_KEPT: 2}


def test_ground_truth_counts_alone_and_a_task_has_its_newest_data(tmp_path):
    newer = KeptAnnotation(mood("Good"), {"text": "corrected"}, "")
    reviews = [review(1, 7, "Bad"), review(2, 7, "Good", ground_truth=True, kept=newer)]
    found = kept_tasks(job_of(tmp_path, SENTIMENT), reviews, NOW, Counter())
    assert [list(task.annotations) for task in found] == [[mood("Good")]]
    assert found[0].task.data == {"text": "corrected"}


@pytest.mark.parametrize(
    ("rule", "left_out", "is_clean", "reason"),
    [
        ({}, [], False, ""),
        ({}, [], True, ""),
        ({}, ["ssn"], True, ""),
        ({}, ["ssn"], False, UNCLEAN),
        ({"withhold": ["ssn"]}, [], True, ""),
        ({"withhold": ["ssn"]}, ["ssn"], True, ""),
        ({"withhold": ["ssn"]}, ["ssn"], False, UNCLEAN),
        ({"withhold": ["ssn"]}, [], False, UNCLEAN),
        ({"match": {"fields": {"ward": "a"}}}, ["ssn"], True, ""),
        ({"match": {"fields": {"ward": "a"}}}, ["ward"], True, LACKING),
        ({"match": {"fields": {"ward.number": "1"}}}, ["ward"], True, LACKING),
        ({"match": {"fields": {"ward": "a"}}}, ["ward.number"], True, LACKING),
    ],
)
def test_what_is_kept_without_a_withheld_field_counts_if_nothing_hangs_on_it(
    tmp_path, rule, left_out, is_clean, reason
):
    kept = KeptAnnotation(mood("Good"), {"text": "Text"}, "who", left_out, is_clean)
    job, told = job_of(tmp_path, SENTIMENT, **rule), Counter[str]()
    assert lacking(job, kept) == reason
    assert bool(kept_tasks(job, [review(1, 7, "Good", kept=kept)], NOW, told)) is not bool(reason)
    assert told == ({reason: 1} if reason else {})


@pytest.mark.parametrize(("controls", "reason"), [(None, ""), (["mood", "gone"], ""), (["gone"], NOT_ASKED)])
def test_what_was_annotated_before_a_control_was_there_does_not_count(tmp_path, controls, reason):
    kept = KeptAnnotation(mood("Good"), {"text": "Text"}, "who", [], True, controls)
    assert lacking(job_of(tmp_path, SENTIMENT), kept) == reason


def test_an_export_has_tasks_with_meta_and_annotations_without_names(tmp_path):
    person = {"id": 3, "email": "canary@example.org"}
    one = {"id": 1, "result": mood("Good"), "completed_by": person, "was_cancelled": False}
    skipped = {"id": 2, "result": mood("Bad"), "was_cancelled": True}
    tasks = [
        {"id": 4, "data": {"text": "a"}, "meta": {"kind": "x"}, "annotations": [one, skipped], "drafts": [{"x": 1}]},
        {"id": 5, "data": {"text": "b"}, "annotations": [skipped]},
        {"id": 6, "data": {"text": "c"}, "annotations": []},
    ]
    file = tmp_path / "export.json"
    file.write_text(json.dumps(tasks))
    left_out: Counter[str] = Counter()
    (found,) = exported_tasks(file, left_out)
    assert (found.task.id, found.task.meta, list(found.annotations)) == ("4", {"kind": "x"}, [mood("Good")])
    assert left_out == {SKIPPED: 2, UNANNOTATED: 1}
    assert "canary" not in repr((found.annotations, found.task))


@pytest.mark.parametrize("content", ["{", "[1]", '[{"data": 3}]', '{"text": "a"}', "[" * 500 + "]" * 500])
def test_a_file_that_is_no_export_is_told_without_its_words(tmp_path, content):
    file = tmp_path / "export.json"
    file.write_text(content)
    with pytest.raises(RequestError, match="export the tasks from Label Studio as JSON, with their annotations"):
        exported_tasks(file, Counter())
