"""Webhooks: each counts once and in order; what is kept is what the policy says, under a key, until told to forget."""

import asyncio
import re

import pytest
from sqlalchemy import select

from backend.errors import LabelStudioError
from backend.labelstudio.events import WirePrediction
from backend.review.entries import ReviewEntries
from backend.review.inbox import Inbox
from backend.review.reviews import Keeping, Reviews
from backend.review.tables import INBOX, REVIEWS
from backend.review.worker import ASK_EVERY_S, PATIENCE_S, PAUSE_S, PURGE_EVERY_S
from backend.store import reading
from tests.parts import webhooks_wait
from tests.unit.review.conftest import CANARY, LABELS, VERSION, annotated, choice, predicted, span, webhook

GOOD, BAD = choice("Good"), choice("Bad")


def rows(world, table=REVIEWS):
    with reading(world.store) as connection:
        return list(connection.execute(select(table)).mappings())


class Studio:
    """Label Studio, as far as the worker asks it."""

    def __init__(self, *predictions, projects=(12,), error=None):
        self.found = [WirePrediction.model_validate(one) for one in predictions]
        self.projects, self.error, self.asked = projects, error, 0

    async def predictions(self, task):
        self.asked += 1
        if self.error:
            raise self.error
        return self.found

    async def has_project(self, project):
        if self.error:
            raise self.error
        return project in self.projects

    async def aclose(self):
        pass


def test_what_reviewers_did_is_known(world):
    world.tell(
        webhook("ANNOTATION_CREATED", [annotated(1, [GOOD], predicted(GOOD))]),
        webhook("ANNOTATION_CREATED", [annotated(2, [BAD], predicted(GOOD))]),
        webhook("ANNOTATIONS_CREATED", [annotated(3, [], predicted(GOOD)), annotated(4, [GOOD])]),
        webhook("ANNOTATION_CREATED", [annotated(5, [GOOD], predicted(GOOD), was_cancelled=True)]),
    )
    assert world.verdicts() == {1: "kept", 2: "changed", 3: "thrown", 4: "unknown", 5: "thrown"}
    (changed,) = [review for review in world.reviews.all(12) if review.annotation == 2]
    assert [(c.control, c.was, c.became, c.how, c.count) for c in changed.changes] == [
        ("mood", "Good", "Bad", "changed", 1)
    ]
    assert (changed.version, changed.task, changed.project) == (VERSION, 3, 12)
    assert world.reviews.totals() == {(12, "kept"): 1, (12, "changed"): 1, (12, "thrown"): 2, (12, "unknown"): 1}
    assert rows(world, INBOX) == []


def test_an_update_takes_the_place_of_what_was_before(world):
    made = annotated(1, [GOOD], predicted(GOOD))
    later = annotated(1, [BAD], predicted(GOOD), updated_at="2026-11-23T07:11:00Z")
    world.tell(webhook("ANNOTATION_CREATED", [made]), webhook("ANNOTATION_UPDATED", [later]))
    assert world.verdicts() == {1: "changed"}
    world.tell(webhook("ANNOTATION_UPDATED", [made]))  # it came late
    assert world.verdicts() == {1: "changed"}
    assert world.reviews.totals() == {(12, "kept"): 1, (12, "changed"): 1}


def test_the_same_twice_counts_once(world):
    event = webhook("ANNOTATION_CREATED", [annotated(1, [GOOD], predicted(GOOD))])
    world.tell(event, event)
    world.tell(event)
    assert world.reviews.totals() == {(12, "kept"): 1}


def test_many_are_worked_on_in_the_order_in_which_they_came(world):
    for number in range(1, 111):
        seconds = f"2026-11-23T07:{number // 60:02}:{number % 60:02}Z"
        result = [GOOD if number % 2 else BAD]
        world.take(
            webhook("ANNOTATION_UPDATED", [annotated(number % 5 + 1, result, predicted(GOOD), updated_at=seconds)])
        )
    world.take(webhook("ANNOTATIONS_DELETED", [{"id": 5}]))
    world.work()
    assert world.verdicts() == {1: "changed", 2: "changed", 3: "kept", 4: "changed"}


def test_who_is_killed_at_work_has_done_nothing(world, monkeypatch):
    world.take(*(webhook("ANNOTATION_CREATED", [annotated(n, [GOOD], predicted(GOOD))]) for n in range(1, 4)))

    def killed(connection, places):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(Inbox, "drop", killed)
        with pytest.raises(SystemExit):
            world.work()
    assert world.verdicts() == {}
    assert len(rows(world, INBOX)) == 3
    world.work()
    assert world.verdicts() == dict.fromkeys((1, 2, 3), "kept")
    assert world.reviews.totals() == {(12, "kept"): 3}


