"""What one worker answers tells the whole: the news of all, and the policy that all have."""

from concurrent.futures import Future

import pytest

from backend.server.siblings import Siblings, merged
from backend.system.part import ProcessPart


def standing(since, sha256="old", last="answered", at="2026-11-29T10:00:00+00:00", breaker="", **policy):
    own = {"last": last, "at": at} | ({"breaker": breaker} if breaker else {})
    said = {"sha256": sha256, "since": f"2026-11-29T{since}:00+00:00", **policy}
    return {"policy": said, "providers": {"own": own}, "versions": [f"labelguard-{sha256}"]}


@pytest.fixture
def workers(tmp_path):
    return [Siblings(tmp_path, ProcessPart(number, 3)) for number in range(3)]


def test_each_sees_what_the_others_told(workers):
    workers[1].tell(standing("09:00", last="provider_auth", at="2026-11-29T10:00:01+00:00"))
    workers[2].tell(standing("08:00", breaker="open"))
    whole = workers[0].whole(standing("10:00", "new", breaker="half_open"))
    assert whole["policy"]["sha256"] == "old"
    assert whole["providers"]["own"] == {"last": "provider_auth", "at": "2026-11-29T10:00:01+00:00", "breaker": "open"}
    assert whole["versions"][0] == "labelguard-new"


def test_a_policy_is_in_force_once_all_have_it():
    assert merged([standing("10:00", "new"), standing("09:00")])["policy"]["sha256"] == "old"
    assert merged([standing("10:00", "new"), standing("10:01", "new")])["policy"]["sha256"] == "new"


def test_a_problem_of_one_is_told_by_all():
    assert merged([standing("10:00"), standing("09:00", problem="line 3")])["policy"]["problem"] == "line 3"
    assert merged([standing("09:00"), standing("10:00", problem="line 3")])["policy"]["problem"] == "line 3"


def test_what_was_half_written_by_one_who_died_is_left_out(workers, tmp_path):
    (tmp_path / "worker-1.json").write_text('{"policy": ')
    assert workers[0].whole(standing("10:00"))["policy"]["sha256"] == "old"


def test_they_are_ready_once_each_of_them_was(workers):
    assert not workers[0].are_ready
    for worker in workers:
        loaded: Future[None] = Future()
        worker.tell_when_ready(loaded)
        loaded.set_result(None)
    assert workers[0].are_ready


def test_who_cannot_be_loaded_is_not_ready(workers):
    for worker in workers:
        loaded: Future[None] = Future()
        worker.tell_when_ready(loaded)
        loaded.set_exception(MemoryError())
    assert not workers[0].are_ready
