"""What a call asks is made once for a plan, and anew for what a task brings."""

from dataclasses import replace
from itertools import count

from backend.labelstudio.config import build_plan
from backend.prompting import form_cache
from backend.prompting.answer_form import About, Question
from backend.prompting.form_cache import FormCache
from tests.parts import ALL, HANDLERS

PLAN = build_plan(ALL, HANDLERS)
QUESTION = Question(PLAN, PLAN.asked, {}, {})


def test_the_same_question_is_made_once():
    made, forms = count(), FormCache[int]()
    for question in (QUESTION, Question(PLAN, tuple(PLAN.asked), {}, {})):
        assert forms.get(PLAN, question, (HANDLERS,), lambda: next(made)) == 0


def test_another_question_is_made_anew():
    made, forms = count(), FormCache[int]()
    others = [
        QUESTION,
        replace(QUESTION, controls=PLAN.asked[:1]),
        replace(QUESTION, items={"list": 2}),
        replace(QUESTION, items={"list": 3}),
        replace(QUESTION, is_part=True),
    ]
    found = [forms.get(PLAN, question, (HANDLERS,), lambda: next(made)) for question in others]
    found += [forms.get(PLAN, QUESTION, (dict(HANDLERS),), lambda: next(made))]
    assert found == list(range(len(found)))


def test_what_a_task_brings_is_not_kept():
    made, forms = count(), FormCache[int]()
    given = replace(QUESTION, given={"1": About("text", "words of a task")})
    bound = replace(QUESTION, plan=replace(PLAN))
    for question in (given, given, bound, bound):
        forms.get(PLAN, question, (), lambda: next(made))
    assert next(made) == 4


def test_a_bounded_number_is_kept_those_that_were_asked_last(monkeypatch):
    monkeypatch.setattr(form_cache, "MOST", 2)
    made, forms = count(), FormCache[int]()

    def ask(items: int) -> int:
        return forms.get(PLAN, replace(QUESTION, items={"list": items}), (), lambda: next(made))

    assert [ask(n) for n in (1, 2, 1, 3, 1, 2)] == [0, 1, 0, 2, 0, 3]
