"""Which task is for what: told by its text and a secret, and so the same each time."""

import pytest

from backend.engine.tuning.run import HOLDS_IT
from backend.engine.tuning.tasks import SHARES, TaskPart, of_one_rule
from backend.errors import RequestError
from tests.unit.engine.training.parts import annotated, mood
from tests.unit.engine.tuning.parts import HintedModel, annotated_tasks, bench, text_of


def test_a_task_stays_in_its_part_whatever_else_is_annotated(tmp_path):
    with bench(tmp_path, HintedModel()) as (tuned, server):
        few, many = (tuned.rule(annotated_tasks(count)).tasks for count in (20, 120))
        again = tuned.rule([annotated(text_of(3), mood("Bad"), number=999)]).tasks
        assert not server.requests
    part = {task.number: task.part for task in many}
    assert all(part[task.number] is task.part for task in few)
    assert again[0].part is part["3"]
    shares = {one: sum(own is one for own in part.values()) / len(part) for one in TaskPart}
    assert all(abs(shares[one] - wanted) < 0.15 for one, wanted in SHARES.items())


def test_a_text_counts_once_and_one_that_was_answered_otherwise_not_at_all(tmp_path):
    tasks = [annotated("All is well.", mood("Good"), number=n) for n in (1, 2)]
    tasks += [annotated("So so.", mood(label), number=n) for n, label in ((3, "Good"), (4, "Bad"))]
    with bench(tmp_path, HintedModel()) as (tuned, _):
        assert [task.number for task in tuned.rule(tasks).tasks] == ["1"]
    assert tuned.left_out["the same text was answered otherwise in another task"] == 2


def test_a_task_whose_hidden_value_stands_in_the_prompt_is_left_out(tmp_path):
    """A model of one's own gets such a prompt; no proposal that keeps these words could be looked at."""
    own = {"kind": "openai", "model": "m", "external": False, "address": "http://127.0.0.1:9/v1"}
    with bench(tmp_path, HintedModel(), prompt="Judge {text} as Emily Watson would.", it=own) as (tuned, _):
        rule = tuned.rule(annotated_tasks(8))
    assert [task.number for task in rule.tasks] == ["1", "2", "3", "5", "6", "7"]
    assert tuned.left_out[HOLDS_IT] == 2


def test_a_prompt_is_of_one_rule(tmp_path):
    with bench(tmp_path, HintedModel()) as (tuned, _):
        tasks = tuned.rule(annotated_tasks(3)).tasks
    assert of_one_rule(tasks, "") == of_one_rule(tasks, "all") == list(tasks)
    with pytest.raises(RequestError, match="rule 'other' decides on none of these tasks - there are: all"):
        of_one_rule(tasks, "other")
