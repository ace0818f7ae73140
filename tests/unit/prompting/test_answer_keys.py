"""Keys of the answer's form: what every provider takes, whatever the controls are called."""

import json
import logging
import re
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import Field, create_model

from backend.labelstudio.config import build_plan
from backend.policy.types import Decision
from backend.prompting.answer_form import GIVEN, any_question, any_schema, compose_answer, digest, has_odd_keys, keyed
from backend.prompting.answer_keys import free_key, is_plain, make_answer_keys
from backend.prompting.templates import Prompts, Texts
from handlers.choices import ChoicesHandler
from tests.parts import ALL, HANDLERS, answered, asked, build_engine, provider, write_policy

TAKEN_BY_ALL = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
SAFEST = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,63}")
ODD = [
    "Overall mood",
    "тон",
    "情绪",
    "👍",
    "a" * 65,
    "$ref",
    "__proto__",
    'say "so"',
    "{text}",
    "{0}",
    "{{",
    "x\n\ny",
    " ",
    "é",
]
PLAIN = ["mood", "Mood", "MOOD", "model_config", "schema", "properties", "type", "1", "a.b-c", "_x", "c1", "a" * 64]
names = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=80) | st.sampled_from(ODD + PLAIN)


def config(names, *more):
    controls = "".join(
        f'<Choices name={quoteattr(name)} toName="text"><Choice value="Good"/><Choice value="Bad"/></Choices>'
        for name in names
    )
    return f'<View><Text name="text" value="$text"/>{controls}{"".join(more)}</View>'


def properties(schema):
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield from schema.get("properties", {})
        for part in schema.values():
            yield from properties(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from properties(part)


def system(config, **settings):
    question = any_question(build_plan(config, HANDLERS), HANDLERS)
    return Prompts().compose(question, HANDLERS, Decision("", ()), Texts({"text": ""}, **settings))[0]


@given(st.lists(names, unique=True, max_size=12))
@example(["a b", "a_b", "A  b", "a-b", "A_B_2", "a b "])
@example(["c2", "тон"])
def test_each_name_gets_a_key_of_its_own_that_all_take(found):
    keys = make_answer_keys(found)
    assert list(keys) == found
    assert len(set(keys.values())) == len(found)
    made = {key for name, key in keys.items() if key != name}
    assert all(map(SAFEST.fullmatch, made))
    assert all(key == name for name, key in keys.items() if TAKEN_BY_ALL.fullmatch(name) and name != "__proto__")
    others = [key.casefold() for key in keys.values() if key not in made]
    assert not made & set(others)
    assert len({key.casefold() for key in made}) == len(made)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Overall mood", "Overall_mood"),
        ("Größe?", "c1"),  # a part of a name could mean something else
        ("Café (one)", "Cafe_one"),
        ("не toxic", "c1"),
        ("5 stars!", "c1"),
        ("text (answer)", "text_answer"),
        ("a" * 65, "a" * 40),
    ],
)
def test_a_key_is_the_name_where_it_can_be(name, key):
    assert make_answer_keys([name]) == {name: key}


def test_a_key_that_is_taken_gets_a_number_and_stays_short():
    taken = {"mood", "mood_2"}
    assert free_key("Mood", taken) == "Mood_3"
    assert "mood_3" in taken
    assert all(is_plain(free_key("x" * 200, taken)) for _ in range(30))


@given(st.lists(names, unique=True, min_size=1, max_size=5))
def test_answers_come_back_under_the_names_by_the_forms_keys_and_by_their_own(found):
    found = [name for name in found if name != "text" and not set(name) & set("\ufffe\uffff\t\n\r")]
    assume(found)
    label_config = config(found)
    task = asked(label_config, {"text": "Lovely."})
    (call,) = task.calls
    schema = compose_answer(call.question, HANDLERS).model_json_schema()
    assert not has_odd_keys(schema)
    assert all(map(is_plain, [*properties(schema), *schema.get("$defs", ())]))
    said = ["Good" if n % 2 else "Bad" for n in range(len(found))]
    for keys in (schema["properties"], found):
        results = task.results(dict(zip(keys, said, strict=True)))
        got = [(result["from_name"], *result["value"]["choices"]) for result in results]
        assert sorted(got) == sorted(zip(found, said, strict=True))


def test_names_that_all_take_change_nothing():
    """The hashes are those of before: predictions of projects that worked keep their model_version."""
    label_config = config(
        [name for name in PLAIN if name != "1"],
        '<Labels name="ner" toName="text"><Label value="PER"/></Labels>',
        '<Rating name="sure" toName="text" perRegion="true"/>',
    )
    schema = any_schema(build_plan(label_config, HANDLERS), HANDLERS)
    assert digest(schema) == "e3fea4a14916d1ddc4fdf45d6ac6fbdaa0677466a52a1637263fa0f5fbd73503"
    assert (
        digest(any_schema(build_plan(ALL, HANDLERS), HANDLERS))
        == "79f08e7e3edb6462d66a7f3af6d2914b1edc5ce6cc9ac4667b490d7c94ec41c5"
    )
    for name in PLAIN[:3]:
        assert f'- "{name}": exactly one label' in system(label_config)


