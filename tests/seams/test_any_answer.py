"""Whatever a provider says, a task gets a prediction that is valid and its own, or a failure by a closed list (P8)."""

import json
import logging
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend import errors
from backend.engine.thread import EngineThread
from backend.labelstudio.types import Prediction, Task
from tests.parts import build_engine, provider, write_policy
from tests.patience import HANGS_S
from tests.seams.providers import Vendor, http

CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="mood" toName="text"><Choice value="Good"/><Choice value="Very bad"/></Choices>
<Choices name="why" toName="text" choice="multiple" visibleWhen="choice-selected" whenTagName="mood"
 whenChoiceValue="Good"><Choice value="4"/><Choice value="Food"/></Choices>
<Rating name="stars" toName="text"/><Number name="age" toName="text" min="0" max="120"/>
<Labels name="ner" toName="text"><Label value="PER"/><Label value="ORG"/></Labels>
<Choices name="sure" toName="text" perRegion="true"><Choice value="Yes"/><Choice value="No"/></Choices>
<TextArea name="summary" toName="text"/></View>"""
MODES = ("tools", "json_schema", "json", "md_json")
CANARY = "canary-4471"
CODES = {
    kind.code
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.GatewayError | errors.AnswerError)
}
KEYS = ("mood", "why", "stars", "age", "ner", "sure", "summary", "label", "text")


def right(number: int) -> dict[str, Any]:
    """Return the right answer for a task; whose it is stands in it."""
    entity = {"label": "PER", "text": "Ann", "sure": "Yes"}
    return {
        "mood": "Good",
        "why": ["4", "Food"],
        "stars": number % 5 + 1,
        "age": 4.5,
        "ner": [entity],
        "summary": f"mark {number}.",
    }


# --- what a provider says -----------------------------------------------------------------------------------------

SPELLINGS = st.sampled_from([str.upper, str.lower, str.title, lambda t: f" {t}\n", lambda t: f'"{t}"', str])
WORDS = st.sampled_from(["", "Sure! ", f"As {CANARY} says [1]: ", "{a, b} ", 'Here\'s "it":\n', "\ufeff", "😀 ", "- "])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
SCALARS |= st.sampled_from(
    [CANARY, "Good", "good", "PER", "4", 4, "Ann", "Very bad", 10**400, "\ud83d", "9" * 9000, []]
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner, max_size=6),
    max_leaves=12,
)


@st.composite
def spelled(draw: Any, value: Any) -> Any:
    """Write an answer in another way, which says the same."""
    if isinstance(value, dict):
        found = {}
        for key, part in value.items():
            found[draw(st.sampled_from([key, key.upper(), f" {key} "]))] = draw(spelled(part))
        return found | draw(st.sampled_from([{}, {"confidence": 0.9}, {CANARY: {"mood": "Very bad"}}]))
    if isinstance(value, list):
        parts = [draw(spelled(part)) for part in value]
        return parts[0] if len(parts) == 1 and draw(st.booleans()) else parts
    if isinstance(value, str):
        if value.startswith("mark"):
            return value
        return int(value) if value == "4" and draw(st.booleans()) else draw(SPELLINGS)(value)
    return draw(st.sampled_from([value, str(value), [value], float(value)]))


@st.composite
def spoilt(draw: Any, answer: dict[str, Any]) -> Any:
    """Put anything in the place of a part of an answer."""
    key = draw(st.sampled_from(list(answer)))
    return {**answer, key: draw(JSON)} if draw(st.booleans()) else {k: v for k, v in answer.items() if k != key}


@st.composite
def written(draw: Any, answer: Any) -> Any:
    """Write an answer down as models do."""
    text = json.dumps(answer, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 2])))
    wraps = [
        "{}",
        "```json\n{}\n```",
        "```\n{}\n```\nAs in [1].",
        "<tool_call>{}</tool_call>",
        "[{}]",
        '{{"Answer": {}}}',
        '{{"name": "Answer", "arguments": {}}}',
    ]
    text = draw(WORDS) + draw(st.sampled_from(wraps)).format(text) + draw(WORDS)
    return draw(st.sampled_from([text, json.dumps(text)])) if text.startswith("{") else text


@st.composite
def thought(draw: Any, other: int) -> Any:
    """Think of another task's answer."""
    inner = f"{CANARY}: as before, {json.dumps(right(other))}, or {{so."
    return draw(st.sampled_from(["", f"<think>{inner}</think>", f"{inner}</think>", f"[THINK]{inner}[/THINK]"]))


@st.composite
def message(draw: Any, text: str, other: int) -> dict[str, Any]:
    """Put a text into one of the places of a message, with another task's answer where thoughts stand."""
    parts = [{"type": "thinking", "thinking": json.dumps(right(other))}, {"type": "text", "text": text}]
    function = {"name": draw(st.sampled_from(["Answer", "json", CANARY])), "arguments": text}
    call = {"id": "c", "type": "function", "function": function}
    said = draw(
        st.sampled_from(
            [
                {"content": text},
                {"content": parts},
                {"content": None, "tool_calls": [call]},
                {"content": CANARY, "tool_calls": [call, call]},
                {"content": text, "tool_calls": []},
                {"content": text, "tool_calls": [{**call, "function": {**function, "arguments": "{}"}}]},
                {"content": None, "function_call": function},
                {"content": text, "refusal": CANARY},
                {"content": None, "refusal": CANARY},
                {"content": text, "reasoning_content": f"{CANARY}: {json.dumps(right(other))}"},
                {"content": None},
            ]
        )
    )
    return {"role": "assistant", **said}


