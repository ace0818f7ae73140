"""What the bench of learning counts, on cases that are counted by hand."""

from backend.labelstudio.config import build_plan
from backend.labelstudio.types import Prediction
from handlers import load_handlers
from tests.bench.label_tasks import Task
from tests.bench.learning import Asked, compared, measured, rows_of, score_rows
from tests.bench.learning_sets import CONFIGS, labels_in, read_set, result_of


def note(number):
    return Task("notes", "reporting", str(number), f"text {number}", frozenset({(0, 4, "Drug"), (5, 6, "Dose")}))


def marks(*places):
    return Prediction(
        tuple(
            {"type": "labels", "score": 0.5, "value": {"start": start, "end": end, "labels": [label]}}
            for start, end, label in places
        ),
        "v",
        0.5,
    )


FIRST, SECOND, THIRD = map(note, (1, 2, 3))
RIGHT = marks((0, 4, "Drug"), (5, 6, "Dose"))
HALF = marks((0, 4, "Drug"), (5, 7, "Dose"))


def test_a_set_is_measured_by_the_tasks_that_were_asked_each_time():
    asked: Asked = {
        ("notes", 0): {FIRST: HALF, SECOND: None, THIRD: RIGHT},
        ("notes", 100): {FIRST: RIGHT, SECOND: RIGHT},
        ("notes", 5): {},
        ("topics", 0): {},
    }
    found = compared(asked)
    assert {count: list(own) for count, own in found["notes"].items()} == {0: [FIRST, SECOND], 100: [FIRST, SECOND]}
    assert list(found) == ["notes"]


def test_each_label_counts_the_same_and_a_task_without_a_prediction_has_missed_all():
    own = measured({FIRST: HALF, SECOND: None})
    assert (own.right, own.given, own.wanted, own.missing, own.tasks) == (1, 2, 4, 1, 2)
    assert own.figure == 1 / 3
    assert measured({FIRST: HALF}, "Drug").figure == 1
    assert measured({FIRST: HALF}, "Dose").figure == 0
    assert own.scored.right == [True, False]


def test_rows_have_a_figure_for_what_was_asked_alone():
    found = {"notes": {0: {FIRST: HALF}, 100: {FIRST: RIGHT}}}
    rows = {row[0]: row[1:] for row in rows_of(found)}
    assert rows["notes, F1"] == ["1", "50.0%", "-", "-", "100.0%"]
    assert rows["notes: Dose"] == ["1", "0.0%", "-", "-", "100.0%"]
    assert score_rows(found)[0][:4] == ["notes", "0", "2", "1"]


def test_the_halves_of_a_set_have_nothing_in_common():
    for name in ("reviews", "notes"):
        annotated, asked = read_set(name)
        known, tried = read_set(name, tuning=True)
        assert annotated
        assert asked
        assert not {*annotated} & {*asked}
        assert {*known, *tried} == {*annotated}
        assert not {*known} & {*tried}
    assert result_of(annotated[0])[0]["type"] == "labels"


def test_the_sets_that_were_written_for_it_have_all_labels_annotated_and_each_sentence_once():
    for name, labels, most in (("intents20", 20, 100), ("intents70", 70, 250), ("taxonomy", 24, 96), ("multi", 8, 100)):
        annotated, asked = read_set(name)
        assert len(annotated) == most
        assert {label for task in annotated for *_, label in task.right} == {
            label for task in asked for *_, label in task.right
        }
        assert len({label for task in annotated for *_, label in task.right}) == labels
        texts = [task.text for task in (*annotated, *asked)]
        assert len(texts) == len(set(texts))
        config = build_plan(CONFIGS[annotated[0].kind], load_handlers())
        offered = {" > ".join(label.path) for label in config.controls[0].labels}
        assert {label for task in asked for label in labels_in(result_of(task)[0])} <= offered


def test_several_choices_are_right_together_and_count_one_by_one():
    task = Task("multi", "reporting", "1", "text", frozenset({(0, 0, "Noise"), (0, 0, "Food")}))
    one = Prediction(({"type": "choices", "score": 0.4, "value": {"choices": ["Noise", "Price"]}},), "v", 0.4)
    both = Prediction(({"type": "choices", "score": 0.9, "value": {"choices": ["Noise", "Food"]}},), "v", 0.9)
    own = measured({task: one})
    assert (own.right, own.given, own.wanted, own.scored.right) == (1, 2, 2, [False])
    assert measured({task: both}).scored.right == [True]
    path = Task("taxonomy", "reporting", "1", "text", frozenset({(0, 0, "A > B")}))
    said = Prediction(({"type": "taxonomy", "score": 0.9, "value": {"taxonomy": [["A", "B"]]}},), "v", 0.9)
    assert measured({path: said}).figure == 1
    assert result_of(path)[0]["value"] == {"taxonomy": [["A", "B"]]}
