"""`<Repeater>`: its tags for each item of a task, as Label Studio's editor makes them."""

import asyncio
import re
from typing import Any

import pytest

from backend.engine.engine import Engine
from backend.errors import ConfigError, LabelguardError, TaskError
from backend.labelstudio.config import build_plan
from backend.labelstudio.types import Prediction, Task
from backend.labelstudio.xml.repeating import of_any_task, of_task, repeats
from backend.labelstudio.xml.sizing import MAX_CHARACTERS
from handlers import load_handlers
from tests.child import ROOT
from tests.parts import build_engine, provider, write_policy
from tests.standin import StandIn

HANDLERS = load_handlers()
TURN = (
    '<Text name="t_{{idx}}" value="$turns[{{idx}}].says"/><Choices name="act_{{idx}}" toName="t_{{idx}}">'
    '<Choice value="Ask"/><Choice value="Tell"/></Choices>'
)
DIALOGUE = f'<View><Repeater on="$turns">{TURN}</Repeater></View>'
TURNS = {"turns": [{"says": "Where is it?"}, {"says": "On its way."}, {"says": "Thanks."}]}


def attributes(config, name):
    return re.findall(rf' {name}="([^"]*)"', config)


def test_the_tags_are_there_for_each_item():
    config = of_task(DIALOGUE, TURNS)
    assert attributes(config, "name") == ["t_0", "act_0", "t_1", "act_1", "t_2", "act_2"]
    assert attributes(config, "toName") == ["t_0", "t_1", "t_2"]
    assert attributes(config, "value")[::3] == ["$turns[0].says", "$turns[1].says", "$turns[2].says"]
    assert not repeats(config)


@pytest.mark.parametrize(
    "repeater",
    [
        '<Repeater on="$turns" indexFlag="{{idx}}" mode="pagination">',
        '<repeater On="$turns" indexflag="{{idx}}">',
        '<Repeater on="$turns" indexFlag="">',
        '<?xml version="1.0"?><Repeater on="$turns">',
    ],
)
def test_spellings_of_the_tag(repeater):
    declaration, _, tag = repeater.rpartition("?>")
    config = f"{declaration}{'?>' if declaration else ''}<View>{tag}{TURN}</{tag[1:9]}></View>"
    assert of_task(config, TURNS) == of_task(DIALOGUE, TURNS)


def test_a_flag_of_ones_own_is_text_and_no_pattern():
    config = '<View><Repeater on="$turns" indexFlag=".i."><Text name="t.i." value="$turns[.i.]"/></Repeater></View>'
    assert attributes(of_task(config, {"turns": [1]}), "value") == ["$turns[0]"]


def test_an_attribute_gets_the_index_as_often_as_in_the_editor():
    inner = '<Header value="{{idx}} {{idx}} {{idx}}"><View title="{{idx}} {{idx}}"/></Header>'
    config = of_task(f'<View><Repeater on="$turns">{inner}</Repeater></View>', {"turns": [1]})
    assert attributes(config, "value") == ["0 0 {{idx}}"]
    assert attributes(config, "title") == ["0 {{idx}}"]


def test_repeaters_within_repeaters():
    inner = '<Text name="t_{i}_{j}" value="$a[{i}].b[{j}]"/><Rating name="r_{i}_{j}" toName="t_{i}_{j}"/>'
    inner = f'<Repeater on="$a[{{i}}].b" indexFlag="{{j}}">{inner}</Repeater>'
    config = f'<View><Repeater on="$a" indexFlag="{{i}}"><View>{inner}</View></Repeater></View>'
    expanded = of_task(config, {"a": [{"b": ["x", "y"]}, {"b": []}, {"b": ["z"]}]})
    assert attributes(expanded, "toName") == ["t_0_0", "t_0_1", "t_2_0"]
    assert attributes(expanded, "value") == ["$a[0].b[0]", "$a[0].b[1]", "$a[2].b[0]"]


def test_what_stands_around_it_stays():
    config = f'<View><Header value="a"/> b <Repeater on="$turns" visibleWhen="x">{TURN}</Repeater> c <View/> d</View>'
    expanded = of_task(config, {"turns": []} | {"turns": [{"says": "a"}]})
    assert expanded.startswith('<View><Header value="a"/> b <View visibleWhen="x"><View><Text')
    assert expanded.endswith("</View></View> c <View/> d</View>")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "field 'turns' is missing"),
        ({"turns": None}, "field 'turns' is missing"),
        ({"turns": "abc"}, "field 'turns' is a str, no list"),
        ({"turns": {"a": 1}}, "field 'turns' is a dict, no list"),
        ({"turns": []}, "field 'turns' holds no items"),
    ],
)
def test_a_task_without_items_says_so(data, words):
    with pytest.raises(TaskError, match=words):
        of_task(DIALOGUE, data)


