"""The index finds what asking each rule would find, and asks few."""

from hypothesis import given
from hypothesis import strategies as st

from backend.policy.index import RuleIndex
from tests.unit.policy.parts import match, subject

PATTERNS = st.text("ab*?[]!", min_size=1, max_size=4)
GLOBS = st.lists(PATTERNS, min_size=1, max_size=3)
CONDITIONS = st.fixed_dictionaries({}, optional={"project": GLOBS, "title": GLOBS, "path": GLOBS})
WORD = st.text("ab[]!", max_size=4)


@given(said=st.lists(CONDITIONS, max_size=8), words=st.tuples(WORD, WORD, WORD))
def test_no_rule_is_missed_and_they_come_in_their_order(said, words):
    rules = [match(one or "everything") for one in said]
    asked = subject(project=words[0], path=words[1], title=words[2])
    places = RuleIndex(rules).places(asked)
    assert places == sorted(set(places))
    assert {place for place, rule in enumerate(rules) if not rule.missed(asked)} <= set(places)


def test_rules_for_others_are_not_asked():
    rules = [match({"project": str(n)}) for n in range(50)] + [match({"path": "p7*"}), match({"title": "A[bc]"})]
    rules += [match("everything"), match({"control_tags": "Choices"}), match({"project": ["4?", "7"], "path": "x"})]
    index = RuleIndex(rules)
    assert index.places(subject(project="7")) == [7, 52, 53, 54]
    assert index.places(subject(project="77")) == [7, 52, 53, 54]  # what it begins with is looked at, not more
    assert index.places(subject(project="49", path="p7")) == [4, 49, 50, 52, 53, 54]
    assert index.places(subject(title="Ax", path="p6")) == [51, 52, 53]
    assert index.places(subject()) == [52, 53]


def test_a_pattern_that_begins_with_a_wild_card_is_asked_about_all_projects():
    for pattern in ("*", "?", "[1]", "*1"):
        assert RuleIndex([match({"project": pattern})]).places(subject(project="1")) == [0]
    for pattern in ("1*", "1?", "1[2]", "12", "12*"):
        assert RuleIndex([match({"project": pattern})]).places(subject(project="12")) == [0]
        assert RuleIndex([match({"project": pattern})]).places(subject(project="2")) == []


def test_without_rules_there_is_nothing_to_find():
    assert RuleIndex([]).places(subject(project="1")) == []
