"""`labelguard policy explain`: which rule decides on a task and why, and what would leave; nobody is asked."""

import json
import logging
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import backend.cli.policy.explain
from backend.cli import app
from backend.errors import PolicyFileError, RequestError
from tests.parts import SENTIMENT

POLICY = """
version: 1
providers:
  cloud: {kind: openai, model: gpt, external: true, address: "AT", key: {env: CANARY_KEY}}
  ours: {kind: litellm, model: openai/qwen, address: "AT", external: false}
  here: {kind: embedded, model: qwen2.5-coder-1.5b-instruct, address: "AT", external: false}
rules:
  - {name: another project, match: {project: "7"}, providers: [ours]}
  - {name: by title, match: {title: "Cardio*"}, refuse: cardiology is labeled by hand}
  - {name: psychiatry, match: {fields: {department: psychiatry}}, refuse: labeled by hand}
  - name: long
    match: {characters: {min: 5000}}
    providers: [here]
    detection: {profile: fast, languages: [en], unknown_language: patterns}
  - name: the rest
    match: {project: "12"}
    providers: [cloud, ours, here]
    detection: {profile: fast, languages: [en], unknown_language: patterns}
    operators: {EMAIL_ADDRESS: surrogate, PHONE_NUMBER: local, IP_ADDRESS: block}
"""
TEXT = "Write to canary@example.org about the bill."


