"""Figures: counted by hand on small data, and as the libraries count them on any."""

import warnings
from math import isnan, nan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.evaluate.labels.answers import MarkedSpan
from backend.evaluate.labels.calibration import calibration_statistics, reliability
from backend.evaluate.labels.choices import (
    ancestors,
    choice_statistics,
    confuse_choices,
    count_ancestors,
    count_choices,
    dice,
    jaccard,
    kappa,
)
from backend.evaluate.labels.resampling import Estimate, Resampling, mean_of
from backend.evaluate.labels.scales import chrf, correlation, kendall, number_statistics, rank_statistics, same_list
from backend.evaluate.labels.spans import confuse_spans, count_characters, count_exact, count_partial

LETTERS = st.sampled_from("abc")
SAID = st.lists(st.tuples(LETTERS, LETTERS), min_size=1, max_size=30)
CHOSEN = st.frozensets(st.tuples(LETTERS), max_size=3)
SPANS = st.frozensets(
    st.builds(
        lambda start, length, label: MarkedSpan("text", start, start + length, label),
        st.integers(0, 20),
        st.integers(1, 6),
        st.sampled_from(["Person", "City"]),
    ),
    max_size=5,
)


def at(statistic, units):
    """Return a figure as it is, without resamples."""
    return float(statistic(np.ones((1, units)))[0])


def one(*labels):
    return frozenset((label,) for label in labels)


def span(start, end, label="Person", item="text"):
    return MarkedSpan(item, start, end, label)


def test_choices_by_hand():
    truths = [one("good"), one("good"), one("bad"), one("bad"), one()]
    predicted = [one("good"), one("bad"), one("bad"), one("bad"), one("bad")]
    counts = count_choices(truths, predicted)
    assert at(choice_statistics(truths, predicted)["accuracy"], 5) == pytest.approx(3 / 5)
    assert at(counts.precision, 5) == pytest.approx(3 / 5)
    assert at(counts.recall, 5) == pytest.approx(3 / 4)
    assert at(counts.f1, 5) == pytest.approx(6 / 9)
    assert at(counts.f1_macro, 5) == pytest.approx((2 / 3 + 4 / 6) / 2)
    assert confuse_choices(truths, predicted) == {
        ("good", "good"): 1,
        ("good", "bad"): 1,
        ("bad", "bad"): 2,
        ("(none)", "bad"): 1,
    }
    by_label = {found.label: found for found in counts.by_label(Resampling(0), range(5))}
    assert (by_label["good"].precision, by_label["good"].recall) == (1, 0.5)
    assert (by_label["bad"].wanted, by_label["bad"].given) == (2, 4)


def test_kappa_by_hand():
    # Cohen's own kind of table: 20 agree on yes, 15 on no, 5 and 10 do not: po .7, pe .5.
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert at(kappa(first, second), 50) == pytest.approx(0.4)


