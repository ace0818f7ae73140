"""What of annotations is in memory is what the database has, whichever process wrote or forgot it."""

from typing import Any

import pytest

from backend.review.entries import KeptAnnotation, Review, ReviewedProject, ReviewEntries
from backend.review.reviews import Reviews
from backend.review.similar.library import ComparedTask, Library
from backend.review.tables import PART
from backend.store import open_store, writing
from tests.unit.review.conftest import SECRET, choice

FIELDS = frozenset({"text"})
TEXT = {"text": "the card is lost"}


@pytest.fixture
def library(world):
    return Library(lambda: world.reviews, lambda: world.clock)


def put(world, task, text="the card", project=12, path=""):
    kept = KeptAnnotation([choice("Good")], {"text": text}, "a", [], is_clean=True)
    own: dict[str, Any] = {
        "verdict": "kept",
        "made": 1.0,
        "changed": 1.0,
        "expires": int(world.clock) + 100,
        "kept": kept,
    }
    with writing(world.store, PART) as connection:
        world.reviews.remember(connection, ReviewedProject(project, "<View/>", path))
        world.reviews.write(connection, [Review(project=project, task=task, annotation=task, version="v", **own)])


def chosen(library, project=12, path=""):
    found, choice_ = [], library.choice(ComparedTask(project, path, "", TEXT, FIELDS), 5)
    while choice_ and (one := choice_.best()):
        found.append(one.task)
    return sorted(found)


def test_what_is_written_and_forgotten_is_seen_at_once(world, library):
    told = []
    library.on_change = lambda *what: told.append(what)
    assert chosen(library) == []
    put(world, 1, "a card of mine")
    assert chosen(library) == [1]
    put(world, 2, "a card of yours")
    assert chosen(library) == [1, 2]
    world.forget(project=12, tasks=[1])
    assert chosen(library) == [2]
    assert library.kept(12, 1, 1) is None
    assert library.kept(12, 2, 2).data == {"text": "a card of yours"}
    world.forget(project=12)
    assert chosen(library) == []
    assert told[-3:] == [(12, 2), (12, 1), (12, 0)]


def test_what_another_process_forgets_is_gone_here(world, library):
    put(world, 1)
    assert chosen(library) == [1]
    other = Reviews(open_store(world.url), ReviewEntries(SECRET), lambda: world.clock)
    assert other.forget_text("the card")
    assert chosen(library) == []


def test_how_labels_were_used_is_seen_of_ones_own_project_alone(world, library):
    def used(project=12, path="", said=TEXT["text"]):
        task = ComparedTask(project, path, "", {"text": "a"}, FIELDS)
        return [use.count for use in library.uses(task, [said]).values()]

    put(world, 1)
    put(world, 2)
    assert used() == [2]
    assert used(project=13) == used(path="team-a") == []
    world.forget(project=12, tasks=[1])
    assert used() == [1]


def test_projects_do_not_share(world, library):
    put(world, 1)
    put(world, 2, project=13)
    assert (chosen(library), chosen(library, 13), chosen(library, 14)) == ([1], [2], [])


def test_a_project_of_another_path_is_another(world, library):
    put(world, 1, path="team-a")
    assert (chosen(library), chosen(library, path="team-a")) == ([], [1])


def test_what_is_over_is_not_chosen(world, library):
    put(world, 1)
    assert chosen(library) == [1]
    world.clock += 101
    assert chosen(library) == []
    assert library.kept(12, 1, 1) is None


def test_a_sweep_forgets_what_nobody_asks_for(world, library):
    told = []
    put(world, 1)
    chosen(library)
    library.on_change = lambda *what: told.append(what)
    world.forget(project=12, tasks=[1])
    library.sweep()
    assert told == [(12, 1)]


def test_under_another_secret_there_is_nothing(world):
    put(world, 1)
    other = Reviews(world.store, ReviewEntries(b"another secret of 32 bytes or so"), lambda: world.clock)
    assert chosen(Library(lambda: other, lambda: world.clock)) == []
