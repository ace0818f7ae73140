"""The page: what stands in it is escaped, redacted, and needs nothing from elsewhere."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from backend.evaluate.labels.evaluation import evaluate_sample
from backend.evaluate.labels.page import write_page
from backend.evaluate.labels.pictures import draw_confusion, draw_intervals, draw_reliability
from backend.evaluate.labels.resampling import Resampling
from backend.evaluate.labels.sample import make_sample
from backend.evaluate.labels.shown_rows import HIDDEN, shown_rows
from backend.evaluate.labels.tasks import read_answered_task
from tests.exports import annotation, choice, prediction, ranked, span, task, written

NASTY = """<script>alert("x")</script>'"&<img src=x onerror=y>"""


def sample(*tasks):
    return make_sample({"here": [read_answered_task(item) for item in tasks]})


def page(*tasks, redact=dict, **options):
    return write_page(evaluate_sample(sample(*tasks), Resampling(0)), redact, "As they are.", **options)


@pytest.fixture
def nasty():
    """A task in which everything that comes from outside is markup."""
    said = [
        choice(NASTY, control=NASTY),
        span(0, 4, NASTY, NASTY, control=f"{NASTY} who"),
        written(NASTY, control=f"{NASTY} text"),
        ranked(NASTY, "b", control=f"{NASTY} order"),
    ]
    other = [choice("b", control=NASTY)]
    predicted = [prediction(*said, version=NASTY, score=0.5), prediction(*other, version=f"{NASTY} 2")]
    return task([annotation(*said)], predicted, NASTY) | {"data": {NASTY: NASTY, "list": [{"a": NASTY}]}}


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen, self.attributes, self.open = set(), set(), []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "input", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_all_that_comes_from_outside_is_escaped(nasty):
    written_page = page(nasty)
    tags = Tags()
    tags.feed(written_page)
    assert tags.open == []
    assert not tags.seen & {"script", "img", "link", "iframe", "object", "form", "a", "base"}
    assert not any(name.startswith("on") or name in ("src", "href", "style", "action") for name in tags.attributes)
    assert NASTY not in written_page
    assert written_page.count("&lt;script&gt;") > 10


def test_the_page_may_load_nothing(nasty):
    written_page = page(nasty)
    (style,) = re.findall(r"<style>(.*?)</style>", written_page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert f'http-equiv="Content-Security-Policy" content="{policy}"' in written_page
    assert "http://" not in written_page
    assert "https://" not in written_page
    assert "url(" not in style


def test_pictures_escape_labels():
    for drawn in (
        draw_confusion({(NASTY, "b"): 2, ("b", NASTY): 1}),
        draw_intervals({NASTY: Resampling(0).estimate(lambda w: w[:, 0], [0])}),
    ):
        assert "<script" not in drawn
        assert "&lt;script&gt;" in drawn
    many = draw_confusion({(f"label {number}", f"label {number + 1}"): 1 for number in range(100)})
    assert many.count("<rect") == 24 * 24
    with pytest.raises(ValueError, match="empty"):
        draw_reliability([])


def test_nothing_is_shown_that_redaction_gives_nothing_for(nasty):
    secret = "canary-9017"
    said = [span(0, 4, "Person", secret), written(secret), choice(secret)]
    made = task([annotation(*said)], [prediction(*said)], secret) | {"data": {"text": secret, "options": [secret]}}
    shown = page(made, redact=lambda texts: {})
    assert secret not in shown
    assert HIDDEN in shown


def test_all_texts_of_a_task_are_redacted_together():
    asked = []

    def redact(texts):
        asked.append(set(texts.values()))
        return {place: text.replace("Anna", "[PERSON_1]") for place, text in texts.items()}

    said = [span(0, 4, "Person", "Anna"), written("Anna is well.")]
    shown = page(task([annotation(*said)], [prediction(*said)], "Anna was here."), redact=redact)
    assert asked == [{"Anna was here.", "Anna", "Anna is well."}]
    assert "Anna" not in shown
    assert "Person: [PERSON_1]" in shown


def row_of(*answers, truth="Good", text="t"):
    predictions = [prediction(choice(a), version=f"v{n}", score=s) for n, (a, s) in enumerate(answers)]
    return task([annotation(choice(truth))], predictions, text)


def test_rows_that_are_wrong_come_first_and_of_them_the_surest():
    tasks = [
        row_of(("Good", 0.9), ("Good", 0.9), text="right"),
        row_of(("Bad", 0.4), ("Good", 0.9), text="unsure"),
        row_of(("Bad", 0.8), ("Bad", 0.7), text="sure"),
    ]
    rows, more = shown_rows(sample(*tasks), dict, 10)
    assert [list(row.texts.values()) for row in rows] == [["sure"], ["unsure"], ["right"]]
    assert [(row.alike, row.right) for row in rows] == [(True, False), (False, False), (True, True)]
    assert more == 0
    assert len(shown_rows(sample(*tasks), dict, 1)[0]) == 1
    assert "2 more rows are not shown" in page(*tasks, most=1)


def test_a_version_without_a_prediction_differs_from_one_with_it():
    tasks = [row_of(("Good", None)), row_of(("Good", None), ("Good", None))]
    rows, _ = shown_rows(sample(*tasks), dict, 10)
    assert [row.alike for row in rows] == [False, True]
    assert rows[0].answers[1].is_right is None
