"""`labelguard policy diff`: what another policy would do otherwise, by kind of change, without the tasks' text."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import backend.cli.policy.diff
from backend.cli import app
from tests.parts import SENTIMENT

POLICY = """
version: 1
providers:
  cloud: {kind: openai, model: gpt, external: true, key: {env: OPENAI_API_KEY}}
  ours: {kind: litellm, model: ollama/qwen, address: "http://10.0.0.1:11434", external: false}
profiles:
  quick:
    detection: {profile: fast, languages: [en], unknown_language: patterns}
    operators: {EMAIL_ADDRESS: placeholder}
rules:
  - {name: psychiatry, match: {fields: {department: psychiatry}}, refuse: labeled by hand}
  - {name: the rest, match: everything, providers: [cloud, ours], profile: quick}
"""
TASKS = [
    {"id": 11, "data": {"text": "Write to canary@example.org today."}},
    {"id": 12, "data": {"text": "All canaries are well."}},
    {"data": {"text": "He canary-like is calm.", "department": "psychiatry"}},
]


@pytest.fixture
def diff(tmp_path: Path) -> Callable[..., Result]:
    (tmp_path / "old.yaml").write_text(POLICY)
    (tmp_path / "config.xml").write_text(SENTIMENT)
    (tmp_path / "tasks.json").write_text(json.dumps(TASKS))

    def run(*changes: tuple[str, str], options: tuple[str, ...] = ()) -> Result:
        text = POLICY
        for old, new in changes:
            assert text.count(old) == 1
            text = text.replace(old, new)
        (tmp_path / "new.yaml").write_text(text)
        files = [str(tmp_path / name) for name in ("old.yaml", "new.yaml")]
        files += [f"--tasks={tmp_path / 'tasks.json'}", f"--config={tmp_path / 'config.xml'}"]
        result = CliRunner().invoke(app, ["policy", "diff", *files, *options])
        assert "canary" not in result.output
        return result

    return run


def lines(result: Result) -> list[str]:
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def test_the_command_is_registered():
    assert backend.cli.policy.diff.diff in [c.callback for c in backend.cli.policy.commands.registered_commands]


def test_the_same_policy_treats_all_tasks_the_same(diff):
    result = diff(("labeled by hand", "not to be sent"), options=("--exit-code",))
    assert lines(result) == ["0 of 3 tasks are treated otherwise"]
    assert result.exit_code == 0


CHANGES = [
    (
        ("EMAIL_ADDRESS: placeholder", "EMAIL_ADDRESS: local"),
        ["asked cloud, then ours ours 1 11", "leaves your network yes no 1 11"],
    ),
    (
        ("EMAIL_ADDRESS: placeholder", "EMAIL_ADDRESS: block"),
        [
            "asked cloud, then ours nobody 1 11",
            "leaves your network yes no 1 11",
            "refusal none blocked 1 11",
        ],
    ),
    (
        ("EMAIL_ADDRESS: placeholder", "EMAIL_ADDRESS: mask"),
        ["EMAIL_ADDRESS replaced 1 by placeholder 1 by mask 1 11", "text that is sent differs 1 11"],
    ),
    (
        ("EMAIL_ADDRESS: placeholder", "EMAIL_ADDRESS: keep"),
        ["EMAIL_ADDRESS replaced 1 by placeholder no 1 11", "text that is sent differs 1 11"],
    ),
    (("name: the rest", "name: all"), ["rule the rest all 2 11, 12"]),
    (
        ("match: everything", "match: {characters: {max: 25}}"),
        [
            "asked cloud, then ours nobody 1 11",
            "leaves your network yes no 1 11",
            "refusal none no_rule 1 11",
            "rule the rest none 1 11",
        ],
    ),
    (
        ("psychiatry}}, refuse: labeled by hand", "psychiatry}}, providers: [ours], profile: quick"),
        ["asked nobody ours 1 no. 3", "refusal refused none 1 no. 3"],
    ),
    (("[cloud, ours]", "[ours]"), ["asked cloud, then ours ours 2 11, 12", "leaves your network yes no 2 11, 12"]),
    (("model: gpt,", "model: gpt-next,"), ["what is sent beside the text differs 2 11, 12"]),
    (("model: gpt,", "model: gpt, mode: json,"), ["text that is sent differs 2 11, 12"]),
]


@pytest.mark.parametrize(("change", "said"), CHANGES)
def test_each_kind_of_change_is_told_with_its_tasks(diff, change, said):
    result = diff(change)
    assert lines(result)[0] == "what before after tasks which"
    assert lines(result)[1:-1] == said
    assert result.exit_code == 0


def test_exit_code_says_that_something_differs(diff):
    result = diff(("[cloud, ours]", "[ours]"), options=("--exit-code",))
    assert result.exit_code == 1
    assert lines(result)[-1] == "2 of 3 tasks are treated otherwise"


def test_the_project_may_be_named(diff):
    change = ("match: everything", 'match: {project: "12", title: "A*", path: team}')
    options = ("--project=12", "--title=Ab", "--path=team")
    assert lines(diff(change, options=options)) == ["0 of 3 tasks are treated otherwise"]
    for left_out in range(3):
        some = tuple(option for place, option in enumerate(options) if place != left_out)
        assert lines(diff(change, options=some))[-1] == "2 of 3 tasks are treated otherwise"


def test_many_tasks_are_counted_and_some_named(diff, tmp_path):
    (tmp_path / "tasks.json").write_text(json.dumps([{"id": n, "data": {"text": "Well."}} for n in range(100, 114)]))
    named = ", ".join(map(str, range(100, 112)))
    assert lines(diff(("name: the rest", "name: all")))[1] == f"rule the rest all 14 {named} and 2 more"


def test_what_lists_free_and_add_is_compared(diff, tmp_path):
    tasks = [{"id": 11, "data": {"text": "Otto Quandt wrote today."}}, *TASKS[1:]]
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    (tmp_path / "trade.txt").write_text("Otto Quandt\n")
    (tmp_path / "ours.txt").write_text("are well\n")
    old = "operators: {EMAIL_ADDRESS: placeholder}"
    said = lines(diff((old, f"{old}\n    never_redact: trade.txt\n    always_redact: ours.txt")))
    assert "PERSON freed by never_redact no 1 1 11" in said
    assert "PERSON replaced 1 by placeholder no 1 11" in said
    assert "CUSTOM added by always_redact no 1 1 12" in said
    assert "CUSTOM replaced no 1 by placeholder 1 12" in said
    assert said[-1] == "2 of 3 tasks are treated otherwise"


def test_differences_are_told_to_programs(diff):
    told = json.loads(diff(("labeled by hand", "not by a model"), options=("--json",)).stdout)
    assert told == {"tasks": 3, "differing": 0, "changes": []}
    told = json.loads(diff(("refuse: labeled by hand", "providers: [ours]"), options=("--json",)).stdout)
    assert (told["tasks"], told["differing"]) == (3, 1)
    assert {"what": "asked", "before": "nobody", "after": "ours", "tasks": ["no. 3"]} in told["changes"]
