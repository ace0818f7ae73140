"""A click with a model far too slow for it: real Label Studio is answered in time, and the rest appears by itself."""

import sqlite3
import threading
import time
from contextlib import ExitStack

import pytest

from tests.child import labelguard
from tests.label_studio.backend import PASSWORD, USER
from tests.label_studio.harness import TOKEN
from tests.parts import SENTIMENT, provider, write_policy
from tests.patience import HANGS_S

pytestmark = pytest.mark.label_studio

COUNT = 12


@pytest.fixture(params=["a legacy token", "a personal token"])
def token(request, label_studio):
    return TOKEN if request.param == "a legacy token" else label_studio.api.personal_token()


def until(holds):
    end = time.monotonic() + HANGS_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_what_is_not_done_in_time_appears_by_itself_also_after_the_server_was_killed(
    label_studio, own, tmp_path, token
):
    settings = {
        "LABELGUARD_BASIC_AUTH_USER": USER,
        "LABELGUARD_BASIC_AUTH_PASSWORD": PASSWORD,
        "LABELGUARD_LABEL_STUDIO_URL": label_studio.url,
        "LABELGUARD_LABEL_STUDIO_TOKEN": token,
        "LABELGUARD_PREDICT_TIMEOUT": "3",
        "LABELGUARD_CACHE": str(tmp_path / "cache"),
    }
    rule = {"name": "all", "match": "everything", "providers": ["own"], "detection": {"profile": "fast"}}
    policy = write_policy(tmp_path, {"own": provider(own.address, external=False, concurrency=2)}, [rule])
    project = label_studio.api.create_project("Behind", SENTIMENT)
    tasks = label_studio.api.import_tasks(project, *({"text": f"Ann came {n} times."} for n in range(COUNT)))
    with ExitStack() as running:
        url, child = running.enter_context(labelguard(policy.file, tmp_path, (USER, PASSWORD), **settings))
        label_studio.api.connect(project, url, USER, PASSWORD)
        own.gate = threading.Semaphore(0)
        label_studio.api.retrieve_predictions(project)
        assert label_studio.api.predictions(project) == {}
        own.gate.release(4)
        until(lambda: label_studio.api.predictions(project))
        child.kill()
        own.gate = None
        with sqlite3.connect(tmp_path / "state.db", timeout=60) as connection:
            connection.execute("UPDATE queue_tasks SET free_at = 0")  # the time that the one who was killed held them
        running.enter_context(labelguard(policy.file, tmp_path, (USER, PASSWORD), **settings))
        until(lambda: len(label_studio.api.predictions(project)) == COUNT)
    stored = label_studio.api.predictions(project)
    assert sorted(stored) == tasks
    assert all(prediction["result"] for prediction in stored.values())
    (version,) = {prediction["model_version"] for prediction in stored.values()}
    assert version.startswith("labelguard-")
