"""Whatever a policy says and whatever fails: the external provider never gets a byte that the policy forbids (P6).

Random tasks under random policies: 400 under 100 of them, and 2,000 under 500 by `make bench-routes`. What a rule
allows is worked out here a second time, from the policy as it was drawn and the values as they were planted, without
the code under test.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.engine.engine import Engine
from backend.engine.thread import EngineThread
from backend.labelstudio.types import Prediction, Task
from backend.privacy.types import Detection
from tests.parts import SENTIMENT, build_engine, provider, write_policy
from tests.standin import StandIn

POLICIES = max(settings.default.max_examples if settings.default else 0, 50)
TASKS = 4
HANG_S = 1.0
KINDS = {"PERSON": "Nam", "CREDIT_CARD": "Card", "MEDICAL_LICENSE": "Lic", "LOCATION": "Town"}
VALUE = re.compile(rf"\b({'|'.join(KINDS.values())})[a-z]{{8}}\b")
BY_START = {start: kind for kind, start in KINDS.items()}
FAULTS = [(200, "")] * 5 + [(401, ""), (429, ""), (500, ""), (503, ""), (200, "cut"), (200, "nonsense")]
RARE = [(200, "hang")]


def detect(text: str) -> list[Detection]:
    """Find the planted values by their form, so that what is sent hangs on the policy alone."""
    return [Detection(*match.span(), BY_START[match[1]], 0.9) for match in VALUE.finditer(text)]


operators = st.sampled_from(["placeholder", "surrogate", "mask", "generalize", "keep", "block", "local"])
counts = st.sampled_from(["any", "none", ">1", "<2", "=1"])
conditions = st.fixed_dictionaries(
    {},
    optional={
        "project": st.sampled_from([["1"], ["2"], ["*"]]),
        "path": st.sampled_from([["a"], ["b*"]]),
        "fields": st.sampled_from([{"unit": "x"}, {"unit": ["x", "y"]}, {"unit": {"missing": True}}]),
        "meta": st.sampled_from([{"source": "s"}]),
        "characters": st.sampled_from([{"min": 60}, {"max": 60}]),
        "entities": st.dictionaries(st.sampled_from([*KINDS, "*"]), counts, min_size=1, max_size=2),
    },
)
rules = st.fixed_dictionaries(
    {
        "match": conditions,
        "providers": st.sampled_from([["out"], ["own"], ["out", "own"], ["own", "out"], []]),
        "operators": st.dictionaries(st.sampled_from([*KINDS, "*"]), operators, max_size=3),
        "withhold": st.sampled_from([[], ["secret"]]),
    }
)
tasks = st.fixed_dictionaries(
    {
        "values": st.lists(st.sampled_from(list(KINDS)), max_size=3),
        "unit": st.sampled_from(["x", "y", None]),
        "meta": st.sampled_from([{}, {"source": "s"}]),
        "long": st.booleans(),
        "quotes": st.booleans(),
    }
)
letters = count()


def word(start: str = "") -> str:
    """Return a word that stands nowhere else."""
    number = next(letters)
    return start + "".join(chr(97 + (number // 26**place) % 26) for place in range(8))


@dataclass
class Planted:
    """A task with the values that were planted in it."""

    mark: str
    values: list[tuple[str, str]]
    task: Task
    secret: str = field(default_factory=lambda: word("Secret"))


def plant(drawn: dict[str, Any]) -> Planted:
    mark = word("mark")
    values = [(kind, word(KINDS[kind])) for kind in drawn["values"]]
    planted = Planted(mark, values, Task({}))
    text = " ".join([mark, *(value for _, value in values), planted.secret if drawn["quotes"] else "."])
    text += " and so on and on, over and over again and again." if drawn["long"] else ""
    data = {"text": text, "secret": planted.secret} | ({"unit": drawn["unit"]} if drawn["unit"] else {})
    planted.task = Task(data, drawn["meta"], mark)
    return planted


def written(drawn: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rules as a policy file has them: none that `policy check` refuses."""
    made = []
    for number, rule in enumerate(drawn):
        own = {key: value for key, value in rule.items() if key != "providers" and value}
        own["match"] = rule["match"] or "everything"
        if not rule["providers"]:
            own = {"match": own["match"], "refuse": "by hand"}
        else:
            external = "out" in rule["providers"]
            ops = {k: o for k, o in rule["operators"].items() if not (k == "*" and o == "keep" and external)}
            ops = {k: o for k, o in ops.items() if o != "local" or "own" in rule["providers"]}
            own |= {"operators": ops, "providers": rule["providers"]}
        made.append({"name": f"r{number}", **own})
    return list(json.loads(json.dumps(made)))  # no part stands in it twice, which YAML would write as an alias


# --- the second opinion -------------------------------------------------------------------------------------------


