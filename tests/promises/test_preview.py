"""What the commands show is what `predict` sends, to the byte: 500 random tasks, under 125 random policies.

The engine predicts against stand-ins that record every request. The policies are drawn as those of the routes' test,
with more that changes what is sent; the label configs are those of the handlers' own cases, so that every task type
is among them.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import handlers
from backend.engine.engine import Engine
from backend.engine.previews.preview import PreviewedTask, Previewer, TaskPreview
from backend.engine.thread import EngineThread
from backend.errors import LabelguardError
from backend.labelstudio.config import build_plan
from backend.labelstudio.types import Prediction, Task
from backend.policy import Policy
from backend.privacy.redact import Redactor
from backend.settings import Settings
from tests.fitting import fitting_answer_to
from tests.leak.test_routes import KINDS, detect, word, written
from tests.parts import HANDLERS, SECRET, build_engine, provider, write_policy
from tests.standin import StandIn, schema_of

POLICIES = 125
TASKS = 4
MODES = ("json_schema", "tools", "json", "md_json")
REPEATED = """<View><Repeater on="$turns"><Header value="It is $who"/><Text name="t_{{idx}}"
value="$turns[{{idx}}].says"/><Choices name="act_{{idx}}" toName="t_{{idx}}" value="$acts"/></Repeater></View>"""
TURNS = {"turns": [{"says": "Where is it ?"}, {"says": "On its way."}], "who": "a clerk", "acts": ["To ask", "To say"]}
CASES = [
    *[(REPEATED, TURNS)] * 5,
    *(
        (case.config, {"text": case.data} if isinstance(case.data, str) else case.data)
        for module in handlers.modules()
        for case in module.CASES
    ),
]
ODD = ("\t", "\r\n", " :heart: ", "😀", " $5 ", " {{ text }} ", " </text> ", " [PERSON_1] ", " Иван ", "  ", "\u00a0")
PROMPT = "Label this gently. {{ questions }}"


def planted(chance: random.Random, value: Any, words: Sequence[str]) -> Any:
    """Return a task's data with words in its longer texts."""
    if isinstance(value, dict):
        return {key: planted(chance, part, words) for key, part in value.items()}
    if isinstance(value, list):
        return [planted(chance, part, words) for part in value]
    if not isinstance(value, str) or " " not in value or value.startswith("http"):
        return value
    said = [value, *chance.choices([*words, *ODD], k=chance.randint(0, 5))]
    said += ["and so on and on, over and over again and again." * chance.choice([0, 0, 1, 9])]
    return " ".join(said)


def task_of(chance: random.Random, data: Mapping[str, Any], number: int) -> Task:
    secret = word("Secret")
    words = [word(KINDS[kind]) for kind in chance.choices(list(KINDS), k=chance.randint(0, 3))]
    own = planted(chance, dict(data), [*words, *words, secret]) | {"secret": secret}
    unit = chance.choice([{"unit": "x"}, {"unit": "y"}, {}])
    return Task(own | unit, chance.choice([{}, {"source": "s"}]), str(number))


def condition(chance: random.Random) -> dict[str, Any]:
    every: dict[str, list[Any]] = {
        "project": [["1"], ["2"], ["*"]],
        "path": [["a"], ["b*"]],
        "title": [["A*"], ["B*"]],
        "fields": [{"unit": "x"}, {"unit": ["x", "y"]}, {"unit": {"missing": True}}],
        "meta": [{"source": "s"}],
        "characters": [{"min": 60}, {"max": 200}],
        "entities": [{"PERSON": "any"}, {"*": "none"}, {"*": ">1"}, {"LOCATION": "=1"}],
        "control_tags": [{"any": ["Choices", "Labels"]}, {"each": ["TextArea"]}],
    }
    return {key: chance.choice(every[key]) for key in chance.sample(list(every), k=chance.choice([0, 0, 0, 1, 2]))}


def rule(chance: random.Random, *, is_last: bool) -> dict[str, Any]:
    """Draw a rule, as `written` takes it; the last one often takes all that is left."""
    operators = ["placeholder", "surrogate", "surrogate", "mask", "generalize", "keep", "local", "block"]
    weights = [4, 4, 4, 2, 2, 2, 2, 1]
    kinds = chance.sample([*KINDS, "*"], k=chance.randint(0, 3))
    drawn: dict[str, Any] = {
        "match": {} if is_last and chance.random() < 0.8 else condition(chance),
        "providers": chance.choice([["out"], ["own"], ["out", "own"], ["own", "out"], *[[]] * (not is_last)]),
        "operators": {kind: chance.choices(operators, weights)[0] for kind in kinds},
        "withhold": chance.choice([[], ["secret"]]),
    }
    if not drawn["providers"]:
        return drawn
    if chance.random() < 0.3:
        drawn["limits"] = {"piece_characters": 200}
    if chance.random() < 0.2:
        drawn["prompt"] = "own.jinja"
    if chance.random() < 0.3:
        drawn["never_redact"] = "never.txt"
    if chance.random() < 0.3:
        drawn["always_redact"] = "always.txt"
    if chance.random() < 0.2:
        drawn["threshold"] = 0.95
    if chance.random() < 0.4:
        drawn["known_labels"] = chance.choice(["off", {"PER": "LOCATION"}])
    if drawn["providers"] == ["own"] and chance.random() < 0.3:
        drawn["redact"] = False
        drawn.pop("always_redact", None)
    return drawn


