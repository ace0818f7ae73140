"""What is taken without a human is wrong no more often than was said, whatever the score is worth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import RequestError
from backend.evaluate.selection import benjamini_hochberg, conformal_p_values, drift, least_reviewed, select
from tests.bench.guarantee import ERRORS, over_splits


@pytest.mark.parametrize(("worth", "least", "most"), [(0.0, 0.0, 0.1), (1.0, 0.1, 0.9), (3.0, 0.8, 1.0)])
@pytest.mark.parametrize("error", ERRORS)
def test_over_200_random_splits_the_mean_error_is_at_or_below_the_level(worth, error, least, most):
    found = over_splits(worth, error)
    assert len(found.errors) == 200
    assert found.errors.mean() <= error
    assert least <= found.taken.mean() <= most


def test_by_hand():
    reviewed, right = [0.9, 0.8, 0.7, 0.6], [True, True, False, True]
    assert conformal_p_values(reviewed, right, [0.95, 0.7, 0.5]).tolist() == [0.2, 0.4, 0.4]
    assert benjamini_hochberg([0.2, 0.4, 0.4], 0.5).tolist() == [0, 1, 2]
    assert benjamini_hochberg([0.01, 0.5, 0.02, 0.9], 0.05).tolist() == [0, 2]
    assert benjamini_hochberg([0.5], 0.05).tolist() == []


def test_what_may_be_taken_comes_by_falling_score():
    found = select([0.9] * 50, [True] * 50, [0.8, 0.9, 0.85], 0.9)
    assert found.taken == [1, 2, 0]
    assert (found.lowest, found.reviewed, found.wrong) == (0.8, 50, 0)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=19, max_size=60),
    st.lists(st.floats(0, 1), max_size=60),
    st.floats(0.01, 0.2),
)
def test_nobody_with_a_lower_score_is_taken_before_one_with_a_higher(known, scores, more):
    reviewed, right = zip(*known, strict=True)
    p_values = conformal_p_values(reviewed, right, scores)
    taken = set(benjamini_hochberg(p_values, more))
    assert all(0 < value <= 1 for value in p_values)
    assert taken <= set(benjamini_hochberg(p_values, more * 2))
    lowest = min((scores[place] for place in taken), default=2)
    assert {place for place, score in enumerate(scores) if score > lowest} <= taken


def test_a_sample_that_is_too_small_is_refused():
    assert (least_reviewed(0.05), least_reviewed(0.1), least_reviewed(0.9)) == (19, 9, 1)
    with pytest.raises(RequestError, match="review 19 at least"):
        select([0.9] * 18, [True] * 18, [0.9], 0.05)
    with pytest.raises(RequestError, match="between 0 and 1"):
        select([0.9] * 18, [True] * 18, [0.9], 5)


def test_a_sample_that_has_drifted_is_refused():
    chance = np.random.default_rng(3)
    old, new = chance.beta(8, 2, 200).tolist(), chance.beta(5, 3, 200).tolist()
    assert select(old[:100], [True] * 100, old[100:], 0.1).taken
    with pytest.raises(RequestError, match="not like the others"):
        select(old, [True] * 200, new, 0.1)


def test_drift_is_seen_once_in_a_hundred_times_where_there_is_none():
    chance = np.random.default_rng(5)
    seen = [drift(chance.random(80), chance.random(120)) > 1 for _ in range(2000)]
    assert np.mean(seen) <= 0.012
    assert drift([], [0.5]) == 0
