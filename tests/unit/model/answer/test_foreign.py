"""A provider's answer before any library reads it: its counts, names, probabilities and the code of an error."""

import json
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.budget.amounts import most_tokens
from backend.model.answer import foreign, tokens
from backend.model.answer.foreign import MOST, AnswerBody, count, has_refusal, plain, probabilities, text_of, tokens_of


def read(data: Any, **how: Any) -> tuple[AnswerBody, Any]:
    """Return what is known of a body, and what is left of it."""
    body = json.dumps(data).encode()
    answer, left = plain(body, **how)
    assert answer.size == len(body)
    return answer, json.loads(left)


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"\xff", b"[1]", b'"x"', b"5", b"null", b"[" * 100_000])
def test_what_is_no_object_is_left_to_the_library(body):
    assert plain(body) == (AnswerBody(len(body), "page" if b"<" in body else ""), body)
    assert plain(body)[0].counts_hold


@pytest.mark.parametrize(
    ("value", "most", "found"),
    [
        (0, 5, 0),
        (5, 5, 5),
        (6, 5, None),
        (-1, 5, None),
        (4.0, 5, 4),
        (4.5, 5, None),
        (True, 5, None),
        (False, 5, None),
        ("4", 5, None),
        (None, 5, None),
        (float("inf"), 5, None),
        (float("nan"), 5, None),
        ([], 5, None),
    ],
)
def test_a_count(value, most, found):
    assert count(value, most) == found
    assert type(count(value, most)) is type(found)


GOOD = {
    "usage": {
        "prompt_tokens": 7,
        "completion_tokens": 2,
        "total_tokens": 9,
        "prompt_tokens_details": {"cached_tokens": 1},
        "cost": 0.25,
        "server_tool_use": None,
    },
    "usageMetadata": {"promptTokenCount": 7, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 7}]},
    "prompt_eval_count": 7,
    "eval_count": MOST,
}


def test_counts_that_can_be_are_left_alone():
    assert read(GOOD) == (read(GOOD)[0], GOOD)
    assert read(GOOD)[0].counts_hold
    assert read({})[0].counts_hold
    assert read({"usage": None, "usageMetadata": None})[0].counts_hold


WRONG = [-1, MOST + 1, "x", 1.5, True, [], {}]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
@pytest.mark.parametrize(
    "place",
    [
        ("usage", "prompt_tokens"),
        ("usage", "total_tokens"),
        ("usage", "prompt_tokens_details", "cached_tokens"),
        ("usageMetadata", "promptTokenCount"),
        ("usageMetadata", "promptTokensDetails", 0, "tokenCount"),
        ("prompt_eval_count",),
        ("eval_count",),
    ],
    ids=str,
)
def test_one_that_cannot_be_is_none_and_said(place, wrong):
    data = json.loads(json.dumps(GOOD))
    holder = data
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = wrong
    answer, left = read(data)
    assert not answer.counts_hold
    holder[place[-1]] = 0
    assert left == data


def test_a_count_that_is_not_there_stays_so():
    data = {"usage": {"prompt_tokens": None}, "eval_count": None}
    answer, left = read(data)
    assert answer.counts_hold
    assert left == data


@pytest.mark.parametrize("wrong", [5, "x", [], True], ids=str)
def test_counts_in_what_holds_none(wrong):
    answer, left = read({"usage": wrong, "usageMetadata": wrong})
    assert not answer.counts_hold
    zeros = dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens"), 0)
    assert left == {"usage": zeros, "usageMetadata": {}}
    left["usage"]["prompt_tokens"] = 5
    assert read({"usage": wrong})[1] == {"usage": zeros}


def test_one_that_is_mended_hides_none_after_it():
    data = {"usage": {"prompt_tokens": -1, "completion_tokens": -1, "lists": [{"tokens": -1}, {"tokens": -1}]}}
    answer, left = read(data)
    assert not answer.counts_hold
    zero = {"tokens": 0}
    assert left == {"usage": {"prompt_tokens": 0, "completion_tokens": 0, "lists": [zero, zero]}}


