"""Engines are put together: a redactor for each way of looking, by rule, with its operators and a seed that stays."""

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import pytest

from backend.engine.assemble import load_redactor, surrogate_key
from backend.engine.engine import Engine
from backend.engine.prepare import EngineParts
from backend.engine.redactors import Redactors
from backend.errors import DetectionError, SettingsError
from backend.labelstudio.fetch.data import Fetcher
from backend.labelstudio.types import Task
from backend.model.gateway import Gateway
from backend.privacy.redact import Redactor
from backend.privacy.types import Operator, Scan
from backend.prompting.templates import Prompts
from backend.settings import Settings
from tests.parts import HANDLERS, SENTIMENT, open_attempt_log, provider, write_policy
from tests.standin import StandIn

RULES: list[dict[str, Any]] = [
    {
        "name": "own way",
        "match": {"project": ["7"]},
        "providers": ["own"],
        "detection": {"profile": "fast"},
        "operators": {"PERSON": "surrogate"},
    },
    {"name": "all", "match": "everything", "providers": ["own"]},
]


class Recording(Redactor):
    """A redactor that remembers how it was asked."""

    def __init__(self, scan):
        super().__init__(lambda text: [])
        self.scan = scan

    def redact(self, fields, options=None, **said):
        asked.append({"scan": self.scan, "operators": options.operators, "seed": options.seed})
        return super().redact(fields, options, **said)


asked: list[dict[str, Any]] = []


@asynccontextmanager
async def running(policy, key):
    engine = Engine(
        policy,
        EngineParts(
            Redactors(Recording).with_all(policy.scans),
            Gateway(open_attempt_log(policy.file.parent)),
            Fetcher(),
            HANDLERS,
            Prompts(),
            key,
        ),
    )
    try:
        yield engine
    finally:
        await engine.aclose()


def ask(policy, *projects, text="Ann left.", key=b"k" * 32):
    """Predict a text for each project; return how the redactor was asked."""
    asked.clear()

    async def run():
        async with running(policy, key) as engine:
            for project in projects:
                await engine.predict(engine.job(SENTIMENT, project), [Task({"text": text})])

    asyncio.run(run())
    return list(asked)


@pytest.fixture
def policy(tmp_path):
    with StandIn() as standin:
        yield write_policy(tmp_path, {"own": provider(standin.address)}, RULES)


def test_each_rule_has_its_way_of_looking_and_its_operators(policy):
    first, last = ask(policy, "7.1", "8.1")
    assert (first["scan"], first["operators"]) == (Scan("fast"), {"PERSON": Operator("surrogate")})
    assert (last["scan"], last["operators"]) == (Scan(), {})


def test_the_seed_is_the_texts_own_and_the_same_at_each_run(policy):
    (first, again), (later,) = ask(policy, "7.1", "8.1"), ask(policy, "7.1")
    assert first["seed"] == again["seed"] == later["seed"]
    assert len(first["seed"]) == 64
    assert ask(policy, "7.1", text="Bob left.")[0]["seed"] != first["seed"]
    assert ask(policy, "7.1", key=b"x" * 32)[0]["seed"] != first["seed"]


def test_every_way_of_looking_is_loaded_at_the_start_and_no_other_lets_a_text_pass():
    redactors = Redactors(load_redactor).with_all([Scan()])
    assert redactors(Scan()) is redactors(Scan())
    assert redactors(Scan()).redact({"text": "Mail ann@example.org"}).entity_counts()
    with pytest.raises(DetectionError, match="was not loaded"):
        redactors(Scan("fast")).redact({"text": "Ann left."})


# --- the secret behind surrogates ---------------------------------------------------------------------------------


def test_the_surrogates_secret_is_made_once_for_its_owner_alone(tmp_path):
    settings = Settings(cache=tmp_path / "cache")
    key = surrogate_key(settings)
    assert surrogate_key(settings) == key
    assert (tmp_path / "cache" / "surrogate.key").stat().st_mode & 0o777 == 0o600
    assert surrogate_key(Settings(cache=tmp_path / "other")) != key


def test_a_cache_that_cannot_be_written_costs_the_memory_of_surrogates_alone(tmp_path, caplog):
    (tmp_path / "cache").write_text("no folder")
    settings = Settings(cache=tmp_path / "cache")
    assert surrogate_key(settings) != surrogate_key(settings)
    assert "surrogates change at each start" in caplog.text
    assert "set LABELGUARD_SURROGATE_KEY_FILE" in caplog.text


def test_the_surrogates_secret_comes_out_of_a_file_that_is_set(tmp_path):
    file = tmp_path / "key"
    file.write_text("0123456789abcdef\n")
    assert surrogate_key(Settings(surrogate_key_file=file, cache=tmp_path / "cache")) == b"0123456789abcdef"
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("content", [None, "canary-51"])
def test_a_secret_that_is_set_and_cannot_be_used_is_an_error(tmp_path, content):
    if content:
        (tmp_path / "key").write_text(content)
    with pytest.raises(SettingsError, match="LABELGUARD_SURROGATE_KEY_FILE") as caught:
        surrogate_key(Settings(surrogate_key_file=tmp_path / "key"))
    assert "canary" not in caught.value.reason
