"""What Label Studio is told of how sure an answer is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.labelstudio.config import build_plan
from backend.labelstudio.types import Control
from backend.labelstudio.visibility import ResultAbout
from backend.results.scores import agreed, prediction_score, with_score
from tests.parts import ALL, HANDLERS

CONTROLS = {control.from_name: control for control in build_plan(ALL, HANDLERS).controls}


def about(name: str, value: object, identity: str = "a", *, is_new: bool = True) -> ResultAbout:
    control: Control = CONTROLS[name]
    kind = HANDLERS[control.tag].result_type(control)
    result = {"id": identity, "from_name": name, "to_name": "text", "type": kind, "value": {kind: value}}
    if kind == "textarea":
        result["value"] = {"text": value}
    return ResultAbout(control, result, is_new=is_new)


def shares(first, *others):
    scored, ends = agreed(list(CONTROLS.values()), first, others)
    return [answer.result.get("score") for answer in scored], ends


def test_a_score_stands_in_the_result_and_its_doubt_in_the_meta():
    result = {"id": "a", "meta": {"text": ["a note"]}}
    doubt = {"value": 0.25, "from": "tokens", "calibrated": False}
    assert with_score(result, 0.75, "tokens") == {
        "id": "a",
        "score": 0.75,
        "meta": {"text": ["a note"], "uncertainty": doubt},
    }
    assert with_score(result, None, "tokens") == result


@given(st.floats(allow_nan=False))
def test_a_score_is_never_out_of_bounds(score):
    result = with_score({}, score, "agreement")
    assert 0 <= result["score"] <= 1
    assert result["meta"]["uncertainty"]["value"] == pytest.approx(1 - result["score"])


def test_a_prediction_is_as_sure_as_its_most_doubtful_part():
    results = [{"score": 0.9}, {}, {"score": 0.5}]
    assert prediction_score(results, []) == 0.5
    assert prediction_score(results, [0.25]) == 0.25
    assert prediction_score([{}], []) is prediction_score([], []) is None


def test_without_another_answer_nothing_is_said():
    first = [about("mood", ["Good"])]
    assert agreed(list(CONTROLS.values()), first, []) == (first, [])


def test_labels_agree_or_do_not():
    good, bad = about("mood", ["Good"]), about("mood", ["Bad"], "b")
    assert shares([good], [good], [bad], []) == ([0.5], [1.0, 1.0])


def test_what_others_found_besides_counts_for_its_control():
    ann, bob = about("ner", ["PER"], "ann"), about("ner", ["PER"], "bob")
    assert shares([ann], [ann, bob], [bob]) == ([0.6667], [1.0, pytest.approx(1 / 3), 1.0])
    assert shares([], [ann], []) == ([], [1.0, pytest.approx(2 / 3), 1.0])


def test_texts_are_as_sure_as_they_are_alike():
    one, other = about("summary", ["All is well."]), about("summary", ["All is ill."], "b")
    ((score,), _) = shares([one], [other])
    assert 0.5 < score < 1
    assert shares([one], [one])[0] == [1.0]


def test_what_was_there_before_has_no_score():
    assert shares([about("ner", ["PER"], is_new=False)], [])[0] == [None]