@pytest.mark.parametrize("wrong", [None, 5, [], {}, "x" * 101], ids=lambda wrong: str(wrong)[:9])
@pytest.mark.parametrize(
    "name", ["model", "modelVersion", "object", "system_fingerprint", "service_tier", "created_at"]
)
def test_a_name_that_is_none_is_unknown(name, wrong):
    assert read({name: wrong})[1] == {name: "unknown"}
    assert read({name: "x" * 100})[1] == {name: "x" * 100}


def test_ids_are_not_needed_and_times_are_numbers():
    assert read({"id": "canary", "responseId": 5, "other": "x"})[1] == {
        "id": "answer",
        "responseId": "answer",
        "other": "x",
    }
    assert read({"created": 1_700_000_000})[1] == {"created": 1_700_000_000}
    for wrong in ("x", None, -1, 2**40 + 1, ["x"], 1.5):
        assert read({"created": wrong})[1] == {"created": 0}
    assert read({"x": 1})[1] == {"x": 1}


def test_probabilities_that_nobody_asked_for_are_left_out():
    data = {"choices": [{"logprobs": {"content": 5}, "index": 0}, 7, {"index": 1}]}
    assert read(data)[1] == read(data, asks_logprobs=True)[1] == {"choices": [{"index": 0}, 7, {"index": 1}]}
    other = {"token": "y", "logprob": -2.0, "bytes": None}
    token = {"token": "x", "logprob": -1.0, "bytes": None, "top_logprobs": [other]}
    data = {"choices": [{"logprobs": {"content": [token], "refusal": None}}]}
    assert read(data)[1] == {"choices": [{}]}
    assert read(data, asks_logprobs=True)[1] == data
    for none in ("x", 5, {"a": 1}):
        assert read({"choices": none})[1] == {"choices": none}


def said(status: int, body: Any, **more: Any) -> AnswerBody:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer, left = plain(content, status, **more)
    assert left == content
    assert answer.size == len(content)
    return replace(answer, size=0)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"error": {"code": "content_filter"}}, AnswerBody(form="error", status=400, meaning="filtered")),
        ({"error": {"code": "insufficient_quota"}}, AnswerBody(form="error", status=429, meaning="quota")),
        ({"error": {"code": "rate_limit_exceeded"}}, AnswerBody(form="error", status=429, meaning="busy")),
        ({"error": {"code": "server_error"}}, AnswerBody(form="error", status=503, meaning="down")),
        ({"error": {"code": "invalid_api_key"}}, AnswerBody(form="error", status=401, meaning="key")),
        ({"error": {"code": "model_not_found"}}, AnswerBody(form="error", status=404, meaning="model")),
        ({"error": {"code": "unknown_url"}}, AnswerBody(form="error", status=404, meaning="path")),
        ({"error": {"code": "context_length_exceeded"}}, AnswerBody(form="error", status=400, meaning="room")),
        ({"error": {"code": 418}}, AnswerBody(form="error", status=418)),
        ({"error": "m does not support tools"}, AnswerBody(form="error", status=400, refused=frozenset({"tools"}))),
        ({"error": "canary"}, AnswerBody(form="error")),
        ({"detail": "canary"}, AnswerBody(form="error")),
        ({"__type": "ThrottlingException"}, AnswerBody(form="error", status=429, meaning="busy")),
        ({"type": "error"}, AnswerBody(form="error")),
        ({"object": "error"}, AnswerBody(form="error")),
        ([{"error": {"code": 503}}], AnswerBody(form="error", status=503)),
        ([5, {"error": {}}], AnswerBody(form="error")),
        ({"choices": [{"finish_reason": "error"}]}, AnswerBody(form="error", has_begun=True)),
        ({"choices": [], "error": {"code": 502}}, AnswerBody(form="error", status=502)),
        ({"choices": None, "error": {"code": 502}}, AnswerBody(form="error", status=502)),
        ({"promptFeedback": {"blockReason": "SAFETY"}}, AnswerBody(form="error", status=400, meaning="filtered")),
        (b" \n<!DOCTYPE html>", AnswerBody(form="page")),
        (b"\xef\xbb\xbf<HTML>", AnswerBody(form="page")),
        (b"<?xml version='1.0'?>", AnswerBody(form="page")),
        (b"<p>", AnswerBody()),
        (b"canary", AnswerBody()),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_came_with_200_in_place_of_an_answer(body, answer):
    assert said(200, body) == answer
    assert said(399, body) == answer


