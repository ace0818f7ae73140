"""`labelguard audit`: what an auditor types, what is said, and the exit status."""

import json
import os
import re
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from backend.cli import app, audit
from backend.errors import RecordError, SettingsError
from backend.record.journal import Record
from backend.record.keys import Signer
from backend.store import open_store
from tests.receiver import Receiver
from tests.record import attempt, outcome, refusal
from tests.tampering import TAMPERINGS, read, rewrite, write, write_tip
from tests.timestamps import TimestampServer
from tests.witness import Reply, Witness

assert audit


@pytest.fixture
def state(store_url, monkeypatch, tmp_path):
    """A store with a signed record; yields it opened."""
    for name in [name for name in os.environ if name.upper().startswith("LABELGUARD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LABELGUARD_STATE_URL", store_url)
    monkeypatch.setenv("LABELGUARD_RECORD_KEY_FILE", str(tmp_path / "record.pem"))
    assert run("key", str(tmp_path / "record.pem"))[0] == 0
    engine = open_store(store_url)
    with Record.open(engine, Signer.read(tmp_path / "record.pem")) as record:
        record.end(outcome(record.begin(attempt(1))))
        record.end(outcome(record.begin(attempt(2, project="13")), outcome="failed", code="provider_down"))
        record.begin(attempt(3))
        record.refuse(refusal(4, "no_rule", provider="", model="", keep_days=0))
    yield engine
    engine.dispose()


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["audit", *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def public(tmp_path) -> str:
    return str(tmp_path / "record.pem.pub")


def test_a_good_record(state, tmp_path):
    code, said = run("verify", "--public-key", public(tmp_path))
    assert code == 0
    assert "6 entries (1 to 6): as it was written" in said
    assert "3 attempts, 1 of them without an outcome" in said
    assert "signed up to entry 6; 0 after it are not yet" in said


def test_what_was_found_is_written_for_prometheus(state, tmp_path):
    file = tmp_path / "record.prom"
    assert run("verify", "--metrics", str(file))[0] == 0
    assert "labelguard_record_entries 6.0" in file.read_text()
    assert "labelguard_record_problems 0.0" in file.read_text()
    links = rewrite(read(state), 2)
    write(state, links[:1] + links[2:])
    assert run("verify", "--metrics", str(file))[0] == 1
    told = file.read_text()
    assert not re.search(r"^labelguard_record_problems 0", told, re.MULTILINE)
    assert re.search(r"^labelguard_record_verified_seconds 1\.\d+e\+09$", told, re.MULTILINE)


def test_a_file_that_cannot_be_written_is_named(state, tmp_path):
    with pytest.raises(RecordError, match="there cannot be written"):
        run("verify", "--metrics", str(tmp_path / "not" / "there"))


def test_a_record_that_is_held_against_nothing_says_so(state):
    code, said = run("verify")
    assert code == 0
    assert "give --public-key, --heads or --expect-head" in said


def test_the_head_that_is_printed_is_the_one_to_expect(state):
    head = re.search(r"\d+:[0-9a-f]{64}", run("verify")[1])
    assert head
    assert run("verify", "--expect-head", head[0])[0] == 0
    links = rewrite(read(state), 2)
    write(state, links)
    write_tip(state, links[-1])
    code, said = run("verify", "--expect-head", head[0])
    assert code == 1
    assert "entry 6 has another hash than the head that was given" in said


@pytest.mark.parametrize("kind", TAMPERINGS)
def test_a_record_that_was_tampered_with(state, kind):
    write(state, TAMPERINGS[kind](read(state), 2))
    code, said = run("verify")
    assert code == 1
    assert re.search(r"entr(y|ies) \d", said)
    assert "problem" in said
    assert "to be noted" not in said


def test_an_exported_record_is_checked_without_the_database(state, tmp_path, monkeypatch):
    file = tmp_path / "record.jsonl"
    assert run("export", "--output", str(file)) == (0, f"6 entries written to {file}\n")
    monkeypatch.setenv("LABELGUARD_STATE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert run("verify", "--file", str(file), "--public-key", public(tmp_path))[0] == 0
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:3] + lines[4:]))
    assert run("verify", "--file", str(file))[0] == 1


