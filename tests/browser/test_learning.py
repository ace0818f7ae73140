"""Thirty annotations, half of them made in a real browser: what the next tasks like them are shown, and who is not."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.pages import browser_page, come_in, submit
from tests.exports import choice
from tests.label_studio.reviewing import Reviewing
from tests.parts import SENTIMENT
from tests.patience import until
from tests.standin import StandIn

pytestmark = [pytest.mark.browser, pytest.mark.label_studio, pytest.mark.thorough]

NAMES = ("Emily Watson", "Robert Hill", "Susan Miller", "Thomas Baker", "Laura Bennett")
HEATING = "The heating in the room of {name} was broken, and nobody came for {n} days."
PARKING = "Parking is free on floor {n}, as the sign says."
COUNT, ASKED = 30, 6
UNSURE, SURE = 0.3333, 1.0


def answer(request, _schema):
    """Doubt about a heating until reviewers have said what they think of one; be sure of all else."""
    is_heating = "heating" in request["messages"][-1]["content"]
    is_taught = len(request["messages"]) > 2
    return {"mood": "Bad" if is_heating and (is_taught or request["temperature"]) else "Good"}


def heatings(first, count):
    return [{"text": HEATING.format(name=NAMES[n % len(NAMES)], n=n)} for n in range(first, first + count)]


@pytest.fixture
def model():
    with StandIn(answer) as there:
        yield there


@pytest.fixture
def reviewing(label_studio, model, tmp_path, monkeypatch):
    learn = {"annotations": "keep", "examples": {"most": 3, "tokens": 1000}}
    with Reviewing.running(label_studio, model.address, tmp_path, monkeypatch, samples=3, blind=5, **learn) as running:
        yield running


def open_in(page: Page, project: int, task: int) -> Locator:
    """Open a task; returns those of its labels that are chosen."""
    page.goto(f"/projects/{project}/data?task={task}")
    expect(page.get_by_text(re.compile(r"^Bad")).first).to_be_visible()
    page.wait_for_function("window.Htx?.annotationStore?.selected")
    return page.locator(":is(.ant-checkbox-checked, .ant-radio-checked) input")


def annotate_in(page: Page, project: int, task: int) -> None:
    """Choose a label in the editor and submit it."""
    chosen = open_in(page, project, task)
    page.get_by_text(re.compile(r"^Bad")).first.click()
    expect(chosen).to_have_attribute("name", "Bad")
    submit(page)


def by_score(api, project):
    """Return the tasks that have a prediction in the Data Manager's order by its score."""
    query = {"ordering": ["tasks:predictions_score"]}
    predicted = api.predictions(project)
    listed = api.tasks(project, query=json.dumps(query), page_size="100")
    return [task["id"] for task in listed if task["id"] in predicted]


def shown_to(model):
    """Return what stood before each task that was asked, message by message."""
    return [[message["content"] for message in request["messages"][1:-1]] for request in model.requests]


def test_thirty_annotations_teach_their_project_alone(label_studio, model, reviewing):
    api = label_studio.api
    project, other = (api.create_project(title, SENTIMENT) for title in ("Taught", "Not taught"))
    told = api.import_tasks(project, *heatings(0, COUNT))
    reviewing.connect(project)
    reviewing.connect(other)
    api.retrieve_predictions(project)
    blind = sorted(set(told) - set(api.predictions(project)))
    assert COUNT // 5 - 1 <= len(blind) <= COUNT // 5 + 1
    assert not any(filter(None, shown_to(model)))

    # Half of them in the browser, where blind ones show nothing, and half by the API.
    seen = [task for task in told if task not in blind]
    by_hand = blind[:3] + seen[:12]
    with browser_page(label_studio.url) as page:
        come_in(page)
        expect(open_in(page, project, blind[0])).to_have_count(0)
        for task in by_hand:
            annotate_in(page, project, task)
    for task in sorted(set(told) - set(by_hand)):
        api.annotate(task, [choice("Bad", id="c1")])

    # The next ones like them are asked with examples, without the names, and score higher: their order changes.
    asked = api.import_tasks(project, *heatings(100, ASKED), *({"text": PARKING.format(n=n)} for n in range(ASKED)))
    model.requests.clear()

    def taught():
        model.requests.clear()
        api.delete_predictions(project)
        api.retrieve_predictions(project)
        shown = [shown for request, shown in zip(model.requests, shown_to(model), strict=True) if _is_asked(request)]
        return shown if shown and all(len(one) == 6 for one in shown) else None

    shown = until(taught, every_s=1.0)
    texts = " ".join(" ".join(one) for one in shown)
    assert "heating in the room of" in texts
    assert not [part for name in NAMES for part in name.split() if part in texts]
    scores = {task: prediction["score"] for task, prediction in api.predictions(project).items() if task in asked}
    assert set(scores.values()) == {SURE}

    # Of another project none is shown, and there the model still doubts: the doubtful ones stand first.
    elsewhere = api.import_tasks(other, *heatings(100, ASKED), *({"text": PARKING.format(n=n)} for n in range(ASKED)))
    model.requests.clear()
    api.retrieve_predictions(other)
    assert not any(filter(None, shown_to(model)))
    stored = api.predictions(other)
    doubtful = [task for task in elsewhere[:ASKED] if task in stored]
    assert {stored[task]["score"] for task in doubtful} == {UNSURE}
    assert set(by_score(api, other)[: len(doubtful)]) == set(doubtful)

    # What is deleted is forgotten.
    for number in [one["id"] for task in api.snapshot(project) for one in task["annotations"]]:
        api.delete_annotation(number)

    def forgotten():
        model.requests.clear()
        api.delete_predictions(project)
        api.retrieve_predictions(project)
        return model.requests and not any(filter(None, shown_to(model)))

    until(forgotten, every_s=1.0)
    kept = api.predictions(project)
    assert {kept[task]["score"] for task in asked[:ASKED] if task in kept} == {UNSURE}


def _is_asked(request):
    """Tell whether a request asks of a heating that nobody has annotated."""
    found = re.search(r"for (\d+) days", request["messages"][-1]["content"])
    return found is not None and int(found[1]) >= 100
