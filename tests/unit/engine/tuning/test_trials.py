"""A prompt, tried on tasks as production asks them: redacted, put back on the original, and scored beside people."""

from dataclasses import replace

import pytest

from backend.engine.ask import Asker
from backend.engine.tuning.budget import TuningBudget
from backend.engine.tuning.trials import Trials
from backend.errors import ProviderAuthError, TuningSpentError
from tests.parts import ENTITIES
from tests.unit.engine.training.parts import annotated, said
from tests.unit.engine.tuning.parts import NAMES, OLD, bench

HEROES = ENTITIES.replace('"PER"', '"Hero"')
"""Detection knows no heroes: it is the model that is asked for them."""


def hero(name, number):
    """Return a task in which somebody is a hero, at a place that redaction moves."""
    text = f"On day {number} {name} and some others saved the dog."
    start = text.index(name)
    value = {"start": start, "end": start + len(name), "text": name, "labels": ["Hero"]}
    return annotated(text, [said("ner", "labels", value)], number=number)


def trials_of(tuned, most=100):
    """Return what tries prompts on three tasks, and these."""
    rule = tuned.rule([hero(name, n) for n, name in enumerate(NAMES[:3], 1)], HEROES)
    tuned.budget = TuningBudget(most, None, tuned.spent)
    job = tuned.engine.job(HEROES, "12")
    return Trials(tuned.engine, Asker(tuned.engine.gateway), job, rule.name, tuned.budget), rule.tasks


def test_answers_on_redacted_texts_are_scored_on_the_original(tmp_path):
    answers = iter(
        [
            {"ner": [{"label": "Hero", "text": "[PERSON_1]"}]},
            {"ner": [{"label": "Hero", "text": "[PERSON_1]"}, {"label": "ORG", "text": "dog"}]},
            {"ner": [{"label": "Hero", "text": "the cat"}]},
        ]
    )
    with bench(tmp_path, lambda request, schema: next(answers)) as (tuned, server):
        trials, tasks = trials_of(tuned)
        found = [tuned.loop.run(trials.of(OLD, [task]))[0] for task in tasks]
        again = tuned.loop.run(trials.of(OLD, tasks))  # each is asked once
        assert len(server.requests) == 3
    assert [trial.score for trial in found] == [1.0, pytest.approx(2 / 3), 0.0]
    assert [trial.score for trial in again] == [trial.score for trial in found]
    assert found[0].answers == ('{"ner": [{"label": "Hero", "text": "[PERSON_1]"}]}',)
    assert not any(name in repr(found) for name in NAMES)


def test_what_the_model_is_not_asked_for_does_not_count(tmp_path):
    """An annotator also says of a picture, of which no model is asked, what is on it."""
    other = said("photo", "choices", {"choices": ["dog"]})
    with bench(tmp_path, lambda request, schema: {"ner": [{"label": "Hero", "text": "[PERSON_1]"}]}) as (tuned, _):
        trials, (task, *_) = trials_of(tuned)
        (trial,) = tuned.loop.run(trials.of(OLD, [replace(task, truth=[*task.truth, other])]))
    assert trial.score == 1.0


def test_an_answer_that_does_not_fit_counts_as_wrong_and_a_provider_that_is_gone_ends_it(tmp_path):
    with bench(tmp_path, lambda request, schema: {"ner": "so so"}) as (tuned, server):
        trials, tasks = trials_of(tuned)
        found = tuned.loop.run(trials.of(OLD, tasks))
        assert [(trial.score, trial.problem) for trial in found] == [(0.0, "invalid_answer")] * 3
        server.status = 401
        with pytest.raises(ProviderAuthError):
            tuned.loop.run(trials.of(f"Think. {OLD}", tasks))


def test_each_prompt_stands_in_the_record_under_a_version_of_its_own(tmp_path):
    with bench(tmp_path, lambda request, schema: {"ner": []}) as (tuned, _):
        trials, tasks = trials_of(tuned)
        for prompt in (OLD, f"Think. {OLD}"):
            tuned.loop.run(trials.of(prompt, tasks))
        sent = tuned.sent()
        production = tuned.engine.job(HEROES, "12").model_version
    versions = {one.attempt["model_version"] for one in sent}
    assert len(versions) == 2
    assert versions == tuned.budget.versions
    assert production not in versions
    assert {one.attempt["task"] for one in sent} == {"1", "2", "3"}


def test_no_more_is_asked_than_may_be_spent(tmp_path):
    with bench(tmp_path, lambda request, schema: {"ner": []}) as (tuned, server):
        trials, tasks = trials_of(tuned, 2)
        with pytest.raises(TuningSpentError):
            tuned.loop.run(trials.of(OLD, tasks))
        assert len(server.requests) <= 2
