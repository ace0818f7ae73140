"""An annotator's review in a real browser is told to us: a prediction that is submitted as it stands was kept."""

import re

import pytest

from tests.browser.pages import browser_page, come_in, open_task
from tests.label_studio.reviewing import Reviewing, expect_verdicts
from tests.parts import SENTIMENT

pytestmark = [pytest.mark.browser, pytest.mark.label_studio]


@pytest.fixture
def reviewing(label_studio, own, tmp_path, monkeypatch):
    own.answer = lambda request, schema: {"mood": "Good"}
    with Reviewing.running(label_studio, own.address, tmp_path, monkeypatch, annotations="keep") as running:
        yield running


def test_what_an_annotator_submits_is_known(label_studio, reviewing):
    project = label_studio.api.create_project("Reviewed in the browser", SENTIMENT)
    kept, changed = label_studio.api.import_tasks(project, {"text": "A fine day."}, {"text": "A bad day."})
    reviewing.connect(project)
    label_studio.api.retrieve_predictions(project)
    with browser_page(label_studio.url) as page:
        come_in(page)
        open_task(page, project, kept)
        page.get_by_role("button", name="Submit").click()
        expect_verdicts(project, kept=1)
        open_task(page, project, changed)
        page.get_by_text(re.compile(r"^Bad")).first.click()
        page.get_by_role("button", name="Submit").click()
        expect_verdicts(project, kept=1, changed=1)
