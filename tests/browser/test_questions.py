"""What a config shows of a task, as the real editor shows it: the model is asked in the same words."""

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.pages import browser_page, come_in, open_task
from tests.label_studio.api import RefusedError
from tests.parts import asked

pytestmark = [pytest.mark.browser, pytest.mark.label_studio]

TEXT = '<Text name="text" value="$text"/>'
CHOICES = '<Choices name="c" toName="text"><Choice value="Yes"/><Choice value="No"/></Choices>'
DATA: dict[str, Any] = {
    "text": "The rolls.",
    "question": "Is it about rolls?",
    "title": "Late again",
    "by": {"role": "the driver", "all": ["a", {"b": "deep"}]},
    "n": 7.5,
    "tags": ["x", 2],
    "yes": True,
    "none": None,
    "first": "At nine.",
    "текст": "Слова",
    "first-name": "Ann",
}
WORDS = """() => {
    const words = [];
    const visit = tag => {
        if (typeof tag._value === "string") words.push(`${tag.type}: ${tag._value}`);
        (tag.children ?? []).forEach(visit);
    };
    visit(Htx.annotationStore.selected?.root ?? Htx.annotationStore.root);
    return words;
}"""
"""What the editor shows of each tag."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A config, and what is to be seen of it.

    Attributes:
        editor: in the editor, of all tags beside the text.
        question: what the model is asked.
        labels: what it is offered.
    """

    inner: str
    editor: tuple[str, ...]
    question: str
    labels: tuple[str, ...] = ("Yes", "No")


YES_NO = ("choice: Yes", "choice: No")
SHOWN = {
    "a header of the task's": Shown(
        f'{TEXT}<Header value="$question"/>{CHOICES}', ("header: Is it about rolls?", *YES_NO), "Is it about rolls?"
    ),
    "headers of any spelling, with words of both": Shown(
        f'{TEXT}<header value="$title: ok, ($by.role)?"/><Header>$by.all[1].b, $n; $tags and $yes</Header>{CHOICES}',
        ("header: Late again: ok, (the driver)?", "header: deep, 7.5; x,2 and true", *YES_NO),
        "Late again: ok, (the driver)? deep, 7.5; x,2 and true",
    ),
    "Markdown": Shown(
        f'{TEXT}<Markdown>\n## Is it $title?\n</Markdown><Markdown value="$question"/>{CHOICES}',
        ("markdown: ## Is it Late again?", "markdown: Is it about rolls?", *YES_NO),
        "## Is it Late again? Is it about rolls?",
    ),
    "texts of the config's own": Shown(
        f'{TEXT}<Text name="t" value="See $title. Now:"/>'
        f'<HyperText name="h" value="page"><b>Is it $title?</b></HyperText>{CHOICES}',
        ("text: See Late again Now:", "hypertext: <b>Is it Late again?</b>", *YES_NO),
        "Is it Late again?",
    ),
    "choices of a task": Shown(
        f'{TEXT}<Choices name="c" toName="text"><Choice value="$first"/><Choice value="More than $n" alias="m"/>'
        '<Choice value="$none"/></Choices>',
        ("choice: At nine.", "choice: More than 7.5", "choice: "),
        "",
        ("At nine.", "More than 7.5"),
    ),
    "names of the task's that the editor does not know": Shown(
        f'{TEXT}<Header value="$текст"/><Header value="$first-name"/><Header value="$none"/>{CHOICES}',
        ("header: $текст", "header: At nine.-name", "header: ", *YES_NO),
        "Слова At nine.-name",
    ),
    "what is missing, and amounts": Shown(
        f'{TEXT}<Header value="Is $missing more than $5?"/>{CHOICES}',
        ("header: Is undefined more than undefined?", *YES_NO),
        "Is more than $5?",
    ),
}


def open_unlabeled(page: Page, project: int, task: int) -> None:
    """Open a task that has no results."""
    page.goto(f"/projects/{project}/data?task={task}")
    page.wait_for_function("window.Htx?.annotationStore?.selected && window.Htx?.task?.dataObj")


@pytest.fixture(scope="module")
def page(label_studio):
    with browser_page(label_studio.url) as page:
        come_in(page)
        yield page


@pytest.mark.parametrize("kind", SHOWN)
def test_the_model_is_asked_what_the_editor_shows(page, label_studio, kind):
    shown = SHOWN[kind]
    config = f"<View>{shown.inner}</View>"
    project = label_studio.api.create_project("Questions", config)
    (task,) = label_studio.api.import_tasks(project, DATA)
    open_unlabeled(page, project, task)
    seen = page.evaluate(WORDS)
    assert [words.strip() for words in seen if words != f"text: {DATA['text']}"] == list(map(str.strip, shown.editor))
    (call,) = asked(config, DATA).calls
    (control,) = call.question.controls
    assert control.question == shown.question
    assert tuple(label.name for label in control.labels) == shown.labels


def test_a_choice_of_the_tasks_is_seen_as_chosen(page, label_studio):
    config = f"<View>{SHOWN['choices of a task'].inner}</View>"
    (result,) = asked(config, DATA).results({"c": "At nine."})
    project = label_studio.api.create_project("Choices", config)
    (task,) = label_studio.api.import_tasks(project, DATA)
    label_studio.api.store_prediction(task, {"result": [result], "model_version": "v"})
    (held,) = open_task(page, project, task)
    assert held["value"] == {"choices": ["At nine."]}


@pytest.mark.parametrize(("value", "seen"), [("$текст", "$текст"), ("$last-name", "undefined-name")])
def test_names_that_the_server_asks_for_and_the_editor_does_not_know(page, label_studio, value, seen):
    config = f'<View><Text name="text" value="{value}"/>{CHOICES}</View>'
    project = label_studio.api.create_project("Names", config)
    with pytest.raises(RefusedError, match="key is expected in task data"):
        label_studio.api.import_tasks(project, {"text": "Wörter"})
    data = {value[1:]: "Wörter"}
    (task,) = label_studio.api.import_tasks(project, data)
    open_unlabeled(page, project, task)
    assert page.evaluate(WORDS)[0] == f"text: {seen}"
    (call,) = asked(config, data).calls
    assert call.texts.documents == {"text": "Wörter"}
