"""Each tag's prediction, answered by our server and seen in the DOM of real Label Studio.

UPDATE_SCREENSHOT=1 writes the sheet of all of them anew.
"""

import base64
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.pages import MARKED, browser_page, come_in, open_task
from tests.child import ROOT
from tests.contract.test_fixtures import ANSWERS, fixture
from tests.label_studio.backend import PASSWORD, USER
from tests.patience import HANGS_S

pytestmark = [pytest.mark.browser, pytest.mark.label_studio]

SHEET = ROOT / "docs" / "images" / "tags.png"
SHOTS: dict[str, bytes] = {}
TEXT = '<Text name="text" value="$text"/>'
Check = Callable[[Page], None]
HALFWAY_S = 120.0
"""Seconds after which an editor that shows nothing yet is taken for one that never will."""


def eventually(page: Page, read: Callable[[], object], wanted: object) -> None:
    """Wait until what is read is what is wanted, and stays so: the editor puts up its page more than once.

    On a busy machine it may stop halfway, with its regions there and none of them shown. Then the page is opened anew.
    """
    began = loaded = time.monotonic()
    good, seen = 0, None
    while good < 3 and time.monotonic() < began + HANGS_S:
        if time.monotonic() > loaded + HALFWAY_S:
            page.reload()
            loaded = time.monotonic()
        try:
            seen = read()
        except Error:  # the frame that was read has been replaced
            seen = None
        good = good + 1 if seen == wanted else 0
        page.wait_for_timeout(150)
    assert seen == wanted


def checked(*names: str) -> Check:
    def check(page: Page) -> None:
        boxes = page.locator(
            ".lsf-choices:not(.lsf-choices_hidden) :is(.ant-checkbox-checked, .ant-radio-checked) input"
        )
        eventually(page, lambda: boxes.evaluate_all("inputs => inputs.map(input => input.name)"), list(names))

    return check


def marked(*texts: str) -> Check:
    return lambda page: expect(page.locator(MARKED)).to_have_text(list(texts))


def marked_in_frame(*texts: str) -> Check:
    def check(page: Page) -> None:
        frame = page.frame_locator("iframe.lsf-htx-richtext")
        marks = frame.locator(".htx-highlight")  # a region over several nodes has several
        eventually(page, lambda: marks.evaluate_all("marks => marks.map(mark => mark.textContent)"), list(texts))

    return check


def value(selector: str, wanted: str) -> Check:
    return lambda page: expect(page.locator(selector)).to_have_value(wanted)


def count(selector: str, wanted: int) -> Check:
    return lambda page: expect(page.locator(selector)).to_have_count(wanted)


def text(selector: str, *wanted: str) -> Check:
    return lambda page: expect(page.locator(selector)).to_have_text(list(wanted))


def ranked(*columns: str) -> Check:
    """Check the ids of a ranker's items, by column."""
    ids = (
        "columns => columns.map(c => [...c.querySelectorAll('[data-ranker-id]')].map(i => i.dataset.rankerId).join(''))"
    )

    def check(page: Page) -> None:
        eventually(page, lambda: page.locator(".htx-ranker-column").evaluate_all(ids), list(columns))

    return check


def of_region(page: Page) -> None:
    """Select the region; then its own answers are shown."""
    expect(page.locator(".lsf-choices_hidden")).to_have_count(1)
    page.locator(MARKED).first.click()
    expect(page.locator(".lsf-choices_hidden")).to_have_count(0)
    checked("sure")(page)
    expect(page.get_by_text("smith, alice")).to_be_visible()


def both(*checks: Check) -> Check:
    def check(page: Page) -> None:
        for each in checks:
            each(page)

    return check


