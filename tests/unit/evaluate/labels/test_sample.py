"""What is read of exports: answers of every kind, what is blind, several exports side by side, and what is refused."""

import json

import pytest

from backend.errors import RequestError
from backend.evaluate.labels.answers import KINDS, MarkedSpan, read_answer
from backend.evaluate.labels.sample import read_sample
from backend.evaluate.labels.tasks import is_blind, read_answered_task
from tests.child import ROOT
from tests.exports import annotation, choice, prediction, rating, span, task, when

FIXTURES = sorted((ROOT / "tests" / "fixtures").glob("[0-9]*.json"))
CANARY = "canary-2291"


@pytest.fixture
def export(tmp_path):
    """Write exports; returns their paths."""

    def write(*tasks, name="export.json"):
        (tmp_path / name).write_text(json.dumps(tasks), encoding="utf-8")
        return tmp_path / name

    return write


@pytest.mark.parametrize("file", FIXTURES, ids=lambda file: file.stem)
def test_what_label_studio_stores_is_read(file):
    results = json.loads(file.read_text(encoding="utf-8"))["prediction"]["result"]
    answer, kinds = read_answer(results)
    types = {result["type"] for result in results}
    assert answer.uncompared == types - KINDS.keys()
    assert set(kinds.values()) == {KINDS[kind] for kind in types & KINDS.keys()}
    assert {control for control, _ in answer.values} == set(kinds)
    assert read_answer(results)[0] == answer


@pytest.mark.parametrize(
    ("result", "value"),
    [
        (choice("Good"), frozenset([("Good",)])),
        (choice(["News", "Business"]), frozenset([("News", "Business")])),
        (choice(["Life", "Cat"], ["Things"], kind="taxonomy"), frozenset([("Life", "Cat"), ("Things",)])),
        (span(0, 4, "Person"), frozenset([MarkedSpan("text", 0, 4, "Person")])),
        (rating(4), 4.0),
        ({"from_name": "s", "type": "textarea", "value": {"text": ["a", "b"]}}, "a\nb"),
        ({"from_name": "p", "type": "pairwise", "value": {"selected": "left"}}, frozenset([("left",)])),
        ({"from_name": "o", "type": "ranker", "value": {"ranker": {"r": ["b", "a"]}}}, (("r", ("b", "a")),)),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_values(result, value):
    assert list(read_answer([result])[0].values.values()) == [value]


def test_what_is_asked_of_a_region_belongs_to_it():
    about = choice("sure", control="how")
    about["value"] |= {"start": 0, "end": 4, "text": "Anna"}
    assert list(read_answer([about])[0].values) == [("how", "0-4")]


@pytest.mark.parametrize(
    "result",
    [None, 3, {}, {"type": "choices"}, {"type": "choices", "value": []}, {"type": CANARY * 9, "value": {}}],
    ids=str,
)
def test_what_has_no_form_is_left_out(result):
    answer, kinds = read_answer([result, choice("Good")])
    assert (len(answer.values), kinds) == (1, {"mood": "choices"})
    assert CANARY not in str(answer.uncompared)


def test_offsets_and_numbers_that_are_none_are_left_out():
    bad = [span(4, 4, "Person"), span(-1, 3, "Person"), span("0", 3, "Person"), rating("4"), rating(True)]
    assert not read_answer(bad)[0].values


@pytest.mark.parametrize(
    ("noted", "predictions", "blind"),
    [
        ({}, [], True),
        ({"minute": 0}, [prediction(minute=1)], True),
        ({"minute": 2}, [prediction(minute=1)], False),
        ({"minute": 0, "updated_at": when(2)}, [prediction(minute=1)], False),
        ({"minute": 0}, [prediction(minute=1), prediction(minute=-1)], False),
        ({"minute": 0, "parent_prediction": 3}, [], False),
        ({"minute": 0, "prediction": {"id": 3}}, [], False),
        ({"minute": 0}, [17], False),
        ({"minute": 0}, [prediction(minute=1) | {"created_at": None}], False),
        ({"minute": 0, "created_at": None, "updated_at": None}, [prediction(minute=1)], False),
        ({"minute": 0, "created_at": "2026-11-23T08:00:00"}, [prediction(minute=1)], False),
    ],
)
def test_blind(noted, predictions, blind):
    assert is_blind(annotation(choice("Good"), **noted), predictions) is blind


def test_results_that_come_of_a_prediction_are_not_blind():
    for origin in ("prediction", "prediction-changed"):
        assert not is_blind(annotation(choice("Good", origin=origin)), [])
    assert is_blind(annotation(choice("Good", origin="manual")), [])


def test_names_of_annotators_are_not_read():
    made = annotation(choice("Good"), by={"id": 4, "email": CANARY, "first_name": CANARY})
    read = read_answered_task(task([made | {"created_username": CANARY}], [prediction(choice("Good"))]))
    assert read.humans[0].annotator == "4"
    assert CANARY not in repr(read)


def test_texts_do_not_show_in_what_is_read():
    said = [choice(CANARY), span(0, 4, CANARY, CANARY)]
    assert CANARY not in repr(read_answered_task(task([annotation(*said)], [prediction(*said)], text=CANARY)))


def test_skipped_annotations_and_older_predictions_of_a_version_do_not_count():
    skipped = annotation(choice("Bad"), was_cancelled=True)
    older, newer = prediction(choice("Bad")), prediction(choice("Good"))
    read = read_answered_task(task([skipped, annotation(choice("Good"))], [newer, older]))
    assert len(read.humans) == 1
    assert read.models["v1"].answer.values == {("mood", ""): frozenset([("Good",)])}


def test_predictions_noted_with_annotations_count_where_the_export_has_their_numbers_alone():
    noted = prediction(choice("Bad"), score=0.5)
    read = read_answered_task(task([annotation(choice("Good"), prediction=noted)], [noted["id"]]))
    assert (list(read.models), read.unwritten) == (["v1"], True)
    assert not read.humans[0].is_blind


def test_two_exports_of_a_project_side_by_side(export):
    first = task([annotation(choice("Good"))], [prediction(choice("Good"))])
    second = first | {"predictions": [prediction(choice("Bad"), version="v2")]}
    sample = read_sample([export(first, name="a.json"), export(second, name="b.json")])
    assert (len(sample.tasks), sample.versions) == (1, ("v1", "v2"))
    assert len(sample.tasks[0].humans) == 1


def test_the_same_tasks_in_two_projects_side_by_side(export):
    files = []
    for project, label in ((1, "Good"), (2, "Bad")):
        made = task([annotation(choice("Good"))], [prediction(choice(label))])
        files.append(export(made | {"project": project}, name=f"p{project}.json"))
    sample = read_sample(files)
    assert (len(sample.tasks), sample.versions) == (1, ("p1: v1", "p2: v1"))
    assert len(sample.tasks[0].humans) == 1  # who annotated is known within a project alone


def test_what_predict_wrote_beside_an_export(export):
    text = "The pump is broken."
    reviewed = export(task([annotation(choice("Good"))], text=text), name="reviewed.json")
    predicted = [{"data": {"text": text}, "predictions": [{"result": [choice("Bad")], "model_version": "new"}]}]
    sample = read_sample([reviewed, export(*predicted, name="predicted.json")])
    assert (sample.versions, sample.tasks[0].humans[0].is_blind) == (("new",), True)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("id,text\n1,canary-2291", "is no JSON in UTF-8 (line 1) - export the project from Label Studio as JSON"),
        ("{}", "holds no list of tasks"),
        ("[]", "holds no list of tasks"),
        (f'["{CANARY}"]', "task no. 1 is no task with data, as JSON-MIN and CSV have none"),
        (f'[{{"text": "{CANARY}", "mood": "Good"}}]', "task no. 1 is no task with data"),
        (json.dumps([task([4])]), "task no. 1 has of its annotations their numbers alone"),
        (json.dumps([task() | {"annotations": {"a": CANARY}}]), "its annotations are no list"),
        (json.dumps([task()]), "no task is annotated"),
        (json.dumps([task([annotation(choice(CANARY))])]), "no annotated task has a prediction"),
        (
            json.dumps([task([annotation(choice(CANARY))], [4])]),
            "of predictions their numbers alone - name the project",
        ),
        (json.dumps([task([annotation({"type": "brushlabels"})], [prediction()])]), "only: brushlabels"),
    ],
    ids=range(11),
)
def test_what_is_refused(tmp_path, content, words):
    file = tmp_path / "export.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(RequestError) as caught:
        read_sample([file])
    assert words in caught.value.reason
    assert str(file) in caught.value.reason
    assert CANARY not in caught.value.reason


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(RequestError, match=r"cannot be read \(No such file"):
        read_sample([tmp_path / "none.json"])