def test_export_writes_json_lines_to_standard_output(state):
    lines = [json.loads(line) for line in run("export")[1].splitlines()]
    assert [line["body"]["kind"] for line in lines[1:]] == [
        "attempt",
        "outcome",
        "attempt",
        "outcome",
        "attempt",
        "refusal",
    ]


def test_show(state):
    said = run("show")[1]
    rows = said.splitlines()
    assert re.search(r"refused no_rule", rows[1])
    assert re.search(r"12 +3 .* leaves .* 1 DATE_TIME, 2 PERSON .* unknown", rows[2])
    assert re.search(r"13 +2 .* failed provider_down", rows[3])
    assert re.search(r"1,843 +512 +420 +37 +0\.000085 +answered", rows[4])
    assert "4 shown" in said


@pytest.mark.parametrize(
    ("options", "tasks"),
    [
        (["--project", "13"], ["2"]),
        (["--outcome", "unknown"], ["3"]),
        (["--provider", "openai", "--limit", "2"], ["3", "2"]),
        (["--since", "2020-01-01"], ["4", "3", "2", "1"]),
        (["--since", "2999-01-01"], []),
        (["--until", "2020-01-01"], []),
        (["--until", "2999-01-01T12:00:00"], ["4", "3", "2", "1"]),
        (["--task", "3"], ["3"]),
        (["--rule", "Cardiology: names go out as surrogates", "--limit", "1"], ["4"]),
        (["--rule", "Cardiology"], []),
        (["--entity", "PERSON", "--project", "13"], ["2"]),
        (["--entity", "PHONE_NUMBER"], []),
    ],
)
def test_show_what_is_wanted(state, options, tasks):
    said = run("show", *options)[1]
    assert re.findall(r"Z? +1[23] +(\d) +Cardiology", said) == tasks


def test_what_is_shown_is_told_to_programs(state):
    shown = json.loads(run("show", "--json")[1])["shown"]
    assert [(one["task"], one["begun"], one["outcome"], one["code"]) for one in shown] == [
        ("4", False, "refused", "no_rule"),
        ("3", True, "unknown", ""),
        ("2", True, "failed", "provider_down"),
        ("1", True, "answered", ""),
    ]
    assert shown[3]["entities"] == {"DATE_TIME": 1, "PERSON": 2}
    assert [shown[place]["tokens_in"] for place in (1, 3)] == [None, 420]
    assert json.loads(run("show", "--json", "--project", "0")[1]) == {"shown": []}


def test_until_a_day_is_with_it(state):
    today = datetime.now(UTC).date()
    assert "4 shown" in run("show", "--until", str(today + timedelta(days=1)))[1]
    assert "0 shown" in run("show", "--until", str(today - timedelta(days=2)))[1]
    assert audit.parse_end("2026-11-30") == datetime(2026, 12, 1, tzinfo=UTC)


def test_a_time_that_is_none(state):
    code, said = run("show", "--until", "yesterday")
    assert code == 2
    assert "write a day such as" in " ".join(said.replace("│", " ").split())


def test_show_in_colour(state, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "300")
    assert "\x1b[32m" in run("show", "--outcome", "answered")[1]


def test_prune(state, tmp_path):
    code, said = run("prune")
    assert code == 0
    assert "0 entries removed" in said
    assert "entry 1 is kept for ever by rule" in said


def test_prune_needs_the_key(state, monkeypatch):
    monkeypatch.delenv("LABELGUARD_RECORD_KEY_FILE")
    with pytest.raises(Exception, match="LABELGUARD_RECORD_KEY_FILE: is missing"):
        run("prune")


def test_heads_are_published_and_held_against_the_record(state, tmp_path, monkeypatch):
    heads = tmp_path / "heads.jsonl"
    monkeypatch.setenv("LABELGUARD_RECORD_HEADS_PATH", str(heads))
    assert run("witness") == (0, f"heads in {heads}: 1 more\n")
    code, said = run("verify", "--heads", str(heads))
    assert (code, "published heads reach to entry 6" in said) == (0, True)
    links = rewrite(read(state), 2)
    write(state, links)
    write_tip(state, links[-1])
    code, said = run("verify", "--heads", str(heads))
    assert (code, "another hash than a published head" in said) == (1, True)


