"""What is learned of a project: calibrations and trust, what is new alone, and what there is too little of."""

from backend.review.facts import label_digest
from backend.review.learning import learn
from backend.review.reviews import Keeping
from backend.review.scores import DETECTED, ScoredAnswer, ScoredTask, ScoreEntries
from backend.review.tables import PART
from backend.store import writing

KEEPING = Keeping(labels={"ner": ["Person"]})


def know(world, count):
    """Know of so many tasks, in each of which detection marked two labels wrong; three of four moods were right."""
    labels = [label_digest(label, world.entries.digest) for label in ("Person", "Secret")]
    tasks = [
        ScoredTask(
            12,
            number,
            number,
            "labelguard-1",
            True,
            (
                ScoredAnswer("mood", "tokens", 0.9, number % 4 > 0),
                *(ScoredAnswer("ner", DETECTED, 0.9, False, label) for label in labels),
            ),
        )
        for number in range(count)
    ]
    with writing(world.store, PART) as connection:
        ScoreEntries(world.entries).write(connection, 12, range(count), tasks)


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
