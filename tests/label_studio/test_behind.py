"""A click with a model far too slow for it: real Label Studio is answered in time, and the rest appears by itself."""

import threading
from contextlib import ExitStack

import httpx
import pytest

from tests.label_studio.backend import PASSWORD, USER
from tests.label_studio.behind import let_go, serving_behind
from tests.label_studio.harness import TOKEN
from tests.label_studio.projects import TRIAGE, create_project
from tests.parts import SENTIMENT
from tests.patience import HANGS_S, until

pytestmark = pytest.mark.label_studio

COUNT = 12


def test_what_is_not_done_in_time_appears_by_itself_by_a_personal_token_too(label_studio, own, tmp_path):
    """By a legacy token, and more of it, in a browser: tests/browser/test_behind.py."""
    api, token = label_studio.api, label_studio.api.personal_token()
    project = api.create_project("Behind", SENTIMENT)
    tasks = api.import_tasks(project, *({"text": f"Ann came {n} times."} for n in range(COUNT)))
    with ExitStack() as running:
        url, child = running.enter_context(serving_behind(label_studio, own.address, tmp_path, 3, token=token))
        api.connect(project, url, USER, PASSWORD)
        own.gate = threading.Semaphore(0)
        api.retrieve_predictions(project)
        assert api.predictions(project) == {}
        own.gate.release(4)
        until(lambda: bool(api.predictions(project)))
        child.kill()
        own.gate = None
        let_go(tmp_path)
        running.enter_context(serving_behind(label_studio, own.address, tmp_path, 3, token=token))
        until(lambda: len(api.predictions(project)) == COUNT)
    stored = api.predictions(project)
    assert sorted(stored) == tasks
    assert all(prediction["result"] for prediction in stored.values())
    (version,) = {prediction["model_version"] for prediction in stored.values()}
    assert version.startswith("labelguard-")


def test_a_page_that_gives_up_loses_nothing(label_studio, backend):
    """What stands before Label Studio may answer the page by an error: Label Studio waits for us all the same."""
    project = create_project(label_studio, backend, TRIAGE)
    selected = {"selectedItems": {"all": True, "excluded": []}}
    url = f"{label_studio.url}/api/dm/actions?id=retrieve_tasks_predictions&project={project.id}"
    backend.vendor.gate = threading.Semaphore(0)
    with httpx.Client(headers={"Authorization": f"Token {TOKEN}"}, trust_env=False) as page:
        asking = page.build_request("POST", url, json=selected)
        asking.extensions["timeout"] = {"connect": HANGS_S, "write": HANGS_S, "pool": HANGS_S, "read": 0.1}
        with pytest.raises(httpx.ReadTimeout):
            page.send(asking)
    until(lambda: len(backend.vendor.requests) == len(project.tasks))
    backend.vendor.gate = None
    until(lambda: label_studio.api.predictions(project.id).keys() == project.tasks.keys())
