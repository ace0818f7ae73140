"""Every handler's own cases: plan, answer's form, regions, check."""

from pathlib import Path

import pytest
from pydantic import ValidationError

import handlers
from backend.check import Checker
from backend.errors import ConfigError
from backend.plan import build_plan
from backend.redact import Redactor
from backend.regions import build_results
from backend.schema import compose_answer
from backend.types import Handler, Prediction

HANDLERS = handlers.load_handlers()
CASES = [
    pytest.param(case, id=f"{module.__name__.rsplit('.', 1)[-1]}: {case.name}")
    for module in handlers.modules()
    for case in module.CASES
]
TEXTAREA = Path(handlers.__path__[0], "textarea.py").read_text()


def read(case, answer):
    plan = build_plan(case.config, HANDLERS)
    (control,) = plan.controls
    return plan, compose_answer(plan, HANDLERS).model_validate({control.from_name: answer})


@pytest.mark.parametrize("case", CASES)
def test_p08_a_case_gives_its_regions_and_they_pass_the_check(case):
    plan, answer = read(case, case.answer)
    task = Redactor(lambda text: []).redact({"text": case.text})
    results = build_results(plan, HANDLERS, answer, task)
    assert [(result["type"], result["value"]) for result in results] == [(r.type, r.value) for r in case.regions]
    assert len({result["id"] for result in results}) == len(results)
    Checker(case.config, plan).check(Prediction(results, "v"), {"text": case.text})


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
    with pytest.raises(ConfigError, match="two handlers claim <TextArea>"):
        handlers.load_handlers(tmp_path)
