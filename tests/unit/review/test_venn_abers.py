"""Venn-Abers is what its papers say: two isotonic regressions, whose probabilities are calibrated and monotone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.review.venn_abers import VennAbers, isotonic

SCORES = st.floats(0, 1).map(lambda score: round(score, 2))  # with ties
REVIEWED = st.lists(st.tuples(SCORES, st.booleans()), min_size=1, max_size=40)


def by_scikit_learn(scores, values):
    """Fit with scikit-learn; equal scores are one by their mean, weighted."""
    from sklearn.isotonic import IsotonicRegression  # takes a second

    places, back, counts = np.unique(scores, return_inverse=True, return_counts=True)
    means = np.bincount(back, values) / counts
    return places, IsotonicRegression().fit_transform(places, means, sample_weight=counts)


@given(REVIEWED)
def test_isotonic_regression_is_scikit_learns(reviewed):
    scores, right = zip(*reviewed, strict=True)
    fitted = isotonic(reviewed)
    places, wanted = by_scikit_learn(scores, np.asarray(right, dtype=float))
    assert list(fitted) == places.tolist()
    assert list(fitted.values()) == pytest.approx(wanted.tolist(), abs=1e-9)


@settings(max_examples=50)
@given(REVIEWED, SCORES)
def test_the_interval_is_that_of_its_definition(reviewed, score):
    scores, right = zip(*reviewed, strict=True)
    ends = []
    for value in (0, 1):
        places, fitted = by_scikit_learn([*scores, score], np.asarray([*right, value], dtype=float))
        ends.append(fitted[places == score][0])
    low, high = VennAbers(scores, right).interval(score)
    assert (low, high) == pytest.approx(tuple(ends), abs=1e-9)
    assert VennAbers(scores, right).probability(score) == pytest.approx(high / (1 - low + high), abs=1e-9)


@given(REVIEWED, SCORES, SCORES)
def test_a_higher_score_is_never_less_probable(reviewed, one, other):
    made = VennAbers(*zip(*reviewed, strict=True))
    lower, higher = sorted((one, other))
    assert 0 < made.probability(lower) <= made.probability(higher) + 1e-12 < 1


@pytest.mark.filterwarnings("ignore:All-NaN slice:RuntimeWarning")  # the package's own
@pytest.mark.parametrize("seed", range(5))
def test_it_says_what_the_package_venn_abers_says(seed):
    from venn_abers import VennAbers as Package  # it reads scikit-learn

    chance = np.random.default_rng(seed)
    scores, right = np.round(chance.random(200), 2), chance.random(200) < 0.7
    package = Package()
    package.fit(np.column_stack([1 - scores, scores]), right.astype(int))
    asked = np.round(chance.random(50), 4)
    _, ends = package.predict_proba(np.column_stack([1 - asked, asked]))
    own = [VennAbers(scores.tolist(), right.tolist()).interval(score) for score in asked.tolist()]
    assert np.array(own) == pytest.approx(ends, abs=1e-6)


def test_scores_that_say_too_much_become_true():
    chance = np.random.default_rng(3)
    scores = np.round(chance.beta(8, 1, 1_200), 4)  # .89 on average
    right = chance.random(1_200) < scores**3  # and right less often
    made = VennAbers(scores[:600].tolist(), right[:600].tolist())
    told = np.array([made.probability(score) for score in scores[600:].tolist()])
    raw_gap, gap = abs(scores[600:].mean() - right[600:].mean()), abs(told.mean() - right[600:].mean())
    assert raw_gap > 0.1
    assert gap < 0.04