def allowed(policy: Sequence[dict[str, Any]], planted: Planted, project: str, path: str) -> tuple[bool, set[str]]:
    """Return whether the external provider may be asked about a task, and which of its values it may see."""
    rule = next((rule for rule in policy if matches(rule["match"], planted, project, path)), None)
    if rule is None or "refuse" in rule:
        return False, set()
    said = rule.get("operators", {})
    chosen = {value: said.get(kind, said.get("*", "placeholder")) for kind, value in planted.values}
    if "block" in chosen.values() or "local" in chosen.values() or "out" not in rule["providers"]:
        return False, set()
    seen = {value for value, operator in chosen.items() if operator == "keep"}
    return True, seen if "secret" in rule.get("withhold", []) else seen | {planted.secret}


def matches(match: Any, planted: Planted, project: str, path: str) -> bool:
    if match == "everything":
        return True
    unit = planted.task.data.get("unit")
    kinds = [kind for kind, _ in planted.values]
    for key, wanted in match.items():
        match key:
            case "project":
                holds = wanted == ["*"] or project in wanted
            case "path":
                holds = path == "a" if wanted == ["a"] else path.startswith("b")
            case "fields":
                test = wanted["unit"]
                holds = unit is None if isinstance(test, dict) else unit in test if unit else False
            case "meta":
                holds = planted.task.meta.get("source") == "s"
            case "characters":
                size = len(planted.task.data["text"])
                holds = size >= wanted["min"] if "min" in wanted else size <= wanted["max"]
            case _:
                holds = all(
                    counted(len(kinds) if kind == "*" else kinds.count(kind), how) for kind, how in wanted.items()
                )
        if not holds:
            return False
    return True


def counted(number: int, how: str) -> bool:
    return {"any": number > 0, "none": number == 0, ">1": number > 1, "<2": number < 2, "=1": number == 1}[how]


# --- the test -----------------------------------------------------------------------------------------------------


@dataclass
class World:
    """An engine between two providers that fail at random."""

    out: StandIn
    own: StandIn
    engine: Engine
    runner: EngineThread
    folder: Any
    served: int = 0
    left: int = 0

    def adopt(self, policy: Sequence[dict[str, Any]]) -> None:
        """Put a policy into force."""
        limits: dict[str, Any] = {"timeout_s": HANG_S, "attempts": 1}
        providers = {
            "out": provider(self.out.address, "openai", **limits),
            "own": provider(self.own.address, external=False, **limits),
        }
        new = write_policy(self.folder, providers, policy)
        self.engine.adopt(new, self.engine.redactors.with_all(new.scans))

    def predict(self, planted: Sequence[Planted], project: str, path: str) -> list[Any]:
        """Return what comes of tasks; of a project that is refused as a whole, nothing."""
        from backend.errors import PolicyError

        try:
            job = self.engine.job(SENTIMENT, project, path)
        except PolicyError:
            return []
        work = self.engine.predict(job, [one.task for one in planted])
        return self.runner.submit(work).result()


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("routes")
    moods = random.Random(2025)

    def mood() -> tuple[int, str]:
        return moods.choice(RARE) if moods.random() < 0.005 else moods.choice(FAULTS)

    with StandIn() as out, StandIn() as own:
        out.moods = own.moods = mood
        first = write_policy(folder, {"own": provider(own.address, external=False)})
        engine = build_engine(first, detect)
        with EngineThread(engine) as runner:
            yield World(out, own, engine, runner, folder)


@settings(max_examples=POLICIES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    drawn=st.lists(rules, min_size=1, max_size=4),
    sent=st.lists(tasks, min_size=TASKS, max_size=TASKS),
    project=st.sampled_from(["1", "2"]),
    path=st.sampled_from(["", "a", "b1"]),
)
def try_policy(world, drawn, sent, project, path):
    """Try one policy on tasks of one project."""
    policy = written(drawn)
    planted = [plant(one) for one in sent]
    world.adopt(policy)
    outside = len(world.out.received)
    outcomes = world.predict(planted, project, path)
    received = bytes(world.out.received[outside:])
    assert len(outcomes) in (0, len(planted))
    world.served += sum(isinstance(outcome, Prediction) for outcome in outcomes)
    world.left += bool(received)
    for one in planted:
        may_leave, seen = allowed(policy, one, project, path)
        assert may_leave or one.mark.encode() not in received
        for value in {value for _, value in one.values} | {one.secret}:
            assert value in seen or value.encode() not in received


def test_p06_the_external_provider_never_gets_a_byte_that_the_policy_forbids(world):
    try_policy(world)
    assert world.served > POLICIES * TASKS // 20
    assert world.left > POLICIES // 20


def test_two_opinions_are_worth_something(world):
    """The second opinion is not the first in other words: told another policy, it objects."""
    world.out.moods = world.own.moods = None
    planted = plant({"values": ["PERSON"], "unit": None, "meta": {}, "long": False, "quotes": False})
    world.adopt([{"name": "r", "match": "everything", "providers": ["out"], "operators": {"PERSON": "keep"}}])
    before = len(world.out.received)
    assert isinstance(world.predict([planted], "1", "")[0], Prediction)
    received = bytes(world.out.received[before:])
    assert planted.values[0][1].encode() in received
    assert not allowed([{"name": "r", "match": "everything", "providers": ["own"]}], planted, "1", "")[0]
