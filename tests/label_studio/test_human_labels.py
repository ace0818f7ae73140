"""Annotations and drafts: our webhook takes them at once, and nothing of them goes to a model or into a log (P11)."""

import time

import pytest

from tests.label_studio.backend import WEBHOOK_SECRET
from tests.label_studio.harness import TOKEN, USER
from tests.label_studio.projects import SUMMARIES, TRIAGE, create_project
from tests.patience import HANGS_S

pytestmark = pytest.mark.label_studio

ANNOTATION_CANARY = "annotation-canary-4471"
DRAFT_CANARY = "draft-canary-9035"


def summary(text):
    return [{"id": "c1", "from_name": "summary", "to_name": "text", "type": "textarea", "value": {"text": [text]}}]


@pytest.fixture
def project(label_studio, backend):
    return create_project(label_studio, backend, SUMMARIES)


def log_after(backend, line, count=1):
    """Return our log once a line stands in it so often."""
    deadline = time.monotonic() + HANGS_S
    while backend.child.output().count(line) < count and time.monotonic() < deadline:
        time.sleep(0.05)
    return backend.child.output()


def test_label_studio_registers_our_webhook(label_studio, backend, project):
    urls = [hook["url"] for hook in label_studio.api.webhooks(project.id)]
    assert urls == [backend.address("newsroom") + "/webhook"]


def test_a_webhook_that_label_studio_registered_by_itself_is_not_read(label_studio, backend, project):
    label_studio.api.annotate(next(iter(project.tasks)), summary("done"))
    assert "webhook answered 401: unauthorized" in log_after(backend, "webhook answered 401")


def test_creating_an_annotation_calls_our_webhook_once(label_studio, backend, project):
    label_studio.api.give_secret(project.id, WEBHOOK_SECRET)
    seen = backend.child.output().count("webhook: ANNOTATION_CREATED")
    label_studio.api.annotate(next(iter(project.tasks)), summary("done"))
    log = log_after(backend, "webhook: ANNOTATION_CREATED", seen + 1)
    assert log.count("webhook: ANNOTATION_CREATED") == seen + 1


def test_p11_human_labels_reach_neither_a_model_nor_our_log(label_studio, backend, project):
    label_studio.api.give_secret(project.id, WEBHOOK_SECRET)
    task = next(iter(project.tasks))
    annotation = label_studio.api.annotate(task, summary(ANNOTATION_CANARY))
    label_studio.api.update_annotation(annotation["id"], summary(f"{ANNOTATION_CANARY} again"))
    label_studio.api.draft(task, summary(DRAFT_CANARY))
    label_studio.api.retrieve_predictions(project.id)
    assert task in label_studio.api.predictions(project.id)
    log = log_after(backend, "webhook: ANNOTATION_UPDATED")
    sent = (backend.own.received + backend.vendor.received).decode()
    assert SUMMARIES.texts[0] in sent  # else the next lines would show nothing
    for canary in (ANNOTATION_CANARY, DRAFT_CANARY, TOKEN, USER):
        assert canary not in sent
        assert canary not in log


def test_p05_no_task_text_stands_in_our_log(label_studio, backend):
    project = create_project(label_studio, backend, TRIAGE)
    label_studio.api.retrieve_predictions(project.id)
    assert backend.vendor.requests
    log = backend.child.output()
    for words in ("Maria Lopez", "pump", "invoice", "no hurry", "Can wait", "[PERSON_1]"):
        assert words not in log
