"""Who is trusted with a label: the other one where reviewers throw away most of what one marks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.review.glance import LOOK_EVERY_S
from backend.review.scores import DETECTED, ScoredAnswer, ScoredTask, ScoreEntries
from backend.review.tables import PART
from backend.review.trust import LEAST_MARKED, ProjectTrusts, judged_labels, most_right
from backend.store import writing

MANY = 2 * LEAST_MARKED


def marks(label, source, right, count, first=1, version="labelguard-1"):
    """Return tasks with one mark each, of which so many are right."""
    return [
        ScoredTask(12, n, n, version, True, (ScoredAnswer("ner", source, 0.9, n - first < right, label),))
        for n in range(first, first + count)
    ]


def detected(label, right, count=MANY, **where):
    return marks(label, DETECTED, right, count, **where)


def by_model(label, right, count=MANY, **where):
    return marks(label, "tokens", right, count, first=where.pop("first", 501), **where)


@pytest.mark.parametrize(
    ("found", "trusted"),
    [
        (detected("a", MANY), {}),
        (detected("a", 5), {"a": "model"}),
        (detected("a", MANY // 2), {}),
        (detected("a", 0, LEAST_MARKED - 1), {}),
        (detected("a", 0, LEAST_MARKED), {"a": "model"}),
        ([*detected("a", MANY), *by_model("a", 5)], {"a": "detection"}),
        ([*detected("a", 5), *by_model("a", MANY)], {"a": "model"}),
        ([*detected("a", 5), *by_model("a", 5)], {}),
        (by_model("a", 5), {}),
        ([*detected("a", 5), *by_model("b", 5)], {"a": "model"}),
        (detected("", 0), {}),
    ],
)
def test_the_other_one_is_trusted_where_most_is_wrong_for_sure(found, trusted):
    assert judged_labels(found) == trusted


def test_of_several_versions_of_a_task_one_counts():
    versions = [one for v in range(3) for one in detected("a", 0, LEAST_MARKED - 1, version=f"labelguard-{v}")]
    assert judged_labels(versions) == {}


@given(st.integers(1, 500), st.data())
def test_the_interval_holds_the_share_and_shrinks(count, data):
    right = data.draw(st.integers(0, count))
    assert right / count <= most_right(right, count) + 1e-12 <= 1 + 1e-9
    assert most_right(10 * right, 10 * count) <= most_right(right, count) + 1e-12


@pytest.fixture
def know(world):
    def write(found):
        with writing(world.store, PART) as connection:
            ScoreEntries(world.entries).write(connection, 12, [one.task for one in found], found)

    return write


def test_a_decision_stays_and_other_processes_see_it(world, know):
    trusts = ProjectTrusts(world.store, world.entries, lambda: world.clock)
    other = ProjectTrusts(world.store, world.entries, lambda: world.clock)
    own = trusts.hash_of("Person")
    assert other.of("12") == {}
    know(detected(own, 0))
    assert trusts.renew(12) == {own: "model"}
    assert trusts.renew(12) == {}
    assert (trusts.of("12"), trusts.of("13"), other.of("12")) == ({own: "model"}, {}, {})
    world.clock += LOOK_EVERY_S
    assert other.of("12") == {own: "model"}
    know([*detected(own, MANY), *detected("b", 0, first=101)])  # what is decided stays, or versions would come and go
    assert trusts.renew(12) == {"b": "model"}
    assert trusts.of("12") == {own: "model", "b": "model"}
    world.forget(project=12)
    world.clock += LOOK_EVERY_S
    assert trusts.of("12") == {}
