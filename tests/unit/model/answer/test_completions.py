"""One answer is taken out of a completion, wherever it stands; what is none is told apart by a closed list."""

import json
from types import SimpleNamespace
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, Field, create_model

from backend.errors import CutAnswerError, DeclinedError, FilteredError, InvalidAnswerError, NoCompletionError
from backend.model.answer.completions import LONGEST, LONGEST_ECHO, SAID, Completion, invalid, take_answer
from backend.model.answer.leniency import AnswerShape
from backend.prompting.answer_form import Answer
from backend.providers import Provider

OWN = Provider("own", "openai", "m", external=False, max_tokens=100)
MOODS: Any = Literal["Good", "Bad"]
MOOD = create_model("Answer", __base__=Answer, c0=(MOODS, Field(alias="mood")))
GOOD, BAD = '{"mood": "Good"}', '{"mood": "Bad"}'
THOUGHT = f"<think>\nPerhaps {BAD}? No.\n</think>\n"


def completion(message, finish: Any = "stop"):
    return {"choices": [{"index": 0, "finish_reason": finish, "message": message}]}


def said(content, finish: Any = "stop", **more):
    return completion({"role": "assistant", "content": content, **more}, finish)


def called(*arguments, name="Answer", content=None, **more):
    calls = [{"id": "c", "function": {"name": name, "arguments": each}} for each in arguments]
    return said(content, tool_calls=calls, **more)


def take(body, kind: Any = MOOD, tokens_out=0):
    return take_answer(body, AnswerShape(kind), OWN, tokens_out)


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        f" \n{GOOD}\n",
        f"```json\n{GOOD}\n```",
        f"Sure!\n```\n{GOOD}\n```\nBased on [1] and {{2}}.",
        f"Not {BAD}, but {GOOD}",
        THOUGHT + GOOD,
        f"So {BAD}?\n</think>\n{GOOD}",
        THOUGHT + f"```json\n{GOOD}\n```",
        f"[THINK]{BAD}[/THINK]{GOOD}",
        f'<think>{{"mood": {BAD[:-1]}</think>{GOOD}',
        f"<|channel|>analysis<|message|>{BAD}<|end|><|start|>assistant<|channel|>final<|message|>{GOOD}<|return|>",
        f"<|channel|>commentary to=functions.Answer <|constrain|>json<|message|>{GOOD}<|call|>",
        json.dumps(GOOD),
        json.dumps(json.dumps(GOOD)),
        THOUGHT + json.dumps(GOOD),
        json.dumps(THOUGHT + GOOD),
        f"[{GOOD}]",
        f'{{"Answer": {GOOD}}}',
        f'{{"name": "Answer", "arguments": {GOOD}}}',
        f'{{"name": "Answer", "arguments": {json.dumps(GOOD)}}}',
        f'<tool_call>\n{{"name": "Answer", "parameters": {GOOD}}}\n</tool_call>',
        f'[TOOL_CALLS][{{"name": "Answer", "arguments": {GOOD}}}]',
        f'{{"tool_calls": [{{"function": {{"name": "Answer", "arguments": {GOOD}}}}}]}}',
        f'{{"type": "object", "properties": {GOOD}, "required": ["mood"]}}',
        f'{{"properties": {{"mood": {{"enum": ["Good", "Bad"], "type": "string"}}}}}}\n{GOOD}',
        '{"mood": "good", "why": "It reads so."}',
        "{'mood': 'Good',}",
        [{"type": "text", "text": GOOD}],
        [{"type": "text", "text": '{"mood":'}, {"type": "text", "text": ' "Good"}'}],
        [{"type": "thinking", "thinking": [{"type": "text", "text": BAD}]}, {"type": "text", "text": GOOD}],
        [{"type": "reasoning", "text": BAD}, {"type": "text", "text": GOOD}, {"type": "reasoning", "text": BAD}],
        [{"text": BAD, "thought": True}, {"text": GOOD}],
        [SimpleNamespace(type="text", text=GOOD)],
        [GOOD],
    ],
)
def test_the_answer_in_a_text(content):
    taken = take(said(content))
    assert (json.loads(taken.json), taken.problem) == ({"mood": "Good"}, "")