@pytest.mark.parametrize(
    "body",
    [
        {"choices": [{"message": {}}], "error": {"code": 502}},
        {"choices": [{"message": {}}], "detail": "x"},
        {"candidates": [{}], "promptFeedback": {"blockReason": "SAFETY"}},
        {"promptFeedback": None},
        {"error": None},
        {"error": {}, "detail": "", "type": "message"},
    ],
    ids=str,
)
def test_an_answer_may_hold_the_words_of_an_error(body):
    assert read(body)[0].form == ""


def test_from_400_on_all_is_an_error():
    assert said(400, {"x": 1}) == AnswerBody(form="error")
    assert said(400, b"404 page not found") == AnswerBody(form="error", meaning="path")
    assert said(400, {"choices": [{}]}) == AnswerBody(form="error", has_begun=True)
    assert said(500, {}, named="ThrottlingException:http://x") == AnswerBody(form="error", meaning="busy")
    assert said(503, {"error": {"code": 429}}) == AnswerBody(form="error")


@dataclass
class Token:
    """As openai writes one."""

    token: Any
    logprob: Any


@pytest.mark.parametrize(
    "number", [None, "x", float("nan"), float("-inf"), float("inf"), 1.0, 2e-6, True, False], ids=str
)
def test_one_probability_that_cannot_be_ends_all(number):
    assert probabilities([Token("a", -0.5), Token("b", number)]) == ()
    assert probabilities([Token(None, -0.5)]) == ()
    assert probabilities([object()]) == ()


def test_probabilities():
    found = probabilities([Token("a", -0.5), Token("b", 0), Token("c", 1e-6)])
    assert found == (tokens.Token("a", -0.5), tokens.Token("b", 0.0), tokens.Token("c", 0.0))
    assert all(type(token.logprob) is float for token in found)
    assert probabilities([]) == probabilities(None) == probabilities(5) == probabilities("ab") == ()


def told(text: Any, logprob: Any = -1.0, **more: Any) -> dict[str, Any]:
    return {"token": text, "logprob": logprob, **more}


def test_other_tokens_are_those_that_can_be_each_once():
    others = [told("a"), told("b", -2), told("b", -3), told("c", 1.0), told(5), told("x" * 101), 7, told("d", None)]
    assert probabilities([told("a", top_logprobs=others)]) == (tokens.Token("a", -1.0, (("b", -2.0),)),)
    (longest,) = probabilities([told("a", top_logprobs=[told("x" * 100)])])
    assert longest.others == (("x" * 100, -1.0),)
    several: list[Any] = ["ab", 5, {}, None]
    for wrong in several:
        assert probabilities([told("a", top_logprobs=wrong)]) == (tokens.Token("a", -1.0),)
    (many,) = probabilities([told("a", top_logprobs=[told(str(number)) for number in range(99)])])
    assert len(many.others) == tokens.MOST_OTHERS


def test_so_many_tokens_are_read_and_not_one_more(monkeypatch):
    monkeypatch.setattr(foreign, "MOST_SCORED", 3)
    assert len(probabilities([told("a")] * 3)) == 3
    assert probabilities([told("a")] * 4) == ()


SIZE, MOST_OUT = 1_000, 50
IN, OUT = 2 * most_tokens(SIZE) + foreign.SLACK, 4 * MOST_OUT + foreign.SLACK


