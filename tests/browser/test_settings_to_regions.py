"""A person's way in real Label Studio and a real browser: connect, retrieve predictions, see them. By the real model.

UPDATE_SCREENSHOT=1 writes the README's picture anew.
"""

import os

import pytest
from playwright.sync_api import expect

from tests.browser.clicks import click_on
from tests.browser.pages import MARKED, browser_page, connect, log_in, open_task
from tests.child import ROOT, labelguard
from tests.parts import write_policy

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.label_studio]

PICTURE = ROOT / "docs" / "images" / "prediction.png"
CLICKS = 10
"""At most: on a busy machine the model is not done before a click's deadline, and the next one goes on from there."""
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
def backend(embedded_models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    embedded = {"kind": "embedded", "model": "qwen2.5-coder-1.5b-instruct"}
    write_policy(folder, {"embedded": embedded | {"external": False}})
    auth = dict(zip(("LABELGUARD_BASIC_AUTH_USER", "LABELGUARD_BASIC_AUTH_PASSWORD"), BASIC_AUTH, strict=True))
    with labelguard(folder / "policy.yaml", folder, BASIC_AUTH, **auth) as (url, _):
        yield url


@pytest.fixture
def page(label_studio):
    with browser_page(label_studio.url) as page:
        yield page


def test_a_person_connects_retrieves_and_sees_our_prediction(page, label_studio, backend):
    project = label_studio.api.create_project("Letters of patients", CONFIG)
    (task,) = label_studio.api.import_tasks(project, {"text": TEXT})
    log_in(page)
    connect(page, project, backend, *BASIC_AUTH)
    click_on(page, label_studio, project, 1, CLICKS)
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
