"""Thoughts are cut out of what a model wrote, by any model's marks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.answer.thoughts import thinks, without_thoughts
from tests.pace import grows_evenly

PAIRS = [
    ("<think>", "</think>"),
    ("<THINK>", "</Think>"),
    ('<think time="3">', "</think >"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final"),
    ("<|channel>thought\n", "<channel|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<unused94>thought\n", "<unused95>"),
    ("analysis", "assistantfinal"),
]
THOUGHT = 'So it may be {"mood": "Bad"}? No.'


@pytest.mark.parametrize(("opens", "closes"), PAIRS)
def test_thoughts_are_cut(opens, closes):
    assert without_thoughts(f"{opens}{THOUGHT}{closes}Good.") == "Good."


@pytest.mark.parametrize(("opens", "closes"), PAIRS)
def test_all_before_a_mark_that_closes_what_the_prompt_opened_is_thought(opens, closes):
    assert without_thoughts(f"{THOUGHT}{closes}Good.") == "Good."


@pytest.mark.parametrize(("opens", "closes"), PAIRS)
def test_nothing_is_left_where_thoughts_do_not_end(opens, closes):
    assert without_thoughts(f"{opens}{THOUGHT}") == ""
    assert without_thoughts(f"{opens}{THOUGHT}{closes}Good.\n<think>Or bad?") == ""


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Good.", "Good."),
        ("a <think>b</think> c <think>d</think> e", "a  c  e"),
        ("<think>a <think>b</think> c</think> d", " d"),
        ("<thinker>, <rethink> and analysis of channels", "<thinker>, <rethink> and analysis of channels"),
        ("", ""),
    ],
)
def test_what_is_left(text, left):
    assert without_thoughts(text) == left


def test_a_mark_that_is_written_about_is_none():
    text = '<think>x</think> {"a": "<think>"} y'
    said = [(text.index("{"), text.index("}") + 1)]
    assert without_thoughts(text, said) == ' {"a": "<think>"} y'
    assert without_thoughts('{"a": "</think>"}', [(0, 17)]) == '{"a": "</think>"}'
    assert without_thoughts('{"a": 1}</think>{"a": "</think>"}', [(0, 8), (16, 33)]) == '{"a": "</think>"}'


@pytest.mark.parametrize("piece", ["<think>", "</think>", "<think ", "<|channel|>", "<|channel|>  ", "<unused94> "])
def test_it_takes_time_by_the_length_alone(piece):
    assert grows_evenly(lambda size: without_thoughts(piece * (size // len(piece))), 2**17)


@given(st.lists(st.sampled_from([mark for pair in PAIRS for mark in pair] + ["a", "{}", "\n"]), max_size=12))
def test_nothing_of_a_thought_is_left(parts):
    text = "".join(parts)
    left = without_thoughts(text)
    assert without_thoughts(left + "<think>") == ""
    assert thinks(text) or left == text
