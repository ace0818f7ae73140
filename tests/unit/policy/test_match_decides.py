"""Each condition of a rule, by itself: what fits, what does not, and by what name it is missed."""

import pytest

from backend.labelstudio.config import build_plan
from backend.labelstudio.types import Plan
from backend.policy.facts import Facts
from backend.policy.file.conditions import MatchForm
from backend.policy.match import Match, Subject, globs, project_id
from backend.privacy.types import Detection
from handlers import load_handlers

CONFIG = """<View><Text name="text" value="$text"/><HyperText name="page" value="$page"/>
<Choices name="mood" toName="text"><Choice value="Good"/><Choice value="Bad"/></Choices>
<TextArea name="why" toName="page"/></View>"""


@pytest.fixture(scope="module")
def plan():
    return build_plan(CONFIG, load_handlers())


def match(**said) -> Match:
    return Match.of(MatchForm.model_validate(said))


def facts(data=None, meta=None, texts=(), languages=(), found=()) -> Facts:
    named = {str(index): text for index, text in enumerate(texts)}
    spoken = dict(zip(texts, languages, strict=False))
    return Facts(data or {}, meta or {}, lambda: named, lambda: {"0": list(found)}, lambda text: spoken.get(text, ""))


PROJECTS = [
    ({"project": ["12", "3*"]}, {"project": "12"}, {"project": "112"}, "project"),
    ({"project": ["12", "3*"]}, {"project": "345"}, {"project": ""}, "project"),
    ({"project": "*"}, {"project": "1"}, {"project": ""}, "project"),
    ({"path": ["team-a", "clinic*"]}, {"path": "clinic-b"}, {"path": "team-b"}, "path"),
    ({"path": "*"}, {"path": "x"}, {"path": ""}, "path"),
    ({"title": ["Cardio*"]}, {"title": "Cardiology"}, {"title": "cardiology"}, "title"),
    ({"title": "*"}, {"title": "x"}, {"title": ""}, "title"),
]


@pytest.mark.parametrize(("said", "fits", "other", "name"), PROJECTS)
def test_a_condition_on_a_project(plan, said, fits, other, name):
    def subject(values):
        return Subject(values.get("project", ""), values.get("path", ""), plan, values.get("title", ""))

    rule = match(**said)
    assert rule.missed(subject(fits)) == ""
    assert rule.missed(subject(other)) == name
    assert not rule.asks_task


TAGS = [
    ({"control_tags": ["Choices", "TextArea"]}, ""),
    ({"control_tags": ["Choices"]}, "control_tags"),
    ({"control_tags": "*"}, ""),
    ({"control_tags": {"any": ["Choices"]}}, ""),
    ({"control_tags": {"any": ["Labels", "Text*"]}}, ""),
    ({"control_tags": {"any": ["Labels"]}}, "control_tags"),
    ({"object_tags": ["Text", "HyperText"]}, ""),
    ({"object_tags": ["Text"]}, "object_tags"),
    ({"object_tags": {"any": ["Hyper*"]}}, ""),
    ({"object_tags": {"any": ["Chat"]}}, "object_tags"),
]


@pytest.mark.parametrize(("said", "missed"), TAGS)
def test_a_condition_on_tags(plan, said, missed):
    assert match(**said).missed(Subject("1", "", plan)) == missed


def test_where_nothing_is_there_nothing_fits():
    bare = Subject("1", "", Plan((), (), (), ""))
    for said in ({"control_tags": "*"}, {"object_tags": "*"}, {"control_tags": {"any": ["*"]}}):
        assert match(**said).missed(bare)


def test_the_first_condition_that_is_missed_is_named(plan):
    rule = match(project="1", path="a", title="b")
    assert rule.missed(Subject("1", "a", plan, "b")) == ""
    assert rule.missed(Subject("2", "x", plan, "x")) == "project"
    assert rule.missed(Subject("1", "a", plan, "x")) == "title"


FIELDS = [
    ({"unit": "a"}, {"unit": "a"}, {"unit": "A"}),
    ({"unit": ["a", "b"]}, {"unit": "b"}, {"unit": "c"}),
    ({"unit": 7}, {"unit": "7"}, {"unit": 8}),
    ({"unit": "7"}, {"unit": 7}, {"unit": 7.5}),
    ({"unit": 7.5}, {"unit": 7.5}, {"unit": 7}),
    ({"unit": True}, {"unit": True}, {"unit": False}),
    ({"unit": True}, {"unit": "true"}, {"unit": "True"}),
    ({"unit": True}, {"unit": "true"}, {"unit": 1}),
    ({"unit": "true"}, {"unit": True}, {"unit": None}),
    ({"unit": False}, {"unit": False}, {"unit": True}),
    ({"unit": "false"}, {"unit": False}, {"unit": ""}),
    ({"unit": ["a"]}, {"unit": ["x", "a"]}, {"unit": ["x"]}),
    ({"unit": {"glob": "psych*"}}, {"unit": "psychiatry"}, {"unit": "surgery"}),
    ({"unit": {"glob": "*"}}, {"unit": "x"}, {"unit": ""}),
    ({"unit": {"glob": "*"}}, {"unit": "x"}, {"unit": {"a": 1}}),
    ({"unit": {"glob": "*"}}, {"unit": "x"}, {"unit": [None, {}, []]}),
    ({"unit": {"glob": "*"}}, {"unit": "x"}, {}),
    ({"unit": {"pattern": ".*"}}, {"unit": "x"}, {"unit": ""}),
    ({"unit": {"pattern": "F[0-9]{2}"}}, {"unit": "F20"}, {"unit": "F200"}),
    ({"unit": {"pattern": "F[0-9]{2}"}}, {"unit": ["G1", "F20"]}, {"unit": "xF20"}),
    ({"unit": {"missing": True}}, {}, {"unit": "a"}),
    ({"unit": {"missing": False}}, {"unit": "a"}, {}),
    ({"by.name": "a"}, {"by": {"name": "a"}}, {"by": {}}),
    ({"unit": "a", "ward": "b"}, {"unit": "a", "ward": "b"}, {"unit": "a", "ward": "c"}),
]


