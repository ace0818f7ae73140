"""A path is one path however it is spelled: what a policy withholds is withheld by any of its names."""

import asyncio
from typing import Any

import pytest

from backend.errors import ConfigError
from backend.labelstudio.paths import canonical_path, lookup
from backend.labelstudio.types import Task
from backend.policy.types import Decision
from tests.parts import SENTIMENT, build_engine, provider, write_policy
from tests.standin import StandIn

SPELLINGS = ["notes[0]", "notes.0", 'notes["0"]', "notes['0']", "notes[00]", "notes[ 0 ]", "$notes[0]", "notes..0"]


@pytest.mark.parametrize("withheld", SPELLINGS)
@pytest.mark.parametrize("shown", [*SPELLINGS, "notes", "$notes", "notes[0].x", "notes.0.x.y", 'notes[0]["x"]'])
def test_what_is_withheld_is_so_by_any_spelling(withheld, shown):
    assert Decision("r", (), withhold=frozenset({withheld})).withholds(shown)


@pytest.mark.parametrize("shown", ["notes[1]", "notes.1", "Notes[0]", "note", "notes0", "notes[01]", "other.notes.0"])
def test_what_is_not_withheld_is_not(shown):
    assert not Decision("r", (), withhold=frozenset({"notes[0]"})).withholds(shown)


@pytest.mark.parametrize(
    ("withheld", "shown"), [("a.b.c", 'a["b.c"]'), ("n\u00e9e", "ne\u0301e"), ("ne\u0301e", "n\u00e9e")]
)
def test_keys_with_dots_and_letters_with_accents_are_one(withheld, shown):
    assert Decision("r", (), withhold=frozenset({withheld})).withholds(shown)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a.b", 1),
        ("a[b]", 1),
        ('a["b"]', 1),
        ("a['b']", 1),
        ('a["c.d"]', 2),
        ("l[0]", "x"),
        ("l.0", "x"),
        ("l[1].y", "z"),
        ("k.e", "whole"),
        ("n\u00e9e", "in parts"),
        ("l[2]", None),
        ("l[-1]", None),
        ("l[\u00b2]", None),
        ("l[" + "9" * 5000 + "]", None),
        ("A.b", None),
        ("t.0", None),
    ],
)
def test_what_stands_at_a_path(name, value):
    data = {"a": {"b": 1, "c.d": 2}, "l": ["x", {"y": "z"}], "k.e": "whole", "ne\u0301e": "in parts", "t": "text"}
    assert lookup(data, name) == value


def test_a_path_without_steps_is_none():
    assert canonical_path("$") == ()


CONFIG = (
    '<View><Header value="Note: {shown}"/><Text name="more" value="{shown}"/><Text name="text" value="$text"/>'
    '<Header value="Of {shown}?"/>'
) + SENTIMENT.partition("/>")[2]
SECRET = "Quillfeather"


@pytest.mark.parametrize("redact", [True, False])
@pytest.mark.parametrize(
    ("withheld", "shown", "data"),
    [
        ("notes[0]", "$notes.0", {"notes": [SECRET]}),
        ("notes.0", "$notes[0]", {"notes": [SECRET]}),
        ("notes[0]", "$notes", {"notes": [SECRET, "b"]}),
        ("notes", "$notes[0]", {"notes": [SECRET]}),
        ("a.b", "$a[b]", {"a": {"b": SECRET}}),
        ("a[b]", "$a.b", {"a.b": SECRET}),
        ("a.b", "$a", {"a": {"b": SECRET}}),
        ("n\u00e9e", "$ne\u0301e", {"ne\u0301e": SECRET}),
    ],
)
def test_p04_a_withheld_field_does_not_leave_by_another_spelling(tmp_path, redact, withheld, shown, data):
    with StandIn() as model:
        rule = {"name": "all", "match": "everything", "providers": ["own"], "withhold": [withheld], "redact": redact}
        own = provider(model.address, external=False)
        engine = build_engine(write_policy(tmp_path, {"own": own}, [rule]), lambda text: [])
        job = engine.job(CONFIG.format(shown=shown), "1")
        asyncio.run(engine.predict(job, [Task({"text": "All is well.", **data})]))
        assert b"All is well." in model.received
        assert SECRET.encode() not in model.received


@pytest.mark.parametrize(
    ("withheld", "shown"), [("notes[0]", "$notes.0"), ("notes[0]", "$notes"), ("notes", "$notes[0]")]
)
def test_what_is_labeled_cannot_be_withheld_by_another_spelling(tmp_path, withheld, shown):
    rule = {"name": "all", "match": "everything", "providers": ["own"], "withhold": [withheld]}
    own = provider("http://127.0.0.1:9/v1", external=False)
    engine = build_engine(write_policy(tmp_path, {"own": own}, [rule]), lambda text: [])
    with pytest.raises(ConfigError, match="is withheld by rule"):
        engine.job(SENTIMENT.replace("$text", shown), "1")


def test_what_a_choice_shows_cannot_be_withheld(tmp_path):
    rule = {"name": "all", "match": "everything", "providers": ["own"], "withhold": ["notes"]}
    own = provider("http://127.0.0.1:9/v1", external=False)
    engine = build_engine(write_policy(tmp_path, {"own": own}, [rule]), lambda text: [])
    with pytest.raises(ConfigError, match=r"field 'notes\.0' is withheld by rule"):
        engine.job(SENTIMENT.replace('"Good"', '"Good: $notes.0"'), "1")


def test_a_withheld_value_is_hidden_elsewhere_whatever_its_key_is_called(tmp_path):
    with StandIn() as model:
        rule = {"name": "all", "match": "everything", "providers": ["own"], "withhold": ["note.who"]}
        engine = build_engine(write_policy(tmp_path, {"own": provider(model.address)}, [rule]), lambda text: [])
        tasks: list[dict[str, Any]] = [
            {"note": {"who": SECRET}},
            {"note.who": SECRET},
            {"note[who]": SECRET},
            {"note": {"who": {"x": [SECRET]}}},
        ]
        sent = [Task({"text": f"{SECRET} left early.", **data}) for data in tasks]
        asyncio.run(engine.predict(engine.job(SENTIMENT, "1"), sent))
        assert len(model.requests) == len(tasks)
        assert SECRET.encode() not in model.received


@pytest.mark.parametrize("name", ["notes[0].kind", "notes.0.kind", 'notes["0"]["kind"]'])
def test_a_condition_on_a_field_holds_by_any_spelling(tmp_path, name):
    with StandIn() as model:
        rules: list[dict[str, Any]] = [
            {"name": "own", "match": {"fields": {name: "private"}}, "refuse": "not this"},
            {"name": "all", "match": "everything", "providers": ["own"]},
        ]
        engine = build_engine(write_policy(tmp_path, {"own": provider(model.address)}, rules), lambda text: [])
        task = Task({"text": "All is well.", "notes": [{"kind": "private"}]})
        asyncio.run(engine.predict(engine.job(SENTIMENT, "1"), [task]))
        assert model.requests == []
