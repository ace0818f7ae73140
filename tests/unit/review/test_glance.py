"""What another process wrote of a project is looked at now and then; a database that is away holds up one thread."""

import threading

import pytest

from backend.errors import StoreError
from backend.review.glance import LOOK_EVERY_S, MOST_PROJECTS, Glances
from tests.patience import HANGS_S

NOTHING = "nothing"


class Clock:
    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def looks():
    return []


@pytest.fixture
def glances(clock, looks):
    def read(project, last):
        looks.append((project, last))
        return f"{project} for the {len(looks)}."

    return Glances(read, NOTHING, clock)


def test_a_project_is_looked_at_now_and_then(glances, clock, looks):
    assert glances.of("12") == glances.of("12") == "12 for the 1."
    clock.now += LOOK_EVERY_S
    assert glances.of("12") == "12 for the 2."
    assert looks == [(12, NOTHING), (12, "12 for the 1.")]


def test_a_clock_that_is_set_back_stops_no_look(glances, clock):
    glances.of("12")
    clock.now -= 500
    assert glances.of("12") == "12 for the 2."


@pytest.mark.parametrize("project", ["", "all", "-1", "1.5", "١٢", "9" * 16])
def test_of_what_is_no_project_nothing_is_known(glances, looks, project):
    assert glances.of(project) == NOTHING
    assert not looks


def test_what_is_forgotten_is_looked_at_anew(glances):
    glances.of("12")
    glances.forget(12)
    assert glances.of("12") == "12 for the 2."


def test_what_was_known_last_stands_while_the_database_is_away(clock):
    found = iter(["known"])

    def read(project, last):
        if (value := next(found, None)) is None:
            raise StoreError("the database", "is away", "wait")
        return value

    glances = Glances(read, NOTHING, clock)
    assert glances.of("12") == "known"
    clock.now += LOOK_EVERY_S
    assert glances.of("12") == "known"
    assert Glances(read, NOTHING, clock).of("13") == NOTHING


def test_while_one_thread_waits_for_the_database_others_have_what_was_known_last(clock):
    waits, comes = threading.Event(), threading.Event()

    def read(project, last):
        if last != NOTHING:
            waits.set()
            assert comes.wait(HANGS_S)
        return "new" if last != NOTHING else "known"

    glances = Glances(read, NOTHING, clock)
    glances.of("12")
    clock.now += LOOK_EVERY_S
    waiting = threading.Thread(target=glances.of, args=["12"])
    waiting.start()
    try:
        assert waits.wait(HANGS_S)
        assert glances.of("12") == "known"
    finally:
        comes.set()
        waiting.join()
    assert glances.of("12") == "new"


def test_no_more_than_so_many_projects_are_at_hand(glances, looks):
    for project in range(MOST_PROJECTS + 1):
        glances.of(str(project))
    before = len(looks)
    glances.of("0")
    assert len(looks) == before + 1
