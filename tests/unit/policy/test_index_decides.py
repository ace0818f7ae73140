"""The rules that may match a project are found without asking each, and none is missed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.labelstudio.types import Plan
from backend.policy.file.conditions import MatchForm
from backend.policy.index import RuleIndex
from backend.policy.match import Match, Subject

PLAN = Plan((), (), (), "")


def index(*said: dict[str, Any]) -> RuleIndex:
    return RuleIndex([Match.of(MatchForm.model_validate(one)) for one in said])


def places(found: RuleIndex, project="", path="", title="") -> list[int]:
    return found.places(Subject(project, path, PLAN, title))


@pytest.mark.parametrize("key", ["project", "path", "title"])
def test_rules_are_found_by_what_their_patterns_begin_with(key):
    found = index({key: ["12", "3*"]}, {}, {key: ["?2"]}, {key: ["1[0-9]"]}, {key: ["12"]}, {key: ["35", "36"]})
    assert places(found, **{key: "12"}) == [0, 1, 2, 3, 4]
    assert places(found, **{key: "35"}) == [0, 1, 2, 5]
    assert places(found, **{key: "9"}) == [1, 2]
    assert places(found) == [1, 2]


def test_a_rule_is_kept_under_one_key_alone():
    found = index({"project": "1", "path": "a"}, {"path": "b*", "title": "T"}, {"title": "U*x"})
    assert places(found, project="1") == [0]
    assert places(found, path="a") == []
    assert places(found, path="bc") == [1]
    assert places(found, title="T") == []
    assert places(found, title="Uvx") == [2]
    assert places(found, "1", "b", "U") == [0, 1, 2]


def test_what_stands_before_the_first_wild_card_of_any_kind_counts():
    found = index({"project": "a*b[c]?"}, {"project": "a?b*"}, {"project": "a[b]*"}, {"project": "ab"})
    assert places(found, project="axb") == [0, 1, 2]
    assert places(found, project="ab") == [0, 1, 2, 3]
    assert places(found, project="abc") == [0, 1, 2, 3]  # may match: the rule itself is asked
    assert places(found, project="b") == []


PATTERNS = st.lists(st.text("ab*?", min_size=1, max_size=4), min_size=1, max_size=3)


@pytest.mark.property
@given(st.lists(PATTERNS, max_size=6), st.text("ab", max_size=4))
def test_no_rule_that_matches_is_missed(rules, project):
    matches = [Match.of(MatchForm.model_validate({"project": patterns})) for patterns in rules]
    subject = Subject(project, "", PLAN)
    found = RuleIndex(matches).places(subject)
    assert found == sorted(set(found))
    assert [n for n, match in enumerate(matches) if not match.missed(subject) and n not in found] == []
