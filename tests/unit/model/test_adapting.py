"""What a provider refused is left out of what it is sent from then on, or sent in its other form."""

from typing import Any

import pytest

from backend.model.adapting import Manners
from backend.model.complaints import KEYWORDS
from backend.providers import Provider

OWN = "http://127.0.0.1:9/v1"


def manners(kind: Any = "openai", address: str | None = OWN) -> Manners:
    return Manners(Provider("own", kind, "m", external=False, address=address))


def learn(known: Manners, kwargs: dict[str, Any], *refused: str) -> bool:
    return known.learn(frozenset(refused), kwargs, known.adapt(kwargs))


@pytest.mark.parametrize(
    ("kind", "address", "is_renamed"),
    [
        ("openai", None, True),
        ("openai", "https://api.openai.com/v1", True),
        ("openai", "https://api.openai.com:443/v1/", True),
        ("openai", OWN, False),
        ("openai", "https://api.openai.com.example/v1", False),
        ("openai", "https://eu.example/api.openai.com", False),
        ("litellm", None, False),  # litellm sees to it
        ("embedded", None, False),
    ],
)
def test_openai_itself_is_sent_no_max_tokens(kind, address, is_renamed):
    sent = manners(kind, address).adapt({"max_tokens": 5, "temperature": 0})
    assert sent == (
        {"max_completion_tokens": 5, "temperature": 0} if is_renamed else {"max_tokens": 5, "temperature": 0}
    )


def test_each_parameter_has_its_other_form():
    known, kwargs = manners(), {"max_tokens": 5, "temperature": 0}
    assert learn(known, kwargs, "max_tokens")
    assert known.adapt(kwargs) == {"max_completion_tokens": 5, "temperature": 0}
    assert learn(known, kwargs, "temperature")
    assert known.adapt(kwargs) == {"max_completion_tokens": 5}
    assert known.adapt(known.adapt(kwargs)) == {"max_completion_tokens": 5}


def test_the_bound_of_an_answer_is_never_left_out():
    """Nor is it sent to and fro: who refuses both names is given up."""
    for address in (OWN, None):
        known, kwargs = manners(address=address), {"max_tokens": 5}
        names = ["max_tokens", "max_completion_tokens"] if address else ["max_completion_tokens", "max_tokens"]
        learned = [learn(known, kwargs, name) for name in names * 2]
        assert learned.count(True) <= 2
        assert learned[-1] is False
        assert list(known.adapt(kwargs).values()) == [5]


def test_a_tool_may_be_chosen_by_name_then_as_the_only_one_then_not_at_all():
    known, kwargs = manners(), {"tool_choice": {"type": "function", "function": {"name": "Answer"}}}
    assert learn(known, kwargs, "tool_choice")
    assert known.adapt(kwargs) == {"tool_choice": "required"}
    assert learn(known, kwargs, "tool_choice")
    assert known.adapt(kwargs) == {}
    assert not learn(known, kwargs, "tool_choice")


SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Answer",
    "additionalProperties": False,
    "$defs": {"E": {"type": "string", "pattern": "x", "title": "E"}},
    "properties": {
        "pattern": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/E", "description": "one"}},
        "title": {"const": "title", "default": "title"},
        "n": {"anyOf": [{"type": "integer", "minimum": 1}, {"enum": [{"minimum": 1}]}]},
    },
    "required": ["pattern", "title"],
}


def asked(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"tools": [{"type": "function", "function": {"name": "Answer", "parameters": schema}}]},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "Answer", "schema": schema}}},
    ]


@pytest.mark.parametrize(
    ("keyword", "path", "left"),
    [
        ("minItems", ("properties", "pattern"), {"type": "array", "items": SCHEMA["properties"]["pattern"]["items"]}),
        ("pattern", ("$defs", "E"), {"type": "string", "title": "E"}),
        ("title", ("properties", "title"), {"const": "title", "default": "title"}),
        ("default", ("properties", "title"), {"const": "title"}),
        ("const", ("properties", "title"), {"enum": ["title"], "default": "title"}),
        ("minimum", ("properties", "n"), {"anyOf": [{"type": "integer"}, {"enum": [{"minimum": 1}]}]}),
        (
            "$ref",
            ("properties", "pattern", "items"),
            {"type": "string", "pattern": "x", "title": "E", "description": "one"},
        ),
        ("$defs", ("properties", "n"), SCHEMA["properties"]["n"]),
    ],
)
def test_a_keyword_is_left_out_of_schemas_and_no_name_is(keyword, path, left):
    for kwargs, place in zip(asked(SCHEMA), (("tools",), ("response_format",)), strict=True):
        known = manners()
        assert learn(known, kwargs, keyword)
        sent = known.adapt(kwargs)
        holder = sent[place[0]]
        schema = holder[0]["function"]["parameters"] if place[0] == "tools" else holder["json_schema"]["schema"]
        assert set(schema["properties"]) == {"pattern", "title", "n"}
        assert schema["required"] == ["pattern", "title"]
        for step in path:
            schema = schema[step]
        assert schema == left
        assert ("$defs" in str(sent)) == (keyword not in ("$ref", "$defs"))
    assert SCHEMA["$defs"]["E"]["pattern"] == "x"  # what is asked for stays as it is