@pytest.mark.parametrize(
    "body",
    [
        called(GOOD),
        called({"mood": "Good"}),
        called(json.dumps(GOOD)),
        called(GOOD, name="final_result"),
        called(GOOD, GOOD),
        called(f"{THOUGHT}{GOOD}"),
        called(f'{{"Answer": {GOOD}}}'),
        called(GOOD, finish="tool_calls"),
        called("{}", content=GOOD),
        called("", content=GOOD),
        called(None, content=THOUGHT + GOOD),
        called(GOOD, content=BAD),
        called(GOOD) | {"usage": None},
        said(GOOD, tool_calls=[]),
        said(GOOD, tool_calls=None, refusal=None, function_call=None),
        said(GOOD, tool_calls=[None]),
        said(None, function_call={"name": "Answer", "arguments": GOOD}),
        said(
            None,
            tool_calls=[
                {"function": {"name": "search", "arguments": BAD}},
                {"function": {"name": "Answer", "arguments": GOOD}},
            ],
        ),
        said(GOOD, reasoning_content=BAD),
        said(GOOD, finish="length"),
        said(f"{THOUGHT}```json\n{GOOD}\n``` since", finish="length"),
        called(GOOD, content="So it is", finish="length"),
        said(GOOD, finish=None),
        said(GOOD, finish=7),
        said(GOOD, refusal=""),
        said("", reasoning_content=GOOD),
        said(None, reasoning=f"```json\n{GOOD}\n```"),
        {"choices": [{"text": GOOD}]},
        SimpleNamespace(choices=[SimpleNamespace(message=SimpleNamespace(content=GOOD))]),
    ],
)
def test_the_answer_in_another_place(body):
    assert json.loads(take(body).json) == {"mood": "Good"}
    assert take(body).problem == ""


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (said(None), "empty"),
        (said(" \n"), "empty"),
        (said([]), "empty"),
        (said({"mood": "Good"}), "empty"),
        (called(), "empty"),
        (said("I cannot say."), "words"),
        (said('{"mood": "Good", "mood": "Bad"}'), "words"),
        (said(f"[{GOOD}, {BAD}]"), "words"),
        (said(f'{{"thought": {GOOD}, "mood": "Ba'), "words"),
        (said(f"<think>Perhaps {BAD}?"), "thoughts"),
        (said(f"{GOOD}<think>Or is it"), "thoughts"),
        (said(None, reasoning_content=f"Perhaps {BAD}?"), "thoughts"),
        (said(None, reasoning=f"{BAD}\n{GOOD}"), "thoughts"),
        (called(GOOD, BAD), "several"),
        (called(GOOD, BAD, content=GOOD), "several"),
        (called("{}"), "keys"),
        (said("{}"), "keys"),
        (said('{"tone": "Good"}'), "keys"),
        (said(f'{{"example": {GOOD}}}'), "keys"),
        (said(f'{{"answer": {GOOD}, "response": {BAD}}}'), "keys"),
        (said('{"mood": "Neutral"}'), "label"),
        (said(f'{{"mood": "Neutral", "answer": {GOOD}}}'), "label"),
        (said('{"mood": ["Good", "Bad"]}'), "label"),
        (said('{"mood": null}'), "label"),
        (said('{"mood": "\\ud83d"}'), "type"),
    ],
)
def test_what_is_wrong_is_one_of_a_closed_list(body, problem):
    taken = take(body)
    assert taken.problem == problem
    error = invalid(OWN, taken.problem, 2)
    assert error.reason == f"provider own: no answer that fits in 2 attempts: the last {' - '.join(SAID[problem])}"


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        (Annotated[int, Field(ge=1, le=5)], 6, "bounds"),
        (Annotated[int, Field(ge=1, le=5)], "four", "type"),
        (Annotated[list[str], Field(max_length=1)], ["a", "b"], "bounds"),
        (Annotated[str, Field(min_length=1)], "", "bounds"),
        (str, {"x": 1}, "type"),
        (str, "\ud83d", "type"),
        (Annotated[str, AfterValidator(lambda value: {}[value])], "canary", "type"),
    ],
)
def test_what_is_wrong_with_a_value(kind, value, problem):
    form = create_model("Answer", __base__=Answer, c0=(kind, Field(alias="mood")))
    assert take(said(json.dumps({"mood": value})), form).problem == problem


def test_the_last_object_that_fits_counts_and_not_the_last_of_all():
    assert take(said(f'{BAD} {GOOD} {{"mood": "Neutral"}} {{}} {{"b": 1}}')).json == GOOD
    assert take(said(f'{BAD} {GOOD} {{"mood": "Neutral"}} {{}} {{"b": 1}}')).source == GOOD