@pytest.mark.property
@given(SAID)
def test_kappa_as_scikit_learn_has_it(said):
    from sklearn.metrics import cohen_kappa_score

    first, second = zip(*said, strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = cohen_kappa_score(first, second)
    assert at(kappa(first, second), len(said)) == pytest.approx(theirs, nan_ok=True)


@pytest.mark.property
@given(st.lists(st.tuples(CHOSEN, CHOSEN), min_size=1, max_size=20))
def test_precision_recall_and_f1_as_scikit_learn_has_them(both):
    from sklearn.metrics import precision_recall_fscore_support
    from sklearn.preprocessing import MultiLabelBinarizer

    truths, predicted = zip(*both, strict=True)
    counts = count_choices(truths, predicted)
    if len(counts.labels) < 2:  # of one label alone scikit-learn counts where it is not, too
        return
    binarizer = MultiLabelBinarizer(classes=[(label,) for label in counts.labels])
    tables = binarizer.fit_transform(truths), binarizer.transform(predicted)
    for average, ours in (("micro", counts.f1), ("macro", counts.f1_macro)):
        theirs = precision_recall_fscore_support(*tables, average=average, zero_division=0)[2]
        assert at(ours, len(both)) == pytest.approx(theirs)
    precision, recall, _, _ = precision_recall_fscore_support(*tables, average="micro", zero_division=0)
    assert np.nan_to_num(at(counts.precision, len(both))) == pytest.approx(precision)
    assert np.nan_to_num(at(counts.recall, len(both))) == pytest.approx(recall)
    for found, *figures in zip(counts.by_label(Resampling(0), range(len(both))), *theirs_by_label(tables), strict=True):
        assert np.nan_to_num([found.precision, found.recall, found.f1.value]).tolist() == pytest.approx(figures)


def theirs_by_label(tables):
    from sklearn.metrics import precision_recall_fscore_support

    return precision_recall_fscore_support(*tables, average=None, zero_division=0)[:3]


def test_a_choice_beside_the_right_one_is_better_than_one_elsewhere():
    truth = [frozenset([("Life", "Animals", "Cat")])]
    beside, elsewhere = [frozenset([("Life", "Animals", "Dog")])], [frozenset([("Things", "Chair")])]
    assert at(count_ancestors(truth, truth).f1, 1) == 1
    assert at(count_ancestors(truth, beside).f1, 1) == pytest.approx(2 / 3)
    assert at(count_ancestors(truth, elsewhere).f1, 1) == 0
    assert ancestors(beside[0]) == {("Life",), ("Life", "Animals"), ("Life", "Animals", "Dog")}


def test_spans_by_hand():
    truths = [{span(0, 4), span(10, 14, "City")}, {span(0, 8)}]
    predicted = [{span(0, 4), span(10, 14)}, {span(0, 4)}]
    exact = count_exact(truths, predicted)
    assert (at(exact.precision, 2), at(exact.recall, 2)) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    partial = count_partial(truths, predicted)
    assert at(partial.f1, 2) == pytest.approx(2 * 1.5 / 6)  # one exact, one that overlaps
    assert at(count_characters(truths, predicted).f1, 2) == pytest.approx(2 * 8 / (12 + 16))
    assert confuse_spans(truths, predicted) == {
        ("Person", "Person"): 1,
        ("City", "Person"): 1,
        ("(none)", "Person"): 1,
        ("Person", "(none)"): 1,
    }


def test_spans_in_different_paragraphs_never_overlap():
    truths, predicted = [{span(0, 4, item="text 0")}], [{span(0, 4, item="text 1")}]
    for count in (count_exact, count_partial, count_characters):
        assert at(count(truths, predicted).f1, 1) == 0


@pytest.mark.property
@given(st.lists(st.tuples(SPANS, SPANS), min_size=1, max_size=8))
def test_laws_of_spans(both):
    truths, predicted = zip(*both, strict=True)
    figures = [at(count(truths, predicted).f1, len(both)) for count in (count_exact, count_partial)]
    overlap = at(count_characters(truths, predicted).f1, len(both))
    if isnan(figures[0]):
        assert not any(truths + predicted)
        return
    assert 0 <= figures[0] <= figures[1] <= 1
    assert 0 <= overlap <= 1
    for count in (count_exact, count_characters):  # F1 is the same both ways
        assert at(count(predicted, truths).f1, len(both)) == at(count(truths, predicted).f1, len(both))
    for count in (count_exact, count_partial, count_characters):
        assert at(count(truths, truths).f1, len(both)) in (1, pytest.approx(nan, nan_ok=True))


@pytest.mark.property
@given(st.lists(st.tuples(SPANS, SPANS), min_size=1, max_size=8))
def test_partial_as_nervaluate_has_it_where_no_two_spans_of_a_side_touch(both):
    from nervaluate import Evaluator

    both = [(apart(truth), apart(guess)) for truth, guess in both]
    rows = [[[written(s) for s in sorted(side)] for side in pair] for pair in both]
    truths, guesses = zip(*rows, strict=True)
    tags = ["Person"]
    person = [[{s for s in side if s.label == "Person"} for side in pair] for pair in both]
    if not any(truth or guess for truth, guess in person):
        return
    theirs = Evaluator(list(truths), list(guesses), tags=tags, loader="dict").evaluate()["entities"]["Person"][
        "partial"
    ]
    ours = count_partial(*zip(*person, strict=True))
    assert at(ours.f1, len(both)) == pytest.approx(theirs.f1)


def apart(spans):
    """Leave out spans that touch one before them, of which nervaluate takes now this one, now that one."""
    kept, end = set(), -7
    for found in sorted(spans):
        if found.start > end + 6:
            kept.add(found)
            end = found.end
    return kept


def written(found):
    return {"label": found.label, "start": found.start, "end": found.end - 1}


def test_numbers_by_hand():
    figures = number_statistics([1, 2, 3, 4], [1, 3, 5, 4])
    assert {name: at(figure, 4) for name, figure in figures.items()} == {
        "exact": 0.5,
        "within_1": 0.75,
        "mean_error": 0.75,
        "correlation": pytest.approx(np.corrcoef([1, 2, 3, 4], [1, 3, 5, 4])[0, 1]),
    }
    assert isnan(at(correlation([3, 3, 3], [1, 2, 3]), 3))


@pytest.mark.property
@given(st.permutations("abcdef"), st.permutations("abcdef"))
def test_tau_as_scipy_has_it(first, second):
    from scipy.stats import kendalltau

    places = [[items.index(item) for item in "abcdef"] for items in (first, second)]
    rankings = [(("", tuple(items)),) for items in (first, second)]
    assert kendall(*rankings) == pytest.approx(kendalltau(*places).statistic)
    assert kendall(*rankings) == kendall(*reversed(rankings))


def test_rankings_in_several_lists():
    truth = (("good", ("a", "b")), ("bad", ("c",)))
    assert same_list(truth, (("good", ("b",)), ("bad", ("a", "c")))) == pytest.approx(2 / 3)
    assert kendall(truth, (("good", ("b", "a")), ("bad", ("c",)))) == -1
    assert at(rank_statistics([truth], [truth])["same_list"], 1) == 1


def test_chrf():
    assert chrf("The river rose.", "The river rose.") == 1
    assert chrf("", "The river rose.") == chrf("The river rose.", "") == 0
    assert 0.5 < chrf("The river rose.", "The river rises.") < 1


def test_calibration_by_hand():
    scores, right = [0.95, 0.85, 0.65, 0.65], [True, False, True, False]
    figures = {name: at(figure, 4) for name, figure in calibration_statistics(scores, right).items()}
    assert figures["ece"] == pytest.approx((0.05 + 0.85 + 2 * 0.15) / 4)
    assert figures["brier"] == pytest.approx((0.05**2 + 0.85**2 + 0.35**2 + 0.65**2) / 4)
    assert figures["auroc"] == pytest.approx(2.5 / 4)
    bins = reliability(scores, right)
    assert [(b.low, b.count, b.right) for b in bins] == [(0.6, 2, 0.5), (0.8, 1, 0), (0.9, 1, 1)]


@pytest.mark.property
@given(st.lists(st.tuples(st.sampled_from([0, 0.1, 0.25, 0.5, 0.9, 1]), st.booleans()), min_size=1, max_size=40))
def test_auroc_and_brier_as_scikit_learn_has_them(pairs):
    from sklearn.metrics import brier_score_loss, roc_auc_score

    scores, right = zip(*pairs, strict=True)
    figures = {name: at(figure, len(pairs)) for name, figure in calibration_statistics(scores, right).items()}
    if len(set(right)) == 2:
        assert figures["auroc"] == pytest.approx(roc_auc_score(right, scores))
        assert figures["brier"] == pytest.approx(brier_score_loss(right, scores))
    else:
        assert isnan(figures["auroc"])
    assert 0 <= figures["ece"] <= 1
    assert sum(b.count for b in reliability(scores, right)) == len(pairs)


@pytest.mark.property
@given(CHOSEN, CHOSEN)
def test_likeness_of_sets(one, other):
    for alike in (jaccard, dice):
        assert alike(one, other) == alike(other, one)
        assert 0 <= alike(one, other) <= 1
        assert (alike(one, other) == 1) is (one == other)


def test_an_interval_is_that_of_a_mean():
    values = [float(number % 2) for number in range(400)]
    found = Resampling(2000).estimate(mean_of(values), range(400))
    half = 1.96 * sqrt(0.25 / 400)
    assert found.value == 0.5
    assert found.low == pytest.approx(0.5 - half, abs=0.01)
    assert found.high == pytest.approx(0.5 + half, abs=0.01)
    assert found == Resampling(2000).estimate(mean_of(values), range(400))
    assert found != Resampling(2000, seed=1).estimate(mean_of(values), range(400))


def test_units_of_one_task_are_drawn_together():
    values = [float(number % 2) for number in range(40)]
    apart = Resampling().estimate(mean_of(values), range(40))
    together = Resampling().estimate(mean_of(values), [number % 2 + number // 4 * 2 for number in range(40)])
    assert together.high - together.low > apart.high - apart.low


def test_a_difference_on_the_same_tasks_is_narrower_than_on_others():
    hard = [float(number % 3 > 0) for number in range(60)]
    better = [min(1.0, value + (number % 10 == 0)) for number, value in enumerate(hard)]
    tasks = range(60)
    found = Resampling().difference(mean_of(better), mean_of(hard), tasks, tasks)
    alone = Resampling().estimate(mean_of(hard), tasks)
    assert found.value == pytest.approx((sum(better) - sum(hard)) / 60)
    assert 0 <= found.low <= found.value <= found.high
    assert found.high - found.low < alone.high - alone.low
    same = Resampling().difference(mean_of(hard), mean_of(hard), tasks, tasks)
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_where_no_interval_can_be_given():
    assert isnan(Resampling().estimate(mean_of([]), []).value)
    few = Resampling().estimate(mean_of([1.0, 0.0, 1.0]), range(3))
    assert few.value == pytest.approx(2 / 3)
    assert isnan(few.low)
    assert isnan(few.high)
    assert isnan(Estimate(1.0).low)


@pytest.mark.property
@given(st.lists(st.tuples(CHOSEN, CHOSEN), min_size=10, max_size=25), st.integers(0, 5))
def test_intervals_hold_their_bounds(both, seed):
    truths, predicted = zip(*both, strict=True)
    for statistic in count_choices(truths, predicted).statistics().values():
        found = Resampling(50, seed).estimate(statistic, range(len(both)))
        assert isnan(found.low) or 0 <= found.low <= found.high <= 1
