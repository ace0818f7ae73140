"""Every handler's own cases: plan, answer's form, regions, check."""

from pathlib import Path

import pytest
from pydantic import ValidationError

import handlers
from backend.errors import ConfigError
from backend.labelstudio.config import build_plan
from backend.labelstudio.handler import Handler
from backend.prompting.annotated_answer import Annotation, annotated_answer, written_texts
from backend.prompting.answer_form import keyed
from tests.parts import answered, asked

HANDLERS = handlers.load_handlers()
CASES = [
    pytest.param(case, id=f"{module.__name__.rsplit('.', 1)[-1]}: {case.name}")
    for module in handlers.modules()
    for case in module.CASES
]
TEXTAREA = Path(handlers.__path__[0], "textarea.py").read_text()


def read(case, answer):
    """Return the results of the case's last control."""
    control = build_plan(case.config, HANDLERS).controls[-1]
    data = {"text": case.data} if isinstance(case.data, str) else case.data
    results = answered(case.config, data, {**case.others, control.from_name: answer})
    if control.tag == "Relations":
        return [result for result in results if result["type"] == "relation"]
    return [result for result in results if result["from_name"] == control.from_name]


@pytest.mark.parametrize("case", CASES)
def test_p08_a_case_gives_its_regions_and_they_pass_the_check(case):
    results = read(case, case.answer)
    if any(region.type == "relation" for region in case.regions):
        assert [{k: v for k, v in r.items() if k in ("direction", "labels")} for r in results] == [
            region.value for region in case.regions
        ]
    else:
        assert [(result["type"], result["value"]) for result in results] == [(r.type, r.value) for r in case.regions]
        assert len({result["id"] for result in results}) == len(results)


@pytest.mark.parametrize("case", CASES)
def test_whatever_is_answered_has_a_score_and_passes_the_check(case):
    control = build_plan(case.config, HANDLERS).controls[-1]
    data = {"text": case.data} if isinstance(case.data, str) else case.data
    task = asked(case.config, data)
    plain = task.results({**case.others, control.from_name: case.answer})
    scored = task.results({**case.others, control.from_name: case.answer}, logprob=-0.25)
    for before, after in zip(plain, scored, strict=True):
        assert {key: value for key, value in after.items() if key not in ("score", "meta")} == before
        assert 0 < after["score"] <= 1
        doubt = {"value": pytest.approx(1 - after["score"]), "from": "tokens", "calibrated": False}
        assert after["meta"] == {"uncertainty": doubt}


@pytest.mark.parametrize("case", CASES)
def test_an_annotation_becomes_an_answer_that_gives_it_again(case):
    data = {"text": case.data} if isinstance(case.data, str) else case.data
    control = build_plan(case.config, HANDLERS).controls[-1]
    task = asked(case.config, data)
    results = task.results({**case.others, control.from_name: case.answer})
    written = written_texts(task.prepared.plan, results)
    annotation = Annotation(results, {text: text for text in written.values()})
    (call,) = task.calls
    answer = annotated_answer(call, task.prepared, HANDLERS, annotation)
    assert task.results(keyed(call.question, HANDLERS, answer)) == results


@pytest.mark.parametrize("case", CASES)
def test_p08_answers_that_fit_no_label_are_refused(case):
    for answer in case.invalid:
        with pytest.raises(ValidationError):
            read(case, answer)


@pytest.mark.parametrize("module", list(handlers.modules()), ids=lambda module: module.__name__)
def test_a_handler_has_cases_of_both_kinds(module):
    handler: Handler = module.HANDLER
    assert handler.tags
    assert len(module.CASES) >= 2
    assert any(case.invalid for case in module.CASES)


def test_a_deployments_own_file_replaces_the_shipped_one(tmp_path):
    (tmp_path / "textarea.py").write_text(TEXTAREA.replace('template = "textarea"', 'template = "mine"'))
    assert handlers.load_handlers(tmp_path)["TextArea"].template == "mine"


def test_two_handlers_for_a_tag_are_refused(tmp_path):
    (tmp_path / "other.py").write_text(TEXTAREA)
    with pytest.raises(ConfigError, match="two handlers claim TextArea"):
        handlers.load_handlers(tmp_path)
