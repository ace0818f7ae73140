"""What cannot be written as JSON costs its own task, and no other (P7, P8)."""

import asyncio
import json
import math

import pytest

from backend.errors import AnswerError, TaskError
from backend.labelstudio.check import Checker
from backend.labelstudio.config import build_plan
from backend.labelstudio.objects import object_text as content
from backend.labelstudio.objects.object_text import read_content
from backend.labelstudio.types import ObjectTag, Prediction, Task
from backend.labelstudio.xml.interface import parse_config
from backend.policy.types import Decision
from backend.prompting.task_texts import read_task
from backend.server.answers import results_body
from backend.system.writing import is_writable
from tests.parts import ENTITIES, HANDLERS, SENTIMENT, build_engine, provider, serving, write_policy
from tests.standin import StandIn

HALF = "x\ud800"
TEXT = '<Text name="text" value="$text"/>'
LIST = '<List name="list" value="$items"/><Ranker name="rank" toName="list"/>'
DYNAMIC = TEXT + '<Choices name="c" toName="text" value="$opts"/>'
TREE = TEXT + '<Taxonomy name="c" toName="text" value="$opts"/>'
PER_REGION = ENTITIES.replace("</View>", '<Rating name="r" toName="text" perRegion="true"/></View>')


def items(*ids):
    return {"items": [{"id": name, "title": "t"} for name in ids], "text": "Ann"}


def options(*aliases):
    return {"text": "Ann", "opts": [{"value": f"v{i}", "alias": alias} for i, alias in enumerate(aliases)]}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("writing")
    with StandIn() as standin:
        policy = write_policy(folder, {"own": provider(standin.address, external=False)})
        with serving(build_engine(policy, lambda text: [])) as client:
            yield client


def predict(client, config, datas, context=None):
    body = {
        "tasks": [{"id": n, "data": data} for n, data in enumerate(datas, 1)],
        "project": "1.1",
        "label_config": config,
        "params": {"context": context},
    }
    return client.post("/predict", content=json.dumps(body))


@pytest.mark.parametrize(
    ("config", "good", "bad"),
    [
        (f"<View>{LIST}</View>", items("a", "b"), items("a", HALF)),
        (f"<View>{DYNAMIC}</View>", options("a", "b"), options("a", HALF)),
        (f"<View>{TREE}</View>", options("a", "b"), options("a", HALF)),
        (SENTIMENT, {"text": "Ann"}, {"text": HALF}),
    ],
)
def test_p07_half_a_character_costs_its_own_task_alone(client, config, good, bad):
    answer = predict(client, config, [good, bad, good])
    assert answer.status_code == 200
    first, second, third = answer.json()["results"]
    assert first["result"]
    assert second == {}
    assert third["result"]


@pytest.mark.parametrize(
    "change", [{"id": HALF}, {"text": HALF}, {"start": math.nan}, {"end": math.inf}, {"more": [HALF]}, {HALF: 1}]
)
def test_a_region_that_could_not_be_sent_back_is_left_out(client, change):
    value = {"start": 0, "end": 3, "text": "Ann", "labels": ["PER"]} | {k: v for k, v in change.items() if k != "id"}
    region = {"id": "r1", "from_name": "ner", "to_name": "text", "type": "labels", "value": value}
    region |= {"id": change.get("id", "r1")}
    answer = predict(client, PER_REGION, [{"text": "Ann"}], {"result": [region]})
    assert answer.status_code == 200
    assert len(answer.json()["results"]) == 1


def test_p08_the_check_refuses_what_cannot_be_written():
    config = f"<View>{TEXT}<TextArea name='sum' toName='text'/></View>"
    plan, checker = build_plan(config, HANDLERS), Checker(parse_config(config, HANDLERS), HANDLERS)
    contents = {"text": read_content(plan.objects[0], {"text": "Ann"})}
    base = {"from_name": "sum", "to_name": "text", "type": "textarea", "id": "a"}
    for more in ({"value": {"text": [HALF]}}, {"value": {"text": ["x"], "at": math.nan}}):
        with pytest.raises(AnswerError, match="what JSON cannot"):
            checker.check(Prediction(({**base, **more},), "v"), plan, contents)
    checker.check(Prediction(({**base, "value": {"text": ["x"]}},), "v"), plan, contents)


def test_p07_each_prediction_is_written_by_itself():
    good, bad = (Prediction(({"id": name},), "v") for name in ("ä", HALF))
    results = json.loads(results_body([good, bad, AnswerError("no"), good]))["results"]
    assert [bool(result) for result in results] == [True, False, False, True]
    assert not is_writable({1: {2, 3}})


# --- the length is asked before the characters are looked at


@pytest.mark.parametrize("tag", ["Text", "HyperText"])
def test_a_text_that_is_too_long_is_refused_before_it_is_looked_at(tag, monkeypatch):
    monkeypatch.setattr(content, "check_unicode", lambda *_: pytest.fail("looked at"))
    plan = build_plan(f'<View><{tag} name="t" value="$t"/><Rating name="r" toName="t"/></View>', HANDLERS)
    with pytest.raises(TaskError, match="makes the task 2000001 characters long, and 100000 are allowed"):
        read_task(plan, Decision("", ()), (), {"t": "x" * 2_000_001})


def test_a_field_of_a_prompt_that_is_too_long_is_refused_before_it_is_looked_at(monkeypatch):
    plan = build_plan(ENTITIES, HANDLERS)
    monkeypatch.setattr(content, "check_unicode", lambda name, _: name != "more" or pytest.fail("looked at"))
    with pytest.raises(TaskError, match="field 'more' makes the task"):
        read_task(plan, Decision("", ()), ("more",), {"text": "a", "more": "y" * 2_000_000})


def test_where_half_a_character_stands_is_told():
    with pytest.raises(TaskError, match="at character 3"):
        read_content(ObjectTag("Text", "t", "$t"), {"t": "abc\udc00"})


def test_a_task_that_failed_is_not_kept_by_its_error(tmp_path):
    engine = build_engine(write_policy(tmp_path, {"own": provider("http://127.0.0.1:9/v1")}), lambda text: [])
    job = engine.job(SENTIMENT, "1")
    (outcome,) = asyncio.run(engine.predict(job, [Task({"text": {"a": 1}})]))
    assert isinstance(outcome, TaskError)
    assert (outcome.__traceback__, outcome.__context__, outcome.__cause__) == (None, None, None)
