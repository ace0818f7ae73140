"""A rule is said never to decide only where that is sure."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.labelstudio.types import Control, ObjectTag, Plan
from backend.policy.facts import Facts
from backend.policy.file.schema import RuleForm
from backend.policy.match import Match, Subject
from backend.policy.reach import unreachable


def match(said: Any) -> Match:
    return Match.of(RuleForm.model_validate({"name": "r", "match": said, "refuse": "no"}).match)


REACHED = [
    # the rule above, the one below, whether the one below is never asked
    ("everything", {"project": "1"}, True),
    ("everything", "everything", True),
    ("everything", {"fields": {"a": 1}, "entities": {"PERSON": "any"}}, True),
    ({"project": "1"}, "everything", False),
    ({"project": "1"}, {"project": "1"}, True),
    ({"project": "1"}, {"project": ["1", "2"]}, False),
    ({"project": ["1", "2"]}, {"project": ["2"]}, True),
    ({"project": "1"}, {"title": "1"}, False),
    ({"project": "3*"}, {"project": "3?"}, True),
    ({"project": "3*"}, {"project": "31*"}, True),
    ({"project": "3*"}, {"project": "3"}, True),
    ({"project": "3*"}, {"project": "*3"}, False),
    ({"project": "3?"}, {"project": "31"}, True),
    ({"project": "3?"}, {"project": "3"}, False),
    ({"project": "3?"}, {"project": "3*"}, False),
    ({"project": "[12]"}, {"project": "1"}, True),
    ({"project": "[12]"}, {"project": "[1]"}, False),  # true, but not surely so
    ({"project": "?*"}, {"project": "*"}, False),
    ({"project": "*"}, {"project": "?"}, True),
    ({"project": "*"}, {"path": "a"}, False),  # an unknown project fits nothing
    ({"title": "A*"}, {"title": "Ab", "project": "1"}, True),
    ({"title": "A*"}, {"title": "ab"}, False),
    ({"path": "a"}, {"path": "a", "meta": {"b": 1}}, True),
    ({"project": "1", "path": "a"}, {"project": "1"}, False),
    ({"control_tags": "Choices"}, {"control_tags": "Choices"}, True),
    ({"control_tags": ["Choices", "Labels"]}, {"control_tags": "Choices"}, True),
    ({"control_tags": "Choices"}, {"control_tags": ["Choices", "Labels"]}, False),
    ({"control_tags": {"any": "Choices"}}, {"control_tags": {"each": "Choices"}}, True),
    ({"control_tags": {"any": ["Choices", "Labels"]}}, {"control_tags": {"any": "Choices"}}, True),
    ({"control_tags": {"any": "Choices"}}, {"control_tags": {"any": ["Choices", "Labels"]}}, False),
    ({"control_tags": {"each": "Choices"}}, {"control_tags": {"any": "Choices"}}, False),
    ({"object_tags": "Text"}, {"object_tags": "Text"}, True),
    ({"object_tags": "Text"}, {"control_tags": "Text"}, False),
    ({"fields": {"a": 1}}, {"fields": {"a": 1}}, True),
    ({"fields": {"a": 1}}, {"fields": {"a": 1, "b": 2}}, True),
    ({"fields": {"a": 1, "b": 2}}, {"fields": {"a": 1}}, False),
    ({"fields": {"a": 1}}, {"fields": {"a": 2}}, False),
    ({"fields": {"a": 1}}, {"meta": {"a": 1}}, False),
    ({"meta": {"a": 1}}, {"meta": {"a": 1}, "characters": {"min": 1}}, True),
    ({"meta": {"a": 1}}, "everything", False),
    ({"characters": {"min": 1}}, {"characters": {"min": 1}}, False),  # each rule counts the texts that it sends
    ({"language": "en"}, {"language": "en"}, False),
    ({"entities": {"PERSON": "any"}}, {"entities": {"PERSON": "any"}}, False),
]


@pytest.mark.parametrize(("above", "below", "never"), REACHED)
def test_who_takes_all_tasks_of_whom(above, below, never):
    assert list(unreachable([match(above), match(below)])) == ([(1, 0)] if never else [])


def test_the_first_rule_that_takes_all_is_named_and_what_is_never_asked_takes_nothing():
    rules = ["1", "2*", "2*", "2*", "*", "7"]
    assert list(unreachable([match({"project": one}) for one in rules])) == [(2, 1), (3, 1), (5, 4)]


PATTERNS = st.text("ab*?[]", min_size=1, max_size=4)
GLOBS = st.lists(PATTERNS, min_size=1, max_size=3)
TAGS = st.one_of(GLOBS, GLOBS.map(lambda globs: {"any": globs}))
FIELDS = st.dictionaries(st.sampled_from(["x", "y"]), st.sampled_from(["a", "b"]), min_size=1)
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "project": GLOBS,
        "title": GLOBS,
        "path": GLOBS,
        "control_tags": TAGS,
        "object_tags": TAGS,
        "fields": FIELDS,
        "meta": FIELDS,
        "characters": st.just({"min": 1}),
    },
)
WORD = st.text("ab[]", max_size=4)
NAMES = st.lists(WORD.filter(bool), max_size=3)
DATA = st.dictionaries(st.sampled_from(["x", "y"]), st.sampled_from(["a", "b"]))


@given(
    rules=st.lists(CONDITIONS.map(lambda said: match(said or "everything")), min_size=1, max_size=6),
    words=st.tuples(WORD, WORD, WORD),
    tags=st.tuples(NAMES, NAMES),
    data=st.tuples(DATA, DATA),
)
def test_a_rule_that_is_said_never_to_decide_decides_on_nothing(rules, words, tags, data):
    controls = tuple(Control(tag, "c", ("t",), (), {}) for tag in tags[0])
    plan = Plan(tuple(ObjectTag(tag, "t", "$t") for tag in tags[1]), controls, (), "")
    subject = Subject(words[0], words[1], plan, words[2])
    facts = Facts(data[0], data[1], lambda: {}, lambda: {}, lambda text: "")
    fitting = [n for n, rule in enumerate(rules) if not rule.missed(subject) and not rule.missed_fields(facts)]
    never = dict(unreachable(rules))
    for place in fitting:  # it might decide if nothing above it that fits did
        taker = never.get(place)
        assert taker is None or (taker in fitting and taker < place and not rules[taker].of_texts)
