"""Who has something of annotations in memory learns which were written or forgotten, and of nothing else."""

from backend.review.changes import ALL, MANY, MOST, changes_since, note_changes
from backend.review.tables import PART
from backend.store import writing
from tests.unit.review.conftest import annotated, choice, predicted, webhook

GOOD = choice("Good")


def note(world, project, tasks):
    with writing(world.store, PART) as connection:
        note_changes(connection, project, tasks)


def test_each_write_and_each_way_to_forget_is_told_by_its_task(world):
    place, tasks = changes_since(world.store, 12, 0)
    assert (place, tasks) == (0, [])
    for number in (1, 2, 3):
        world.tell(webhook("ANNOTATION_CREATED", [annotated(number, [GOOD], predicted(GOOD), task=number + 10)]))
    place, tasks = changes_since(world.store, 12, 0)
    assert tasks == [11, 12, 13]
    world.tell(webhook("ANNOTATIONS_DELETED", [{"id": 1}]))
    place, tasks = changes_since(world.store, 12, place)
    assert tasks == [11]
    world.tell(webhook("TASKS_DELETED", task=[{"id": 12}]))
    place, tasks = changes_since(world.store, 12, place)
    assert tasks == [12]
    world.reviews.forget_numbers(12)
    assert changes_since(world.store, 12, place)[1] is None


def test_other_projects_are_not_told(world):
    note(world, 13, [1])
    assert changes_since(world.store, 12, 0) == (1, [])


def test_who_knows_more_than_is_there_or_has_not_looked_for_long_looks_at_all_anew(world):
    note(world, 12, [1])
    assert changes_since(world.store, 12, 7) == (1, None)
    for start in range(0, MOST + 2 * MANY, MANY):
        note(world, 12, range(start + 1, start + MANY + 1))
    place, tasks = changes_since(world.store, 12, 1)
    assert (place, tasks) == (MOST + 2 * MANY + 1, None)
    assert changes_since(world.store, 12, place - 3)[1] == [MOST + 2 * MANY - 2, MOST + 2 * MANY - 1, MOST + 2 * MANY]


def test_very_many_tasks_are_told_as_all(world):
    note(world, 12, range(1, MANY + 2))
    assert changes_since(world.store, 12, 0) == (1, None)
    assert ALL == 0
