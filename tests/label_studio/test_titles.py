"""A rule by a project's title: Label Studio is asked for it with its token, while it waits for our answer itself."""

import json
import sqlite3

import pytest

from tests.child import labelguard
from tests.label_studio.api import RefusedError
from tests.label_studio.backend import PASSWORD, USER
from tests.label_studio.harness import TOKEN
from tests.parts import SENTIMENT, provider, write_policy
from tests.standin import StandIn

pytestmark = pytest.mark.label_studio


def test_a_rule_by_title(label_studio, tmp_path):
    settings = {
        "LABELGUARD_BASIC_AUTH_USER": USER,
        "LABELGUARD_BASIC_AUTH_PASSWORD": PASSWORD,
        "LABELGUARD_LABEL_STUDIO_URL": label_studio.url,
        "LABELGUARD_LABEL_STUDIO_TOKEN": TOKEN,
    }
    rule = {"name": "cardiology", "match": {"title": ["Cardiology*"]}, "providers": ["vendor"]}
    with StandIn() as model:
        policy = write_policy(tmp_path, {"vendor": provider(model.address)}, [rule])
        with labelguard(policy.file, tmp_path, (USER, PASSWORD), **settings) as (url, _):
            heart = label_studio.api.create_project("Cardiology, ward 3", SENTIMENT)
            (task,) = label_studio.api.import_tasks(heart, {"text": "All went well."})
            label_studio.api.connect(heart, url, USER, PASSWORD)
            label_studio.api.open_task(heart, task)
            assert label_studio.api.predictions(heart)[task]["result"]
            other = label_studio.api.create_project("Surgery", SENTIMENT)
            with pytest.raises(RefusedError, match="no policy rule matches project"):
                label_studio.api.connect(other, url, USER, PASSWORD)
    with sqlite3.connect(tmp_path / "state.db") as connection:
        attempt = json.loads(connection.execute("SELECT body FROM record_entries ORDER BY seq").fetchone()[0])
    assert (attempt["project"], attempt["task"], attempt["rule"]) == (str(heart), str(task), "cardiology")