def test_by_default_no_text_is_kept_and_none_waits(world):
    world.take(webhook("ANNOTATION_CREATED", [annotated(1, [span("PER", 0, 5, "a")], predicted())]), keeps_text=False)
    (waiting,) = world.inbox.take(10)
    assert CANARY not in repr(waiting.event.annotations)
    world.work()
    (review,) = world.reviews.all()
    assert review.kept is None
    assert rows(world)[0]["body"] == b""


def test_text_that_came_under_a_policy_that_keeps_it_is_left_out_by_one_that_does_not(world):
    world.tell(webhook("ANNOTATION_CREATED", [annotated(1, [GOOD], predicted(GOOD))]))
    assert rows(world)[0]["body"] == b""


def test_what_the_policy_keeps_is_there_without_withheld_fields_until_its_time_is_over(world):
    world.keeping = Keeping(2, LABELS, lambda name: name == "ward")
    world.tell(webhook("ANNOTATION_CREATED", [annotated(1, [GOOD], predicted(GOOD))]))
    (review,) = world.reviews.all()
    assert review.kept.data == {"text": f"{CANARY} text"}
    assert review.kept.result == [GOOD]
    assert re.fullmatch(r"[0-9a-f]{16}", review.kept.who)
    world.clock += 2 * 86_400 + PURGE_EVERY_S
    world.work()
    assert [review.kept for review in world.reviews.all()] == [None]
    assert world.verdicts() == {1: "kept"}


def test_a_policy_that_keeps_nothing_any_more_erases_what_was_kept(world):
    world.keeping = Keeping(90, LABELS)
    world.tell(webhook("ANNOTATION_CREATED", [annotated(1, [GOOD], predicted(GOOD))]))
    world.keeping = Keeping(1, LABELS)
    world.clock += PURGE_EVERY_S
    world.work()
    assert rows(world)[0]["expires"] == int(world.clock) + 86_400
    world.keeping = None
    world.clock += PURGE_EVERY_S
    world.work()
    assert rows(world)[0]["body"] == b""


def test_of_a_project_without_a_rule_nothing_is_written_down(world):
    world.keeping = None
    world.tell(webhook("ANNOTATION_CREATED", [annotated(1, [GOOD], predicted(GOOD))]))
    assert rows(world) == rows(world, INBOX) == []


def test_no_text_label_or_user_stands_in_the_open(world, tmp_path):
    world.keeping = Keeping(90, {"mood": [f"{CANARY}-label", "Bad"]})
    event = webhook("ANNOTATION_CREATED", [annotated(1, [BAD], predicted(choice(f"{CANARY}-label")))])
    event["annotation"]["completed_by"] = {"id": 5, "email": f"{CANARY}@example.org"}
    event["comments"] = event["drafts"] = [CANARY]
    world.take(event)
    stands = [file.read_bytes().decode("latin-1") for file in tmp_path.rglob("*.inbox/*")]
    world.inbox.take(1)
    stands.append(repr(rows(world, INBOX)))
    world.work()
    stands.append(repr(rows(world)))
    stands += [file.read_bytes().decode("latin-1") for file in tmp_path.rglob("*.db*") if file.is_file()]
    assert all(CANARY not in one for one in stands)
    (review,) = world.reviews.all()
    assert review.changes[0].was == f"{CANARY}-label"
    assert f"{CANARY}@" not in repr(review.kept.result) + repr(review.kept.who)


def test_without_its_key_the_store_is_useless(world):
    world.keeping = Keeping(90, LABELS)
    world.tell(webhook("ANNOTATION_CREATED", [annotated(1, [GOOD], predicted(GOOD))]))
    other = ReviewEntries(b"another secret of 32 bytes or so")
    assert list(Reviews(world.store, other).all()) == []
    world.take(webhook("ANNOTATION_CREATED", [annotated(2, [GOOD], predicted(GOOD))]))
    stranger = Inbox(world.store, other)
    assert [waiting.event for waiting in stranger.take(10)] == [None]
    stranger.close()


def test_labels_of_a_task_have_no_name(world):
    world.tell(webhook("ANNOTATION_CREATED", [annotated(1, [choice(CANARY)], predicted(GOOD))]))
    (review,) = world.reviews.all()
    assert [(change.was, change.became) for change in review.changes] == [("Good", "")]


def test_a_model_version_that_somebody_wrote_is_not_kept(world):
    world.tell(webhook("ANNOTATION_CREATED", [annotated(1, [GOOD], predicted(GOOD, version=CANARY * 9))]))
    assert [review.version for review in world.reviews.all()] == ["other"]


