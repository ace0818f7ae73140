"""What Label Studio stored and showed: a canned answer yields exactly that."""

import json
from pathlib import Path

import pytest

from backend.check import Checker
from backend.errors import AnswerError
from backend.plan import build_plan
from backend.redact import Redactor
from backend.regions import build_results
from backend.schema import compose_answer
from backend.types import Prediction
from handlers import load_handlers

HANDLERS = load_handlers()
FOLDER = Path(__file__).parents[1] / "fixtures"
ENTITIES = [("Alice Smith", "PER"), ("Acme Corp", "ORG"), ("Paris", "LOC")]
ANSWERS = {
    "01_choices_single": {"sentiment": "Positive"},
    "02_choices_multiple": {"topics": ["Career", "Travel"]},
    "03b_choices_alias": {"topic": "Positive feedback"},
    "05_ner_labels": {"ner": [{"text": text, "label": label} for text, label in ENTITIES]},
    "05b_ner_unicode": {
        "ner": [
            {"text": "Zoë Müller", "label": "PER"},
            {"text": "李小龙", "label": "PER"},
            {"text": "Café\nNoir", "label": "LOC"},
        ]
    },
    "08_textarea_summary": {"summary": "Alice Smith joined Acme in Paris."},
    "17_multi_task": {"sentiment": "Positive", "ner": [{"text": "Alice Smith", "label": "PER"}], "summary": "Sum."},
    "19_text_choices_left_menu": {"sel": "B"},
}


def fixture(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


def stripped(results):
    return [{key: result[key] for key in ("from_name", "to_name", "type", "value")} for result in results]


@pytest.mark.parametrize("name", ANSWERS)
def test_a_canned_answer_yields_the_fixture(name):
    given = fixture(name)
    plan = build_plan(given["label_config"], HANDLERS)
    text = given["task"]["data"]["text"]
    answer = compose_answer(plan, HANDLERS).model_validate(ANSWERS[name])
    results = build_results(plan, HANDLERS, answer, Redactor(lambda text: []).redact({"text": text}))
    Checker(given["label_config"], plan).check(Prediction(results, "v"), {"text": text})
    served = {control.from_name for control in plan.controls}
    assert stripped(results) == stripped(r for r in given["prediction"]["result"] if r["from_name"] in served)


BAD = [
    pytest.param(name, results, id=f"{name}-{index}")
    for name in ANSWERS
    for index, results in enumerate(fixture(name)["rejected_or_variants"])
]


@pytest.mark.parametrize(("name", "results"), BAD)
def test_p08_what_label_studio_shows_wrongly_is_refused(name, results):
    given = fixture(name)
    plan = build_plan(given["label_config"], HANDLERS)
    with pytest.raises(AnswerError) as caught:
        Checker(given["label_config"], plan).check(Prediction(tuple(results), "v"), given["task"]["data"])
    assert "Alice" not in str(caught.value)


def test_all_fixtures_here_have_an_answer():
    assert {path.stem for path in FOLDER.glob("*.json")} == set(ANSWERS)
