"""Where label-studio-sdk passes what Label Studio shows wrongly, or refuses what is right, our checks decide (P8)."""

import copy

import pytest
from label_studio_sdk.label_interface import LabelInterface

from backend.errors import AnswerError
from tests.contract.test_fixtures import ANSWERS, fixture
from tests.parts import answered, asked


def sdk_errors(name, results):
    prediction = {"result": list(results), "model_version": "v"}
    return LabelInterface(fixture(name)["label_config"]).validate_prediction(prediction, return_errors=True)


def ours(name):
    given = fixture(name)
    return answered(given["label_config"], given["task"]["data"], ANSWERS[name])


def check(name, results):
    given = fixture(name)
    asked(given["label_config"], given["task"]["data"]).check(results)


MISSED = [
    ("05_ner_labels", {"start": -3}),
    ("05_ner_labels", {"end": 9999}),
    ("05_ner_labels", {"start": 5, "end": 5}),
    ("05_ner_labels", {"text": "WRONG"}),
    ("06_hypertextlabels", {"globalOffsets": {"start": 0, "end": 9999}}),
    ("06_hypertextlabels", {"globalOffsets": {"start": 7, "end": 18}}),
    ("07_paragraphlabels", {"start": "7", "end": "7"}),
    ("07_paragraphlabels", {"endOffset": 9999}),
    ("07_paragraphlabels", {"text": "Bob"}),
    ("09_rating", {"rating": "4"}),
    ("09_rating", {"rating": 0}),
    ("10_number", {"number": 99}),
    ("10_number", {"number": -1}),
    ("14_datetime", {"datetime": "2024-05-03"}),
    ("14_datetime", {"datetime": "03.13.2024"}),
    ("14b_datetime_default", {"datetime": "soon"}),
    ("04_taxonomy", {"taxonomy": [["Human", "Eukarya"]]}),
    ("04_taxonomy", {"taxonomy": [["Human"]]}),
    ("04_taxonomy", {"taxonomy": [["Bacteria", "Oak"]]}),
    ("11_pairwise", {"selected": "middle"}),
    ("12_list_ranker", {"ranker": {"rank": ["b", "a", "z"]}}),
    ("12_list_ranker", {"ranker": {"rank": ["b"]}}),
    ("12b_list_ranker_buckets", {"ranker": {"good": ["a"], "bad": ["a"]}}),
    ("01_choices_single", {"choices": ["Positive", "Negative"]}),
    ("02_choices_multiple", {"choices": ["Career", "Career"]}),
    ("08_textarea_summary", {"text": ["one", "two"]}),
]


@pytest.mark.parametrize(("name", "change"), MISSED, ids=str)
def test_p08_what_the_sdk_misses_is_refused(name, change):
    results = copy.deepcopy(list(ours(name)))
    check(name, results)
    results[0]["value"] |= change
    assert sdk_errors(name, results) == []
    with pytest.raises(AnswerError):
        check(name, results)


def test_p08_relations_to_nowhere_and_of_no_kind():
    name = "13_relations"
    for change in ({"to_id": "nowhere"}, {"labels": ["hates"]}, {"direction": "up"}):
        results = copy.deepcopy(list(ours(name)))
        results[-1] |= change
        with pytest.raises(AnswerError):
            check(name, results)


def test_p08_an_answer_about_no_region():
    results = copy.deepcopy(list(ours("16_per_region")))
    results[1]["id"] = "nowhere"
    assert sdk_errors("16_per_region", results) == []
    with pytest.raises(AnswerError):
        check("16_per_region", results)


@pytest.mark.parametrize("name", ["03d_choices_allownested", "03e_choices_static_allownested"])
def test_p08_nested_choices_that_the_sdk_refuses_pass(name):
    results = ours(name)
    assert sdk_errors(name, results)
    check(name, results)
