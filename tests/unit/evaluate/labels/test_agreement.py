"""Agreement among people, and whether a model may stand in for one."""

import random
from itertools import permutations
from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.evaluate.labels.agreement import (
    FEWEST_EACH,
    alternative_test,
    human_agreement,
    krippendorff_alpha,
    rejected,
)

# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C: four observers, twelve units.
ROWS = [
    "1 2 3 3 2 1 4 1 2 * * *".split(),
    "1 2 3 3 2 2 4 1 2 5 * 3".split(),
    "* 3 3 3 2 3 4 2 2 5 1 *".split(),
    "1 2 3 3 2 4 4 1 2 5 1 *".split(),
]


def places(rows, as_value):
    columns = zip(*rows, strict=True)
    return [
        (unit, "", {f"{name}": as_value(said) for name, said in enumerate(column) if said != "*"})
        for unit, column in enumerate(columns)
    ]


def one(label):
    return frozenset([(label,)])


def test_alpha_as_krippendorff_has_it():
    assert krippendorff_alpha(places(ROWS, one), "choices") == pytest.approx(0.743, abs=5e-4)
    assert krippendorff_alpha(places(ROWS, float), "numbers") == pytest.approx(0.849, abs=5e-4)


@pytest.mark.property
@given(st.lists(st.lists(st.sampled_from([1.0, 2.0, 4.0]), min_size=2, max_size=4), min_size=1, max_size=8))
def test_alpha_by_its_definition(units):
    annotations = [(n, "", {str(who): value for who, value in enumerate(unit)}) for n, unit in enumerate(units)]
    everything = [value for unit in units for value in unit]
    seen = sum(sum((a - b) ** 2 for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units)
    by_chance = sum((a - b) ** 2 for a, b in permutations(everything, 2)) / (len(everything) - 1)
    expected = 1 - seen / by_chance if by_chance else nan
    assert krippendorff_alpha(annotations, "numbers") == pytest.approx(expected, nan_ok=True)


def test_alpha_of_several_choices_counts_what_is_alike():
    def several(words):
        return frozenset((word,) for word in words)

    near = [["ab", "c", "d"], ["a", "c", "d"]]
    far = [["ab", "c", "d"], ["d", "c", "d"]]
    assert (
        1 > krippendorff_alpha(places(near, several), "choices") > krippendorff_alpha(places(far, several), "choices")
    )


def test_where_alpha_says_nothing():
    assert isnan(krippendorff_alpha(places([["a", "a"], ["a", "a"]], one), "choices"))
    assert isnan(krippendorff_alpha(places([["a", "b"], ["a", "b"]], str), "texts"))
    assert human_agreement([], "choices") is None


@pytest.mark.property
@given(st.lists(st.tuples(*3 * [st.sampled_from("ab")]), min_size=2, max_size=20))
def test_alpha_does_not_depend_on_the_order_of_annotators(units):
    found = [
        krippendorff_alpha(places(list(zip(*r, strict=True)), one), "choices")
        for r in (units, [u[::-1] for u in units])
    ]
    assert found[0] == pytest.approx(found[1], nan_ok=True)
    assert isnan(found[0]) or found[0] <= 1


def test_agreement_in_words():
    found = human_agreement(places([["1", "2"], ["1", "4"]], float), "numbers")
    assert found
    assert (found.places, found.annotators, found.likeness) == (2, 2, "mean difference 1.00")
    half = human_agreement(places([["a", "b"], ["a", "c"]], one), "choices")
    assert half
    assert half.likeness == "mean likeness 0.500"


def reviewed(count, mistakes):
    """Return three annotators who each err in some places, and the truth."""
    chance = random.Random(5)
    truth = [chance.choice("ab") for _ in range(count)]

    def said(share):
        return [{"a": "b", "b": "a"}[t] if chance.random() < share else t for t in truth]

    return places([said(mistakes) for _ in range(3)], one), said


def test_a_model_as_good_as_people_may_stand_in_and_a_bad_one_may_not():
    people, said = reviewed(120, 0.1)
    for share, passes in ((0.05, True), (0.5, False)):
        predicted = {(unit, ""): one(label) for unit, label in enumerate(said(share))}
        found = alternative_test(people, predicted, "choices")
        assert found
        assert found.passes is passes
        assert (found.annotators, found.fewest) == (3, 120)


def test_the_alternative_annotator_test_by_hand():
    # Two people say the same of 40 places but the last four, on which the model is with the first of them.
    people = places([["a"] * 40, ["a"] * 36 + ["b"] * 4], one)
    found = alternative_test(people, {(unit, ""): one("a") for unit in range(40)}, "choices")
    assert found
    # Left out, the first beats the model in none, and is never alone at it; the second wins no place alone either.
    assert found.advantage == 1.0
    assert found.winning_rate == 1.0


def test_too_few_places_say_nothing():
    people, said = reviewed(FEWEST_EACH - 1, 0.1)
    assert alternative_test(people, {(unit, ""): one(x) for unit, x in enumerate(said(0))}, "choices") is None
    assert alternative_test(people, {}, "choices") is None


def test_false_discoveries_as_benjamini_and_yekutieli_have_them():
    from scipy.stats import false_discovery_control

    chances = [0.001, 0.2, 0.011, 0.04, 0.03]
    adjusted = false_discovery_control(chances, method="by")
    assert sorted(rejected(chances, 0.05)) == [i for i, chance in enumerate(adjusted) if chance <= 0.05]
    assert rejected([0.9, 0.5], 0.05) == []