WRITTEN = "[data-testid=htx-textbox-content]"
STARS = ".ant-rate-star-full"
SEEN: dict[str, Check] = {
    "01_choices_single": checked("Positive"),
    "02_choices_multiple": checked("Career", "Travel"),
    "03b_choices_alias": checked("Positive feedback"),
    "03c_choices_dynamic": checked("Beta"),
    "03d_choices_allownested": checked("Business"),
    "03e_choices_static_allownested": checked("Business"),
    "04_taxonomy": text(".htx-taxonomy .ant-select-selection-item", "Human", "Bacteria"),
    "05_ner_labels": marked("Alice Smith", "Acme Corp", "Paris"),
    "05b_ner_unicode": marked("Zoë Müller", "李小龙", "Café", "Noir"),
    "06_hypertextlabels": marked_in_frame("Alice Smith"),
    "06b_labels_on_hypertext": marked_in_frame("Alice Smith"),
    "07_paragraphlabels": marked("Alice", "Alice"),
    "08_textarea_summary": text(WRITTEN, "Alice Smith joined Acme in Paris."),
    "09_rating": count(STARS, 4),
    "10_number": value("input[name=num]", "7"),
    "11_pairwise": text(".bg-primary-background .lsf-htx-richtext", "Answer one"),
    "12_list_ranker": ranked("bac"),
    "12b_list_ranker_buckets": ranked("", "b", "ac"),
    "13_relations": both(marked("Alice Smith", "Acme Corp"), text(".relations-overlay text", "works_for")),
    "14_datetime": value("input[name=when-date]", "2024-05-03"),
    "14b_datetime_default": both(value("input[name=when-date]", "2024-05-03"), value("input[name=when-time]", "10:30")),
    "16_per_region": of_region,
    "17_multi_task": both(
        checked("Positive"),
        marked("Alice Smith"),
        text(WRITTEN, "Sum."),
        count(STARS, 5),
        value("input[name=num]", "3"),
    ),
    "18_choices_on_paragraphs": checked("Greeting"),
    "19_text_choices_left_menu": text("[data-testid=select-display-value]", "B"),
}
NOT_SEEN = {"15b_chat_with_control": "Label Studio Community has no Chat"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A config that no fixture has."""

    config: str
    data: dict[str, Any]
    answer: dict[str, Any]
    check: Check


CONDITIONAL = (
    f'<View>{TEXT}<Choices name="mood" toName="text"><Choice value="Good"/><Choice value="Bad"/></Choices>'
    '<View visibleWhen="choice-selected" whenTagName="mood" whenChoiceValue="Bad"><Choices name="why" toName="text">'
    '<Choice value="Price"/><Choice value="Time"/></Choices></View>'
    '<View visibleWhen="choice-unselected" whenTagName="mood" whenChoiceValue="Bad">'
    '<Rating name="stars" toName="text"/></View></View>'
)
PAGE = (
    '<View><HyperTextLabels name="ner" toName="page"><Label value="PER"/></HyperTextLabels>'
    '<HyperText name="page" value="$html"/></View>'
)
HTML = """<html><head><title>Ann in the head</title><style>p { color: black }</style></head>
<body>
  <style>b { color: black }</style>
  <p>Tom &amp; Ann&nbsp;Lee<br/>met  Jos&eacute; 😀 <b>Zo<i>e</i></b> Fox.</p><!-- Ann -->
  <script>var ann = "Ann";</script>
  <table><tr><td>Al</td><td>Bo</td></tr></table>
  <pre>
 two
   Eve</pre>
</body></html>"""
OTHERS = {
    "a conditional answer that is shown": Shown(
        CONDITIONAL,
        {"text": "Ann waited."},
        {"mood": "Bad", "why": "Time", "stars": 4},
        both(checked("Bad", "Time"), count(STARS, 0)),
    ),
    "a conditional answer that would be hidden": Shown(
        CONDITIONAL,
        {"text": "Ann smiled."},
        {"mood": "Good", "why": "Time", "stars": 4},
        both(checked("Good"), count(STARS, 4)),
    ),
    "HyperText with all that HTML has": Shown(
        PAGE,
        {"html": HTML},
        {"ner": [{"text": name, "label": "PER"} for name in ("Ann Lee", "José", "Zoe Fox", "Al", "Bo", "Eve", "Tom")]},
        marked_in_frame("Tom", "Ann\u00a0Lee", "José", "Zo", "e", " Fox", "Al", "Bo", "Eve"),
    ),
    "tags in small letters": Shown(
        '<view><text name="text" value="$text"/><choices name="mood" toName="text"><choice value="Good"/>'
        '<choice value="Bad"/></choices><labels name="ner" toName="text"><label value="PER"/></labels></view>',
        {"text": "Ann smiled."},
        {"mood": "Good", "ner": [{"text": "Ann", "label": "PER"}]},
        both(checked("Good"), marked("Ann")),
    ),
    "Repeater": Shown(
        '<View><Repeater on="$turns"><View><Text name="turn_{{idx}}" value="$turns[{{idx}}].says"/>'
        '<Choices name="act_{{idx}}" toName="turn_{{idx}}"><Choice value="Ask"/><Choice value="Tell"/></Choices></View>'
        "</Repeater></View>",
        {"turns": [{"says": "Where is it?"}, {"says": "On its way."}, {"says": "Thanks."}]},
        {"act_0": "Ask", "act_1": "Tell", "act_2": "Tell"},
        checked("Ask", "Tell", "Tell"),
    ),
    "Table": Shown(
        '<View><Table name="t" value="$row"/><Choices name="ok" toName="t"><Choice value="Y"/><Choice value="N"/>'
        "</Choices></View>",
        {"row": {"Name": "Ann", "Age": 7}},
        {"ok": "Y"},
        checked("Y"),
    ),
    "Text of a list": Shown(
        '<View><Text name="text" value="$parts"/><Labels name="ner" toName="text"><Label value="PER"/></Labels></View>',
        {"parts": ["Ann met", " Bob"]},
        {"ner": [{"text": "Bob", "label": "PER"}]},
        marked("Bob"),
    ),
    "a year and a month": Shown(
        f'<View>{TEXT}<DateTime name="y" toName="text" only="year" format="%Y"/>'
        '<DateTime name="m" toName="text" only="month,year"/></View>',
        {"text": "Ann came in May 2024."},
        {"y": "2024", "m": "2024-05"},
        both(
            value("select[name=y-year]", "2024"),
            value("select[name=m-date]", "5"),
            value("select[name=m-year]", "2024"),
        ),
    ),
    "several labels on a span": Shown(
        f'<View>{TEXT}<Labels name="ner" toName="text" choice="multiple"><Label value="PER"/><Label value="VIP"/>'
        "</Labels></View>",
        {"text": "Ann sat."},
        {"ner": [{"text": "Ann", "label": "PER"}, {"text": "Ann", "label": "VIP"}]},
        both(
            marked("Ann"),
            lambda page: expect(page.get_by_text("PER, VIP").or_(page.get_by_text("PERVIP")).first).to_be_attached(),
        ),
    ),
}


@pytest.fixture(scope="module")
def page(label_studio) -> Iterator[Page]:
    with browser_page(label_studio.url, 1000, 560) as page:
        come_in(page)
        yield page
        if os.environ.get("UPDATE_SCREENSHOT"):
            _write_sheet(page)


def show(page: Page, label_studio: Any, backend: Any, name: str, shown: Shown) -> None:
    """Have our server predict a task, open it and look."""
    backend.own.answer = lambda *_: shown.answer
    project = label_studio.api.create_project(name[:50], shown.config)
    label_studio.api.connect(project, backend.address("newsroom"), USER, PASSWORD)
    (task,) = label_studio.api.import_tasks(project, shown.data)
    opened = label_studio.api.open_task(project, task)
    assert opened["predictions"], "Label Studio stored no prediction"
    held = open_task(page, project, task)
    assert len(held) == len(opened["predictions"][0]["result"])
    shown.check(page)
    if os.environ.get("UPDATE_SCREENSHOT"):
        SHOTS[name] = page.screenshot(clip={"x": 240, "y": 80, "width": 760, "height": 400})


@pytest.mark.parametrize("name", SEEN)
def test_the_prediction_of_a_fixture_is_seen(page, label_studio, backend, name):
    given = fixture(name)
    shown = Shown(given["label_config"], given["task"]["data"], ANSWERS[name], SEEN[name])
    show(page, label_studio, backend, name, shown)


@pytest.mark.parametrize("name", OTHERS)
def test_the_prediction_is_seen(page, label_studio, backend, name):
    show(page, label_studio, backend, name, OTHERS[name])


def test_each_fixture_is_seen_or_has_a_reason():
    assert set(ANSWERS) == set(SEEN) | set(NOT_SEEN)


def _write_sheet(page: Page) -> None:
    """Draw all pictures on one sheet."""
    figures = ""
    for name, shot in SHOTS.items():
        source = f"data:image/png;base64,{base64.b64encode(shot).decode()}"
        figures += f"<figure><figcaption>{name}</figcaption><img src='{source}'></figure>"
    style = "body{margin:8px;font:13px sans-serif} main{display:grid;grid-template-columns:repeat(4,1fr);gap:8px}"
    style += "figure{margin:0} img{width:100%;border:1px solid #bbb}"
    page.set_viewport_size({"width": 1600, "height": 900})
    page.set_content(f"<style>{style}</style><main>{figures}</main>")
    page.screenshot(path=SHEET, full_page=True)