@pytest.mark.parametrize(
    ("usage", "found"),
    [
        ({"prompt_tokens": 7, "completion_tokens": 2}, (7, 2)),
        (SimpleNamespace(prompt_tokens=7, completion_tokens=2), (7, 2)),
        ({"prompt_tokens": IN, "completion_tokens": OUT}, (IN, OUT)),
        ({"prompt_tokens": IN + 1, "completion_tokens": OUT}, None),
        ({"prompt_tokens": IN, "completion_tokens": OUT + 1}, None),
        ({"prompt_tokens": "7", "completion_tokens": 2}, None),
        ({"completion_tokens": 2}, (0, 2)),
        ({"prompt_tokens": None}, (0, 0)),
        (None, None),
    ],
    ids=str,
)
def test_what_an_answer_took_as_its_provider_counts_it(usage, found):
    assert tokens_of(usage, SIZE, MOST_OUT) == found


def test_parts_of_a_character_are_joined():
    parts = [told("?", -0.5, bytes=[0xC3], top_logprobs=[told("x")]), told("?", -0.25, bytes=[0xA9, 0x21])]
    assert probabilities(parts) == (tokens.Token("é!", -0.75),)
    assert probabilities(parts[:1]) == ()
    several: list[Any] = [[256], [True], ["x"], "x", 5, []]
    for wrong in several:
        assert probabilities([told("é", bytes=wrong)]) == (tokens.Token("é", -1.0),)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)
LIKE_TOKENS = st.fixed_dictionaries(
    {"token": st.text(max_size=4) | ANYTHING, "logprob": st.floats(-9, 0) | ANYTHING},
    optional={"bytes": st.lists(st.integers(0, 255), max_size=4) | ANYTHING, "top_logprobs": ANYTHING},
)


@given(st.lists(LIKE_TOKENS | ANYTHING, max_size=6) | ANYTHING)
def test_whatever_a_provider_tells_of_probabilities_the_answer_stays(content):
    body = {"choices": [{"message": {"content": "{}"}, "logprobs": {"content": content}}]}
    (choice,) = read(body, asks_logprobs=True)[1]["choices"]
    assert choice["message"] == {"content": "{}"}
    kept = choice.get("logprobs", {"content": []})["content"]
    assert all(token["logprob"] <= 0 and other["logprob"] <= 0 for token in kept for other in token["top_logprobs"])
    assert probabilities(kept) == probabilities(content)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (
            [{"type": "text", "text": "a"}, {"type": "thinking", "text": "no"}, {"type": "output_text", "text": "b"}],
            "ab",
        ),
        (["a", {"text": "b"}, {"text": "no", "thought": True}, {"type": "text", "text": 5}, 7, None], "ab"),
        ([], ""),
        ("a", "a"),
        (None, None),
    ],
    ids=str,
)
def test_what_comes_in_parts_is_one_text_without_thoughts(content, text):
    _, body = plain(json.dumps({"choices": [5, {"message": {"content": content}}, {"message": 5}]}).encode())
    assert json.loads(body)["choices"] == [5, {"message": {"content": text}}, {"message": 5}]


@pytest.mark.parametrize(("said", "told"), [({}, "refused"), ({"refusal": "I will not"}, "I will not")], ids=str)
def test_a_part_that_refuses_stays_a_refusal(said, told):
    parts = [{"type": "text", "text": "a"}, {"type": "refusal", "refusal": "no"}]
    _, body = plain(json.dumps({"choices": [{"message": {"content": parts, **said}}]}).encode())
    assert json.loads(body)["choices"][0]["message"] == {"content": "a", "refusal": told}


def test_values_stand_in_objects_and_in_mappings_alike():
    parts = [SimpleNamespace(type="text", text="a"), SimpleNamespace(type="refusal")]
    assert (text_of(parts), has_refusal(parts), has_refusal(parts[:1]), has_refusal("refusal")) == (
        "a",
        True,
        False,
        False,
    )
