"""What real Label Studio highlights behind signs that JavaScript counts twice, and what it sends back of them."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page

from backend.labelstudio.config import build_plan
from backend.labelstudio.objects.object_text import read_content
from backend.prompting.task_labels import region_place
from handlers import load_handlers
from tests.browser.pages import browser_page, come_in, drag_over, highlighted, open_task
from tests.label_studio.backend import PASSWORD, USER
from tests.patience import HANGS_S

pytestmark = [pytest.mark.browser, pytest.mark.label_studio]

SIGNS = "😢 👩‍👩‍👧 🇫🇷 👍🏽 ❤️ 𠮷野家"
LABELS = '<Label value="A"/><Label value="B"/>'


def talk(attributes: str = "", labels: str = "") -> str:
    return (
        f'<View><ParagraphLabels name="l" toName="o" {labels}>{LABELS}</ParagraphLabels>'
        f'<Paragraphs name="o" value="$x" {attributes}/></View>'
    )


def of_text(tag: str, attributes: str = "") -> str:
    return f'<View><Labels name="l" toName="o">{LABELS}</Labels><{tag} name="o" value="$x" {attributes}/></View>'


TURNS: list[dict[str, Any]] = [
    {"author": "Ann", "text": f"{SIGNS} hi\r\nthere, sad Zoe\u0308 {SIGNS} bye", "start": 2, "end": 3},
    {"author": "Eve", "text": f"{SIGNS} sad at first", "start": 0, "end": 1},
    {"author": "Bob", "text": "sad too\r\n\r\n  so 𠮷 sad\ttwo", "start": 1, "end": 2},
]
OTHER_KEYS = [{"who": turn["author"], "says": turn["text"]} for turn in TURNS]
WORDS = ("sad", "𠮷野家", "Zoe\u0308", "bye", "🇫🇷", "two")
PAGE = (
    f"<html><head><title>sad</title><style>p {{ color: black }}</style></head>\r\n<body>\r\n<p>{SIGNS} hi<br>\r\n"
    "there,&nbsp;sad &amp; Zoe&#x308; &#128546; 𠮷野家</p>\r\n<script>sad</script><!-- sad -->"
    "<style>b { color: red }</style><table>\r\n<tr><td>two</td><td>bye</td></tr></table>\r\n"
    "<pre>\r\n sad\r\n   two</pre></body></html>"
)

UNSEEN = (
    "<noscript>sad</noscript><title>sad</title><p>x</p><noscript><iframe src='/a?b=1' height=0></iframe></noscript>"
    """<noscript><img height=1 alt='a "q" & b' onload='x()' src='/a?b=1&c=2'/><b class>a &amp; b<br></b></noscript>"""
    "<select><option>sad</option></select><textarea>sad</textarea><template>sad</template><iframe>sad</iframe>"
    "a</br>b<BR>c<wbr>d &copy 2024 &#x80; <![CDATA[ sad ]]><svg><title>sad</title><text>hey</text></svg>"
    f"<table>foster<tr><td>{SIGNS}</td></tr></table><ruby>漢<rp>(</rp><rt>k</rt></ruby>"
    " a < b <xmp><b>x</b></xmp> <b>sad</b>"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A task, and words that are marked in it."""

    config: str
    value: Any
    words: tuple[str, ...] = WORDS


