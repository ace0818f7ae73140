"""A project's tasks predicted in bulk, against a stand-in for Label Studio's API."""

import asyncio
import json
import sqlite3
from contextlib import aclosing, suppress

import pytest

from backend.engine import bulk
from backend.engine.bulk import BulkReport, BulkRun, Selection
from backend.errors import LabelStudioError, NoRuleError, StoppingError
from backend.labelstudio.api import LabelStudioApi, StudioProject, calls
from backend.labelstudio.fetch.account import LabelStudioAccess
from tests.parts import SENTIMENT, build_engine, provider, write_policy
from tests.seams.providers import Vendor, http
from tests.standin import fitting_answer
from tests.studio import Studio

LEGACY = "0123456789abcdef0123456789abcdef01234567"
PROJECT = StudioProject(id=12, title="Ward", label_config=SENTIMENT, created_at="2026-11-28T10:20:17.500000Z")
TASKS = list(range(1, 31))
ALL = Selection()


@pytest.fixture
def at_address():
    with Vendor.running() as running:
        yield running


@pytest.fixture
def studio(at_address, monkeypatch):
    """Label Studio with 30 tasks, of which ten are read at a time."""
    monkeypatch.setattr(calls, "FIRST_S", 0.0)
    monkeypatch.setattr(bulk, "PAGE", 10)
    made = Studio(TASKS)
    made.text = lambda task: f"The bed {task} is new."
    at_address.respond = made.respond
    return made


@pytest.fixture
def rules():
    return [{"name": "own", "match": {"path": "ward"}, "providers": ["own"]}]


@pytest.fixture
def run(tmp_path, own, at_address, rules):
    """Run with an engine of its own; `watch` is given what runs, before it does."""

    def run(selection=ALL, watch=lambda running: None, runs=1, path="ward", project=PROJECT):
        policy = write_policy(tmp_path, {"own": provider(own.address, external=False)}, rules)
        engine = build_engine(policy, lambda text: [])

        async def one():
            async with aclosing(LabelStudioApi(LabelStudioAccess(at_address.address, LEGACY))) as api:
                running = BulkRun(engine, api, project, path)
                watch(running)
                with suppress(asyncio.CancelledError):
                    await running.run(selection)
                return running.report

        async def all_of_them():
            async with aclosing(engine):
                return await asyncio.gather(*(one() for _ in range(runs)))

        return asyncio.run(all_of_them())[-1]

    return run


def counts(studio):
    return {task: len(versions) for task, versions in studio.stored.items()}


def test_all_tasks_are_predicted_and_stored_page_by_page(run, studio, own):
    report = run()
    assert (report.found, report.stored, report.ended, report.failed) == (30, 30, 30, {})
    assert counts(studio) == dict.fromkeys(TASKS, 1)
    assert len(own.requests) == 30
    stores = [path for method, path, _ in studio.asked if method == "POST"]
    assert stores == ["/api/projects/12/import/predictions"] * 3


def test_those_that_have_one_of_this_version_are_not_asked_again(run, studio, own):
    run()
    studio.stored[31] = []
    report = run()
    assert (report.found, report.stored, len(own.requests)) == (1, 1, 31)


def test_all_are_asked_again_and_replaced_if_that_is_wanted(run, studio, own):
    run()
    studio.store([{"task": 1, "model_version": "another"}])
    before = {number for task in TASKS for number, _ in studio.rows(task)}
    report = run(Selection(every=True))
    assert (report.stored, len(own.requests)) == (30, 60)
    assert counts(studio) == {**dict.fromkeys(TASKS, 1), 1: 2}
    after = {number for task in TASKS for number, _ in studio.rows(task)}
    assert len(after & before) == 1  # the other version's


