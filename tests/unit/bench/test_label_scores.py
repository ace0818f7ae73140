"""The bench of labels: scores counted by hand, intervals against what theory says, tables of answers made by hand."""

import io
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tests.bench import label_report
from tests.bench.label_scores import Score, difference, exact, lenient, total
from tests.bench.label_tasks import Task
from tests.bench.labels import WAYS, Answered, Answers, Asking, Case
from tests.parts import build_engine, provider, write_policy

ANN, ACME, PARIS = (0, 3, "Person"), (10, 14, "Organization"), (20, 25, "Location")
GOOD, BAD = (0, 0, "Good"), (0, 0, "Bad")


# --- scores -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "wanted", "strict", "overlap"),
    [
        ([ANN, ACME], [ANN, ACME], (4, 4), (4, 4)),
        ([ANN], [ANN, ACME], (2, 3), (2, 3)),
        ([ANN, PARIS], [ANN, ACME], (2, 4), (2, 4)),
        ([(0, 2, "Person")], [ANN], (0, 2), (2, 2)),
        ([(0, 3, "Location")], [ANN], (0, 2), (0, 2)),
        ([(3, 6, "Person")], [ANN], (0, 2), (0, 2)),
        ([(0, 1, "Person"), (2, 3, "Person")], [ANN], (0, 3), (3, 3)),
        ([GOOD], [GOOD], (2, 2), (2, 2)),
        ([BAD], [GOOD], (0, 2), (0, 2)),
        ([], [GOOD], (0, 1), (0, 1)),
        ([], [], (0, 0), (0, 0)),
    ],
)
def test_labels_are_counted_with_their_matches(found, wanted, strict, overlap):
    assert exact(frozenset(found), frozenset(wanted)) == Score(*strict)
    assert lenient(frozenset(found), frozenset(wanted)) == Score(*overlap)


def test_a_score_is_f1_and_for_one_label_each_accuracy():
    found, wanted = frozenset({ANN, ACME, PARIS}), frozenset({ANN, (10, 15, "Organization")})
    precision, recall = 1 / 3, 1 / 2
    assert exact(found, wanted).value == pytest.approx(2 * precision * recall / (precision + recall))
    choices = [exact(frozenset({label}), frozenset({GOOD})) for label in (GOOD, BAD, GOOD, GOOD)]
    assert total(choices).value == 3 / 4


def test_each_label_counts_the_same_and_of_nothing_all_is_right():
    assert total([Score(2, 2), Score(0, 6)]) == Score(2, 8)
    assert total([]).value == Score(0, 0).value == 1.0


LABELS = st.frozensets(st.sampled_from([ANN, ACME, PARIS, (0, 2, "Person"), (2, 5, "Person"), (0, 3, "Location")]))


@given(LABELS, LABELS)
def test_an_overlap_is_never_scored_lower_and_the_two_sides_are_alike(found, wanted):
    assert exact(found, wanted).right <= lenient(found, wanted).right <= lenient(found, wanted).all
    assert exact(found, wanted) == exact(wanted, found)
    assert lenient(found, wanted) == lenient(wanted, found)
    assert exact(found, found).value == 1.0


# --- the interval of a difference ---------------------------------------------------------------------------------

RIGHT, WRONG = Score(2, 2), Score(0, 2)