@pytest.mark.parametrize("text", ["a <think> of it", "</think>", "[THINK] and <|channel|>final"])
@pytest.mark.parametrize("around", ["{}", "```json\n{}\n```", "<think>x</think>{}", "<think>{{}}</think> Here: {}"])
def test_marks_that_an_answer_writes_about_are_no_thoughts(text, around):
    form = create_model("Answer", __base__=Answer, c0=(str, Field(alias="summary")))
    assert json.loads(take(said(around.format(json.dumps({"summary": text}))), form).json) == {"summary": text}


def test_a_control_may_be_named_as_what_wraps_answers():
    form = create_model("Answer", __base__=Answer, c0=(str, Field(alias="answer")))
    for body in ('{"answer": "x"}', '{"answer": {"answer": "x"}}', '{"Answer": {"answer": "x"}}'):
        assert json.loads(take(said(body), form).json) == {"answer": "x"}


@pytest.mark.parametrize("finish", ["content_filter", "SAFETY", "RECITATION", "sensitive", "guardrail_intervened"])
@pytest.mark.parametrize("content", ["", GOOD[:-3], GOOD])
def test_a_filter_is_told(finish, content):
    with pytest.raises(FilteredError, match="content filter"):
        take(said(content, finish=finish))


@pytest.mark.parametrize(
    "body",
    [
        said(None, refusal="canary"),
        said([{"type": "refusal", "refusal": "canary"}]),
        said("canary", finish="refusal"),
        said("", refusal={"reason": "canary"}),
    ],
)
def test_a_refusal_is_told_without_its_words(body):
    with pytest.raises(DeclinedError, match="declined") as caught:
        take(body)
    assert "canary" not in caught.value.reason


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        (said(GOOD[:-3], finish="length"), 0),
        (said(GOOD[:-3], finish="MAX_TOKENS"), 0),
        (said("", finish="max_tokens"), 0),
        (said(f"<think>Is it {GOOD}", finish="model_length"), 0),
        (said(None, finish="length", reasoning_content="canary"), 0),
        (called(GOOD[:-3], finish="length"), 0),
        (said(f"So it may be {GOOD}, or", finish="length"), 0),
        (called(f"So it may be {GOOD}, or", finish="length"), 0),
        (called(f"So it may be {GOOD}", finish="length"), 0),
        (said(f"So it may be {GOOD}"), 100),
        (said(f"{THOUGHT}{BAD}</think>", finish="length"), 0),
        (said(None, finish="length", reasoning_content=GOOD), 0),
        (said(GOOD[:-3]), 100),
    ],
)
def test_a_cut_is_told_with_the_bound(body, tokens):
    with pytest.raises(CutAnswerError, match=r"cut at max_tokens \(100\)"):
        take(body, tokens_out=tokens)


@pytest.mark.parametrize(
    "body",
    [
        *["<html>canary</html>", "", None, 3, [1], {}, {"choices": None}, {"choices": []}, {"choices": "canary"}],
        *[{"choices": {"message": {}}}, {"choices": [{}]}, {"choices": ["canary"]}, {"choices": [{"message": None}]}],
        *[{"error": {"message": "canary"}}, said("", finish="error")],
    ],
)
def test_what_is_no_completion_is_told(body):
    with pytest.raises(NoCompletionError, match="gave no answer") as caught:
        take(body)
    assert "canary" not in caught.value.reason


def test_what_is_too_long_is_not_read():
    long = "x" * (LONGEST + 1)
    for body in (said(long), said(None, reasoning=long), called(long)):
        with pytest.raises(InvalidAnswerError, match="characters"):
            take(body)


@pytest.mark.parametrize("piece", ["{}", GOOD, BAD, '{"mood": 1}', "<think>", "</think>", "{", '{"mood":', '"', "[{"])
def test_hostile_content_is_read_all_the_same(piece):
    taken = take(said(piece * (LONGEST // len(piece))))
    assert taken.problem in SAID or piece in (GOOD, BAD)


def test_no_more_goes_back_than_the_answer():
    taken = take(said(f'{THOUGHT} Sure: {{"mood": "Neutral", "why": "because"}} as in canary.'))
    assert taken.json == '{"mood": "Neutral"}'
    assert take(said("canary")).json == "{}"
    assert take(said(json.dumps({"mood": "x" * LONGEST_ECHO}))).json == "{}"


def test_the_shape_that_instructor_reads():
    taken = take(said(GOOD))
    assert Completion.of(taken, "json_schema").choices[0].message.content == GOOD
    message = Completion.of(taken, "tools").model_dump()["choices"][0]["message"]
    assert message["function_call"] == {"name": "Answer", "arguments": GOOD}
    assert message["content"] is None


def test_nothing_of_it_is_shown():
    assert "Good" not in repr(take(said(GOOD)))