@pytest.mark.parametrize(("said", "fits", "other"), FIELDS)
def test_a_condition_on_a_field(said, fits, other):
    in_data, in_meta = match(fields=said), match(meta=said)
    last = list(said)[-1]
    assert in_data.asks_task
    assert in_data.missed_fields(facts(fits)) == ""
    assert in_data.missed_fields(facts(other, fits)) == f"fields.{last}"
    assert in_meta.missed_fields(facts(other, fits)) == ""
    assert in_meta.missed_fields(facts(fits, other)) == f"meta.{last}"
    assert in_data.missed_texts(facts(other)) == ""


CHARACTERS = [
    ({"min": 5}, (5, 100), (4,)),
    ({"max": 8}, (0, 8), (9,)),
    ({"min": 5, "max": 8}, (5, 8), (4, 9)),
    ({"min": 0}, (0, 1), ()),
]


@pytest.mark.parametrize(("said", "fit", "others"), CHARACTERS)
def test_a_condition_on_the_length(said, fit, others):
    rule = match(characters=said)
    assert rule.asks_task
    for length in fit:
        assert rule.missed_texts(facts(texts=["x" * (length // 2), "y" * (length - length // 2)])) == ""
    for length in others:
        assert rule.missed_texts(facts(texts=["x" * (length // 2), "y" * (length - length // 2)])) == "characters"


LANGUAGES = [
    (["en"], ["en"], ""),
    (["en"], ["en", "fr"], "language"),
    (["en", "fr"], ["en", "fr"], ""),
    (["en"], [""], "language"),
    (["unknown"], [""], ""),
    ({"any": ["fr"]}, ["en", "fr"], ""),
    ({"any": ["fr", "de"]}, ["en", "es"], "language"),
    ({"any": ["unknown"]}, ["en", ""], ""),
]


@pytest.mark.parametrize(("said", "spoken", "missed"), LANGUAGES)
def test_a_condition_on_the_language(said, spoken, missed):
    texts = [f"text {index}" for index in range(len(spoken))]
    assert match(language=said).missed_texts(facts(texts=texts, languages=spoken)) == missed


def test_empty_texts_are_in_no_language():
    assert match(language=["en", "unknown"]).missed_texts(facts(texts=[" \n"], languages=["en"])) == "language"
    assert match(language=["en"]).missed_texts(facts(texts=["x", " "], languages=["en", "fr"])) == ""


COUNTS = [
    ("any", [1, 2], [0]),
    ("none", [0], [1, 2]),
    (">1", [2, 3], [0, 1]),
    (">=2", [2, 3], [1]),
    ("<2", [0, 1], [2]),
    ("<=1", [0, 1], [2]),
    ("=1", [1], [0, 2]),
    ("= 2", [2], [1, 3]),
    ("=12", [12], [1, 2]),
]


@pytest.mark.parametrize(("said", "fit", "others"), COUNTS)
def test_a_condition_on_what_is_found(said, fit, others):
    rule = match(entities={"PERSON": said})

    def found(count):
        own = [Detection(10 * n, 10 * n + 5, "PERSON", 0.9) for n in range(count)]
        return facts(found=[*own, Detection(500, 505, "AGE", 0.9)])

    assert [count for count in fit if rule.missed_texts(found(count))] == []
    assert [rule.missed_texts(found(count)) for count in others] == ["entities.PERSON"] * len(others)


def test_what_is_found_with_a_low_score_does_not_count():
    rule = match(entities={"*": {"count": ">=1", "score": 0.6}})
    assert rule.missed_texts(facts(found=[Detection(0, 5, "AGE", 0.6)])) == ""
    assert rule.missed_texts(facts(found=[Detection(0, 5, "AGE", 0.59)])) == "entities.*"


def test_conditions_that_take_long_are_asked_last():
    rule = match(entities={"PERSON": "any"}, language=["en"], characters={"min": 3})
    assert [name for name, _ in rule.of_texts] == ["characters", "language", "entities.PERSON"]
    assert rule.missed_texts(facts(texts=["x"], languages=["fr"])) == "characters"


def test_a_rule_for_everything_asks_nothing(plan):
    rule = Match.of(MatchForm())
    assert not rule.asks_task
    assert rule.missed(Subject("", "", plan)) == rule.missed_fields(facts()) == rule.missed_texts(facts()) == ""


def test_patterns_know_wild_cards():
    fits = globs(["a?c", "[xy]*", "b*d"])
    assert [value for value in ("abc", "xyz", "y", "bd", "b-d") if not fits(value)] == []
    assert [value for value in ("ac", "abcd", "z", "bde", "ABC", "", "zabc") if fits(value)] == []


def test_a_project_is_its_id():
    assert project_id("12.1795417599") == "12"
    assert project_id("12") == "12"
    assert project_id("team_a-1") == "team_a-1"
    assert [project_id(odd) for odd in ("", ".5", "a b", "1/2", "x" * 65, "é")] == [""] * 6
    assert project_id("x" * 64) == "x" * 64
