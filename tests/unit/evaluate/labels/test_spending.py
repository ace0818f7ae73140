"""What calls of a version cost: from a real record."""

import json

import pytest

from backend.evaluate.labels.spending import VersionSpending, spending_by_version
from backend.record.journal import Record
from backend.record.sendings import Wanted, sendings
from backend.store import open_store
from tests import command
from tests.exports import annotation, choice, prediction, task
from tests.record import attempt, outcome

OLD, NEW = "labelguard-1f3a9c", "labelguard-8b20de"


@pytest.fixture
def state(tmp_path, monkeypatch):
    """A record of three calls of one version, and one of another of which nobody knows the cost."""
    url = f"sqlite:///{tmp_path / 'state.db'}"
    monkeypatch.setenv("LABELGUARD_STATE_URL", url)
    with Record.open(open_store(url)) as record:
        for number in (1, 2, 2):
            record.end(outcome(record.begin(attempt(number, model_version=OLD)), cost_usd=0.5))
        record.end(outcome(record.begin(attempt(3, model_version=NEW)), cost_usd=None))
        record.end(outcome(record.begin(attempt(4)), cost_usd=7.0))
    return url


def test_calls_are_added_up(state):
    found = spending_by_version(sendings(open_store(state), Wanted()), [f"file: {OLD}", NEW, "another"])
    assert found.keys() == {f"file: {OLD}", NEW}
    old = found[f"file: {OLD}"]
    assert (old.calls, old.tasks, old.cost, old.tokens_in) == (3, 2, "1.5000 USD", 3 * 420)
    assert old.seconds is not None
    assert (found[NEW].cost, found[NEW].unpriced) == ("unknown", 1)


def test_what_a_command_says_of_it(state, tmp_path):
    file, page = tmp_path / "export.json", tmp_path / "page.html"
    said = [prediction(choice("Good"), version=version) for version in (OLD, "another")]
    file.write_text(json.dumps([task([annotation(choice("Good"))], said)]))
    shown = command.run("evaluate", file, "--record", "--html", page).stdout
    assert f"{OLD}: 3 calls for 2 tasks" in shown
    assert "1.5000 USD" in shown
    assert "another: not in the record" in shown
    assert "1.5000 USD" in page.read_text(encoding="utf-8")
    spent = json.loads(command.run("evaluate", file, "--record", "--json").stdout)["spending"]
    assert (spent[OLD]["cost_usd"], list(spent)) == (1.5, [OLD])
    assert "--record takes it from the record" in command.run("evaluate", file).stdout


def test_no_calls_cost_nothing():
    assert VersionSpending().cost == "0.0000 USD"