def test_the_prompt_tells_the_key_and_the_name():
    text = system(config(["Overall mood", "тон", "plain"]))
    assert '- "Overall_mood" (Overall mood): exactly one label' in text
    assert '- "c2" (тон): exactly one label' in text
    assert '- "plain": exactly one label' in text


@pytest.mark.parametrize("name", ["{text}", "{labels} {0}", "{{", "}", "{% if %}", "a\n\nb", '"', "\\", " ", "\u200b"])
def test_no_name_breaks_a_template(name):
    text = system(config([name, "mood"]))
    lines = [line for line in text.splitlines() if line.startswith("- ")]
    assert len(lines) == 2
    assert '"mood": exactly one label' in lines[1]


def test_a_condition_names_what_the_model_sees():
    when = '<View visibleWhen="choice-selected" whenTagName="тон" whenChoiceValue="Good">{}</View>'
    inner = '<TextArea name="почему" toName="text"/>'
    text = system(config(["тон"], when.format(inner)))
    assert 'Only if the answer of "c1" is "Good"; else null.' in text
    assert '- "c2" (почему): ' in text


def test_within_regions_too():
    label_config = config(
        [],
        '<Labels name="Wer?" toName="text"><Label value="PER"/></Labels>',
        '<Rating name="how sure" toName="text" perRegion="true"/>',
        '<TextArea name="label" toName="text" perRegion="true"/>',
        '<Choices name="why" toName="text" perRegion="true" visibleWhen="choice-selected" whenTagName="label">'
        '<Choice value="a"/></Choices>',
    )
    assert '"how_sure" (how sure): a whole number' in system(label_config)
    assert '"label_answer" (label): a string' in system(label_config)
    assert 'the answer of "label_answer" is' in system(label_config)
    region = {"label": "PER", "text": "Ann", "how_sure": 4, "label_answer": "x", "why": None}
    results = answered(label_config, {"text": "Ann sat."}, {"Wer": [region]})
    assert [result["from_name"] for result in results] == ["Wer?", "how sure", "label"]


def test_regions_that_are_there_have_a_key_that_no_control_has():
    chat = '<View><Chat name="chat" value="$m"/><Rating name="r" toName="chat" perRegion="true"/>{}</View>'
    taken = '<Choices name="regions" toName="chat"><Choice value="x"/></Choices>'
    taken += '<Choices name="regions_there" toName="chat"><Choice value="y"/></Choices>'
    messages = {"m": [{"role": "user", "content": "Hi."}]}
    for label_config, key in ((chat.format(""), GIVEN), (chat.format(taken), "regions_there_2")):
        (call,) = asked(label_config, messages).calls
        schema = compose_answer(call.question, HANDLERS).model_json_schema()
        assert key in schema["properties"]
        assert not has_odd_keys(schema)


def test_what_is_labeled_already_is_told_by_the_keys():
    chosen = {"id": "1", "from_name": "тон", "to_name": "text", "type": "choices", "value": {"choices": ["Good"]}}
    task = asked(config(["тон", "mood"]), {"text": "Lovely."}, context=[chosen])
    assert task.prepared.texts.known == ('"c1": Good',)


def test_an_example_is_sent_with_the_keys_of_the_form():
    label_config = config(
        ["тон"],
        '<Labels name="Wer?" toName="text"><Label value="PER"/></Labels>',
        '<Rating name="how sure" toName="text" perRegion="true"/>',
    )
    (call,) = asked(label_config, {"text": "Ann sat."}).calls
    said = {"Wer?": [{"label": "PER", "text": "Ann", "how sure": 3}], "тон": "Good", "other": 1}
    found = keyed(call.question, HANDLERS, said)
    assert found == {"Wer": [{"label": "PER", "text": "Ann", "how_sure": 3}], "c1": "Good"}
    compose_answer(call.question, HANDLERS).model_validate(found)


class _Odd(ChoicesHandler):
    def answer_type(self, control, items):
        return create_model("Odd", says=(str, Field(alias="how it is")))


def test_a_handlers_own_keys_are_told_at_setup(tmp_path, caplog):
    schema = any_schema(build_plan(config(["mood"]), HANDLERS), {**HANDLERS, "Choices": _Odd()})
    assert has_odd_keys(schema)
    assert not has_odd_keys(any_schema(build_plan(config(["type", "properties"]), HANDLERS), HANDLERS))
    engine = build_engine(write_policy(tmp_path, {"own": provider("http://127.0.0.1:9")}), lambda text: [])
    engine._handlers = {**HANDLERS, "Choices": _Odd()}
    with caplog.at_level(logging.WARNING, "labelguard.pipeline"):
        engine.adopt(engine.policy, engine.redactors)
        engine.job(config(["mood"]), "1")
    assert "keys that some providers refuse" in caplog.text
    assert json.dumps(schema).count("how it is")
