"""The page of `labelguard evaluate` in Chromium, and what Label Studio notes where one began with a prediction.

UPDATE_SCREENSHOT=1 writes the picture of docs/evaluate.md anew.
"""

import json
import os

import pytest
from playwright.sync_api import expect

from tests import command
from tests.browser.pages import barriers, browser_page, come_in, open_task, quiet_page, submit
from tests.child import ROOT
from tests.exports import choice
from tests.label_studio.harness import TOKEN
from tests.parts import SENTIMENT

pytestmark = pytest.mark.browser

PICTURE = ROOT / "docs" / "images" / "evaluate.png"


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    """The page of the reviewed example."""
    page = tmp_path_factory.mktemp("page") / "page.html"
    done = command.run("evaluate", ROOT / "examples" / "reviewed.json", "--html", page)
    assert done.returncode == 0, done.stderr
    return page


@pytest.fixture
def page(evaluated):
    with quiet_page(f"file://{evaluated}") as opened:
        opened.goto(f"file://{evaluated}")
        yield opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page, scheme):
    page.emulate_media(color_scheme=scheme)
    assert barriers(page) == []


def test_filters_work_without_scripts(page):
    rows = page.locator(".tasks tbody tr")
    everything = rows.count()
    assert everything == 108
    shown = page.locator(".tasks tbody tr:visible")
    expect(shown).to_have_count(everything)
    page.get_by_label("only errors").check()
    wrong = page.locator(".tasks tbody tr.wrong").count()
    expect(shown).to_have_count(wrong)
    page.get_by_label("only where they differ").check()
    both = page.locator(".tasks tbody tr.wrong.differs").count()
    expect(shown).to_have_count(both)
    assert 0 < both < wrong < everything


def test_pictures_are_drawn_and_coloured(page):
    assert page.locator("svg").count() >= 8
    for scheme, colour in (("light", "rgb(36, 87, 166)"), ("dark", "rgb(127, 176, 255)")):
        page.emulate_media(color_scheme=scheme)
        dot = page.locator("svg .dot").first
        assert dot.evaluate("dot => getComputedStyle(dot).fill") == colour
    first = page.locator("details").first
    expect(first.locator("svg rect.hit").first).to_be_visible()


def test_the_picture_of_the_documents(page):
    page.set_viewport_size({"width": 1200, "height": 1330})
    shot = page.screenshot()
    if os.environ.get("UPDATE_SCREENSHOT"):
        PICTURE.write_bytes(shot)
    assert PICTURE.read_bytes()[:8] == shot[:8]


@pytest.mark.label_studio
def test_an_annotation_that_began_with_a_prediction_is_not_blind(label_studio, monkeypatch):
    api = label_studio.api
    project = api.create_project("Seen", SENTIMENT)
    (task,) = api.import_tasks(project, {"text": "All is well."})
    stored = api.store_prediction(task, {"result": [choice("Good", id="c1")], "model_version": "v1"})
    api.change_project(project, model_version="v1")
    with browser_page(label_studio.url) as opened:
        come_in(opened)
        assert open_task(opened, project, task)
        submit(opened)
    (made,) = api.export(project)[0]["annotations"]
    assert made["parent_prediction"] == stored["id"]
    assert made["prediction"]["id"] == stored["id"]
    monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_URL", label_studio.url)
    monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_TOKEN", TOKEN)
    done = command.run("evaluate", "--project", project, "--json")
    assert [row["sample"]["is"] for row in json.loads(done.stdout)["figures"]] == ["seen"]
