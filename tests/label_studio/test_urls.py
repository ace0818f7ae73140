"""Data that Label Studio keeps itself, named in the task by its address: fetched with its token, labeled, stored."""

import pytest

from tests.child import labelguard
from tests.label_studio.backend import PASSWORD, USER
from tests.label_studio.harness import TOKEN
from tests.parts import provider, write_policy
from tests.standin import StandIn

pytestmark = pytest.mark.label_studio

CONFIG = (
    '<View><Text name="text" value="$text" valueType="url"/>'
    '<Labels name="ner" toName="text"><Label value="PER"/></Labels></View>'
)
STORY = "😀 Maria Lopez smiled."


def test_p09_a_file_that_label_studio_keeps(label_studio, tmp_path):
    settings = {
        "LABELGUARD_BASIC_AUTH_USER": USER,
        "LABELGUARD_BASIC_AUTH_PASSWORD": PASSWORD,
        "LABELGUARD_LABEL_STUDIO_URL": label_studio.url,
        "LABELGUARD_LABEL_STUDIO_TOKEN": TOKEN,
    }
    with StandIn() as model:
        rule = {"name": "all", "match": "everything", "providers": ["vendor"], "fetch": {"label_studio": True}}
        rule["known_labels"] = "off"
        policy = write_policy(tmp_path, {"vendor": provider(model.address)}, [rule])
        with labelguard(policy.file, tmp_path, (USER, PASSWORD), **settings) as (url, child):
            project = label_studio.api.create_project("Files", CONFIG)
            kept = label_studio.api.upload(project, "story.mp3", STORY.encode())
            (task,) = label_studio.api.import_tasks(project, {"text": kept})
            label_studio.api.connect(project, url, USER, PASSWORD)
            label_studio.api.open_task(project, task)
            (region,) = label_studio.api.predictions(project)[task]["result"]
            assert TOKEN not in child.output()
        assert region["value"] == {"start": 2, "end": 13, "text": "Maria Lopez", "labels": ["PER"]}
        assert b"Maria" not in model.received
        assert TOKEN.encode() not in model.received