def answer(request: dict[str, Any], plan: Any) -> object:
    """Answer what fits, where the form stands in the messages too."""
    schema = schema_of(request)
    if not schema:
        system = str(request["messages"][0]["content"])
        schema, _ = json.JSONDecoder().raw_decode(system, system.index("{", system.rindex("json_schema:")))
    return fitting_answer_to(plan)(request, schema)


@dataclass
class World:
    """An engine between two recording providers, and what came of all tasks."""

    out: StandIn
    own: StandIn
    engine: Engine
    runner: EngineThread
    folder: Path
    settings: Settings = field(default_factory=Settings)
    counts: Counter[str] = field(default_factory=Counter)

    def policy(self, chance: random.Random) -> Policy:
        rules = [rule(chance, is_last=False) for _ in range(chance.randint(0, 2))]
        providers = {
            name: provider(there.address, "openai", external=name == "out", attempts=1, mode=chance.choice(MODES))
            for name, there in (("out", self.out), ("own", self.own))
        }
        return write_policy(self.folder, providers, written([*rules, rule(chance, is_last=True)]))

    def predicted(self, asked: PreviewedTask) -> tuple[Any, list[dict[str, Any]]]:
        """Return what came of a task, and the requests that the providers got."""
        self.out.requests.clear()
        self.own.requests.clear()
        try:
            job = self.engine.job(asked.config, asked.project, asked.path, asked.title)
        except LabelguardError as error:
            return error, []
        (outcome,) = self.runner.submit(self.engine.predict(job, [asked.task])).result()
        return outcome, [*self.out.requests, *self.own.requests]


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("preview")
    (folder / "own.jinja").write_text(PROMPT)
    (folder / "never.txt").write_text("Namaaaaaaaa\nbus\n")
    (folder / "always.txt").write_text("again and again\tCUSTOM\nbus\n")
    with StandIn() as out, StandIn() as own:
        first = write_policy(folder, {"own": provider(own.address, external=False)})
        engine = build_engine(first, detect)
        with EngineThread(engine) as runner:
            yield World(out, own, engine, runner, folder)


def test_p06_a_preview_is_what_is_sent(world):
    for seed in range(POLICIES):
        chance = random.Random(seed)
        policy = world.policy(chance)
        world.engine.adopt(policy, world.engine.redactors.with_all(policy.scans))
        config, data = chance.choice(CASES)
        about = config, chance.choice(["1", "2"]), chance.choice(["", "a", "b1"]), chance.choice(["", "Ab", "Bc"])
        asked = [PreviewedTask(task_of(chance, data, number), *about) for number in range(TASKS)]
        plan = build_plan(config, HANDLERS)
        world.out.answer = world.own.answer = lambda request, _, plan=plan: answer(request, plan)
        with Previewer(policy, world.settings, SECRET, lambda _: Redactor(detect)) as previewer:
            previews = previewer.tasks(asked)
        for one, shown in zip(asked, previews, strict=True):
            outcome, requests = world.predicted(one)
            compare(world, shown, outcome, requests, f"seed {seed}")
    assert world.counts["sent"] + world.counts["refused"] == POLICIES * TASKS
    assert world.counts["sent"] > POLICIES * TASKS // 2
    assert world.counts["calls"] > world.counts["sent"] - world.counts["spared"] > world.counts["spared"] > 0


def compare(world: World, shown: TaskPreview, outcome: Any, requests: Sequence[Any], where: str) -> None:
    """Compare what was shown of a task with what came of it."""
    if shown.refusal:
        world.counts["refused"] += 1
        assert isinstance(outcome, LabelguardError), where
        assert (type(outcome), outcome.reason) == (type(shown.refusal), shown.refusal.reason), where
        assert not requests, where
        return
    world.counts["sent"] += 1
    world.counts["calls"] += len(requests)
    world.counts["spared"] += not requests
    assert isinstance(outcome, Prediction), (where, outcome)
    assert requests == json.loads(json.dumps(shown.requests)), where
    assert [message for request in requests for message in request["messages"]] == [
        {"role": role, "content": content} for role, content in shown.messages
    ]
