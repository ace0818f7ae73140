"""More mails than a slow model labels in the time that there is: each click stores what it computed, the last all."""

import itertools

import pytest

from tests.browser.clicks import CONFIG, attempts, click_on, mails
from tests.browser.pages import browser_page, come_in, connect
from tests.child import labelguard
from tests.parts import write_policy
from tests.patience import HANGS_S

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.label_studio]

BASIC_AUTH = ("label-studio", "battery-staple-2")
COUNT = 6
TIME_S = 5


@pytest.mark.timeout(2 * HANGS_S)
def test_each_click_stores_what_it_computed_and_the_last_completes_them(label_studio, embedded_models, tmp_path):
    embedded = {"kind": "embedded", "model": "qwen2.5-coder-1.5b-instruct", "external": False}
    policy = write_policy(tmp_path, {"embedded": embedded | {"concurrency": 1, "timeout_s": 240}})
    settings = dict(zip(("LABELGUARD_BASIC_AUTH_USER", "LABELGUARD_BASIC_AUTH_PASSWORD"), BASIC_AUTH, strict=True))
    settings["LABELGUARD_PREDICT_TIMEOUT"] = str(TIME_S)
    with (
        labelguard(policy.file, tmp_path, BASIC_AUTH, **settings) as (url, child),
        browser_page(label_studio.url) as page,
    ):
        project = label_studio.api.create_project("Mails", CONFIG)
        label_studio.api.import_tasks(project, *mails(COUNT))
        come_in(page)
        connect(page, project, url, *BASIC_AUTH)
        clicks = click_on(page, label_studio, project, COUNT, most=60)
        log = child.output()
    stored = [click.stored for click in clicks]
    assert stored[-1] == COUNT
    assert all(before <= after for before, after in itertools.pairwise(stored))
    assert set(attempts(tmp_path).values()) == {1}  # nothing is paid twice
    assert "tasks predicted (embedded" in log
    assert len(clicks) == 1 or "go on behind" in log
