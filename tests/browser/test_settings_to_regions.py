"""A person's way in real Label Studio and a real browser: connect, retrieve predictions, see them. By the real model.

UPDATE_SCREENSHOT=1 writes the README's picture anew.
"""

import os
import shutil
from typing import Any

import pytest
from playwright.sync_api import Page, Response, expect, sync_playwright

from tests.child import ROOT, labelguard
from tests.label_studio.harness import PASSWORD, USER
from tests.parts import write_policy

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.label_studio]

PICTURE = ROOT / "docs" / "images" / "prediction.png"
MARKED = "[class*=htx-highlight]"
NOBODY_ELSE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
BASIC_AUTH = ("label-studio", "battery-staple-2")
CONFIG = """<View>
  <Labels name="entities" toName="text">
    <Label value="Person" background="#d4380d"/><Label value="Organization" background="#096dd9"/>
    <Label value="Place" background="#389e0d"/>
  </Labels>
  <Text name="text" value="$text"/>
  <Header value="Is the customer satisfied?"/>
  <Choices name="satisfied" toName="text" showInline="true"><Choice value="Yes"/><Choice value="No"/></Choices>
  <Header value="In one sentence"/>
  <TextArea name="summary" toName="text" hint="a summary in one short sentence" rows="2" editable="true"/>
</View>"""
TEXT = (
    "Henrik Johansson left Karolinska Hospital and moved to Lisbon with Anna Berg. "
    "Johansson is very happy there and thanks everybody."
)


@pytest.fixture(scope="module")
def backend(model_address, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    embedded = {"kind": "embedded", "model": "qwen2.5-coder-1.5b-instruct", "address": model_address}
    write_policy(folder, {"embedded": embedded | {"external": False}})
    auth = dict(zip(("LABELGUARD_BASIC_AUTH_USER", "LABELGUARD_BASIC_AUTH_PASSWORD"), BASIC_AUTH, strict=True))
    with labelguard(folder / "policy.yaml", folder, BASIC_AUTH, **auth) as (url, _):
        yield url


@pytest.fixture
def page(label_studio):
    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing - run `make chromium`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", NOBODY_ELSE])
        page = browser.new_page(base_url=label_studio.url, viewport={"width": 1280, "height": 800})
        page.set_default_timeout(30_000)
        yield page
        browser.close()


def log_in(page: Page) -> None:
    page.goto("/user/login/")
    page.locator("input[name=email]").fill(USER)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button[type=submit]").click()
    expect(page.get_by_text("Recent Projects")).to_be_visible()


def connect(page: Page, project: int, url: str) -> None:
    page.goto(f"/projects/{project}/settings/ml")
    page.get_by_label("Add machine learning model").first.click()
    page.locator("[name=title]").fill("Labelguard")
    page.locator("[name=url]").fill(url)
    page.get_by_text("No Authentication").first.click()
    page.get_by_text("Basic Authentication").first.click()
    page.locator("[name=basic_auth_user]").fill(BASIC_AUTH[0])
    page.locator("[name=basic_auth_pass]").fill(BASIC_AUTH[1])
    page.get_by_label("Save machine learning form").click()
    expect(page.get_by_text("Connected", exact=True)).to_be_visible()


def retrieve_predictions(page: Page, project: int) -> None:
    page.goto(f"/projects/{project}/data")
    page.get_by_label("Select all rows").check()
    page.get_by_label("Tasks Actions").click()
    page.get_by_text("Retrieve Predictions").click()
    with page.expect_response(_is_retrieval, timeout=120_000):
        page.get_by_test_id("dialog-ok-button").click()


def _is_retrieval(answer: Response) -> bool:
    return answer.request.method == "POST" and "retrieve_tasks_predictions" in answer.url


def open_task(page: Page, project: int, task: int) -> list[dict[str, Any]]:
    """Open a task as an annotator does; returns what the editor starts with."""
    page.goto(f"/projects/{project}/data?task={task}")
    page.wait_for_function("window.Htx?.annotationStore?.selected?.serializeAnnotation().length")
    held: list[dict[str, Any]] = page.evaluate("window.Htx.annotationStore.selected.serializeAnnotation()")
    return held


def test_a_person_connects_retrieves_and_sees_our_prediction(page, label_studio, backend):
    project = label_studio.api.create_project("Letters of patients", CONFIG)
    (task,) = label_studio.api.import_tasks(project, {"text": TEXT})
    log_in(page)
    connect(page, project, backend)
    retrieve_predictions(page, project)
    stored = label_studio.api.predictions(project)[task]["result"]
    assert {region["type"] for region in stored} == {"labels", "choices", "textarea"}

    held = open_task(page, project, task)
    assert sorted(map(str, [region["value"] for region in held])) == sorted(map(str, [r["value"] for r in stored]))
    expect(page.locator(MARKED).first).to_be_visible()
    seen = " ".join(page.locator(MARKED).all_inner_texts())
    checked = page.locator("input:checked").evaluate_all("inputs => inputs.map(input => input.name)")
    for region in stored:
        value = region["value"]
        if region["type"] == "labels":
            assert value["text"] in seen
        elif region["type"] == "choices":
            assert any(name.startswith(value["choices"][0]) for name in checked)
        else:
            expect(page.get_by_text(value["text"][0]).first).to_be_visible()
    if os.environ.get("UPDATE_SCREENSHOT"):
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURE, clip={"x": 240, "y": 48, "width": 1040, "height": 700})