@pytest.mark.parametrize("place", ["properties", "$defs", "definitions", "patternProperties"])
def test_a_name_stays_though_a_keyword_is_called_so(place):
    known, (kwargs, _) = manners(), asked({place: {"pattern": {"type": "string", "pattern": "x"}}})
    assert learn(known, kwargs, "pattern")
    schema = known.adapt(kwargs)["tools"][0]["function"]["parameters"]
    assert schema == {place: {"pattern": {"type": "string"}}}


def test_what_is_not_in_the_request_changes_nothing():
    others: list[dict[str, Any]] = [{"messages": []}, {"tools": [{}]}, {"response_format": {"type": "json_object"}}]
    for kwargs in others:
        for name in (*KEYWORDS, "temperature", "tool_choice", "max_tokens", "strict", "tools", "schema", "canary"):
            assert not learn(manners(), kwargs, name)


def test_what_another_call_learned_meanwhile_is_used():
    known, kwargs = manners(), {"max_tokens": 5}
    sent = known.adapt(kwargs)
    assert learn(known, kwargs, "max_tokens")
    assert known.learn(frozenset({"max_tokens"}), kwargs, sent)
    assert known.learn(frozenset(), kwargs, sent) is False  # what failed by itself is for `retries`
    assert known.adapt(kwargs) == {"max_completion_tokens": 5}


def test_newer_models_take_tools_without_thinking_alone():
    known, kwargs = manners(), asked(SCHEMA)[0]
    assert learn(known, kwargs, "reasoning_effort")
    assert known.adapt(kwargs) == kwargs | {"reasoning_effort": "none"}
    assert not learn(known, kwargs, "reasoning_effort")
    assert known.adapt(asked(SCHEMA)[1]) == asked(SCHEMA)[1]


CLOSED: dict[str, Any] = {
    "type": "object",
    "title": "Answer",
    "additionalProperties": False,
    "properties": {"mood": {"enum": ["Good", "Bad"], "type": "string"}, "pattern": {"anyOf": [{"type": "null"}]}},
    "required": ["mood", "pattern"],
}


def labels(count: int, letters: int = 3) -> dict[str, Any]:
    """Return a change that adds a choice of so many labels."""
    topic = {"type": "string", "enum": [f"{number:0{letters}}" for number in range(count)]}
    return {"properties": CLOSED["properties"] | {"topic": topic}, "required": [*CLOSED["required"], "topic"]}


def is_strict(sent: dict[str, Any]) -> bool:
    if "tools" in sent:
        return bool(sent["tools"][0]["function"].get("strict"))
    return bool(sent["response_format"]["json_schema"].get("strict"))


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({}, True),
        ({"additionalProperties": True}, False),
        ({"required": ["mood"]}, False),
        ({"properties": CLOSED["properties"] | {"more": {"type": "string"}}}, False),
        ({"properties": CLOSED["properties"] | {"pattern": {"type": "array", "minItems": 1}}}, False),
        ({"properties": CLOSED["properties"] | {"pattern": {"anyOf": [{"type": "object"}]}}}, False),
        ({"properties": CLOSED["properties"] | {"pattern": {"anyOf": [{"type": "null"}, {"type": "object"}]}}}, False),
        ({"$defs": {"A": {"type": "integer", "minimum": 1}}}, False),
        ({"$defs": {"A": {"type": "integer"}}}, True),
        (labels(998), True),
        (labels(999), False),
        (labels(251, 60), False),
        (labels(250, 60), True),
        ({"$defs": {"A": {"enum": [*range(600)]}, "B": {"const": 1}, "C": {"enum": [*range(399)]}}}, False),
        ({"properties": CLOSED["properties"] | {"pattern": {"$ref": "#/$defs/A"}}}, True),
        ({"properties": CLOSED["properties"] | {"pattern": {"$ref": "#/$defs/A", "description": "a"}}}, False),
    ],
)
def test_openai_holds_answers_to_schemas_that_it_can(change, holds):
    for kwargs in asked(CLOSED | change):
        assert is_strict(manners(address=None).adapt(kwargs)) is holds
        assert not is_strict(manners().adapt(kwargs))


def test_it_is_not_asked_to_again_once_it_refused_a_schema():
    for refused in ("strict", "schema", "title"):
        for kwargs in asked(CLOSED):
            known = manners(address=None)
            assert learn(known, kwargs, refused)
            assert known.adapt(kwargs) == kwargs
            assert learn(known, kwargs, refused) == (refused == "title")
