"""People in clinical notes, marked by detection alone through the engine: hardly any is missed, and none made up."""

from tests.bench.known import ask, read_notes
from tests.bench.label_scores import exact, total


def test_people_are_marked_exactly_and_no_model_is_asked():
    notes = read_notes("tuning")
    (found,) = ask(notes, ["detection alone"]).values()
    wanted = [frozenset(each for each in note.wanted if each[2] == "Person") for note in notes]
    assert total(exact(a, b) for a, b in zip(found, wanted, strict=True)).value >= 0.95
    assert sum(len(a - b) for a, b in zip(found, wanted, strict=True)) <= 2