@pytest.fixture
def address() -> Iterator[tuple[socket.socket, str]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener, f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


@pytest.fixture
def explain(tmp_path: Path, address: tuple[socket.socket, str]) -> Callable[..., Result]:
    (tmp_path / "policy.yaml").write_text(POLICY.replace('"AT"', address[1]))
    (tmp_path / "config.xml").write_text(SENTIMENT)

    def run(text: str = TEXT, *options: str, project: str = "12.1795", **data: Any) -> Result:
        (tmp_path / "task.json").write_text(json.dumps([{"id": 5, "data": {"text": text, **data}}]))
        files = [f"--{name.partition('.')[0]}={tmp_path / name}" for name in ("policy.yaml", "config.xml", "task.json")]
        return CliRunner().invoke(app, ["policy", "explain", *files, f"--project={project}", *options])

    return run


def lines(result: Result) -> list[str]:
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def test_the_command_is_registered():
    assert backend.cli.policy.explain.explain in [c.callback for c in backend.cli.policy.commands.registered_commands]


def test_it_says_why_each_rule_does_not_decide_and_what_would_leave(explain):
    result = explain()
    assert result.exit_code == 0
    assert lines(result)[:9] == [
        "A rule asks for the project's title: give it by --title.",
        "rule decides because",
        "another project no project does not hold",
        "by title no title does not hold",
        "psychiatry no fields.department does not hold",
        "long no characters does not hold",
        "the rest yes all its conditions hold",
        "found: EMAIL_ADDRESS 1",
        "replaced: EMAIL_ADDRESS 1 (surrogate)",
    ]
    assert lines(result)[9] == "asked: cloud, then ours, then here; the text leaves your network"
    assert "about the bill." in result.stdout
    assert "canary" not in result.output
    assert "warning: The task's text follows" in result.stderr


def test_what_was_found_may_drop_a_provider(explain):
    result = explain(TEXT + " Call +1 212 555 0147.")
    assert "asked: ours, then here; it stays in your network" in lines(result)
    assert "not asked: cloud, for what was found may not leave" in lines(result)


@pytest.mark.parametrize(
    ("given", "rule", "reason"),
    [
        ({"text": "From 192.0.2.17 on."}, "the rest", "rule 'the rest' lets no IP_ADDRESS pass"),
        ({"department": "psychiatry"}, "psychiatry", "rule 'psychiatry' refuses: labeled by hand"),
        ({"project": "8"}, "otherwise", "no policy rule matches this task of project 8"),
        ({"text": " "}, "", "field 'text' is empty"),
    ],
)
def test_a_refusal_is_told_with_its_reason(explain, given, rule, reason):
    result = explain(**given)
    assert result.exit_code == 1
    assert f"nothing is sent: {reason}" in result.stdout
    assert any(line.startswith(f"{rule} yes") for line in lines(result)) or not rule
    assert "192.0.2.17" not in result.output
    assert "<text>" not in result.stdout


def test_what_blocks_is_told_among_what_was_found(explain):
    assert "found: EMAIL_ADDRESS 1, IP_ADDRESS 2" in lines(explain(TEXT + " 192.0.2.17 or 192.0.2.18"))


def test_a_rule_that_refuses_the_whole_project_decides(explain):
    result = explain(TEXT, "--title=Cardiology")
    assert "by title yes all its conditions hold" in lines(result)
    assert "nothing is sent: rule 'by title' refuses: cardiology is labeled by hand" in lines(result)
    assert "give it by --title" not in result.stdout


def test_json_holds_all_that_is_told(explain):
    result = explain(TEXT + " Call +1 212 555 0147.", "--json")
    told = json.loads(result.stdout)
    assert (told["rule"], told["providers"], told["dropped"]) == ("the rest", ["ours", "here"], ["cloud"])
    assert (told["leaves"], told["refusal"], told["code"]) == (False, None, None)
    assert told["found"] == told["replaced"] == {"EMAIL_ADDRESS": 1, "PHONE_NUMBER": 1}
    assert told["operators"] == {"EMAIL_ADDRESS": ["surrogate"], "PHONE_NUMBER": ["placeholder"]}
    assert told["passed"][0] == {"rule": "another project", "condition": "project"}
    assert [message["role"] for message in told["messages"]] == ["system", "user"]
    assert "canary" not in result.stdout
    assert result.stderr == ""


def test_json_of_a_refusal(explain):
    told = json.loads(explain("From 192.0.2.17 on.", "--json").stdout)
    assert (told["rule"], told["code"], told["messages"], told["providers"]) == ("the rest", "blocked", [], [])


def test_nobody_is_asked_and_nothing_is_logged(explain, address, caplog, monkeypatch):
    monkeypatch.setenv("CANARY_KEY", "canary-key-0815")
    caplog.set_level(logging.DEBUG)
    result = explain(TEXT)
    assert result.exit_code == 0
    with pytest.raises(BlockingIOError):
        address[0].accept()
    assert "canary" not in caplog.text + result.output
    assert "about the bill" not in caplog.text


def test_the_replaced_values_stand_out_on_a_terminal(explain, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = explain("Call +1 212 555 0147.").stdout
    assert "\x1b[1;7;32m[PHONE_NUMBER_1]\x1b[0m" in shown


def test_an_empty_label_config_is_none(explain, tmp_path):
    explain()
    (tmp_path / "config.xml").write_text("")
    files = [f"--{name.partition('.')[0]}={tmp_path / name}" for name in ("policy.yaml", "config.xml", "task.json")]
    result = CliRunner().invoke(app, ["policy", "explain", *files, "--json"])
    assert result.exit_code == 1
    assert (json.loads(result.stdout)["code"], json.loads(result.stdout)["messages"]) == ("config", [])


def test_a_file_without_a_task_or_a_broken_policy_is_told(explain, tmp_path):
    explain()
    (tmp_path / "policy.yaml").write_text("version: 2")
    assert isinstance(explain().exception, PolicyFileError)
    (tmp_path / "policy.yaml").write_text("version: 1\nrules: [{name: a, match: everything, refuse: no}]")
    files = [f"--{name.partition('.')[0]}={tmp_path / name}" for name in ("policy.yaml", "config.xml", "task.json")]
    (tmp_path / "task.json").write_text("[]")
    result = CliRunner().invoke(app, ["policy", "explain", *files])
    assert isinstance(result.exception, RequestError)
    assert "holds no task" in result.exception.reason


LISTED = POLICY.replace(
    "operators: {EMAIL", "never_redact: trade.txt\n    always_redact: ours.txt\n    operators: {EMAIL"
)


def test_it_says_what_the_lists_freed_and_added(explain, tmp_path):
    (tmp_path / "trade.txt").write_text("Humira\nOtto Quandt\nnowhere\n")
    (tmp_path / "ours.txt").write_text("grey heron\tORGANIZATION\ncanary@example.org\nnowhere\n")
    policy = (tmp_path / "policy.yaml").read_text()
    lists = "    never_redact: trade.txt\n    always_redact: ours.txt\n    operators: {EMAIL"
    (tmp_path / "policy.yaml").write_text(policy.replace("    operators: {EMAIL", lists))
    text = "Otto Quandt wrote to canary@example.org of the grey heron. Prof. Otto Quandt did not."
    freed = "Otto Quandt wrote to canary@example.org of the grey heron."
    result = explain(text)
    said = lines(result)
    assert result.exit_code == 0, result.output
    assert "added: CUSTOM 1, ORGANIZATION 1: text 21-39, text 47-57 (always_redact)" in said
    assert not any(line.startswith("freed:") for line in said)  # a title makes a name of it, in all of the task
    result = explain(freed)
    assert any(line.startswith("freed: PERSON 1: text 0-11 (never_redact)") for line in lines(result)), result.output
    assert "Otto Quandt wrote" in result.stdout
    told = json.loads(explain(freed, "--json").stdout)
    assert told["freed"] == [{"text": "text", "start": 0, "end": 11, "entity_type": "PERSON"}]
    assert [(one["start"], one["entity_type"]) for one in told["added"]] == [(21, "CUSTOM"), (47, "ORGANIZATION")]


def test_without_lists_nothing_is_said_of_them(explain):
    assert not any(line.startswith(("freed:", "added:")) for line in lines(explain()))
    told = json.loads(explain(TEXT, "--json").stdout)
    assert (told["freed"], told["added"]) == ([], [])
