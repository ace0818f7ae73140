"""What an administrator reads in Label Studio when a connection is refused."""

import pytest

from tests.label_studio.api import RefusedError
from tests.label_studio.backend import PASSWORD, USER
from tests.label_studio.projects import TRIAGE

pytestmark = pytest.mark.label_studio

NOTHING_TO_LABEL = (
    '<View><Text name="text" value="$text"/><Image name="photo" value="$photo"/>'
    '<RectangleLabels name="box" toName="photo"><Label value="Face"/></RectangleLabels></View>'
)


def refusal(label_studio, address, config=TRIAGE.label_config, password=PASSWORD):
    project = label_studio.api.create_project("refused", config)
    with pytest.raises(RefusedError) as refused:
        label_studio.api.connect(project, address, USER, password)
    assert refused.value.status == 400
    return refused.value.text


def test_a_wrong_password_is_told(label_studio, backend):
    text = refusal(label_studio, backend.address("helpdesk"), password="wrong")
    assert "authentication parameters were either not provided or are incorrect" in text


def test_a_config_that_we_cannot_label_is_told_by_the_reason_phrase(label_studio, backend):
    text = refusal(label_studio, backend.address("helpdesk"), NOTHING_TO_LABEL)
    assert "422" in text
    assert "Choices" in text


def test_p01_a_project_that_no_rule_covers_is_told_so(label_studio, backend):
    text = refusal(label_studio, backend.address("marketing"))
    assert "403" in text
    assert "no policy rule matches" in text
    assert "policy.yaml" in text


def test_connecting_with_the_right_password(label_studio, backend):
    project = label_studio.api.create_project("connected", TRIAGE.label_config)
    connected = label_studio.api.connect(project, backend.address("helpdesk"), USER, PASSWORD)
    assert connected["readable_state"] == "Connected"
