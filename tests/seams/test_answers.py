"""Whatever shape an answer has, by whichever library: it is read leniently, checked strictly, and booked as it was."""

import json

import pytest

from backend.errors import CutAnswerError, DeclinedError, FilteredError, InvalidAnswerError, NoCompletionError
from backend.model.answer.tokens import Token
from backend.providers import Price
from tests.seams.providers import KEY, KINDS, Vendor, http, provider, vendor_answer
from tests.seams.test_attempts import outcomes

GOOD, BAD = '{"mood": "Good"}', '{"mood": "Bad"}'
CANARY = "canary-9917"
THOUGHT = f"<think>\n{CANARY}: perhaps {BAD}? No.\n</think>\n"
SPEAKS = [kind for kind in KINDS if not kind.name.endswith(("anthropic", "gemini", "ollama_chat"))]
"""The kinds that speak OpenAI's protocol."""
ALL = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
OPENAIS = pytest.mark.parametrize("kind", SPEAKS, ids=lambda kind: kind.name)
PRICE = Price(1_000.0, 1_000.0)


@pytest.fixture
def vendor(monkeypatch):
    monkeypatch.setenv("POLICYS_KEY", KEY)
    with Vendor.running() as running:
        yield running


def answers(vendor, *bodies):
    """Have a vendor answer by one body after the other, the last for all that follow."""
    left = list(bodies)
    vendor.respond = lambda *_: http(200, left.pop(0) if len(left) > 1 else left[0])


def said(content=None, finish="stop", **message):
    told = {"role": "assistant", "content": content, **message}
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    choice = {"index": 0, "finish_reason": finish, "message": told}
    return {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}


def call(arguments, name="Answer"):
    return {"id": "c", "type": "function", "function": {"name": name, "arguments": arguments}}


SHAPES = {
    "bare": said(GOOD),
    "other case": said('{"Mood": " GOOD. "}'),
    "more keys": said('{"mood": "Good", "confidence": 0.9}'),
    "thoughts": said(THOUGHT + GOOD),
    "thoughts that the prompt began": said(f"So {BAD}?</think>{GOOD}"),
    "fence": said(f"Sure:\n```json\n{GOOD}\n```\nAs in [1]."),
    "within JSON": said(json.dumps(GOOD)),
    "beside thoughts": said(GOOD, reasoning_content=BAD),
    "where thoughts should stand": said("", reasoning_content=GOOD),
    "parts": said([{"type": "thinking", "thinking": BAD}, {"type": "text", "text": GOOD[:5]}, {"text": GOOD[5:]}]),
    "call": said(tool_calls=[call(GOOD)], finish="tool_calls"),
    "call by another name": said(tool_calls=[call(GOOD, "json")]),
    "call without text": said(tool_calls=[call({"mood": "Good"})]),
    "call within JSON": said(tool_calls=[call(json.dumps(GOOD))]),
    "two calls": said(tool_calls=[call(GOOD), call(GOOD)]),
    "call without an answer": said(GOOD, tool_calls=[call("{}")]),
    "old call": said(function_call={"name": "Answer", "arguments": GOOD}),
    "no calls": said(GOOD, tool_calls=[]),
    "whole, though at its end": said(GOOD, finish="length"),
    "no end": said(GOOD, finish=None),
}


@OPENAIS
@pytest.mark.parametrize("shape", SHAPES)
def test_an_answer_in_any_shape(vendor, tmp_path, kind, shape):
    answers(vendor, SHAPES[shape])
    reply, ended = outcomes(tmp_path, provider(kind, vendor.address))
    assert reply.answer.c0 == "Good"
    assert reply.content == GOOD
    assert [entry["outcome"] for entry in ended] == ["answered"]


ENDS = {
    "refusal": (said(refusal=CANARY), DeclinedError, "refused"),
    "refusal as a part": (said([{"type": "refusal", "refusal": CANARY}]), DeclinedError, "refused"),
    "filter": (said("", finish="content_filter"), FilteredError, "refused"),
    "safety": (said(CANARY, finish="SAFETY"), FilteredError, "refused"),
    "cut": (said(f'{{"mood": "{CANARY}', finish="length"), CutAnswerError, "failed"),
    "cut in thoughts": (said("", finish="length", reasoning_content=CANARY), CutAnswerError, "failed"),
    "cut, by the count": (
        said(CANARY) | {"usage": {"prompt_tokens": 9, "completion_tokens": 1024}},
        CutAnswerError,
        "",
    ),
    "no choices": (said() | {"choices": []}, NoCompletionError, "failed"),
}