def test_what_is_deleted_is_forgotten(world):
    for number in range(1, 7):
        world.take(webhook("ANNOTATION_CREATED", [annotated(number, [GOOD], predicted(GOOD), task=number)]))
    world.take(webhook("ANNOTATION_CREATED", [annotated(7, [GOOD])], project=13))
    world.take(webhook("ANNOTATIONS_DELETED", [{"id": 1}, {"id": 2}]))
    world.take(webhook("ANNOTATIONS_DELETED", [{"id": 7}]))  # another project's
    world.take(webhook("TASKS_DELETED", tasks=[{"id": 3}]))
    world.work()
    assert set(world.verdicts()) == {4, 5, 6, 7}
    world.tell(webhook("PROJECT_DELETED"))
    assert set(world.verdicts()) == {7}
    assert world.reviews.totals()[12, "kept"] == 6


def test_it_is_forgotten_by_project_task_and_text(world):
    world.keeping = Keeping(90, LABELS)
    for number in range(1, 5):
        world.take(webhook("ANNOTATION_CREATED", [annotated(number, [GOOD], task=number)]))
    said = annotated(5, [{**GOOD, "value": {"choices": ["Zed  QUUX"]}}], task=5)
    world.tell(webhook("ANNOTATION_CREATED", [said]))
    assert [review.annotation for review in world.reviews.forget_text("zed quux")] == [5]
    assert world.reviews.forget_text("nobody") == []
    assert world.forget(tasks=[2]) == 1
    assert world.forget(project=13) == 0
    assert world.forget(project=12, annotations=[3]) == 1
    assert set(world.verdicts()) == {1, 4}
    assert world.forget(project=12) == 2
    assert world.reviews.projects() == []


def test_label_studio_is_asked_for_a_prediction_that_it_did_not_tell(world):
    world.take(webhook("ANNOTATION_CREATED", [annotated(1, [GOOD])]))
    world.take(webhook("ANNOTATION_CREATED", [annotated(2, [GOOD], parent_prediction=9)]))
    ours = predicted(GOOD)
    newer = {**ours, "id": 8, "result": [BAD], "created_at": "2026-11-23T07:20:00Z"}
    older = {**ours, "id": 9, "result": [BAD], "created_at": "2026-11-23T07:00:00Z"}
    world.work(Studio(ours, newer, older))
    assert world.verdicts() == {1: "kept", 2: "changed"}


def test_a_webhook_waits_for_label_studio_for_a_while(world):
    error = LabelStudioError("is away", "wait", passes=True)
    away = Studio(error=error)
    world.take(*(webhook("ANNOTATION_CREATED", [annotated(n, [GOOD])]) for n in (1, 2)))
    world.take(webhook("ANNOTATIONS_DELETED", [{"id": 1}]))
    world.work(away)
    world.work(away)
    assert (away.asked, world.verdicts(), len(rows(world, INBOX))) == (1, {}, 3)
    world.clock += PAUSE_S
    world.work(Studio(predicted(GOOD)))
    assert world.verdicts() == {2: "kept"}
    world.take(webhook("ANNOTATION_CREATED", [annotated(3, [GOOD])]))
    world.clock += PATIENCE_S
    world.work(away)
    assert world.verdicts() == {2: "kept", 3: "unknown"}


def test_a_project_that_label_studio_has_no_more_is_forgotten(world):
    world.tell(webhook("ANNOTATION_CREATED", [annotated(1, [GOOD])]))
    world.clock += ASK_EVERY_S + PURGE_EVERY_S
    world.work(Studio(error=LabelStudioError("is away", "wait", passes=True)))
    assert world.verdicts() == {1: "unknown"}
    world.clock += ASK_EVERY_S + PURGE_EVERY_S
    world.work(Studio())
    assert world.verdicts() == {1: "unknown"}
    world.clock += ASK_EVERY_S + PURGE_EVERY_S
    world.work(Studio(projects=()))
    assert world.verdicts() == {}


def test_one_that_makes_us_fail_stands_in_nobodys_way(world, monkeypatch, caplog):
    judge = Reviews.judge

    def failing(self, project, found, keeping):
        if found.annotation == 1:
            raise ValueError(CANARY)
        return judge(self, project, found, keeping)

    monkeypatch.setattr(Reviews, "judge", failing)
    world.tell(*(webhook("ANNOTATION_CREATED", [annotated(n, [GOOD])]) for n in (1, 2)))
    assert world.verdicts() == {2: "unknown"}
    assert "a webhook is left out" in caplog.text
    assert CANARY not in caplog.text


def test_several_workers_take_turns(world):
    first, second = world.another(), world.another()
    world.take(*(webhook("ANNOTATION_CREATED", [annotated(n, [GOOD], predicted(GOOD))]) for n in range(1, 121)))

    async def both():
        await asyncio.gather(*(asyncio.to_thread(drained, one) for one in (first, second)))

    def drained(worker):
        while webhooks_wait(world.url):
            asyncio.run(worker._alone(None))

    asyncio.run(both())
    assert world.reviews.totals() == {(12, "kept"): 120}