def test_no_items_are_fine_where_more_is_asked():
    more = '<Text name="t" value="$t"/><TextArea name="note" toName="t"/>'
    assert attributes(of_task(DIALOGUE.replace("<View>", f"<View>{more}"), {"turns": []}), "name") == ["t", "note"]


@pytest.mark.parametrize("on", ["", "turns", "$a and $b"])
def test_a_repeater_goes_through_a_field(on):
    with pytest.raises(ConfigError, match="Config not supported: Repeater"):
        build_plan(DIALOGUE.replace("$turns", on, 1), HANDLERS)


def test_a_long_expansion_is_refused_before_it_is_made():
    many: dict[str, list[Any]] = {"turns": [{}] * (MAX_CHARACTERS // len(TURN) + 1)}
    with pytest.raises(ConfigError, match="with its Repeaters is longer than"):
        of_task(DIALOGUE, many)
    with pytest.raises(ConfigError, match="more than 1,000 control tags"):
        of_task(DIALOGUE, {"turns": [{}] * 1001})


def test_nested_expansions_are_bounded_together():
    config = '<Text name="t" value="$t"/>'
    for level in range(20):
        config = f'<Repeater on="$a" indexFlag="{{{level}}}">{config}</Repeater>'
    with pytest.raises(ConfigError, match="with its Repeaters is longer than"):
        of_task(f"<View>{config}</View>", {"a": [1] * 10})


def test_html_within_a_hypertext_is_none_of_ours():
    config = '<View><HyperText name="h" value="$h"><Repeater on="$a"/></HyperText></View>'
    assert of_any_task(config) == config


def test_a_plan_without_a_task_has_two_items():
    plan = build_plan(DIALOGUE, HANDLERS)
    assert [control.from_name for control in plan.controls] == ["act_0", "act_1"]


def test_names_without_the_index_are_refused_before_any_task():
    with pytest.raises(ConfigError, match=r"Choices \(its toName names several objects\)"):
        build_plan(DIALOGUE.replace('"t_{{idx}}"', '"t"'), HANDLERS)
    with pytest.raises(ConfigError, match=r"Choices \(another control has its name\)"):
        build_plan(DIALOGUE.replace("act_{{idx}}", "act"), HANDLERS)


@pytest.fixture
def engine(tmp_path):
    with StandIn() as model:
        own = provider(model.address, "openai", external=False)
        yield build_engine(write_policy(tmp_path, {"own": own}), lambda text: [])


async def run(engine: Engine, config: str, tasks: list[Task]) -> list[Prediction | LabelguardError]:
    try:
        return await engine.predict(engine.job(config, "1"), tasks)
    finally:
        await engine.aclose()


def test_tasks_of_other_lengths_are_answered_item_by_item(engine):
    turns = TURNS["turns"]
    tasks = [Task({"turns": turns[:count]}) for count in (3, 1, 2)] + [Task({"turns": "no list"})]
    *found, failure = asyncio.run(run(engine, DIALOGUE, tasks))
    predictions = [one for one in found if isinstance(one, Prediction)]
    named = [[result["from_name"] for result in prediction.result] for prediction in predictions]
    assert named == [["act_0", "act_1", "act_2"], ["act_0"], ["act_0", "act_1"]]
    assert {prediction.model_version for prediction in predictions} == {engine.job(DIALOGUE, "1").model_version}
    assert isinstance(failure, TaskError)
    assert failure.reason == "field 'turns' is a str, no list - give the list that the Repeater goes through"


def test_a_task_keeps_the_policy_that_its_job_was_made_under(engine, tmp_path):
    job = engine.job(DIALOGUE, "1")
    other = tmp_path / "other"
    other.mkdir()
    closed = write_policy(other, {"own": provider("http://127.0.0.1:9/v1", "openai", external=False)})

    async def work():
        engine.adopt(closed, engine.redactors)
        try:
            return await engine.predict(job, [Task(TURNS)])
        finally:
            await engine.aclose()

    (prediction,) = asyncio.run(work())
    assert isinstance(prediction, Prediction)


def test_the_case_of_the_report():
    config = (ROOT / "tests" / "cases" / "50-repeater" / "config.xml").read_text()
    assert not build_plan(config, HANDLERS).unserved
