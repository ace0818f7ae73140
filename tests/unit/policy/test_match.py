"""Each condition of a rule: what it fits, what not, and that what is unknown fits none."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.policy.facts import Facts
from backend.policy.match import globs, project_id
from backend.privacy.types import Detection
from tests.unit.policy.parts import match, subject

OF_PROJECT = [
    # the condition, the project's words, whether they fit
    ({"project": "12"}, {"project": "12"}, True),
    ({"project": "12"}, {"project": "1"}, False),
    ({"project": "12"}, {"project": "123"}, False),
    ({"project": "12"}, {"title": "12", "path": "12"}, False),
    ({"project": 12}, {"project": "12"}, True),
    ({"project": ["1", 2]}, {"project": "2"}, True),
    ({"project": "3*"}, {"project": "3"}, True),
    ({"project": "3?"}, {"project": "3"}, False),
    ({"project": "3[01]"}, {"project": "31"}, True),
    ({"project": "3[!01]"}, {"project": "31"}, False),
    ({"project": "*"}, {"project": ""}, False),
    ({"title": "Cardio*"}, {"title": "Cardiology"}, True),
    ({"title": "Cardio*"}, {"title": "cardiology"}, False),
    ({"title": "*"}, {"title": ""}, False),
    ({"title": "*"}, {"title": "two\nlines"}, True),
    ({"title": "a.c"}, {"title": "abc"}, False),
    ({"path": ["team-a", "clinic*"]}, {"path": "clinic-7"}, True),
    ({"path": ["team-a", "clinic*"]}, {"path": "team-b"}, False),
    ({"path": "*"}, {"path": ""}, False),
    ({"control_tags": "Choices"}, {"controls": "Choices"}, True),
    ({"control_tags": "Choices"}, {"controls": "Choices Labels"}, False),
    ({"control_tags": ["Choices", "Lab*"]}, {"controls": "Choices Labels"}, True),
    ({"control_tags": "*"}, {"controls": ""}, False),
    ({"control_tags": "*"}, {"objects": "Text"}, False),
    ({"control_tags": {"each": ["Choices"]}}, {"controls": "Choices Labels"}, False),
    ({"control_tags": {"any": "Choices"}}, {"controls": "Choices Labels"}, True),
    ({"control_tags": {"any": ["Rating", "Labels"]}}, {"controls": "Choices Labels"}, True),
    ({"control_tags": {"any": "Rating"}}, {"controls": "Choices Labels"}, False),
    ({"control_tags": {"any": "*"}}, {"controls": ""}, False),
    ({"object_tags": "Text"}, {"objects": "Text"}, True),
    ({"object_tags": "Text"}, {"objects": "Text Image"}, False),
    ({"object_tags": {"any": "Image"}}, {"objects": "Text Image"}, True),
    ({"object_tags": "Text"}, {"controls": "Text"}, False),
]


@pytest.mark.parametrize(("said", "words", "fits"), OF_PROJECT)
def test_a_condition_on_the_project(said, words, fits):
    compiled = match(said)
    assert compiled.missed(subject(**words)) == ("" if fits else next(iter(said)))
    assert not compiled.asks_task


def test_the_first_condition_that_does_not_hold_is_named():
    said = {"object_tags": "Text", "project": "1", "path": "a", "title": "T", "control_tags": "Choices"}
    words = {"project": "1", "title": "T", "path": "a", "controls": "Choices", "objects": "Text"}
    names = {
        "project": "project",
        "title": "title",
        "path": "path",
        "controls": "control_tags",
        "objects": "object_tags",
    }
    assert match(said).missed(subject(**words)) == ""
    assert match(said).missed(subject()) == "project"
    for word, name in names.items():
        assert match(said).missed(subject(**{**words, word: ""})) == name


def test_everything_asks_nothing():
    everything = match("everything")
    assert everything.missed(subject()) == ""
    assert (everything.of_project, everything.of_fields, everything.of_texts) == ((), (), ())
    assert not everything.asks_task


def facts(data: Any = None, meta: Any = None, texts: Any = None, found: Any = None) -> Facts:
    return Facts(data or {}, meta or {}, lambda: texts or {}, lambda: found or {}, lambda text: text[:2].strip("?"))


FIELD = [
    # the condition on the field x, the task's value of it, whether they fit
    ("a", "a", True),
    ("a", "A", False),
    ("a", "ab", False),
    ("a", "", False),
    ("a", None, False),
    ("a", ["b", "a"], True),
    ("a", ["b"], False),
    ("a", [], False),
    ("a", {"a": "a"}, False),
    ("a", [["a"]], False),
    (7, 7, True),
    (7, "7", True),
    (7, 7.0, False),
    (7, 8, False),
    (1, True, False),
    (1.5, 1.5, True),
    (1.5, "1.5", True),
    (True, True, True),
    (True, "true", True),
    (True, "True", False),
    (True, 1, False),
    (True, False, False),
    (False, False, True),
    (False, None, False),
    (["a", 7, True], "a", True),
    (["a", 7, True], 7, True),
    (["a", 7, True], True, True),
    (["a", 7, True], "b", False),
    ({"any_of": ["a"]}, "a", True),
    ({"glob": "psych*"}, "psychiatry", True),
    ({"glob": "psych*"}, "Psychiatry", False),
    ({"glob": ["a", "b*"]}, "bc", True),
    ({"glob": "*"}, "", False),
    ({"glob": "*"}, None, False),
    ({"glob": "*"}, 0, True),
    ({"glob": "1?"}, 12, True),
    ({"glob": "*"}, {"a": 1}, False),
    ({"pattern": "F[0-9]{2}"}, "F20", True),
    ({"pattern": "F[0-9]{2}"}, "F200", False),
    ({"pattern": "F[0-9]{2}"}, "xF20", False),
    ({"pattern": "F[0-9]{2}"}, "F20\n", False),
    ({"pattern": "a|ab"}, "ab", True),
    ({"pattern": ".*"}, "", False),
    ({"pattern": "[0-9]+"}, 12, True),
    ({"pattern": "F.*"}, ["G1", "F1"], True),
    ({"missing": True}, None, True),
    ({"missing": True}, "", False),
    ({"missing": True}, "a", False),
    ({"missing": False}, "a", True),
    ({"missing": False}, "", True),
    ({"missing": False}, 0, True),
    ({"missing": False}, None, False),
]


@pytest.mark.parametrize(("said", "value", "fits"), FIELD)
@pytest.mark.parametrize("part", ["data", "meta"])
def test_a_condition_on_a_field(part, said, value, fits):
    condition = {"data": "fields", "meta": "meta"}[part]
    compiled = match({condition: {"x": said}})
    assert compiled.missed_fields(facts(**{part: {"x": value}})) == ("" if fits else f"{condition}.x")
    assert compiled.missed_texts(facts()) == ""
    assert compiled.asks_task


def test_a_field_that_is_not_there_is_missing_and_fits_nothing_else():
    for said, fits in [({"missing": True}, True), ({"missing": False}, False), ("a", False), ({"glob": "*"}, False)]:
        assert (match({"fields": {"x": said}}).missed_fields(facts({"y": "a"})) == "") == fits


def test_the_other_part_of_a_task_is_not_asked():
    assert match({"fields": {"x": "a"}}).missed_fields(facts(meta={"x": "a"})) == "fields.x"
    assert match({"meta": {"x": "a"}}).missed_fields(facts(data={"x": "a"})) == "meta.x"


@pytest.mark.parametrize(
    ("name", "data"),
    [("note.by", {"note": {"by": "a"}}), ("notes[1].by", {"notes": [{}, {"by": "a"}]}), ("note.by", {"note.by": "a"})],
)
def test_a_field_may_lie_deeper(name, data):
    assert match({"fields": {name: "a"}}).missed_fields(facts(data)) == ""
    assert match({"fields": {name: "b"}}).missed_fields(facts(data)) == f"fields.{name}"


def test_all_fields_must_fit_and_the_first_that_does_not_is_named():
    compiled = match({"fields": {"x": "a", "y": "b"}, "meta": {"z": "c"}})
    assert compiled.missed_fields(facts({"x": "a", "y": "b"}, {"z": "c"})) == ""
    assert compiled.missed_fields(facts({"x": "a", "y": "?"}, {"z": "?"})) == "fields.y"
    assert compiled.missed_fields(facts({"x": "a", "y": "b"}, {"z": "?"})) == "meta.z"


SIZES = [
    ({"min": 4}, 3, False),
    ({"min": 4}, 4, True),
    ({"max": 4}, 4, True),
    ({"max": 4}, 5, False),
    ({"max": 4}, 0, True),
    ({"max": 0}, 0, True),
    ({"max": 0}, 1, False),
    ({"min": 2, "max": 4}, 1, False),
    ({"min": 2, "max": 4}, 2, True),
    ({"min": 2, "max": 4}, 4, True),
    ({"min": 2, "max": 4}, 5, False),
]


@pytest.mark.parametrize(("said", "size", "fits"), SIZES)
def test_characters_are_those_of_all_texts_together(said, size, fits):
    texts = {"a": "x" * (size // 2), "b": "é" * (size - size // 2)}
    assert match({"characters": said}).missed_texts(facts(texts=texts)) == ("" if fits else "characters")


LANGUAGES = [
    # the stand-in for detection takes a text's first letters for its language; ? cannot be told
    ("en", ["en"], True),
    ("en", ["fr"], False),
    ("en", ["en", "fr"], False),
    ("en", [], False),
    ("en", [" "], False),
    ("en", ["en", " "], True),
    (["en", "fr"], ["en", "fr"], True),
    (["en", "fr"], ["en", "?"], False),
    (["en", "unknown"], ["en", "?"], True),
    ("unknown", ["?"], True),
    ({"each": "en"}, ["en", "fr"], False),
    ({"any": "fr"}, ["en", "fr"], True),
    ({"any": ["fr", "ru"]}, ["en", "ru"], True),
    ({"any": "fr"}, ["en", "?"], False),
    ({"any": "unknown"}, ["en", "?"], True),
    ({"any": "fr"}, [], False),
]


@pytest.mark.parametrize(("said", "texts", "fits"), LANGUAGES)
def test_languages(said, texts, fits):
    named = {str(place): text for place, text in enumerate(texts)}
    assert match({"language": said}).missed_texts(facts(texts=named)) == ("" if fits else "language")


COUNTS = [
    ("any", [False, True, True, True]),
    ("none", [True, False, False, False]),
    ("=2", [False, False, True, False]),
    ("= 2", [False, False, True, False]),
    (">2", [False, False, False, True]),
    (">=2", [False, False, True, True]),
    ("<2", [True, True, False, False]),
    ("<=2", [True, True, True, False]),
    ("=0", [True, False, False, False]),
]


@pytest.mark.parametrize(("said", "fits"), COUNTS)
@pytest.mark.parametrize("form", [lambda said: said, lambda said: {"count": said}])
def test_entities_are_counted(said, fits, form):
    compiled = match({"entities": {"PERSON": form(said)}})
    found = [[Detection(10 * n, 10 * n + 5, "PERSON", 0.1) for n in range(count)] for count in range(4)]
    held = [compiled.missed_texts(facts(found={"t": own, "u": []})) == "" for own in found]
    assert held == fits


def test_entities_of_a_type_with_a_score_in_all_texts():
    found = {
        "a": [Detection(0, 5, "PERSON", 0.5), Detection(10, 15, "URL", 0.9)],
        "b": [Detection(0, 5, "PERSON", 0.49), Detection(0, 5, "AGE", 0.6)],
    }
    for said, fits in [
        ({"PERSON": "=2"}, True),
        ({"PERSON": {"count": "=1", "score": 0.5}}, True),
        ({"PERSON": {"count": "=1", "score": 0.49}}, False),
        ({"URL": "=1"}, True),
        ({"IBAN_CODE": "none"}, True),
        ({"*": "=3"}, True),  # the name and the age are one stretch
        ({"*": {"count": "=2", "score": 0.6}}, True),
        ({"PERSON": "any", "URL": "none"}, False),
    ]:
        assert (match({"entities": said}).missed_texts(facts(found=found)) == "") == fits, said


def test_what_takes_long_is_asked_last():
    said = {"entities": {"PERSON": "any"}, "language": "en", "characters": {"min": 1}}
    assert [name for name, _ in match(said).of_texts] == ["characters", "language", "entities.PERSON"]


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        ("12.1795417599", "12"),
        ("12", "12"),
        ("a-b_c.1", "a-b_c"),
        ("x" * 64, "x" * 64),
        ("x" * 65, ""),
        ("", ""),
        (".1", ""),
        ("é", ""),
        ("1 2", ""),
        ("../x", ""),
        ("1\n", ""),
    ],
)
def test_the_id_of_a_project(sent, known):
    assert project_id(sent) == known


@given(st.text(min_size=1))
def test_a_word_without_wild_cards_fits_itself_alone(word):
    if not set(word) & set("*?["):
        fits = globs([word])
        assert fits(word)
        assert not fits(word + "x")
        assert not fits("x" + word)
