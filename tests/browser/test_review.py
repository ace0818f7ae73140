"""Predictions of a real project that need no human: a tab with them, and annotations made of them when told so."""

import json

import pytest
from playwright.sync_api import expect

from tests import command
from tests.browser.pages import browser_page, come_in, expect_no_error
from tests.label_studio.harness import TOKEN
from tests.parts import SENTIMENT

pytestmark = [pytest.mark.browser, pytest.mark.label_studio]
VERSION = "ours-1"


def choice(label):
    return {"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": [label]}}


@pytest.fixture
def project(label_studio, monkeypatch):
    """A project of 30 tasks that were annotated before any had a prediction, and 12 that nobody annotated."""
    monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_URL", label_studio.url)
    monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_TOKEN", TOKEN)
    api = label_studio.api
    number = api.create_project("Review", SENTIMENT)
    texts = [{"text": f"It was number {place}."} for place in range(42)]
    annotated = api.import_annotated(number, *((text, [choice("Good")]) for text in texts[:30]))
    tasks = annotated + api.import_tasks(number, *texts[30:])
    predictions = {}
    for place, task in enumerate(tasks):
        is_wrong = place in (7, 21)
        score = 0.5 if is_wrong else 0.4 if place == 41 else 0.9 + place * 7 % 30 / 1000
        result = [choice("Bad" if is_wrong else "Good")]
        predictions[task] = {"model_version": VERSION, "score": score, "result": result}
    api.store_predictions(number, predictions)
    return number, tasks


def test_what_may_be_taken_is_shown_and_made_into_annotations_when_told_so(label_studio, project):
    number, tasks = project
    refused = command.run("review", "--project", number, "--tab", "Sure enough")
    assert "choose this version in the project's settings" in refused.stderr
    label_studio.api.change_project(number, model_version=VERSION)
    done = command.run("review", "--project", number, "--tab", "Sure enough", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["sample"] == {"blind": 30, "wrong": 2, "seen_left_out": 0}
    taken = sorted(int(one["task"]) for one in found["tasks"])
    assert taken == tasks[30:41]
    assert sorted(task["id"] for task in label_studio.api.tasks(number, view=str(found["tab"]))) == taken
    with browser_page(label_studio.url) as page:
        come_in(page)
        page.goto(f"/projects/{number}/data?tab={found['tab']}")
        expect(page.get_by_text("Tasks: 11 / 42")).to_be_visible()
        expect(page.get_by_text("Sure enough").first).to_be_visible()
        expect_no_error(page)
    label_studio.api.annotate(tasks[30], [choice("Bad")])  # somebody was quicker
    told = command.run("review", "--project", number, "--accept")
    assert "10 annotations were made of them" in told.stdout, told.stderr
    stored = {task["id"]: task["annotations"] for task in label_studio.api.snapshot(number)}
    assert [len(stored[task]) for task in tasks] == [1] * 41 + [0]
    assert stored[tasks[35]][0]["result"][0]["value"] == {"choices": ["Good"]}
    again = command.run("review", "--project", number, "--accept")
    assert "left out: a prediction could be seen" in again.stdout, again.stderr  # those that were made are not blind
