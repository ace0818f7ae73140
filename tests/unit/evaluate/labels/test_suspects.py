"""Annotations that are probably wrong: those that were made wrong on purpose are found."""

import random

from backend.evaluate.labels.choices import NO_LABEL
from backend.evaluate.labels.sample import make_sample
from backend.evaluate.labels.suspects import FEWEST_LABELS, suspect_labels
from backend.evaluate.labels.tasks import read_answered_task
from tests.exports import annotation, choice, prediction, span, task

LABELS = ["Billing", "Repair", "Praise"]


def reviewed(count, wrong=(), score=0.95, **others):
    """Return a sample in which some annotations are wrong, and predictions mostly right."""
    chance = random.Random(3)
    tasks = []
    for number in range(count):
        truth = LABELS[number % 3]
        other = LABELS[(number + 1) % 3]
        guess, sure = (other, 0.55) if chance.random() < 0.1 and number not in wrong else (truth, score)
        made = annotation(choice(other if number in wrong else truth, **others))
        tasks.append(read_answered_task(task([made], [prediction(choice(guess, **others), score=sure)])))
    return make_sample({"here": tasks}), tasks


def test_wrong_annotations_are_found():
    sample, tasks = reviewed(120, wrong=(7, 40, 77))
    found = suspect_labels(sample)
    assert {tasks[n].id for n in (7, 40, 77)} <= {suspect.task for suspect in found}
    assert len(found) <= 6
    first = found[0]
    number = next(n for n, made in enumerate(tasks) if made.id == first.task)
    assert (first.given, first.likely) == (LABELS[(number + 1) % 3], LABELS[number % 3])
    assert first.annotation == tasks[number].humans[0].id
    assert first.quality == min(suspect.quality for suspect in found) < 0.1


def test_none_where_all_agree():
    assert suspect_labels(reviewed(60)[0]) == []


def test_too_few_say_nothing():
    assert suspect_labels(reviewed(FEWEST_LABELS - 1, wrong=(3, 4))[0]) == []


def test_predictions_without_a_score_say_nothing():
    assert suspect_labels(reviewed(60, wrong=(3, 4), score=None)[0]) == []


def test_labels_are_not_shown_where_a_suspect_is_printed():
    found = suspect_labels(reviewed(120, wrong=(7, 40, 77))[0])
    assert "Billing" not in repr(found)


def marked(count, forgotten=(), mistaken=(), shifted=(), score=0.95):
    """Return a sample of texts with a drug and a dose each, in which some annotations are wrong."""
    tasks = []
    for number in range(count):
        drug, dose = span(0, 7, "Drug"), span(8, 12, "Dose")
        if number in mistaken:
            dose = span(8, 12, "Drug")
        if number in shifted:
            drug = span(0, 8, "Drug")
        human = [drug] if number in forgotten else [drug, dose]
        # Now and then a word that nobody marks, of which the model is not sure.
        doubtful = [span(20, 24, "Drug", score=0.4)] if number % 5 == 0 else []
        guess = [span(0, 7, "Drug", score=score), span(8, 12, "Dose", score=score), *doubtful]
        tasks.append(read_answered_task(task([annotation(*human)], [prediction(*guess)])))
    return make_sample({"here": tasks}), tasks


def test_spans_that_were_forgotten_or_given_another_label_are_found():
    sample, tasks = marked(60, forgotten=(11, 30), mistaken=(7,))
    found = {(one.task, one.given, one.likely) for one in suspect_labels(sample)}
    assert found == {
        (tasks[11].id, NO_LABEL, "Dose"),
        (tasks[30].id, NO_LABEL, "Dose"),
        (tasks[7].id, "Drug", "Dose"),
    }


def test_other_borders_are_no_wrong_label():
    assert suspect_labels(marked(60, shifted=(3, 4, 9))[0]) == []


def test_spans_without_scores_say_nothing():
    assert suspect_labels(marked(60, forgotten=(11, 30), mistaken=(7,), score=None)[0]) == []