@OPENAIS
@pytest.mark.parametrize("end", ENDS)
def test_p05_what_is_no_answer_is_told_once_and_not_recorded_as_one(vendor, tmp_path, kind, end):
    body, error, outcome = ENDS[end]
    answers(vendor, body)
    told, ended = outcomes(tmp_path, provider(kind, vendor.address, attempts=3))
    assert type(told) is error
    assert CANARY not in told.reason
    assert "better model" not in told.reason
    assert [(entry["code"], entry["outcome"]) for entry in ended] == [(error.code, outcome or "failed")]
    assert len(vendor.requests) == 1


@OPENAIS
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (CANARY, "holds no JSON object"),
        ("", "is empty"),
        (f"<think>{CANARY}", "holds thoughts alone"),
        (f'{{"mood": "{CANARY}"}}', "names a label that is not offered"),
        (f'{{"{CANARY}": 1}}', "lacks what was asked for"),
        (f"[{GOOD}, {BAD}]", "holds no JSON object"),
    ],
)
def test_p05_an_answer_that_does_not_fit_is_asked_for_again_and_told_by_a_closed_list(
    vendor, tmp_path, kind, content, problem
):
    answers(vendor, said(content))
    told, ended = outcomes(tmp_path, provider(kind, vendor.address, attempts=2, price=PRICE))
    assert type(told) is InvalidAnswerError
    assert f"no answer that fits in 2 attempts: the last {problem}" in told.reason
    assert CANARY not in told.reason
    assert [(entry["code"], entry["outcome"]) for entry in ended] == [("invalid_answer", "failed")] * 2
    assert [entry["tokens_out"] for entry in ended] == [5, 5]


@ALL
def test_a_second_try_is_told_what_was_wrong_and_nothing_of_the_thoughts(vendor, tmp_path, kind):
    wrong = f'{THOUGHT}{{"mood": "Neutral", "{CANARY}": 1}}'

    def respond(head, body):
        answer = json.dumps(vendor_answer(head, json.loads(body)))
        if len(vendor.requests) == 1:
            answer = answer.replace(json.dumps(GOOD)[1:-1], json.dumps(wrong)[1:-1]).replace(
                '"input": {"mood": "Good"}', '"input": {"mood": "Neutral"}'
            )
        return http(200, answer.encode())

    vendor.respond = respond
    reply, ended = outcomes(tmp_path, provider(kind, vendor.address))
    assert reply.answer.c0 == "Good"
    assert [entry["code"] for entry in ended] == ["invalid_answer", ""]
    second = vendor.requests[1][1].decode()
    assert "Neutral" in second
    assert CANARY not in second.replace(f"{CANARY} smiled", "")
    assert "think" not in second
    assert "'Good' or 'Bad'" in second


@OPENAIS
def test_the_books_hold_the_tokens_of_what_was_no_answer(vendor, tmp_path, kind):
    answers(vendor, said(refusal=CANARY))
    _, ended = outcomes(tmp_path, provider(kind, vendor.address, price=PRICE))
    assert [(entry["tokens_in"], entry["tokens_out"], entry["cost_usd"]) for entry in ended] == [(10, 5, 0.015)]


@OPENAIS
def test_without_a_count_the_worst_is_booked(vendor, tmp_path, kind):
    body = said(refusal=CANARY)
    del body["usage"]
    answers(vendor, body)
    _, ended = outcomes(tmp_path, provider(kind, vendor.address, price=PRICE, max_tokens=500))
    assert ended[0]["cost_usd"] >= 0.5


def test_probabilities_are_those_of_the_answer_alone(vendor, tmp_path):
    tokens = ["<think>", '{"mood": "Bad"}', "</think>", '{"', 'mood": "', "Good", '"}', " so"]
    body = said("".join(tokens))
    body["choices"][0]["logprobs"] = {
        "content": [
            {"token": token, "logprob": -float(place), "top_logprobs": []} for place, token in enumerate(tokens)
        ]
    }
    answers(vendor, body)
    reply, _ = outcomes(tmp_path, provider(KINDS[1], vendor.address, scores="tokens"))
    assert reply.logprobs == (
        Token('{"', -3.0),
        Token('mood": "', -4.0),
        Token("Good", -5.0),
        Token('"}', -6.0),
    )
    body["choices"][0]["message"]["content"] = "Other words: " + GOOD.replace(" ", "\n")
    reply, _ = outcomes(tmp_path, provider(KINDS[1], vendor.address, scores="tokens"))
    assert reply.logprobs == ()
