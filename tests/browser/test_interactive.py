"""An annotator types a prompt, or marks a span, and our answer appears: the first config of llm_interactive's README.

The config is Label Studio ML's own example (Apache-2.0), unchanged but for its style.
"""

import time

import pytest
from playwright.sync_api import expect

from tests.browser.pages import MARKED, browser_page, come_in, drag_over
from tests.label_studio.backend import PASSWORD, USER
from tests.patience import HANGS_S

pytestmark = [pytest.mark.browser, pytest.mark.label_studio]

PROMPT = """<View>
    <Header value="Context:"/>
    <View className="text-container">
        <Text name="context" value="$text"/>
    </View>
    <Header value="Prompt:"/>
    <View className="prompt">
        <TextArea name="prompt" toName="context" rows="4" editable="true" maxSubmissions="1" showSubmitButton="false"
                  placeholder="Type your prompt here then Shift+Enter..."/>
    </View>
    <Header value="Response:"/>
    <TextArea name="response" toName="context" rows="4" editable="true" maxSubmissions="1" showSubmitButton="false"
              smart="false" placeholder="Generated response will appear here..."/>
    <Header value="Overall response quality:"/>
    <Rating name="rating" toName="context"/>
</View>"""
LABELS = (
    '<View><Labels name="ner" toName="text" smart="true"><Label value="PER"/><Label value="ORG"/></Labels>'
    '<Text name="text" value="$text"/></View>'
)
STORY = "Ann met Bob at Acme."


@pytest.fixture
def page(label_studio):
    with browser_page(label_studio.url, 1280, 900) as page:
        come_in(page)
        yield page


def open_interactive(page, label_studio, backend, config):
    project = label_studio.api.create_project("Interactive", config)
    (task,) = label_studio.api.import_tasks(project, {"text": STORY})
    label_studio.api.connect(project, backend.address("newsroom"), USER, PASSWORD, interactive=True)
    page.goto(f"/projects/{project}/data?task={task}")
    page.get_by_text("Auto-Annotation").click()


def test_a_typed_prompt_is_answered_in_place(page, label_studio, backend):
    def answer(request, schema):
        asked = "Who met whom?" in request["messages"][0]["content"]
        return {"response": "Ann met Bob." if asked else "nothing was asked", "rating": 4}

    backend.own.answer = answer
    open_interactive(page, label_studio, backend, PROMPT)
    box = page.get_by_placeholder("Type your prompt here then Shift+Enter...")
    box.fill("Who met whom?")
    box.press("Shift+Enter")
    expect(page.get_by_text("Ann met Bob.").first).to_be_visible()
    expect(page.locator(".ant-rate-star-full")).to_have_count(4)


def test_what_an_annotator_marks_is_followed_by_suggestions(page, label_studio, backend):
    backend.own.answer = lambda *_: {"ner": [{"text": w, "label": la} for w, la in (("Ann", "PER"), ("Acme", "ORG"))]}
    open_interactive(page, label_studio, backend, LABELS)
    page.locator(".lsf-label__text", has_text="PER").first.click()
    drag_over(page, "Bob", ".lsf-richtext__line")
    deadline = time.monotonic() + HANGS_S
    while len(backend.own.requests) < 2 and time.monotonic() < deadline:  # the first came when the task was opened
        page.wait_for_timeout(100)
    expect(page.locator(MARKED, has_text="Acme").first).to_be_visible()
    marked = [text for text in page.locator(MARKED).all_inner_texts() if text.strip()]
    assert sorted(marked) == ["Acme", "Ann", "Bob"]
    told = [request["messages"][0]["content"] for request in backend.own.requests]
    assert any('"Bob": PER' in system for system in told)
