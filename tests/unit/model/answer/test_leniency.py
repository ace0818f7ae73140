"""Spelling is mended by the form of the answer, whoever's handler made it; what it says is checked strictly."""

import json
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, create_model

import handlers
from backend.labelstudio.config import build_plan
from backend.model.answer.leniency import AnswerShape
from backend.model.answer.objects import find_objects
from backend.prompting.answer_form import compose_answer
from tests.parts import HANDLERS, asked

LABELS = ("Good", "Very bad", "US", "us", "4", "4.5", "True", ".NET", "NET", "Straße", "ﬁne", "Ä > B", "“so”")


def form(kind):
    return AnswerShape(create_model("Answer", __config__=ConfigDict(extra="forbid"), a=(kind, ...)))


def mended(kind, value):
    """Return what a value becomes if it then fits; raise if it does not."""
    one = form(kind)
    (found,) = find_objects(f'{{"a": {value}}}')
    return one.kind.model_validate_json(json.dumps(one.tidy(found.value)), strict=True).a


def refused(kind, value):
    with pytest.raises(ValidationError):
        mended(kind, value)


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ('"Good"', "Good"),
        ('"good"', "Good"),
        ('" GOOD\\n"', "Good"),
        ("\"'Good'.\"", "Good"),
        ('"“Good”"', "Good"),
        ('"Good。"', "Good"),
        ('"Ｇｏｏｄ"', "Good"),
        ('["Good"]', "Good"),
        ('"very  bad"', "Very bad"),
        ('"very\\u00a0bad"', "Very bad"),
        ('"US"', "US"),
        ('" us "', "us"),
        ("4", "4"),
        ("4.0", "4"),
        ("4.5", "4.5"),
        ("true", "True"),
        ('".NET"', ".NET"),
        ('"net"', "NET"),
        ('"STRASSE"', "Straße"),
        ('"fine"', "ﬁne"),
        ('"A\\u0308 > b"', "Ä > B"),
        ('"so"', "“so”"),
    ],
)
def test_a_label_in_another_spelling(written, label):
    assert mended(Literal[LABELS], written) == label


@pytest.mark.parametrize(
    "written",
    [
        *['"Us"', '"U.S."', '"Goodness"', '"Go od"', '"Good, Very bad"', '["Good", "US"]', "null", "5", "4.50001"],
        *['""', '"."', "false", "{}", '"Good: yes"', '"B"', '"Gut"', '"4,5"', '{"label": "Good"}'],
    ],
)
def test_what_spells_no_label_or_two_is_refused(written):
    refused(Literal[LABELS], written)


class Mood(Enum):
    GOOD = "Good"
    TWO = 2


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        (int, '"4"', 4),
        (int, '" +4 "', 4),
        (int, "4.0", 4),
        (int, '"4.0"', 4),
        (int, "[4]", 4),
        (float, '"4.5"', 4.5),
        (float, '".5"', 0.5),
        (float, "4", 4.0),
        (str, "4", "4"),
        (str, "4.50", "4.50"),
        (str, "null", ""),
        (str, '["x"]', "x"),
        (str, '" x. "', " x. "),
        (bool, '"True"', True),
        (bool, '"false"', False),
        (list[str], "null", []),
        (list[str], '"x"', ["x"]),
        (list[str], '"[\\"x\\", \\"y\\"]"', ["x", "y"]),
        (list[str], '"[x]"', ["[x]"]),
        (list[int], '"4"', [4]),
        (list[Literal["A", "B"]], '"b"', ["B"]),
        (list[Literal["A", "B"]], '["a", " B"]', ["A", "B"]),
        (Literal[1, 2], '"2"', 2),
        (Literal["x"], '"X"', "x"),
        (Mood, '"good"', Mood.GOOD),
        (Mood, '"2"', Mood.TWO),
        (Literal["A"] | None, '""', None),
        (Literal["A"] | None, '"null"', None),
        (Literal["A", "null"] | None, '"null"', "null"),
        (str | None, '"null"', "null"),
        (str | None, "null", None),
        (int | Annotated[str, StringConstraints(pattern=r"^\[[A-Z]+_\d+\]$")], '"4"', 4),
        (int | Annotated[str, StringConstraints(pattern=r"^\[[A-Z]+_\d+\]$")], '"[AGE_1]"', "[AGE_1]"),
        (dict[str, int], '{"b": "4"}', {"b": 4}),
        (Any, '{"b": "4"}', {"b": "4"}),
    ],
)
def test_a_value_in_another_form(kind, written, value):
    found = mended(kind, written)
    assert found == value
    assert type(found) is type(value) or isinstance(value, float)


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (int, "4.5"),
        (int, "true"),
        (int, '"four"'),
        (int, '"4 stars"'),
        (int, '"4/5"'),
        (int, "null"),
        (int, '"%s"' % ("9" * 5000)),
        (float, '"4,5"'),
        (float, '"1,000"'),
        (float, '"nan"'),
        (float, '"1e999"'),
        (str, "true"),
        (str, '["x", "y"]'),
        (str, '{"x": 1}'),
        (bool, "1"),
        (bool, '"yes"'),
        (list[str], '[["x", "y"]]'),
        (list[Literal["A", "B"]], '"A, B"'),
        (list[Literal["A", "B"]], "[null]"),
        (Literal["A"] | None, '"none of these"'),
        (int | Annotated[str, StringConstraints(pattern=r"^\[[A-Z]+_\d+\]$")], '"x"'),
    ],
)
def test_what_says_something_else_is_refused(kind, written):
    refused(kind, written)


