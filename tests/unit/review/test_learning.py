"""What is learned of a project: calibrations and trust, what is new alone, and what there is too little of."""

from backend.review.facts import label_digest
from backend.review.learning import learn
from backend.review.reviews import Keeping
from backend.review.scores import ScoreEntries
from backend.review.tables import PART
from backend.store import writing
from tests.unit.review.scored import scored_tasks

KEEPING = Keeping(labels={"ner": ["Person"]})


def know(world, count):
    labels = [label_digest(label, world.entries.digest) for label in ("Person", "Secret")]
    with writing(world.store, PART) as connection:
        ScoreEntries(world.entries).write(connection, 12, range(count), scored_tasks(count, *labels))


def test_what_is_new_is_learned_once_and_what_there_is_too_little_of_is_told(world):
    know(world, 12)
    found = learn(world.store, world.entries, 12, KEEPING)
    assert (found.calibrations, found.trusted) == ({}, [])
    assert [sample.is_enough for sample in found.samples["labelguard-1"].values()] == [False]
    know(world, 40)
    found = learn(world.store, world.entries, 12, KEEPING)
    assert set(found.calibrations) == {"labelguard-1"}
    assert set(found.trusted) == {("Person", "model"), ("", "model")}
    again = learn(world.store, world.entries, 12, KEEPING)
    assert (again.calibrations, again.trusted) == ({}, [])
    assert again.samples == found.samples
    assert learn(world.store, world.entries, 13, KEEPING).samples == {}
