"""`labelguard subject`, from outside: what is held, for people and for programs; the value itself stands nowhere."""

import json
import logging

import pytest

from tests.command import run
from tests.unit.subjects.world import CANARY, SECRET, World


@pytest.fixture
def world(tmp_path, monkeypatch):
    (tmp_path / "policy").mkdir()
    made = World(f"sqlite:///{tmp_path / 'state.db'}", tmp_path / "policy", tmp_path)
    (tmp_path / "surrogate.key").write_bytes(SECRET)
    monkeypatch.setenv("LABELGUARD_STATE_URL", made.url)
    monkeypatch.setenv("LABELGUARD_SURROGATE_KEY_FILE", str(tmp_path / "surrogate.key"))
    monkeypatch.setenv("LABELGUARD_POLICY", str(made.policy))
    made.fill(233, 5)
    yield made
    made.store.dispose()


def held(done):
    return {one["place"]: one for one in json.loads(done.stdout)["held"]}


def test_what_is_held_of_a_task_is_told(world):
    done = run("subject", "--task", 233)
    assert (done.returncode, done.stderr) == (0, "")
    assert "7 held; 5 may be erased: --erase does it" in done.stdout
    assert "of which no entry can be taken out" in done.stdout
    told = held(run("subject", "--task", 233, "--project", 12, "--json"))
    assert (told["record"]["count"], told["record"]["may_be_erased"], told["record"]["kept"]) == (2, False, "for ever")
    assert told["record"]["first"] <= told["record"]["last"]
    assert told["answers"]["expires"].endswith("Z")
    assert told["answers"]["erased"] is None


def test_it_is_erased_and_what_stays_is_said(world):
    done = run("subject", "--task", 233, "--erase")
    assert done.returncode == 0, done.stderr
    assert "5 erased; 2 stay, as said under why" in done.stdout
    told = held(run("subject", "--task", 233, "--json"))
    assert {place: one["count"] for place, one in told.items() if one["count"]} == {"record": 2}
    assert held(run("subject", "--task", 5, "--json"))["queue"]["count"] == 1


@pytest.mark.parametrize("way", ["file", "input"])
def test_a_value_comes_by_a_file_or_the_standard_input_and_is_never_shown(world, tmp_path, caplog, way):
    file = tmp_path / "value.txt"
    file.write_text(f"{CANARY}\n\nQ. Vantongeren\n")
    given = (file, "") if way == "file" else ("-", file.read_text())
    caplog.set_level(logging.DEBUG)
    done = [run("subject", "--value-file", given[0], *more, stdin=given[1]) for more in ([], ["--json"], ["--erase"])]
    assert [one.returncode for one in done] == [0, 0, 0]
    assert held(done[1])["reviews"]["where"] == ["12/233", "12/5"]
    assert "10 erased; 0 stay" in done[2].stdout
    said = "".join(one.stdout + one.stderr for one in done) + caplog.text
    assert "vantongeren" not in said.lower()
    file.write_text("nobody")
    assert run("subject", "--value-file", file).returncode == 0


@pytest.mark.parametrize("asked", [[], ["--project", 12], ["--task", 1, "--value-file", "-"]])
def test_what_is_not_clear_is_refused(world, asked):
    done = run("subject", *asked)
    assert done.returncode == 2
    assert "write --task or --value-file" in done.stderr


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", "no value came on the standard input"),
        ("a\n", "less than two letters or digits"),
        ("x" * 100_001, "not UTF-8, or has more than"),
    ],
)
def test_a_value_that_is_none_is_refused(world, value, problem):
    done = run("subject", "--value-file", "-", stdin=value)
    assert done.returncode == 2
    assert problem in done.stderr


def test_a_value_in_no_file_is_refused(world, tmp_path):
    done = run("subject", "--value-file", tmp_path / "none")
    assert done.returncode == 2
    assert "none" in done.stderr


def test_who_has_another_key_is_told_that_not_all_was_looked_into(world, tmp_path):
    (tmp_path / "surrogate.key").write_bytes(b"f" * 32)
    done = run("subject", "--value-file", "-", stdin=CANARY)
    assert done.returncode == 1
    assert "answers: 2 cannot be looked into: kept under another key" in done.stdout


def test_forgetting_takes_samples_too(world):
    done = run("forget", "--task", 233)
    assert done.stdout == ("forgotten: 1 annotations, 2 tasks of the queue, 2 answers, 1 samples of what was sent\n")
    assert held(run("subject", "--task", 233, "--json"))["samples"]["count"] == 0
