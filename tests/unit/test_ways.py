"""Projects that no task of could ever be read under the policy's rules are refused before any task."""

import pytest

from backend.errors import ConfigError
from tests.parts import SUMMARY, build_engine, provider, write_policy

ELSEWHERE = SUMMARY.replace("<Text ", '<Text valueType="url" ')
OWN = provider("http://127.0.0.1:9/v1", "openai", external=False)
SENDS = {"name": "sends", "match": "everything", "providers": ["own"]}


def job(tmp_path, config, *rules):
    return build_engine(write_policy(tmp_path, {"own": OWN}, rules), lambda text: []).job(config, "1")


def test_a_text_that_is_elsewhere_needs_a_rule_that_fetches(tmp_path):
    with pytest.raises(ConfigError, match='valueType="url", and no rule of the policy fetches anything'):
        job(tmp_path, ELSEWHERE, SENDS)


@pytest.mark.parametrize("fetch", [{"hosts": ["files.example.org"]}, {"label_studio": True}])
def test_one_rule_that_fetches_is_enough(tmp_path, fetch):
    first = {"name": "first", "match": {"fields": {"kind": "a"}}, "providers": ["own"]}
    assert job(tmp_path, ELSEWHERE, first, {**SENDS, "fetch": fetch}).ways


def test_what_may_hold_the_data_itself_needs_none(tmp_path):
    talk = '<View><Paragraphs name="t" value="$t" valueType="url"/><Rating name="r" toName="t"/></View>'
    assert job(tmp_path, talk, SENDS).ways


def test_context_that_cannot_be_fetched_is_left_out(tmp_path):
    config = SUMMARY.replace("</View>", '<Text name="more" value="$more" valueType="url"/></View>')
    assert job(tmp_path, config, SENDS).ways
