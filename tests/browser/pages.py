"""Label Studio's pages, as far as the browser tests use them."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page, Response, expect, sync_playwright

from tests.label_studio.harness import PASSWORD, USER
from tests.patience import HANGS_S

MARKED = "[class*=htx-highlight]"
expect.set_options(timeout=HANGS_S * 1000)

_COOKIES: list[Any] = []
"""Of the one Label Studio that runs in a process of tests."""
NOWHERE = "http://127.0.0.1:1"
NOBODY_ELSE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"


@contextmanager
def browser_page(url: str, width: int = 1280, height: int = 800) -> Iterator[Page]:
    """Open a page in Chromium that reaches nobody but this machine."""
    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing - run `make chromium`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", NOBODY_ELSE])
        page = browser.new_page(base_url=url, viewport={"width": width, "height": height})
        page.set_default_timeout(HANGS_S * 1000)
        yield page
        browser.close()


@contextmanager
def quiet_page(url: str) -> Iterator[Page]:
    """Open a page of ours; at the end it has asked for what begins with its URL alone, a file for itself alone.

    Nor has the browser said anything on its console: what a page's own policy refuses it says there.
    """
    with browser_page(url if url.startswith("http") else NOWHERE) as opened:
        told: list[str] = []
        asked: list[str] = []
        opened.on("console", lambda message: told.append(message.text))
        opened.on("request", lambda request: asked.append(request.url))
        yield opened
        assert told == []
        if url.startswith("file:"):
            assert asked == [url]
        assert [one for one in asked if not one.startswith(url)] == []


def barriers(page: Page) -> list[tuple[str, list[str]]]:
    """Return what axe-core finds serious or critical on a page: its rule, and where."""
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    assert found["passes"]
    return [
        (one["id"], [str(node["target"]) for node in one["nodes"]])
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


def log_in(page: Page) -> None:
    """Log in as the annotator."""
    page.goto("/user/login/")
    page.locator("input[name=email]").fill(USER)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button[type=submit]").click()
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()


def come_in(page: Page) -> None:
    """Be logged in as the annotator: by the form the first time, which takes two pages, then by what came of that."""
    if not _COOKIES:
        log_in(page)
        _COOKIES.extend(page.context.cookies())
    page.context.add_cookies(_COOKIES)


def connect(page: Page, project: int, url: str, user: str, password: str) -> None:
    """Connect a backend with Basic auth in the project's settings."""
    page.goto(f"/projects/{project}/settings/ml")
    page.get_by_label("Add machine learning model").first.click()
    page.locator("[name=title]").fill("Labelguard")
    page.locator("[name=url]").fill(url)
    page.get_by_text("No Authentication").first.click()
    page.get_by_text("Basic Authentication").first.click()
    page.locator("[name=basic_auth_user]").fill(user)
    page.locator("[name=basic_auth_pass]").fill(password)
    page.get_by_label("Save machine learning form").click()
    expect(page.get_by_text("Connected", exact=True)).to_be_visible()


@dataclass(frozen=True, slots=True)
class Answered:
    """What the page was answered.

    Attributes:
        status: of the answer.
        asked_at: Unix time, when the page asked.
        seconds: until it had all of the answer.
    """

    status: int
    asked_at: float
    seconds: float


def retrieve_predictions(page: Page, project: int) -> Answered:
    """Retrieve predictions for all tasks in the Data Manager."""
    page.goto(f"/projects/{project}/data")
    page.get_by_label("Select all rows").check()
    page.get_by_label("Tasks Actions").click()
    page.get_by_text("Retrieve Predictions").click()
    with page.expect_response(_is_retrieval) as answer:
        page.get_by_test_id("dialog-ok-button").click()
    answer.value.finished()
    timing = answer.value.request.timing
    return Answered(answer.value.status, timing["startTime"] / 1000, timing["responseEnd"] / 1000)


def expect_no_error(page: Page) -> None:
    """See that the page has done what it was told, and shows no error."""
    expect(page.get_by_role("button", name="Label All Tasks")).to_be_visible()  # no selection
    expect(page.get_by_text("Runtime error")).to_have_count(0)


def submit(page: Page) -> None:
    """Submit the open task's annotation, until Label Studio has stored it."""
    with page.expect_response(_is_submission) as answer:
        page.get_by_role("button", name="submit").click()
    assert answer.value.status == HTTPStatus.CREATED


def predictions_shown(page: Page, project: int) -> int:
    """Load the Data Manager anew; returns how many predictions it says that there are."""
    page.goto(f"/projects/{project}/data")
    told = page.get_by_text(re.compile(r"^Predictions: \d+$")).inner_text()
    return int(told.rpartition(" ")[2])


def _is_retrieval(answer: Response) -> bool:
    return answer.request.method == "POST" and "retrieve_tasks_predictions" in answer.url


def _is_submission(answer: Response) -> bool:
    return answer.request.method == "POST" and re.search(r"/api/tasks/\d+/annotations", answer.url) is not None


def drag_over(page: Page, words: str, within: str) -> None:
    """Mark some words with the mouse.

    Args:
        page: with an open task, its label chosen.
        words: within one line.
        within: selects the element that the words stand in.
    """
    expect(page.locator(within).filter(has_text=words).first).to_be_visible()
    box = page.evaluate(
        """([words, within]) => {
            for (const line of document.querySelectorAll(within)) {
                const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
                while (walker.nextNode()) {
                    const start = walker.currentNode.data.indexOf(words);
                    if (start < 0) continue;
                    line.scrollIntoView({block: 'center'});
                    const range = document.createRange();
                    range.setStart(walker.currentNode, start);
                    range.setEnd(walker.currentNode, start + words.length);
                    return range.getBoundingClientRect().toJSON();
                }
            }
        }""",
        [words, within],
    )
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 1, middle)
    page.mouse.down()
    page.mouse.move(box["right"], middle, steps=5)
    page.mouse.up()


def highlighted(page: Page) -> dict[str, str]:
    """Return what the editor highlights, by region."""
    seen: dict[str, str] = page.evaluate(
        """() => Object.fromEntries(window.Htx.annotationStore.selected.regions.map(
            region => [region.cleanId, (region._spans ?? []).map(span => span.textContent).join('')]))"""
    )
    return seen


def open_task(page: Page, project: int, task: int) -> list[dict[str, Any]]:
    """Open a task as an annotator does; returns what the editor starts with."""
    page.goto(f"/projects/{project}/data?task={task}")
    page.wait_for_function("window.Htx?.annotationStore?.selected?.serializeAnnotation().length")
    held: list[dict[str, Any]] = page.evaluate("window.Htx.annotationStore.selected.serializeAnnotation()")
    return held
