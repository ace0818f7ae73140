"""A click with a model far too slow for it: the page has its answer in time, and fills by itself, whoever is killed."""

import threading
from contextlib import ExitStack

import pytest

from tests import command
from tests.browser.clicks import CONFIG, attempts, mails
from tests.browser.pages import (
    browser_page,
    come_in,
    connect,
    expect_no_error,
    predictions_shown,
    retrieve_predictions,
)
from tests.label_studio.backend import PASSWORD, USER
from tests.label_studio.behind import let_go, serving_behind
from tests.patience import until

pytestmark = [pytest.mark.browser, pytest.mark.label_studio]

COUNT = 60
DEADLINE_S = 3


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    """Ask how it stands, as an administrator does; returns what the row of figures says."""
    monkeypatch.setenv("LABELGUARD_STATE_URL", f"sqlite:///{tmp_path / 'state.db'}")

    def asked(project):
        _, row = command.run("jobs", "--project", project).stdout.splitlines()
        return row.split()

    return asked


def test_the_page_fills_by_itself_also_after_the_server_was_killed(label_studio, own, tmp_path, jobs):
    project = label_studio.api.create_project("Behind", CONFIG)
    tasks = label_studio.api.import_tasks(project, *mails(COUNT))
    with ExitStack() as running:
        url, child = running.enter_context(serving_behind(label_studio, own.address, tmp_path, DEADLINE_S))
        page = running.enter_context(browser_page(label_studio.url))
        come_in(page)
        connect(page, project, url, USER, PASSWORD)
        own.gate = threading.Semaphore(0)
        assert retrieve_predictions(page, project).status == 200
        expect_no_error(page)
        assert predictions_shown(page, project) == 0
        own.gate.release(6)
        until(lambda: predictions_shown(page, project) > 0)
        child.kill()
        assert jobs(project)[0] == str(project)
        own.gate = None
        let_go(tmp_path)
        running.enter_context(serving_behind(label_studio, own.address, tmp_path, DEADLINE_S))
        until(lambda: predictions_shown(page, project) == COUNT)
        until(lambda: jobs(project)[:5] == [str(project), "0", "0", str(COUNT), "0"])
    stored = label_studio.api.predictions(project)
    assert sorted(stored) == tasks
    assert len({prediction["model_version"] for prediction in stored.values()}) == 1
    asked = attempts(tmp_path)
    assert len(asked) == COUNT
    assert sum(asked.values()) <= COUNT + 4  # what the server was at when it was killed