def test_an_export_of_another_project(export):
    both = [
        export(task([annotation(choice("Good"))], [prediction(choice("Good"))], text=text) | {"project": n}, name=text)
        for n, text in enumerate(("one", "other"))
    ]
    with pytest.raises(RequestError, match="other: is an export of another project"):
        read_sample(both)


def test_a_part_of_a_sample(export):
    made = task([annotation(choice("Good"), rating(3))], [prediction(choice("Good")), prediction(version="v2")])
    sample = read_sample([export(made)])
    part = sample.narrowed(["mood"], ["v2"])
    assert (list(part.kinds), part.versions) == (["mood"], ("v2",))
    for asked, words in (
        (([CANARY], []), "--control canary-2291: there is none - there are mood, stars"),
        (([], [CANARY]), "--version canary-2291: there is none - there are v1, v2"),
    ):
        with pytest.raises(RequestError, match=words):
            sample.narrowed(*asked)


def test_blind_tasks_alone(export):
    said = [annotation(choice("Good"), minute=0)], [prediction(choice("Good"), minute=1)]
    late = [annotation(choice("Good"), minute=2)], [prediction(choice("Good"), minute=1)]
    sample = read_sample([export(task(*said), task(*late))])
    assert len(sample.narrowed([], [], blind=True).tasks) == 1
    with pytest.raises(RequestError, match="--blind: no task was annotated before"):
        read_sample([export(task(*late))]).narrowed([], [], blind=True)
