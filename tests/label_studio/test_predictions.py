"""Predictions of three projects, retrieved and read back through real Label Studio."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.label_studio.projects import ENTITIES, KINDS, SUMMARIES, TRIAGE, Kind, create_project
from tests.standin import PLACEHOLDER

pytestmark = pytest.mark.label_studio

PEOPLE_AND_CONTACTS = re.compile(r"John Carter|Maria Lopez|Jürgen Weiß|[\w.]+@example\.org")


def user_text(request):
    """Return the text that the model was shown."""
    content = request["messages"][-1]["content"]
    return content.removeprefix("<text>\n").removesuffix("\n</text>")


def answer(request: dict[str, Any], schema: dict[str, Any]) -> object:
    """Label as a sensible model would, each kind of project in its own way."""
    text = user_text(request)
    if "triage" in schema["properties"]:
        return {"triage": "Urgent" if "failed" in text else "Can wait"}
    if "summary" in schema["properties"]:
        return {"summary": f"In short: {text}"}
    tokens = dict.fromkeys(token for token in PLACEHOLDER.findall(text) if "PERSON" in token or "EMAIL" in token)
    return {"who": [{"text": t, "label": "Person" if "PERSON" in t else "Contact"} for t in tokens]}


def expected(kind: Kind, text: str) -> list[dict[str, Any]]:
    """Return the values of the regions that `answer` must lead to, on the original text."""
    if kind is TRIAGE:
        return [{"choices": ["u" if "failed" in text else "Can wait"]}]
    if kind is SUMMARIES:
        return [{"text": [f"In short: {text}"]}]
    return [
        {
            "start": found.start(),
            "end": found.end(),
            "text": found[0],
            "labels": ["Contact" if "@" in found[0] else "Person"],
        }
        for found in PEOPLE_AND_CONTACTS.finditer(text)
    ]


def values(prediction):
    return [region["value"] for region in prediction["result"]]


@pytest.fixture
def sensible(backend):
    backend.own.answer = backend.vendor.answer = answer
    return backend


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.profile)
def test_p09_a_batch_is_retrieved_and_read_back_exactly(label_studio, sensible, kind):
    project = create_project(label_studio, sensible, kind)
    label_studio.api.retrieve_predictions(project.id)
    stored = label_studio.api.predictions(project.id)
    assert {task: values(prediction) for task, prediction in stored.items()} == {
        task: expected(kind, text) for task, text in project.tasks.items()
    }


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.profile)
def test_p09_opening_a_task_shows_its_prediction(label_studio, sensible, kind):
    project = create_project(label_studio, sensible, kind)
    task, text = next(iter(project.tasks.items()))
    opened = label_studio.api.open_task(project.id, task)
    assert [values(prediction) for prediction in opened["predictions"]] == [expected(kind, text)]
    assert list(label_studio.api.predictions(project.id)) == [task]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.profile)
def test_p10_predictions_are_stored_under_the_version_that_setup_answers(label_studio, sensible, kind):
    project = create_project(label_studio, sensible, kind)
    label_studio.api.retrieve_predictions(project.id)
    stored = label_studio.api.predictions(project.id).values()
    version = sensible.version(kind.profile, kind.label_config)
    assert {prediction["model_version"] for prediction in stored} == {version}
    assert label_studio.api.backends(project.id)[0]["model_version"] == version


def test_p10_a_second_retrieval_asks_no_model(label_studio, sensible):
    project = create_project(label_studio, sensible, TRIAGE)
    label_studio.api.retrieve_predictions(project.id)
    asked = len(sensible.vendor.requests)
    label_studio.api.retrieve_predictions(project.id)
    assert len(sensible.vendor.requests) == asked == len(project.tasks)


def test_p06_each_profile_is_answered_by_its_own_provider(label_studio, sensible):
    project = create_project(label_studio, sensible, ENTITIES)
    label_studio.api.retrieve_predictions(project.id)
    assert len(sensible.own.requests) == len(project.tasks)
    assert not sensible.vendor.received


def test_p04_the_vendor_sees_placeholders_instead_of_people(label_studio, sensible):
    project = create_project(label_studio, sensible, TRIAGE)
    label_studio.api.retrieve_predictions(project.id)
    sent = sensible.vendor.received.decode()
    for secret in ("Maria", "Lopez", "Carter", "Novak", "example.org", "\\ud83d\\ude00 Thanks, Peter"):
        assert secret not in sent
    assert "[PERSON_1]" in sent


def test_two_projects_at_once_never_mix(label_studio, sensible):
    sensible.own.delay = sensible.vendor.delay = 0.2
    kinds = (ENTITIES, TRIAGE)
    projects = [
        create_project(label_studio, sensible, kind, *({kind.field: kind.texts[i % 3]} for i in range(12)))
        for kind in kinds
    ]
    with ThreadPoolExecutor(2) as both:
        list(both.map(label_studio.api.retrieve_predictions, [project.id for project in projects]))
    for project in projects:
        stored = label_studio.api.predictions(project.id)
        assert {task: values(prediction) for task, prediction in stored.items()} == {
            task: expected(project.kind, text) for task, text in project.tasks.items()
        }
