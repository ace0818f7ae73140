"""What a reviewer sees in real Label Studio of an answer with personal data that its model made up."""

import pytest
from playwright.sync_api import expect

from tests.browser.pages import MARKED, browser_page, come_in, open_task, submit
from tests.label_studio.backend import PASSWORD, USER

pytestmark = [pytest.mark.browser, pytest.mark.label_studio]

TEXT = '<Text name="text" value="$text"/>'
REGIONS = (
    f'<View>{TEXT}<Labels name="who" toName="text"><Label value="Person"/></Labels>'
    '<TextArea name="why" toName="text" perRegion="true"/></View>'
)
SUMMARY = f'<View>{TEXT}<TextArea name="summary" toName="text"/></View>'
MADE_UP = "Henrik Olsen called from +1 212 555 0147."
NOTE = "personal data not in the text: 1 PERSON, 1 PHONE_NUMBER"
FAILED, RAINED = "A visitor said that the pump has failed again.", "It rained all day, and a visitor left."
NOTES = "[class*=detailed-region__meta-text]"


@pytest.fixture(scope="module")
def page(label_studio):
    with browser_page(label_studio.url) as page:
        come_in(page)
        yield page


def project_of(label_studio, backend, config):
    """Return a project whose backend redacts, and marks what its model makes up, as is the default."""
    project = label_studio.api.create_project("Made up", config)
    label_studio.api.connect(project, backend.address("clinic"), USER, PASSWORD)
    return project


def test_the_mark_of_a_regions_text_stands_beside_it(page, label_studio, backend):
    backend.own.answer = lambda *_: {
        "who": [{"label": "Person", "text": "visitor", "why": MADE_UP}, {"label": "Person", "text": "pump", "why": ""}]
    }
    project = project_of(label_studio, backend, REGIONS)
    (task,) = label_studio.api.import_tasks(project, {"text": FAILED})
    label_studio.api.retrieve_predictions(project)
    open_task(page, project, task)
    page.locator(MARKED, has_text="visitor").click()
    expect(page.locator(NOTES)).to_have_text(NOTE)
    page.locator(MARKED, has_text="pump").click()
    expect(page.locator(NOTES)).to_have_count(0)


def test_tasks_with_a_mark_are_found_by_a_filter_and_keep_it_when_they_are_submitted(page, label_studio, backend):
    backend.own.answer = lambda request, schema: {"summary": MADE_UP if "pump" in str(request) else "It rained."}
    project = project_of(label_studio, backend, SUMMARY)
    marked, _ = label_studio.api.import_tasks(project, {"text": FAILED}, {"text": RAINED})
    label_studio.api.retrieve_predictions(project)
    tab = label_studio.api.create_tab(project, "To check", "predictions_results", "personal data not")
    page.goto(f"/projects/{project}/data?tab={tab}")
    expect(page.get_by_text("Tasks: 1 / 2")).to_be_visible()
    expect(page.get_by_text(FAILED)).to_be_visible()
    expect(page.get_by_text(RAINED)).to_have_count(0)

    open_task(page, project, marked)
    submit(page)
    (annotation,) = label_studio.api.open_task(project, marked)["annotations"]
    assert [result["meta"] for result in annotation["result"]] == [{"text": [NOTE]}]
