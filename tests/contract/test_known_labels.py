"""Every label config of the fixtures and of the handlers, with what detection knows: planned, answered and checked."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

import handlers
from backend.labelstudio.config import build_plan
from backend.labelstudio.types import Prediction, Task
from backend.privacy.types import Detection
from tests.fitting import fitting_answer_to
from tests.parts import HANDLERS, build_engine, provider, write_policy
from tests.standin import StandIn

FOLDER = Path(__file__).parents[1] / "fixtures"
FIXTURES = {
    name: (fixture["label_config"], fixture["task"]["data"])
    for name, fixture in ((file.stem, json.loads(file.read_text())) for file in sorted(FOLDER.glob("[0-9]*.json")))
}
CASES = {
    f"{module.__name__} {case.name}": (
        case.config,
        {"text": case.data} if isinstance(case.data, str) else dict(case.data),
    )
    for module in handlers.modules()
    for case in module.CASES
}
ALL = {**FIXTURES, **CASES}
KINDS = ("PERSON", "LOCATION", "DATE_TIME", "PHONE_NUMBER", "STREET_ADDRESS")


def detect(text: str) -> list[Detection]:
    """Find every word with a capital, of each type in turn."""
    words = [(start, start + len(word)) for word in {*text.split()} for start in [text.find(word)] if word[0].isupper()]
    return [Detection(*place, KINDS[n % len(KINDS)], 0.9, "Rampart") for n, place in enumerate(sorted(words))]


def outcome(engine: Any, config: str, data: Any, standin: StandIn) -> Any:
    standin.answer = fitting_answer_to(build_plan(config, HANDLERS))
    (found,) = asyncio.run(predict(engine, config, data))
    return found


async def predict(engine: Any, config: str, data: Any) -> Any:
    try:
        return await engine.predict(engine.job(config, "1"), [Task(data)])
    finally:
        await engine.aclose()


@pytest.fixture(scope="module")
def standin():
    with StandIn() as there:
        yield there


@pytest.mark.parametrize("name", ALL)
def test_what_is_answered_without_known_labels_is_answered_with_them(tmp_path, standin, name):
    config, data = ALL[name]
    found = []
    for known in ("off", "on"):
        (tmp_path / known).mkdir()
        rule = {"name": "all", "match": "everything", "providers": ["p"], "known_labels": known}
        policy = write_policy(tmp_path / known, {"p": provider(standin.address, external=False)}, [rule])
        found.append(outcome(build_engine(policy, detect), config, data, standin))
    without, with_them = found
    assert isinstance(with_them, Prediction) or type(with_them) is type(without), with_them
