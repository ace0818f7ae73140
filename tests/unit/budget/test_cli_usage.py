"""`labelguard usage` and `labelguard usage estimate`, as their users run them."""

import asyncio
import json
import logging
import subprocess
import sys
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import backend.cli.usage  # noqa: F401 - it registers the command
from backend.budget.amounts import Use, request_size
from backend.budget.ledger import Ledger
from backend.budget.limits import Limits
from backend.budget.usage import held
from backend.cli import app
from backend.engine.previews.preview import PreviewedTask, preview
from backend.engine.previews.report.tally import planned_calls
from backend.labelstudio.types import Task
from backend.providers import Price
from backend.settings import Settings
from backend.store import open_store
from tests.parts import SENTIMENT, build_engine, write_policy
from tests.spending import book as book_call
from tests.standin import StandIn


@pytest.fixture
def state(store_url, ledger, monkeypatch):
    """The ledger's database, as the settings name it."""
    monkeypatch.setenv("LABELGUARD_STATE_URL", store_url)
    return store_url


def usage(*options: str) -> Result:
    return CliRunner().invoke(app, ["usage", *options])


def lines(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def book(ledger: Ledger, project: str, provider: str, tokens: tuple[int, int], **more: Any) -> None:
    use = Use("nurses", project, provider, "m", more.get("price", Price(1, 1)), 10_000, 1_000)
    hold = ledger.hold(use, Limits()).result()
    book_call(ledger, hold, *tokens, failed=more.get("failed", False))


@pytest.fixture
def some(ledger, now, state):
    """Three days of calls."""
    now.set("2026-11-23")
    book(ledger, "12", "openai", (1_000_000, 200_000))
    book(ledger, "12", "openai", (0, 0), failed=True)
    now.set("2026-11-24")
    book(ledger, "7", "openai", (3_000, 500))
    book(ledger, "7", "ours", (5_000, 1_500), price=Price(0, 0))
    now.set("2026-11-25")
    book(ledger, "7", "new", (10, 20), price=None)


def test_an_empty_ledger_says_so(state):
    assert lines(usage()) == ["nothing was sent in these days"]


def test_usage_is_told_by_project_provider_and_day(some):
    assert lines(usage()) == [
        "project requests failures tokens in tokens out USD",
        "12 2 1 1,000,000 200,000 1.2000",
        "7 3 0 8,010 2,020 0.0035 and 1 requests of unknown price",
        "all 5 1 1,008,010 202,020 1.2035 and 1 requests of unknown price",
        "provider requests failures tokens in tokens out USD",
        "new 1 0 10 20 0.0000 and 1 requests of unknown price",
        "openai 3 1 1,003,000 200,500 1.2035",
        "ours 1 0 5,000 1,500 0.0000",
        "all 5 1 1,008,010 202,020 1.2035 and 1 requests of unknown price",
        "day requests failures tokens in tokens out USD",
        "2026-11-23 2 1 1,000,000 200,000 1.2000",
        "2026-11-24 2 0 8,000 2,000 0.0035",
        "2026-11-25 1 0 10 20 0.0000 and 1 requests of unknown price",
        "all 5 1 1,008,010 202,020 1.2035 and 1 requests of unknown price",
    ]


def test_usage_is_told_of_some_days_and_by_one_thing(some):
    assert lines(usage("--since", "2026-11-24", "--until", "2026-11-24", "--by", "provider")) == [
        "provider requests failures tokens in tokens out USD",
        "openai 1 0 3,000 500 0.0035",
        "ours 1 0 5,000 1,500 0.0000",
        "all 2 0 8,000 2,000 0.0035",
    ]


def test_usage_is_given_as_json(some):
    told = json.loads(usage("--json", "--since", "2026-11-24", "--by", "rule", "--by", "day").stdout)
    assert (told["since"], told["until"]) == ("2026-11-24", None)
    assert [(row["rule"], row["day"], row["requests"], row["cost"]) for row in told["usage"]] == [
        ("nurses", "2026-11-24", 2, 0.0035),
        ("nurses", "2026-11-25", 1, 0.0),
    ]
    every = json.loads(usage("--json").stdout)["usage"]
    assert {(row["day"], row["project"], row["provider"], row["model"]) for row in every} == {
        ("2026-11-23", "12", "openai", "m"),
        ("2026-11-24", "7", "openai", "m"),
        ("2026-11-24", "7", "ours", "m"),
        ("2026-11-25", "7", "new", "m"),
    }


def test_what_is_held_is_told(some, ledger):
    ledger.hold(Use("nurses", "7", "openai", "m", Price(1, 1), 1_000, 1_000), Limits(spend_per_day=5)).result()
    assert lines(usage())[-1] == "0.002000 USD are held for calls under way"
    assert held(ledger.engine) == 0.002


POLICY = {"kind": "openai", "model": "gpt-4o-mini", "external": True, "key": {"env": "NO_SUCH_KEY"}}
TASKS = [
    {"text": "Mr. John Smith was admitted with chest pain."},
    {"text": ""},
    {"text": "Nobody complained about the weather."},
]


class Estimating:
    """A folder with what `usage estimate` reads, and a state of its own."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.state = f"sqlite:///{folder}/state.db"
        (folder / "config.xml").write_text(SENTIMENT)
        (folder / "tasks.json").write_text(json.dumps(TASKS))

    def run(self, limits: dict[str, object], providers: dict[str, Any] | None = None, *options: str) -> Result:
        providers = providers or {"openai": POLICY}
        rule = {"name": "nurses", "match": "everything", "providers": list(providers), "limits": limits}
        rule |= {"detection": {"profile": "fast"}}
        write_policy(self.folder, providers, [rule])
        files = [str(self.folder / name) for name in ("tasks.json", "config.xml", "policy.yaml")]
        return usage("estimate", files[0], "--config", files[1], "--policy", files[2], *options)


@pytest.fixture
def estimating(tmp_path, monkeypatch):
    found = Estimating(tmp_path)
    monkeypatch.setenv("LABELGUARD_STATE_URL", found.state)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # so that those of the command go with it
    return found


def test_a_batch_that_fits_is_told_with_its_calls_tokens_and_money(estimating):
    told = lines(estimating.run({"spend_per_day": 1, "requests_per_minute": 1}))
    assert told[0] == "2 of 3 tasks would be sent, in 2 calls"
    assert told[1].startswith("1 would not: field 'text' is empty")
    rule, provider, calls, fallbacks, tokens_in, tokens_out, most_out, cost, most = told[3].split()
    assert (rule, provider, calls, fallbacks) == ("nurses", "openai", "2", "0")
    assert 200 < int(tokens_in) < 1_000
    assert (int(tokens_out), most_out) == (77, "4,096")
    assert 0 < float(cost) < float(most) < 0.01
    assert told[4] == "provider openai has not answered yet: the length of its answers is a guess"
    assert told[5] == f"rule 'nurses': 1.00 USD are left of spend_per_day: this fits, at worst too ({most})"
    assert told[6] == "rule 'nurses': its limits by the minute spread this over 1 min at least"


def test_an_estimate_is_told_to_programs(estimating):
    told = json.loads(estimating.run({"spend_per_day": 1, "requests_per_minute": 1}, None, "--json").stdout)
    assert (told["tasks"], told["sent"], told["spared"], told["calls"]) == (3, 2, 0, 2)
    assert list(told["refused"].values()) == [1]
    (entry,) = told["forecasts"]
    assert (entry["rule"], entry["provider"], entry["calls"], entry["is_guess"]) == ("nurses", "openai", 2, True)
    assert 0 < entry["cost_usd"] < entry["most_usd"] < 0.01
    (limits,) = told["limits"]
    assert (limits["rule"], limits["fits"], limits["minutes"], len(limits["told"])) == ("nurses", True, 1, 1)


def test_a_batch_that_does_not_fit_what_is_left_is_told_and_fails(estimating):
    ledger = Ledger(open_store(estimating.state))
    use = Use("nurses", "1", "openai", "gpt-4o-mini", Price(1, 1), 1, 1)
    book_call(ledger, ledger.hold(use, Limits()).result(), 0, 499_990, failed=False)
    ledger.close()
    told = estimating.run({"spend_per_day": 0.5, "spend_per_month": 100})
    assert told.exit_code == 1
    assert "0.00001 USD are left of spend_per_day: this does not fit, it likely costs 0.00" in told.stdout
    assert "99.50001 USD are left of spend_per_month: this fits" in told.stdout
    assert "has not answered yet" not in told.stdout


def test_an_unknown_price_is_told(estimating):
    told = estimating.run({"spend_per_day": 1}, {"new": POLICY | {"model": "nobody-knows"}})
    assert told.exit_code == 1
    assert "a price is not known - write price" in told.stdout
    assert estimating.run({}, {"new": POLICY | {"model": "nobody-knows"}}).exit_code == 0


def test_a_refused_batch_costs_nothing(estimating):
    (estimating.folder / "tasks.json").write_text(json.dumps([{"text": ""}]))
    assert lines(estimating.run({"spend_per_day": 1}))[0] == "0 of 1 tasks would be sent, in 0 calls"


@pytest.mark.parametrize("mode", ["json_schema", "tools", "json", "md_json"])
def test_the_estimated_size_is_that_of_what_is_sent_and_nothing_was(tmp_path, mode):
    with StandIn() as standin:
        there = {"kind": "openai", "model": "m", "address": standin.address, "external": True, "mode": mode}
        policy = write_policy(tmp_path, {"there": there})
        previews = preview(policy, Settings(), [PreviewedTask(Task(TASKS[0]), SENTIMENT, "1")])
        (planned,) = planned_calls(*previews)
        assert not standin.requests
        engine = build_engine(policy)

        async def scene() -> None:
            await engine.predict(engine.job(SENTIMENT, "1"), [Task(TASKS[0])])
            await engine.aclose()

        asyncio.run(scene())
        assert planned.size == request_size(standin.requests[0])


def test_the_command_is_there():
    command = [sys.executable, "-m", "backend.cli", "usage", "--help"]
    asked = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "estimate" in asked.stdout
