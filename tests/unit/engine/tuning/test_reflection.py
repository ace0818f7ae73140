"""Who may propose, and how the question is written."""

from dataclasses import replace

import pytest

from backend.engine.tuning.reflection import TEMPLATE, reflecting
from backend.errors import RequestError
from backend.prompting.templates import Prompts
from backend.providers import Provider

LARGE = Provider("large", "openai", "m", external=True)
SMALL = Provider("small", "openai", "n", external=False)
LEARNED = Provider("learned", "distilled", "h", external=False)


def test_those_of_the_rule_propose_in_their_order_or_the_one_that_is_named():
    assert reflecting([LEARNED, LARGE, SMALL], "") == (LARGE, SMALL)
    assert reflecting([LEARNED, LARGE, SMALL], "small") == (SMALL,)


@pytest.mark.parametrize(
    ("providers", "name", "problem"),
    [
        ([LARGE, SMALL], "other", r"--reflection other is no provider of the rule .* there are: large, small"),
        ([LARGE, LEARNED], "learned", "--reflection learned is no provider of the rule that reads a prompt"),
        ([LEARNED, replace(LEARNED, name="x")], "", "no provider of the rule reads a prompt"),
    ],
)
def test_nobody_else_proposes(providers, name, problem):
    with pytest.raises(RequestError, match=problem):
        reflecting(providers, name)


def test_the_question_shows_prompt_and_examples_as_they_stand():
    record = {"score": "0.50", "text": "A {{ text }} of <text>", "wanted": '{"a": 1}', "given": "no answer: cut"}
    prompt = "{% if x %}{{ text }}{% endif %} {text}"
    placeholders = ["{% if x %}", "{{ text }}"]
    values = {"prompt": prompt, "beside": "You label.", "placeholders": placeholders, "refused": "it quotes a task"}
    said = Prompts().template(TEMPLATE).render({**values, "records": [record]})
    assert f"<prompt>\n{prompt}\n</prompt>" in said
    assert "A {{ text }} of <text>" in said
    assert '<people>{"a": 1}</people>\n<model>no answer: cut</model>' in said
    assert "The last proposal was not tried: it quotes a task. Avoid that." in said
    assert "The new prompt holds {% if x %} {{ text }} letter for letter, in this order" in said