FINISHES = st.sampled_from(
    ["stop", "stop", "stop", "length", "content_filter", "tool_calls", "SAFETY", None, 7, CANARY]
)


@st.composite
def completion(draw: Any, number: int, other: int) -> Any:
    """Return what a provider says about a task: right in any shape, half right, or anything at all."""
    way = draw(
        st.sampled_from(["spelled", "spelled", "spoilt", "cut", "any answer", "any message", "any body", "bytes"])
    )
    if way == "bytes":
        return draw(st.binary(max_size=60) | st.sampled_from([b"{" * 2**20, b'{"choices":' * 2**10, b"[]" * 2**16]))
    if way == "any body":
        return draw(JSON | st.fixed_dictionaries({"choices": JSON | st.lists(JSON, max_size=2), "error": JSON}))
    answer = draw({"spoilt": spoilt(right(number)), "any answer": JSON}.get(way, spelled(right(number))))
    text = draw(thought(other)) + draw(written(answer))
    if way == "cut":
        text = text[: draw(st.integers(0, len(text)))]
    said = draw(JSON) if way == "any message" else draw(message(text, other))
    finish = "length" if way == "cut" else draw(FINISHES)
    choice = {"index": 0, "finish_reason": finish, "message": said}
    usage = draw(st.sampled_from([{"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14}, None, {}, CANARY]))
    return {"id": CANARY, "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}


# --- through the whole engine -------------------------------------------------------------------------------------

FIRST, SECOND = 101, 102
EXAMPLES = max((settings.default.max_examples if settings.default else 0) // 4, 25)
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture(scope="module")
def vendor():
    with Vendor.running() as running:
        yield running


@pytest.fixture(scope="module")
def engine(vendor, tmp_path_factory):
    """An engine with a provider and a rule for each mode, whose providers are two libraries'."""
    kinds = {mode: "openai" if mode in ("tools", "json") else "litellm" for mode in MODES}
    providers = {
        mode: provider(f"{vendor.address}/v1", kind, external=False, mode=mode, attempts=2)
        for mode, kind in kinds.items()
    }
    rules = [{"name": mode, "match": {"path": mode}, "providers": [mode], "redact": False} for mode in MODES]
    policy = write_policy(tmp_path_factory.mktemp("policy"), providers, rules)
    with EngineThread(build_engine(policy, lambda text: [])) as running:
        yield running


def predict(engine, mode, numbers):
    job = engine.engine.job(CONFIG, "1.1", mode)
    tasks = [Task({"text": f"Task-{number}: Ann met Bob at Acme."}, id=str(number)) for number in numbers]
    return engine.submit(engine.engine.predict(job, tasks)).result(HANGS_S)


def respond(bodies):
    """Answer each task by its own body, whichever is asked first."""

    def told(head, body):
        said = bodies[int(re.findall(rb"Task-(\d+)", body)[-1])]
        return http(200, said if isinstance(said, bytes) else json.dumps(said).encode())

    return told


def holds(outcome, number, other):
    """Check what came of a task."""
    if not isinstance(outcome, Prediction):
        assert outcome.code in CODES
        assert CANARY not in outcome.reason
        assert "mark" not in outcome.reason
        return
    said = json.dumps(outcome.result)
    assert f"mark {other}." not in said
    for result in outcome.result:
        value = result["value"]
        assert set(value.get("choices", ())) <= {"Good", "Very bad", "4", "Food", "Yes", "No"}
        assert set(value.get("labels", ())) <= {"PER", "ORG"}
        assert 1 <= value.get("rating", 1) <= 5
        assert 0 <= value.get("number", 0) <= 120
        if "start" in value:
            assert f"Task-{number}: Ann met Bob at Acme."[value["start"] : value["end"]] == value["text"]


@pytest.mark.parametrize("mode", MODES)
@settings(suppress_health_check=SLOW, max_examples=EXAMPLES, deadline=None)
@given(st.data())
def test_p08_any_answer_gives_its_own_tasks_prediction_or_a_known_failure(engine, vendor, caplog, mode, data):
    caplog.set_level(logging.DEBUG)
    bodies = {FIRST: data.draw(completion(FIRST, SECOND)), SECOND: data.draw(completion(SECOND, FIRST))}
    vendor.respond = respond(bodies)
    outcomes = predict(engine, mode, [FIRST, SECOND])
    holds(outcomes[0], FIRST, SECOND)
    holds(outcomes[1], SECOND, FIRST)
    logged = [record.getMessage() for record in caplog.records if record.name.startswith("labelguard")]
    assert not any(CANARY in line or "mark" in line for line in logged)


@pytest.mark.parametrize("mode", MODES)
@settings(suppress_health_check=SLOW, max_examples=EXAMPLES, deadline=None)
@given(st.data())
def test_p08_a_right_answer_comes_through_in_any_spelling_and_shape(engine, vendor, mode, data):
    answer = right(FIRST)
    text = data.draw(thought(SECOND)) + data.draw(written(data.draw(spelled(answer))))
    body = {"choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}]}
    vendor.respond = respond({FIRST: body})
    (outcome,) = predict(engine, mode, [FIRST])
    assert isinstance(outcome, Prediction), outcome.reason
    values = [result["value"] for result in outcome.result]
    assert {"choices": ["4", "Food"]} in values
    assert {"choices": ["Good"]} in values
    assert {"rating": answer["stars"]} in values
    assert {"number": 4.5} in values
    assert {"text": [answer["summary"]]} in values
    assert any(value.get("labels") == ["PER"] and value["text"] == "Ann" for value in values)
