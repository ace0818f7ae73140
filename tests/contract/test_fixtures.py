"""What Label Studio stored and showed: a canned answer yields exactly that."""

import json
from pathlib import Path
from typing import Any

import pytest

from backend.errors import AnswerError
from tests.parts import answered, asked

FOLDER = Path(__file__).parents[1] / "fixtures"
ENTITIES = [("Alice Smith", "PER"), ("Acme Corp", "ORG"), ("Paris", "LOC")]
WORKS_FOR = {"from": "Alice Smith", "to": "Acme Corp", "label": "works_for"}
HTML = {"ner": [{"text": "Alice Smith", "label": "PER"}]}
ANSWERS: dict[str, dict[str, Any]] = {
    "01_choices_single": {"sentiment": "Positive"},
    "02_choices_multiple": {"topics": ["Career", "Travel"]},
    "03b_choices_alias": {"topic": "Positive feedback"},
    "03c_choices_dynamic": {"topic": "Beta"},
    "03d_choices_allownested": {"topic": ["News > Business"]},
    "03e_choices_static_allownested": {"topic": ["News > Business"]},
    "04_taxonomy": {"tax": ["Eukarya > Human", "Bacteria"]},
    "05_ner_labels": {"ner": [{"text": text, "label": label} for text, label in ENTITIES]},
    "05b_ner_unicode": {
        "ner": [
            {"text": "Zoë Müller", "label": "PER"},
            {"text": "李小龙", "label": "PER"},
            {"text": "Café\nNoir", "label": "LOC"},
        ]
    },
    "06_hypertextlabels": HTML,
    "06b_labels_on_hypertext": HTML,
    "07_paragraphlabels": {"slot": [{"text": "Alice", "label": "PER"}]},
    "08_textarea_summary": {"summary": "Alice Smith joined Acme in Paris."},
    "09_rating": {"quality": 4},
    "10_number": {"num": 7},
    "11_pairwise": {"pw": "left"},
    "12_list_ranker": {"rank": {"1": 50, "2": 90, "3": 10}},
    "12b_list_ranker_buckets": {
        "rank": {
            "1": {"bucket": "Bad", "score": 30},
            "2": {"bucket": "Good", "score": 30},
            "3": {"bucket": "Bad", "score": 20},
        }
    },
    "13_relations": {
        "ner": [{"text": text, "label": label} for text, label in ENTITIES[:2]],
        "relations": [WORKS_FOR],
    },
    "14_datetime": {"when": "2024-05-03"},
    "14b_datetime_default": {"when": "2024-05-03T10:30"},
    "15b_chat_with_control": {"q": "good"},
    "16_per_region": {
        "ner": [{"text": "Alice Smith", "label": "PER", "conf": "sure", "norm": "smith, alice"}],
    },
    "17_multi_task": {
        "sentiment": "Positive",
        "ner": [{"text": "Alice Smith", "label": "PER"}],
        "summary": "Sum.",
        "quality": 5,
        "num": 3,
    },
    "18_choices_on_paragraphs": {"intent": "Greeting"},
    "19_text_choices_left_menu": {"sel": "B"},
}
NOT_MET = {
    "03_choices_nested": "without allowNested Label Studio shows the topmost choices alone, so no other is offered",
    "15_chat": "the message is about a conversation that has as many messages as minMessages asks for",
}
EDITORS_OWN = {"start", "end", "startOffset", "endOffset"}
ACCEPTED = {
    ("06_hypertextlabels", 0): "global offsets alone: the form that we send",
    ("10_number", 1): "zero lies within min and max",
}
"""Variants that the fixtures list beside their prediction, and that are right."""


def fixture(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


def plain(results, order):
    """Return results without ids, the relations' ends as places in the list, and sorted by control."""
    results = sorted(results, key=lambda r: order.index(r["from_name"]) if "from_name" in r else len(order))
    places = {result["id"]: place for place, result in enumerate(results) if "id" in result}
    return [_plain(result, places) for result in results]


def _plain(result, places):
    if result["type"] == "relation":
        return {**result, "from_id": places[result["from_id"]], "to_id": places[result["to_id"]]}
    # The editor writes XPaths beside the global offsets, and reads the latter.
    left_out = EDITORS_OWN if "globalOffsets" in result["value"] else set()
    value = {key: part for key, part in result["value"].items() if key not in left_out}
    if result["type"] == "taxonomy":
        value = {"taxonomy": sorted(value["taxonomy"])}
    return {**{key: result[key] for key in ("from_name", "to_name", "type")}, "value": value}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_canned_answer_yields_the_fixture(name):
    given = fixture(name)
    results = answered(given["label_config"], given["task"]["data"], ANSWERS[name])
    wanted = given["prediction"]["result"]
    order = [result.get("from_name", "") for result in wanted]
    assert plain(results, order) == plain(wanted, order)


def test_an_answer_about_a_region_has_its_id():
    given = fixture("16_per_region")
    results = answered(given["label_config"], given["task"]["data"], ANSWERS["16_per_region"])
    assert len({result["id"] for result in results}) == 1


BAD = [
    pytest.param(name, results, id=f"{name}-{index}")
    for name in ANSWERS
    for index, results in enumerate(fixture(name)["rejected_or_variants"])
    if (name, index) not in ACCEPTED
]


def check(name, results):
    given = fixture(name)
    asked(given["label_config"], given["task"]["data"]).check(results)


@pytest.mark.parametrize(("name", "results"), BAD)
def test_p08_what_label_studio_shows_wrongly_is_refused(name, results):
    with pytest.raises(AnswerError) as caught:
        check(name, results)
    assert "Alice" not in str(caught.value)


@pytest.mark.parametrize(("name", "index"), ACCEPTED)
def test_p08_what_label_studio_shows_rightly_passes(name, index):
    check(name, fixture(name)["rejected_or_variants"][index])


def test_all_fixtures_have_an_answer_or_a_reason():
    assert {path.stem for path in FOLDER.glob("*.json")} == set(ANSWERS) | set(NOT_MET)
