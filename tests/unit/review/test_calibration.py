"""Scores are calibrated on a project's own annotations: blind ones first, once there are enough, and seldom anew."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from backend.labelstudio.events import ReviewedTask
from backend.review.calibration import GROWTH, LEAST, Calibrations, samples_of
from backend.review.entries import ReviewedProject
from backend.review.glance import LOOK_EVERY_S
from backend.review.reviews import Keeping
from backend.review.scores import DETECTED, UNSCORED, ScoreEntries, scored_task
from backend.review.sync import Sync
from backend.review.tables import PART
from backend.store import reading, writing
from tests.unit.review.conftest import CANARY, CONFIG, LABELS, VERSION, annotated, choice, predicted, span, webhook

BEFORE, AFTER = "2026-11-23T07:00:00Z", "2026-11-23T08:00:00Z"
"""A prediction is made between them."""


def scored(region, score, **doubt):
    return {**region, "score": score, "meta": {"text": ["a note"], "uncertainty": {"from": "tokens", **doubt}}}


def task(number, truth, prediction, *, blind=True, version=VERSION, **said):
    """Return a task as the API gives it."""
    made = BEFORE if blind else AFTER
    annotation = annotated(number * 10, truth, task=number, created_at=made, updated_at=made, **said)
    told = predicted(*prediction, version=version)
    return {"id": number, "data": {"text": CANARY}, "annotations": [annotation], "predictions": [told]}


def moods(count, first=1, *, blind=True, version=VERSION):
    """Return tasks of which each third is predicted wrong, with a low score."""
    numbers = range(first, first + count)
    return [
        task(n, [choice("Good")], [scored(choice("Good" if n % 3 else "Bad"), 0.9 if n % 3 else 0.8)], blind=blind)
        if version == VERSION
        else task(n, [choice("Good")], [scored(choice("Good"), 0.9)], blind=blind, version=version)
        for n in numbers
    ]


class Studio:
    def __init__(self, tasks):
        self.tasks = {one["id"]: one for one in tasks}

    async def annotated(self, project):
        return sorted(self.tasks)

    async def reviewed(self, project, ids):
        return [ReviewedTask.model_validate(self.tasks[number]) for number in ids]


@pytest.fixture
def sync(world):
    def made(*tasks, project=12):
        about = ReviewedProject(project, CONFIG)
        asyncio.run(Sync(world.store, world.reviews, about, Keeping(labels=LABELS)).run(Studio(tasks)))

    return made


@pytest.fixture
def calibrations(world):
    return Calibrations(world.store, world.entries, lambda: world.clock)


def told(world, one):
    (found,) = scored_task(12, ReviewedTask.model_validate(one), world.entries)
    return [(each.control, each.source, each.raw, each.is_right) for each in found.answers]


def test_each_region_is_right_or_wrong_by_itself(world):
    truth = [choice("Good"), span("PER", 0, 4, "a"), span("ORG", 9, 12, "b")]
    guess = [scored(choice("Bad"), 0.7), scored(span("PER", 0, 4, "x"), 0.9), scored(span("PER", 9, 12, "y"), 0.6)]
    assert told(world, task(1, truth, guess)) == [
        ("mood", "tokens", 0.7, False),
        ("ner", "tokens", 0.9, True),
        ("ner", "tokens", 0.6, False),
    ]


def test_a_calibrated_score_counts_by_what_it_was_before(world):
    guess = [scored(choice("Good"), 0.61, calibrated=True, raw=0.9)]
    one = task(1, [choice("Good")], guess, version=f"{VERSION}.abc123")
    (found,) = scored_task(12, ReviewedTask.model_validate(one), world.entries)
    assert (found.version, found.answers[0].raw) == (VERSION, 0.9)


def test_what_has_no_score_of_a_models_calibrates_nothing(world):
    def sources(*guess):
        found = scored_task(12, ReviewedTask.model_validate(task(1, [choice("Good")], guess)), world.entries)
        assert samples_of(found) == {}
        return [one.source for task in found for one in task.answers]

    detected = {**choice("Good"), "score": 0.9, "meta": {"text": ["by detection: PERSON"]}}
    written = {**choice("Good"), "type": "textarea", "value": {"text": ["Good"]}}
    assert sources(choice("Good"), detected, scored(written, 0.9)) == [UNSCORED, DETECTED]
    assert sources(scored(choice("Good"), True), scored(choice("Good"), 7)) == [UNSCORED, UNSCORED]
    metas: list[object] = [5, {"uncertainty": []}, {"text": 5}, {"text": [5]}]
    assert sources(*({**choice("Good"), "meta": meta} for meta in metas)) == [UNSCORED] * 4


@pytest.mark.parametrize(
    ("said", "is_blind"),
    [
        ({}, True),
        ({"parent_prediction": 7}, False),
        ({"prediction": {"id": 7, "result": []}}, False),
        ({"result": [{**choice("Good"), "origin": "prediction-changed"}]}, False),
        ({"updated_at": AFTER}, False),
    ],
)
def test_who_is_blind(world, said, is_blind):
    one = task(1, [choice("Good")], [scored(choice("Good"), 0.9)])
    one["annotations"][0] |= said
    (found,) = scored_task(12, ReviewedTask.model_validate(one), world.entries)
    assert found.is_blind is is_blind


def test_of_several_annotations_the_truth_counts_then_a_blind_one(world):
    one = task(1, [choice("Bad")], [scored(choice("Good"), 0.9)], blind=False)
    blind = annotated(20, [choice("Good")], task=1, created_at=BEFORE, updated_at=BEFORE)
    one["annotations"] += [blind, annotated(21, [], task=1, was_cancelled=True, ground_truth=True)]
    assert told(world, one) == [("mood", "tokens", 0.9, True)]
    one["annotations"][0]["ground_truth"] = True
    assert told(world, one) == [("mood", "tokens", 0.9, False)]


def test_scores_are_raw_until_there_are_enough(world, sync, calibrations):
    sync(*moods(LEAST - 1))
    assert calibrations.renew(12) == {}
    assert calibrations.of("12", VERSION) is None
    sync(*moods(LEAST))
    (made,) = calibrations.renew(12).values()
    assert calibrations.of("12", VERSION) == made
    sample = made.samples["mood", "tokens"]
    assert (sample.is_blind, sample.reviews) == (True, LEAST)
    assert sample.probability(0.8) < 0.2
    assert 0.9 < sample.probability(0.9) < 1
    assert made.version(VERSION) == f"{VERSION}.{made.name}"
    assert calibrations.of("13", VERSION) is calibrations.of("none", VERSION) is calibrations.of("12", "x") is None


def test_it_takes_wrong_ones_too(sync, calibrations):
    sync(*(task(n, [choice("Good")], [scored(choice("Good"), 0.9)]) for n in range(1, 100)))
    assert calibrations.renew(12) == {}


def test_blind_annotations_count_first_and_seen_ones_say_so(sync, calibrations):
    sync(*moods(LEAST, blind=False), *moods(LEAST - 1, first=501))
    (seen,) = calibrations.renew(12).values()
    assert [(one.is_blind, one.reviews) for one in seen.samples.values()] == [(False, 2 * LEAST - 1)]
    sync(*moods(LEAST, blind=False), *moods(LEAST, first=501))
    (blind,) = calibrations.renew(12).values()
    assert [(one.is_blind, one.reviews) for one in blind.samples.values()] == [(True, LEAST)]
    assert blind.name != seen.name


def test_it_changes_only_when_there_are_many_more(sync, calibrations):
    sync(*moods(LEAST))
    (first,) = calibrations.renew(12).values()
    assert calibrations.renew(12) == {}
    sync(*moods(GROWTH * LEAST - 1))
    assert calibrations.renew(12) == {}
    assert calibrations.of("12", VERSION) == first
    sync(*moods(GROWTH * LEAST))
    assert calibrations.renew(12)[VERSION].name != first.name


def test_another_process_sees_it_soon(world, sync, calibrations):
    other = Calibrations(world.store, world.entries, lambda: world.clock)
    assert other.of("12", VERSION) is None
    sync(*moods(LEAST))
    made = calibrations.renew(12)[VERSION]
    assert other.of("12", VERSION) is None
    world.clock += LOOK_EVERY_S
    found = other.of("12", VERSION)
    assert found == made
    world.clock += LOOK_EVERY_S
    assert other.of("12", VERSION) is found


def test_while_the_database_cannot_be_asked_the_last_one_holds(world, sync, calibrations, monkeypatch):
    sync(*moods(LEAST))
    made = calibrations.renew(12)[VERSION]
    assert calibrations.of("12", VERSION) == made
    if world.url.startswith("sqlite"):
        with closing(sqlite3.connect(world.url.removeprefix("sqlite:///"))) as state, state:
            state.execute("ALTER TABLE review_calibrations RENAME TO gone")
        world.clock += LOOK_EVERY_S
        assert calibrations.of("12", VERSION) == made
        assert calibrations.of("13", VERSION) is None


def test_a_deletion_forgets_what_was_known(world, sync, calibrations):
    sync(*moods(LEAST))
    calibrations.renew(12)

    def known():
        return sum(len(one.right) for one in calibrations.samples(12).get(VERSION, {}).values())

    world.forget(project=12, annotations=[10])
    world.forget(project=12, tasks=[2, 3])
    world.forget(project=13)
    assert known() == LEAST - 3
    sync(*moods(LEAST)[5:])  # the others are gone
    assert known() == LEAST - 5
    assert calibrations.of("12", VERSION)
    world.forget(project=12)
    assert known() == 0
    world.clock += LOOK_EVERY_S
    assert calibrations.of("12", VERSION) is None


def test_no_text_and_no_name_stands_in_the_database(world, sync, calibrations, tmp_path):
    sync(*moods(LEAST))
    calibrations.renew(12)
    with writing(world.store, PART) as connection:
        rows = [
            row
            for table in ("review_scores", "review_calibrations")
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}").all()
        ]
    assert len(rows) == LEAST + 1
    whole = repr([[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in rows])
    assert not any(word in whole for word in (CANARY, "Good", "mood", "tokens"))


@pytest.mark.parametrize(
    ("kind", "predicted_", "truth", "is_right"),
    [
        ("choices", ["Room", "Food"], ["Food", "Room"], True),
        ("choices", ["Room", "Food"], ["Room"], False),
        ("choices", ["Room", "Food"], None, False),
        ("taxonomy", [["Stay", "Room"], ["Other"]], [["Other"], ["Stay", "Room"]], True),
        ("taxonomy", [["Stay", "Other"]], [["Other"]], False),
    ],
)
def test_several_labels_are_right_as_a_whole_in_any_order(world, kind, predicted_, truth, is_right):
    def said(labels):
        return {"id": "c", "from_name": "c", "to_name": "text", "type": kind, "value": {kind: labels}}

    told = task(1, [said(truth)] if truth else [], [scored(said(predicted_), 0.7)])
    (found,) = scored_task(12, ReviewedTask.model_validate(told), world.entries)
    assert [(one.raw, one.is_right) for one in found.answers] == [(0.7, is_right)]


@pytest.mark.parametrize(
    ("controls", "seen"), [(["mood", "ner"], {"mood", "ner"}), (["mood"], {"mood"}), (None, {"mood", "ner"})]
)
def test_what_an_annotator_was_not_asked_is_neither_right_nor_wrong(world, controls, seen):
    """A control was added after the annotation, and the task was predicted again."""
    world.keeping = Keeping(days=90, labels=LABELS, controls=controls)
    one = annotated(10, [choice("Good")], task=1, created_at=BEFORE, updated_at=BEFORE)
    world.tell(webhook("ANNOTATION_CREATED", [one]))
    regions = [scored(choice("Good"), 0.9), scored(span("PER", 0, 3, "s"), 0.8)]
    work = Sync(
        world.store,
        world.reviews,
        ReviewedProject(12, CONFIG),
        Keeping(days=90, labels=LABELS, controls=["mood", "ner"]),
    )
    asyncio.run(work.run(Studio([task(1, [choice("Good")], regions)])))
    with reading(world.store) as connection:
        (found,) = ScoreEntries(world.entries).read(connection, 12)
    assert {answer.control for answer in found.answers} == seen
