"""Streams that nobody asked for are put together as the answer that was asked for."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.answer.foreign import AnswerBody, plain
from backend.model.answer.streams import assembled, is_stream


def chunk(delta: Any = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices} | more


def stream(*events: Any, end: str = "\n\n") -> str:
    return "".join(f"data: {event if isinstance(event, str) else json.dumps(event)}{end}" for event in events)


USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
SAID = [
    chunk({"role": "assistant", "content": ""}),
    chunk({"reasoning_content": "Glad."}),
    chunk({"content": '{"mood"'}),
    chunk({"content": ': "Good"}'}),
    chunk({}, "stop"),
    chunk(usage=USAGE),
    "[DONE]",
]


@pytest.mark.parametrize("end", ["\n\n", "\r\n\r\n", "\r\r", "\n\n: keep-alive\n\n", "\nid: 5\nevent: x\n\n", "\n"])
def test_content_is_joined(end):
    found = assembled(": OPENROUTER PROCESSING\n\n" + stream(*SAID, end=end))
    message = {"role": "assistant", "content": '{"mood": "Good"}', "reasoning_content": "Glad."}
    assert found["choices"] == [{"index": 0, "finish_reason": "stop", "message": message}]
    assert (found["usage"], found["object"], found["model"]) == (USAGE, "chat.completion", "m")


def test_calls_of_tools_are_joined_by_their_index():
    def call(index: int, **function: str) -> dict[str, Any]:
        return chunk({"tool_calls": [{"index": index, "id": "c", "type": "function", "function": function}]})

    parts = [call(0, name="AnswerBody", arguments=""), call(0, arguments='{"a'), call(1, name="B", arguments="{}")]
    found = assembled(stream(*parts, call(0, arguments='": 1}'), chunk({}, "tool_calls"), "[DONE]"))
    message = found["choices"][0]["message"]
    assert message["content"] is None
    assert [one["function"] for one in message["tool_calls"]] == [
        {"name": "AnswerBody", "arguments": '{"a": 1}'},
        {"name": "B", "arguments": "{}"},
    ]


def test_a_refusal_and_thoughts_are_joined_too():
    for name in ("refusal", "reasoning", "reasoning_content"):
        found = assembled(stream(chunk({name: "No"}), chunk({name: ", no."}), "[DONE]"))
        assert found["choices"][0]["message"] == {"role": "assistant", "content": None, name: "No, no."}


def test_an_event_may_stand_on_two_lines():
    first, second = json.dumps(chunk({"content": "x"})).split(", ", 1)
    assert assembled(f"data: {first},\ndata: {second}\n\n")["choices"][0]["message"]["content"] == "x"


def test_a_call_has_what_a_library_looks_for():
    call = {"index": 0, "function": {"name": "AnswerBody", "arguments": "{}"}}
    (found,) = assembled(stream(chunk({"tool_calls": [call]})))["choices"][0]["message"]["tool_calls"]
    assert found == {"id": "call", "type": "function", "function": {"name": "AnswerBody", "arguments": "{}"}}


def test_geminis_answer_in_a_frame():
    whole = {"candidates": [{"content": {"parts": [{"text": "x"}]}}], "usageMetadata": {"promptTokenCount": 1}}
    assert assembled(stream(whole)) == whole


def test_what_is_too_deep_is_no_event():
    assert assembled("data: " + '{"a":' * 100_000 + "\n\n" + stream(chunk({"content": "x"})))["object"]


def test_of_several_choices_the_first_counts():
    second = chunk({"content": "no"})
    second["choices"][0]["index"] = 1
    assert assembled(stream(chunk({"content": "yes"}), second))["choices"][0]["message"]["content"] == "yes"


def test_an_event_may_stand_on_several_lines():
    lines = json.dumps(chunk({"content": "a\nb"}), indent=1).splitlines()
    assert assembled("\n".join(f"data:{line}" for line in lines))["choices"][0]["message"]["content"] == "a\nb"


@pytest.mark.parametrize(
    "text",
    [
        ": PROCESSING\n\n: PROCESSING\n\n%s",
        "data: %s\n\ndata: [DONE]\n\n",
        "%s\n\ndata: [DONE]\n\n",  # decolua/9router#3492
        "\n\n \n%s\n",
        "\ufeff%s",
        "\ufeff: wait\n\n%s",
    ],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_a_whole_completion_may_come_in_a_frame(text, indent):
    whole = {"choices": [{"index": 0, "message": {"content": "x"}}]}
    said = json.dumps(whole, indent=indent if "data: %s" not in text else None)
    answer, left = plain((text % said).encode())
    assert (answer.form, json.loads(left)) == ("", whole)


@pytest.mark.parametrize(
    ("events", "meaning", "status", "has_begun"),
    [
        ([SAID[0], {"error": {"message": "canary", "code": "insufficient_quota"}}], "quota", 429, True),
        ([{"type": "error", "error": {"type": "overloaded_error"}}], "busy", 429, False),
        ([SAID[2], {"error": {"code": 502, "message": "x"}}, "[DONE]"], "", 502, True),
        ([{"error": {"code": 429}}, "[DONE]"], "", 429, False),
    ],
)
def test_an_error_within_a_stream_is_an_error(events, meaning, status, has_begun):
    body = stream(*events).encode()
    assert plain(body)[0] == AnswerBody(len(body), "error", status, meaning, has_begun=has_begun)


def test_anthropics_own_stream():
    def event(kind: str, **more: Any) -> str:
        return f"event: {kind}\ndata: {json.dumps({'type': kind} | more)}\n\n"

    start = {"id": "m", "type": "message", "role": "assistant", "content": [], "usage": {"input_tokens": 9}}
    text = event("message_start", message=start)
    text += event("content_block_start", index=0, content_block={"type": "thinking", "thinking": ""})
    text += event("content_block_delta", index=0, delta={"type": "thinking_delta", "thinking": "Glad."})
    text += event("ping") + event("content_block_stop", index=0)
    text += event("content_block_start", index=1, content_block={"type": "tool_use", "name": "AnswerBody", "input": {}})
    for part in ('{"mood"', ': "Good"}'):
        text += event("content_block_delta", index=1, delta={"type": "input_json_delta", "partial_json": part})
    text += event("message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 5})
    found = assembled(text + event("message_stop"))
    assert found["content"] == [
        {"type": "thinking", "thinking": "Glad."},
        {"type": "tool_use", "name": "AnswerBody", "input": {"mood": "Good"}},
    ]
    assert (found["id"], found["type"], found["role"]) == ("m", "message", "assistant")
    assert (found["stop_reason"], found["usage"]) == ("tool_use", {"input_tokens": 9, "output_tokens": 5})


@pytest.mark.parametrize("text", ["data: [DONE]\n\n", "data: x\n\n", ": only this\n\n", "event: a\n\n", "data: {}\n\n"])
def test_a_stream_that_says_nothing_is_no_answer(text):
    assert is_stream(text)
    assert assembled(text) is None
    assert plain(text.encode()) == (AnswerBody(len(text)), text.encode())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.sampled_from(
        "choices delta content index message tool_calls function arguments type content_block usage error".split()
    ), part, max_size=4),
    max_leaves=12,
)  # fmt: skip


def left_alone_or_json(body, status=200):
    """See that a library gets what came, or an object in its place."""
    answer, left = plain(body, status)
    assert answer.size == len(body)
    assert left == body or isinstance(json.loads(left), dict)


@given(st.lists(st.dictionaries(st.sampled_from(["choices", "type", "delta", "message", "index"]), JSON), max_size=4))
def test_whatever_comes_nothing_breaks(events):
    left_alone_or_json(stream(*events).encode())
    left_alone_or_json(json.dumps(events).encode(), 400)
    left_alone_or_json(json.dumps(events and events[0]).encode())


@given(st.binary(max_size=200))
def test_nor_by_any_bytes(body):
    for start in (b"", b"data: ", b": \n\n", b"data: {"):
        left_alone_or_json(start + body)