SHOWN = {
    "Paragraphs": Shown(talk(), TURNS),
    "Paragraphs, a dialogue": Shown(talk('layout="dialogue"'), TURNS),
    "Paragraphs, with a player": Shown(talk('layout="dialogue" showPlayer="true" audioUrl="$a"'), TURNS),
    "Paragraphs, other keys": Shown(talk('layout="dialogue" nameKey="who" textKey="says"'), OTHER_KEYS),
    "Paragraphs, sorted by time": Shown(talk('layout="dialogue" contextScroll="true" audioUrl="$a"'), TURNS),
    "Text": Shown(of_text("Text"), "\r\n".join(turn["text"] for turn in TURNS)),
    "Text, of words": Shown(of_text("Text", 'granularity="word"'), "\r\n".join(turn["text"] for turn in TURNS)),
    "HyperText": Shown(of_text("HyperText"), PAGE),
    "HyperText, inline": Shown(of_text("HyperText", 'inline="true"'), PAGE),
    "HyperText, a fragment": Shown(of_text("HyperText"), PAGE[PAGE.index("<p>") : PAGE.index("</body>")]),
    "HyperText, what is not seen": Shown(of_text("HyperText"), UNSEEN, ("sad",)),
    "HyperText, what is not seen, inline": Shown(of_text("HyperText", 'inline="true"'), UNSEEN, ("sad",)),
    "HyperText, a returned line": Shown(of_text("HyperText"), f"<p>a&#13;&#10;b {SIGNS} sad</p>", ("sad", "b")),
}


@pytest.fixture(scope="module")
def page(label_studio) -> Iterator[Page]:
    with browser_page(label_studio.url, 1280, 900) as page:
        come_in(page)
        yield page


def predicted(page: Page, label_studio: Any, backend: Any, name: str, shown: Shown) -> dict[str, str]:
    """Have our server predict a task and open it; returns what we say is marked, by region."""
    answer = {"l": [{"text": word, "label": "A"} for word in shown.words]}
    backend.own.answer = lambda *_: answer
    project = label_studio.api.create_project(name[:50], shown.config)
    label_studio.api.connect(project, backend.address("newsroom"), USER, PASSWORD)
    (task,) = label_studio.api.import_tasks(project, {"x": shown.value, "a": "/static/none.wav"})
    opened = label_studio.api.open_task(project, task)
    assert opened["predictions"], "Label Studio stored no prediction"
    open_task(page, project, task)
    return {region["id"]: region["value"]["text"] for region in opened["predictions"][0]["result"]}


@pytest.mark.parametrize("name", SHOWN)
def test_the_editor_highlights_our_words(page, label_studio, backend, name):
    ours = predicted(page, label_studio, backend, name, SHOWN[name])
    assert set(ours.values()) >= set(SHOWN[name].words)
    deadline = time.monotonic() + HANGS_S
    while (seen := highlighted(page)) != ours and time.monotonic() < deadline:
        page.wait_for_timeout(150)
    assert seen == ours


def test_what_is_marked_by_hand_comes_back_at_its_words(page, label_studio, backend):
    config = talk('layout="dialogue"', 'smart="true"')
    backend.own.answer = lambda *_: {"l": []}
    project = label_studio.api.create_project("By hand", config)
    (task,) = label_studio.api.import_tasks(project, {"x": TURNS})
    label_studio.api.connect(project, backend.address("newsroom"), USER, PASSWORD, interactive=True)
    page.goto(f"/projects/{project}/data?task={task}")
    page.get_by_text("Auto-Annotation").click()
    words = ("Zoe\u0308", "𠮷野家", "bye", "𠮷 sad")
    for word in words:
        page.locator(".lsf-label__text", has_text="B").first.click()
        drag_over(page, word, "[class*=dialoguetext]")
    deadline = time.monotonic() + HANGS_S
    while '"𠮷 sad": B' not in str(backend.own.requests[-1]["messages"]) and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    told = backend.own.requests[-1]["messages"][0]["content"]
    assert [word for word in words if f'"{word}": B' in told] == list(words)

    with page.expect_response(lambda answer: answer.request.method == "POST" and "/annotations" in answer.url):
        page.get_by_role("button", name="Submit").click()
    (annotation,) = label_studio.api.open_task(project, task)["annotations"]
    (obj,) = build_plan(config, load_handlers()).objects
    content = read_content(obj, {"x": TURNS})
    marked = [content.seen(*region_place(region["value"])) for region in annotation["result"]]
    assert sorted(content.text[slice(*place)] for place in marked if place) == sorted(words)