class Place(BaseModel):
    model_config = ConfigDict(extra="forbid")
    label: Literal["PER", "ORG"]
    text: str
    note: str | None


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    c0: list[Place] = Field(alias="Who is it")
    c1: Literal["Yes"] | None = Field(alias="why")
    c2: int = Field(alias="k2", validation_alias=AliasChoices("k2", "how many?"))


def read(answer):
    one = AnswerShape(Answer)
    return one.kind.model_validate_json(json.dumps(one.tidy(answer)), strict=True).model_dump(by_alias=True)


WHOLE = {"Who is it": [{"label": "PER", "text": "Ann", "note": None}], "why": None, "k2": 3}


@pytest.mark.parametrize(
    "answer",
    [
        WHOLE,
        {"who is it ": [{"Label": "per", "TEXT": "Ann"}], "k2": "3"},
        {"Who is it": {"label": ["PER"], "text": "Ann", "start": 3, "note": None}, "why": "", "K2": 3, "more": {}},
        {"Who is it": '[{"label": "PER", "text": "Ann"}]', "how many?": 3},
        {"Who is it": ['{"label": "PER", "text": "Ann"}'], "How many?": 3, "confidence": 0.9},
    ],
)
def test_keys_at_any_depth(answer):
    assert read(answer) == WHOLE


@pytest.mark.parametrize(
    "answer",
    [
        {"Who is it": [], "why": None},
        {"why": None, "k2": 3},
        {"Who is it": [], "K2": 3, " k2": 4},
        {"Who is it": [{"text": "Ann"}], "k2": 3},
        {"Who is it": [{"label": "LOC", "text": "Ann"}], "k2": 3},
    ],
)
def test_keys_that_lack_or_are_given_twice_are_refused(answer):
    with pytest.raises(ValidationError):
        read(answer)


def test_keys_that_differ_by_case_alone_are_matched_exactly():
    one = AnswerShape(create_model("Answer", a=(int, ...), A=(int, ...)))
    assert one.tidy({"a": 1, "A": 2}) == {"a": 1, "A": 2}
    two = AnswerShape(create_model("Answer", Mood=(int, ...), mood=(int, ...)))
    assert two.tidy({"Mood": 1, "MOOD": 2}) == {"Mood": 1, "MOOD": 2}


class Node(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Literal["A"]
    inner: "list[Node] | Node | None"


def test_a_form_within_itself_is_mended_to_a_depth():
    value: Any = {"name": "a", "inner": None}
    for _ in range(200):
        value = {"name": "a", "inner": [value]}
    assert AnswerShape(Node).tidy({"name": "a", "inner": None}) == {"name": "A", "inner": None}
    assert AnswerShape(Node).tidy(value)["name"] == "A"


CASES = [case for module in handlers.modules() for case in module.CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_p08_what_is_right_stays_as_it_is(case):
    """Every handler's right answers."""
    control = build_plan(case.config, HANDLERS).controls[-1]
    data = {"text": case.data} if isinstance(case.data, str) else case.data
    answer = {**case.others, control.from_name: case.answer}
    for call in asked(case.config, data).calls:
        kind = compose_answer(call.question, HANDLERS)
        tidied = AnswerShape(kind).tidy(answer)
        assert kind.model_validate(tidied) == kind.model_validate(answer)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=8, unique=True), st.data())
def test_p08_no_label_becomes_another(labels, data):
    label = data.draw(st.sampled_from(labels))
    spelled = data.draw(st.sampled_from([str.upper, str.lower, str.title, str.strip, lambda t: f' "{t}". ', str]))
    one = form(Literal[tuple(labels)])
    found = one.tidy({"a": spelled(label)})["a"]
    assert one.tidy({"a": label}) == {"a": label}
    if found in labels and found != label:  # it is one in its own right: as it was written, or in the nearest way
        near = " ".join(spelled(label).split()).casefold()
        assert near.strip(" \"'.") == " ".join(found.split()).casefold().strip(" \"'.") or found == spelled(label)
