"""How the queue stands, by project: counts, pace and time left; failures without text; failed tasks tried again."""

import json

from backend.errors import ProviderDownError
from backend.queue.board import Board, Job, metrics
from backend.store import open_store
from tests import command as labelguard
from tests.unit.queue.conftest import CANARY

DOWN = ProviderDownError("own", "failed (500)")


def filled(queues):
    """Return a queue: of project 12 two are done, one failed, one is worked on, two wait; of 13 one waits."""
    queue = queues.open()
    queues.put(queue, 1, 2, 3, 4)
    done = queue.claim("a", 4)
    queues.clock += 30
    queue.finish(done[0].name, "a")
    queue.finish(done[1].name, "a")
    queue.fail(done[2].name, "a", DOWN)
    queues.put(queue, 5, 6)
    queues.put(queue, 7, project="13")
    queues.clock += 10
    return queue


def test_each_project_is_told_with_its_pace(queues):
    jobs = filled(queues).board.jobs()
    assert jobs == [Job("12", 2, 1, 2, 1, 18.0, 10), Job("13", 1, 0, 0, 0, 0.0, None)]
    assert Board(open_store(queues.url), lambda: queues.clock).jobs("13") == jobs[1:]
    queues.clock += 600
    assert Board(open_store(queues.url), lambda: queues.clock).jobs("12") == [Job("12", 3, 0, 2, 1, 0.0, None)]


def test_no_time_is_told_where_nobody_works(queues):
    """A server that was killed holds its tasks for a while; then all wait, whatever the pace was."""
    board = filled(queues).board
    queues.clock += 51
    assert [(job.queued, job.running, job.seconds_left) for job in board.jobs("12")] == [(3, 0, None)]
    assert board.jobs("12")[0].per_minute > 0


def test_why_tasks_are_tried_again_is_told(queues, monkeypatch):
    queue = queues.open()
    queues.put(queue, 1, 2, 3)
    for one in queue.claim("a", 2):
        queue.put_off(one.name, "a", DOWN, 15)
    assert queue.board.jobs() == [Job("12", 3, 0, 0, 0, 0.0, None, {"provider_down": 2})]
    monkeypatch.setenv("LABELGUARD_STATE_URL", queues.url)
    assert "project 12: 2 of those queued are tried again: provider_down 2" in labelguard.run("jobs").stdout
    assert CANARY not in labelguard.run("jobs").stdout
    assert 'labelguard_queue_tried_again{project="12"} 2.0' in metrics(queue.board.jobs()).decode()


def test_metrics_tell_projects_apart_up_to_a_bound(queues):
    told = metrics(filled(queues).board.jobs()).decode()
    assert 'labelguard_queue_tasks{project="12",state="running"} 1.0' in told
    assert 'labelguard_queue_tasks{project="13",state="queued"} 1.0' in told
    many = [Job(str(number), 1, 0, 0, 0, 0.0, None) for number in range(203)]
    assert 'labelguard_queue_tasks{project="others",state="queued"} 3.0' in metrics(many).decode()


def test_failures_are_told_without_text_and_tried_again(queues):
    board = filled(queues).board
    (failure,) = board.failures("12")
    assert (failure.task, failure.code, failure.reason, failure.has_text) == ("3", "provider_down", DOWN.reason, True)
    assert board.failures("13") == []
    assert board.retry("12") == 1
    assert board.failures("12") == []
    assert (board.jobs("12")[0].queued, board.jobs("12")[0].failed) == (3, 0)


def test_what_is_erased_is_not_tried_again(queues):
    queue = filled(queues)
    queues.clock += 24 * 3600
    queue.purge()
    assert queue.board.retry("12") == 0
    assert not any(failure.has_text for failure in queue.board.failures("12"))


def test_the_commands_say_so(queues, monkeypatch):
    monkeypatch.setenv("LABELGUARD_STATE_URL", queues.url)
    assert "nothing goes on behind" in labelguard.run("jobs").stdout
    assert "no task failed" in labelguard.run("failures", "--project", "12").stdout
    filled(queues)
    told = labelguard.run("jobs").stdout
    assert told.split("\n")[1].split()[:5] == ["12", "3", "0", "2", "1"]  # by a real clock nobody holds any
    assert "project 13: nobody works on it now - see whether a server runs" in told
    (job,) = json.loads(labelguard.run("jobs", "--project", "13", "--json").stdout)["jobs"]
    assert (job["project"], job["queued"], job["seconds_left"]) == ("13", 1, None)
    said = labelguard.run("failures", "--project", "12").stdout
    assert "provider_down" in said
    assert "1 failed: provider_down 1" in said
    (failure,) = json.loads(labelguard.run("failures", "--project", "12", "--json").stdout)["failures"]
    assert (failure["task"], failure["reason"]) == ("3", DOWN.reason)
    assert CANARY not in said + told


def test_a_failed_task_is_queued_again_by_its_command(queues, monkeypatch):
    monkeypatch.setenv("LABELGUARD_STATE_URL", queues.url)
    queues.clock = 2_000_000_000.0
    filled(queues)
    assert "project 12: 1 tasks are queued again" in labelguard.run("retry", "--project", "12").stdout
    assert "project 12: 0 tasks are queued again" in labelguard.run("retry", "--project", "12").stdout


def test_why_tasks_fail_is_counted_with_how_many_may_be_tried_again(queues):
    queue = queues.open()
    queues.put(queue, 1, 2, state="failed", code="provider_down")
    queues.put(queue, 3, state="failed", code="provider_down", keeps=False)
    queues.put(queue, 4, project="13", state="failed", code="blocked")
    found = [(one.project, one.code, one.reason, one.tasks, one.kept) for one in queue.board.reasons(9)]
    assert found == [("12", "provider_down", "why", 3, 2), ("13", "blocked", "why", 1, 1)]
    assert len(queue.board.reasons(1)) == 1
    assert CANARY not in repr(found)
