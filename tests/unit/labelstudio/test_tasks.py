"""Tasks as a file has them, and what none is."""

import json
from pathlib import Path

import pytest

from backend.errors import RequestError
from backend.labelstudio.config import build_plan
from backend.labelstudio.tasks import need_fields, read_tasks
from handlers import load_handlers

CONFIG = (
    '<View><Text name="a" value="$body"/><Text name="shown" value="$title"/>'
    '<Choices name="c" toName="a" value="$topics"/></View>'
)
REPEATER = (
    '<View><Repeater on="$turns" indexFlag="{{idx}}"><Text name="t{{idx}}" value="$turns[{{idx}}].text"/>'
    '<Choices name="c{{idx}}" toName="t{{idx}}"><Choice value="A"/></Choices></Repeater></View>'
)


def read(tmp_path, items):
    (tmp_path / "tasks.json").write_text(json.dumps(items))
    return read_tasks(tmp_path / "tasks.json")


def missing(config, *data):
    need_fields(Path("tasks.json"), [{"data": one} for one in data], build_plan(config, load_handlers()))


def test_a_task_or_its_data(tmp_path):
    task = {"id": 7, "data": {"text": "a"}, "meta": {"m": 1}, "total_annotations": 0, "annotations": ["secret"]}
    own = {"id": 7, "data": {"text": "a"}, "meta": {"m": 1}, "total_annotations": 0}
    assert read(tmp_path, [task, {"text": "b"}]) == [own, {"data": {"text": "b"}}]


def test_all_that_is_no_task_is_named(tmp_path):
    with pytest.raises(RequestError) as caught:
        read(tmp_path, [{"text": "a"}, "canary", {"data": "canary"}, {}, {"data": {}}, *[3] * 9])
    assert "entries 2, 6, 7, 8, 9 and 5 more are no task: each must be an object" in caught.value.reason
    assert "entry 3 is no task: its data must be an object" in caught.value.reason
    assert "entries 4, 5 are without data" in caught.value.reason
    assert "canary" not in caught.value.reason


def test_what_the_config_labels_and_offers_is_needed_but_no_context():
    missing(CONFIG, {"body": "", "topics": []})
    with pytest.raises(RequestError, match="entry 1 lacks 'body'; entries 1, 2 lack 'topics'"):
        missing(CONFIG, {"title": "canary"}, {"body": "canary", "topics": None})


def test_of_what_repeats_the_list_is_needed():
    missing(REPEATER, {"turns": [{"text": "a"}]}, {"turns": []})
    with pytest.raises(RequestError, match="entry 1 lacks 'turns' - "):
        missing(REPEATER, {"text": "a"})
