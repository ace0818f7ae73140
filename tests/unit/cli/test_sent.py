"""`labelguard audit sent` and `audit views`: what was sent, shown to who has the key, and each view in the record."""

import json

import pytest

from backend.model.sent_samples import SampledSend, SentSamples
from backend.policy.types import SentKeeping
from backend.record.journal import Record
from backend.store import open_store
from tests.command import run
from tests.record import attempt

SECRET = b"0123456789abcdef0123456789abcdef"
CANARY = "canary-9913"


@pytest.fixture
def state(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'state.db'}"
    (tmp_path / "surrogate.key").write_bytes(SECRET)
    monkeypatch.setenv("LABELGUARD_STATE_URL", url)
    monkeypatch.setenv("LABELGUARD_SURROGATE_KEY_FILE", str(tmp_path / "surrogate.key"))
    monkeypatch.setenv("LOGNAME", "auditor")
    assert run("audit", "key", tmp_path / "record.pem").returncode == 0
    monkeypatch.setenv("LABELGUARD_RECORD_KEY_FILE", str(tmp_path / "record.pem"))
    store = open_store(url)
    samples = SentSamples(store, SECRET)
    with Record.open(store) as record:
        for task in (1, 2, 3):
            number = record.begin(attempt(task))
            request = {"model": "gpt", "messages": [{"role": "user", "content": f"[PERSON_1] {CANARY} \x1b[2J {task}"}]}
            samples.keep(SampledSend(number, "12", str(task), None, SentKeeping(1.0, 7)), request)
    samples.close()
    return tmp_path


def views():
    return [
        (one["who"], one["by"], one["attempt"]) for one in json.loads(run("audit", "views", "--json").stdout)["views"]
    ]


def test_it_is_shown_and_each_view_is_recorded(state):
    assert views() == []
    done = run("audit", "sent", "--task", 2)
    assert done.returncode == 0, done.stderr
    assert f"[PERSON_1] {CANARY} \\x1b[2J 2" in done.stdout
    assert "to openai (gpt-4o-mini)" in done.stdout
    assert "1 of 1 shown" in done.stdout
    assert views() == [("auditor", "command", 2)]
    found = json.loads(run("audit", "sent", "--limit", 2, "--json").stdout)
    assert [one["entry"] for one in found["sent"]] == [3, 2]
    assert found["kept"] == 3
    assert [seen for _, _, seen in views()] == [2, 3, 2]
    assert "auditor" in run("audit", "views").stdout
    verified = run("audit", "verify", "--public-key", state / "record.pem.pub")
    assert verified.returncode == 0
    assert "3 views of what was sent" in verified.stdout
    assert "as it was written" in verified.stdout
    assert CANARY not in run("audit", "export").stdout
    assert len(json.loads(run("audit", "show", "--json").stdout)["shown"]) == 3


def test_who_has_no_key_sees_nothing_and_it_is_no_view(state):
    (state / "surrogate.key").write_bytes(b"f" * 32)
    done = run("audit", "sent")
    assert CANARY not in done.stdout
    assert "0 of 3 shown; 3 cannot be read: kept under another key" in done.stdout
    assert views() == []


def test_nothing_is_shown_that_cannot_be_recorded(state, monkeypatch):
    monkeypatch.setenv("LABELGUARD_RECORD_KEY_FILE", str(state / "none.pem"))
    done = run("audit", "sent")
    assert done.returncode == 2
    assert CANARY not in done.stdout + done.stderr


def test_where_nothing_is_kept_it_says_so(state):
    assert run("audit", "sent", "--project", 99).stdout == "nothing that was sent is kept: keep_sent\n"