def test_a_witness_that_fails(state, tmp_path, monkeypatch):
    with Witness.running(lambda _: Reply(500)) as witness:
        monkeypatch.setenv("LABELGUARD_RECORD_HEADS_URL", witness.url)
        code, said = run("witness")
    assert (code, f"{witness.url} refuses it with status 500" in said) == (1, True)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("RECORD_HEADS_PATH", "", "RECORD_HEADS_PATH: is not set"),
        ("RECORD_KEY_FILE", "", "RECORD_KEY_FILE: is missing"),
        ("RECORD_HEADS_URL", "heads", "RECORD_HEADS_URL: is no address"),
        ("RECORD_TIMESTAMP_URL", "http://127.0.0.1:1", "RECORD_TIMESTAMP_ROOT: is missing"),
    ],
)
def test_witnesses_that_are_not_set(state, tmp_path, monkeypatch, name, value, said):
    monkeypatch.setenv("LABELGUARD_RECORD_HEADS_PATH", str(tmp_path / "heads.jsonl"))
    monkeypatch.setenv(f"LABELGUARD_{name}", value)
    with pytest.raises(SettingsError, match=said):
        run("witness")


def test_heads_are_stamped_and_time_stamps_checked(state, tmp_path, monkeypatch):
    clock = TimestampServer.made(tmp_path / "clock")
    monkeypatch.setenv("LABELGUARD_RECORD_TIMESTAMP_ROOT", str(clock.root))
    with Witness.running(clock.answer) as witness:
        monkeypatch.setenv("LABELGUARD_RECORD_TIMESTAMP_URL", witness.url)
        code, said = run("witness")
    assert (code, said.startswith("CN=Clock of Ours: entry 6 existed at 20")) == (0, True)
    shown = re.compile(r"existed up to entry 6 at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ by CN=Clock of Ours")
    assert shown.search(run("verify")[1])
    run("export", "--output", str(tmp_path / "record.jsonl"))
    monkeypatch.delenv("LABELGUARD_RECORD_TIMESTAMP_ROOT")
    file = ("--file", str(tmp_path / "record.jsonl"))
    assert shown.search(run("verify", *file, "--tsa-root", str(clock.root))[1])
    assert "1 time stamps that were not checked: give --tsa-root" in run("verify", *file)[1]
    other = TimestampServer.made(tmp_path / "other")
    code, said = run("verify", *file, "--tsa-root", str(other.root))
    assert (code, "the time stamp over entry 6 is not good" in said) == (1, True)


def test_what_was_pruned_is_shown_to_the_witnesses(state, tmp_path, monkeypatch):
    heads = tmp_path / "heads.jsonl"
    monkeypatch.setenv("LABELGUARD_RECORD_HEADS_PATH", str(heads))
    assert run("prune")[0] == 0
    assert not heads.exists(), "nothing was pruned"
    monkeypatch.setenv("LABELGUARD_STATE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    with Record.open(open_store(f"sqlite:///{tmp_path / 'other.db'}")) as record:
        record.refuse(refusal(5, keep_days=0))
    assert "1 more" in run("prune")[1]
    assert run("verify", "--heads", str(heads), "--public-key", public(tmp_path))[0] == 0


def test_send_on(state):
    with Receiver.running() as receiver:
        assert "6 entries sent" in run("export", "--otlp", receiver.url)[1]
        assert len(receiver.records) == 6
        assert "0 entries sent" in run("export", "--otlp", receiver.url)[1]


@pytest.mark.parametrize("head", ["", "6", "x:" + "0" * 64, "6:abc"])
def test_a_head_that_is_none(state, head):
    code, said = run("verify", "--expect-head", head)
    assert code == 2
    assert "SEQ:HASH" in said


def test_an_outcome_that_is_none(state):
    assert run("show", "--outcome", "lost")[0] == 2