def test_what_was_done_when_it_was_stopped_is_stored(run, studio, own):
    def watch(running):
        working = asyncio.current_task()
        assert working

        def stop():
            if running.report.predicted == 17 and not working.cancelling():
                working.cancel()

        running.on_progress = stop

    own.moods = lambda: (200, "hang" if len(own.requests) > 17 else "")
    assert run(watch=watch).stored == 17
    assert sum(counts(studio).values()) == 17
    own.moods = None
    own.forget()
    assert run().stored == 13
    assert counts(studio) == dict.fromkeys(TASKS, 1)
    assert len(own.requests) == 13


def test_a_task_that_fails_is_told_by_its_number_and_a_code(run, studio, own):
    studio.text = lambda task: "" if task == 4 else f"breaks {task}" if task in (8, 9) else "fine"

    def answer(request, schema):
        return "nonsense" if "breaks" in str(request["messages"]) else fitting_answer(request, schema)

    own.answer = answer
    report = run()
    assert dict(report.reasons()) == {"invalid_answer": [8, 9], "task": [4]}
    assert (report.stored, report.ended) == (27, 30)
    own.answer = fitting_answer
    assert run().stored == 2


def test_one_that_label_studio_refuses_costs_no_other_its_prediction(run, studio):
    studio.refuses = {5}
    report = run()
    assert (dict(report.reasons()), report.stored) == ({"label_studio": [5]}, 29)


def test_two_at_once_leave_one_prediction_to_each_task(run, studio):
    run(runs=2)
    assert counts(studio) == dict.fromkeys(TASKS, 1)


def test_a_click_beside_it_leaves_one_prediction_to_each_task(run, studio):
    store = studio.store

    def store_twice(items):
        store(items)
        store([item for item in items if item["task"] % 5 == 0])  # so does a click that read them before

    studio.store = store_twice
    run()
    assert counts(studio) == dict.fromkeys(TASKS, 1)


def test_a_click_that_stores_last_is_seen_at_the_end(run, studio):
    def watch(running):
        def last():
            if running.report.stored == 30 and counts(studio)[7] == 1:
                studio.store([{"task": 7, "model_version": studio.stored[7][0]}])

        running.on_progress = last

    run(watch=watch)
    assert counts(studio) == dict.fromkeys(TASKS, 1)


def test_the_tasks_of_a_tab(run, studio):
    studio.tab = [3, 4, 5]
    studio.stored[4] = ["another"]
    assert run(Selection(tab=9)).stored == 3
    report = run(Selection(tab=9))
    assert (report.found, report.stored, report.passed) == (3, 0, 3)


def test_label_studio_that_fails_for_good_ends_it_and_it_goes_on(run, studio):
    def watch(running):
        def fail():
            if running.report.stored:
                studio.fails = [http(503, {})] * 1000

        running.on_progress = fail

    with pytest.raises(LabelStudioError, match="Label Studio failed for"):
        run(watch=watch)
    studio.fails = []
    run()
    assert counts(studio) == dict.fromkeys(TASKS, 1)


def test_p01_without_a_rule_nothing_is_read_and_the_record_says_so(run, studio, own, tmp_path):
    with pytest.raises(NoRuleError):
        run(path="elsewhere")
    assert not studio.asked
    assert not own.requests
    with sqlite3.connect(tmp_path / "state.db") as state:
        ((entry,),) = state.execute("SELECT body FROM record_entries").fetchall()
    assert json.loads(entry)["project"] == "12"


@pytest.mark.parametrize("rules", [[{"name": "t", "match": {"title": ["Ward*"]}, "providers": ["own"]}]])
def test_a_rule_by_title(run, studio, rules):
    assert run().stored == 30
    with pytest.raises(NoRuleError):
        run(project=PROJECT.model_copy(update={"title": "Kitchen"}))


def test_reasons_come_by_frequency():
    report = BulkReport(failed={3: LabelStudioError("a", "b"), 2: LabelStudioError("a", "b"), 1: StoppingError()})
    assert list(report.reasons().items()) == [("label_studio", [2, 3]), ("stopping", [1])]