def names(count, size=1):
    """Return a group for each of so many tasks."""
    return [str(index // size) for index in range(count)]


def test_the_same_answers_differ_by_nothing():
    scores = [RIGHT, WRONG, Score(1, 3)]
    assert difference(scores, scores, names(3)) == (0.0, 0.0, 0.0)


def test_the_difference_is_that_of_the_sums_and_its_sign_says_who_is_better():
    first, last = [Score(8, 8), WRONG], [Score(4, 8), RIGHT]
    gain, low, high = difference(first, last, names(2))
    assert gain == pytest.approx(6 / 10 - 8 / 10)
    assert [low, high] == pytest.approx([-1 / 2, 1.0])
    assert difference(last, first, names(2))[0] == pytest.approx(-gain)


def test_what_every_group_gains_is_sure():
    first, last = [WRONG, RIGHT] * 20, [RIGHT, RIGHT] * 20
    assert difference(first, last, names(40, size=2)) == pytest.approx((0.5, 0.5, 0.5))


def test_one_group_alone_tells_nothing_of_others():
    assert difference([WRONG, RIGHT], [RIGHT, RIGHT], ["a", "a"]) == pytest.approx((0.5, 0.5, 0.5))


@pytest.mark.parametrize("size", [1, 4])
def test_the_interval_is_as_wide_as_theory_says_over_groups_that_are_alike(size):
    chance, groups = random.Random(7), 400
    pairs = [chance.choice([(RIGHT, WRONG), (WRONG, RIGHT), (RIGHT, RIGHT)]) for _ in range(groups)]
    first, last = zip(*(pair for pair in pairs for _ in range(size)), strict=True)
    gains = [last.value - first.value for first, last in pairs]
    mean = sum(gains) / groups
    deviation = (sum((gain - mean) ** 2 for gain in gains) / groups) ** 0.5
    gain, low, high = difference(first, last, names(groups * size, size))
    assert gain == pytest.approx(mean)
    # Tasks of a group add nothing: four times as many of them make it no narrower.
    assert high - low == pytest.approx(2 * 1.96 * deviation / groups**0.5, rel=0.05)
    assert low < gain < high


def test_pairs_are_kept_so_that_what_is_common_cancels_out():
    first = [RIGHT, WRONG] * 50
    last = [*first[:-2], WRONG, WRONG]
    gain, low, high = difference(first, last, names(100))
    assert gain == pytest.approx(-0.01)
    assert -0.05 < low <= -0.01 <= high == 0.0  # alone, each share is unsure by 0.1


def test_every_interval_is_the_same_when_it_is_drawn_again():
    first, last = [RIGHT, WRONG, RIGHT, WRONG] * 5, [RIGHT, RIGHT, WRONG, WRONG] * 5
    assert difference(first, last, names(20)) == difference(first, last, names(20))


def test_groups_without_a_label_count_as_right():
    assert difference([Score(0, 0)], [WRONG], ["a"]) == (-1.0, -1.0, -1.0)


def test_scores_of_other_tasks_are_refused():
    with pytest.raises(ValueError, match="zip"):
        difference([RIGHT], [RIGHT, RIGHT], ["a", "a"])


# --- tables -------------------------------------------------------------------------------------------------------


def task(kind, half, text, *right):
    return Task(kind, half, text, text, frozenset(right))


ENTITY = task("entities", "reporting", "Ann joined Acme in Paris.", ANN, ACME)
CHOICE = task("sentiments", "reporting", "It is good.", GOOD)
TUNING = task("intents", "tuning", "I lost it.", (0, 0, "Lost card"))
TASKS = [ENTITY, CHOICE, TUNING]


@pytest.fixture
def answers():
    """All is right without redaction; with placeholders a name is lost, with surrogates a task fails."""
    made = Answers()
    for own, way in itertools.product(TASKS, WAYS):
        made.by_task[own, way] = Answered(own.right, {} if way == "none" or own is CHOICE else {"PERSON": 1})
    made.by_task[ENTITY, "placeholder"] = Answered(frozenset({ACME, (0, 2, "Person")}), {"PERSON": 1})
    made.by_task[CHOICE, "surrogate"] = Answered(frozenset(), {}, "last_look")
    return made


def test_the_tables_are_about_the_ways_that_are_measured():
    assert tuple(WAYS) == label_report.WAYS


def test_a_table_for_each_half_with_a_line_for_each_measure_that_has_tasks(answers):
    reporting, tuning = label_report.tables(TASKS, answers)
    assert (reporting.title, reporting.redacted, reporting.tasks, reporting.all) == ("Reporting half", 1, 2, 2)
    assert dict(reporting.failed) == {"surrogate: last_look": 1}
    values = {line.title: (line.tasks, line.groups, *line.values) for line in reporting.lines}
    assert values == {
        "entities: F1, exact spans": (1, 1, 1.0, 0.5, 1.0),
        "… F1, spans that overlap": (1, 1, 1.0, 1.0, 1.0),
        "… Person alone, exact": (1, 1, 1.0, 0.0, 1.0),
        "… Organization alone, exact": (1, 1, 1.0, 1.0, 1.0),
        "… Location alone, exact": (1, 1, 1.0, 1.0, 1.0),
        "… synth_dataset_v2 alone": (1, 1, 1.0, 0.5, 1.0),
        "entities of all sets together: F1, exact spans": (1, 1, 1.0, 0.5, 1.0),
        "choices: accuracy": (1, 1, 1.0, 1.0, 0.0),
        "… sentiments alone": (1, 1, 1.0, 1.0, 0.0),
    }
    assert reporting.lines[0].losses == ((-0.5, -0.5, -0.5), (0.0, 0.0, 0.0))
    assert [line.title for line in tuning.lines] == ["choices: accuracy", "… intents alone"]
    assert [half.title for half in label_report.tables([TUNING], answers)] == ["Tuning half"]


def test_the_screen_and_the_docs_say_the_same(answers, tmp_path):
    halves = label_report.tables(TASKS, answers)
    screen = Console(file=io.StringIO(), width=200)
    label_report.show(halves, screen)
    label_report.write(halves, tmp_path / "label-cost.md")
    shown, written = screen.file.getvalue(), (tmp_path / "label-cost.md").read_text()  # type: ignore[attr-defined]
    row = [
        "entities: F1, exact spans",
        "1",
        "1",
        "100.0",
        "50.0",
        "100.0",
        "-50.0 (-50.0 … -50.0)",
        "+0.0 (+0.0 … +0.0)",
    ]
    assert f"| {' | '.join(row)} |" in written
    assert all(cell in shown for cell in row)
    for text in (shown, written):
        assert (
            "2 of 2 tasks were asked about; something was redacted in 1. Without an answer: 1 surrogate: last_look."
            in text
        )
        assert "1 of 1 tasks were asked about; something was redacted in 1. Without an answer: none." in text
    tables = [line for line in written.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in tables}) == 1
    assert "make bench-labels" in written


def test_a_run_that_was_stopped_tells_of_the_tasks_that_were_asked_about_in_both_ways(answers, tmp_path):
    second = task("texts", "reporting", "Eve left.", (0, 3, "Person"))
    third = task("texts", "reporting", "Bob left.", (0, 3, "Person"))
    answers.by_task |= {(own, "none"): Answered(own.right, {}) for own in (second, third)}
    answers.by_task[second, "surrogate"] = Answered(frozenset(), {"PERSON": 1})
    halves = label_report.tables([*TASKS, second, third], answers)
    reporting = halves[0]
    assert (reporting.tasks, reporting.all) == (3, 4)
    entities, *_ = reporting.lines
    assert (entities.tasks, entities.groups) == (2, 2)
    assert list(entities.values) == [1.0, None, 0.8]
    label_report.write(halves, tmp_path / "label-cost.md")
    written = (tmp_path / "label-cost.md").read_text()
    assert "| entities: F1, exact spans | 2 | 2 | 100.0 | – | 80.0 | – |" in written
    assert "**Not complete**" in written
    assert "templates; so far there are 2." in written


def test_a_run_that_asked_about_all_says_so(answers, tmp_path):
    label_report.write(label_report.tables(TASKS, answers), tmp_path / "label-cost.md")
    assert "All tasks of the reporting half were asked about." in (tmp_path / "label-cost.md").read_text()


def test_a_half_without_a_pair_has_no_table():
    assert label_report.tables(TASKS, Answers()) == []


def test_only_tuning_tasks_that_redaction_changed_are_shown(answers, tmp_path):
    changed = task("intents", "tuning", "[Ann] lost it.", (0, 0, "Lost card"))
    for way in WAYS:
        found = frozenset({(0, 0, "Where to meet")}) if way == "surrogate" else changed.right
        answers.by_task[changed, way] = Answered(found, {"PERSON": 1})
    policy = write_policy(tmp_path, {"own": provider("http://127.0.0.1:9/v1", external=False)})
    asking = Asking(build_engine(policy, lambda text: []), answers)
    asking.cases[changed, "surrogate"] = Case("[Eve] lost it.", '{"topic": "Where to meet"}')
    screen = Console(file=io.StringIO(), width=200)
    label_report.show_cases([*TASKS, changed], asking, screen)
    shown = screen.file.getvalue()  # type: ignore[attr-defined]
    assert "right: Lost card ''" in shown
    assert "surrogate 0.00" in shown
    assert "none 1.00" in shown
    assert "[Eve] lost it." in shown
    assert "I lost it" not in shown
    assert "Acme" not in shown
