"""`labelguard policy test`: cases run through the real pipeline, and what differs is told without the task's text."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import backend.cli.policy
from backend.cli import app
from backend.engine.previews.cases import run_cases
from backend.errors import PolicyFileError
from backend.policy import Policy
from backend.policy.cases import read_cases
from backend.settings import Settings

POLICY = """
version: 1
providers:
  cloud: {kind: openai, model: gpt, external: true, key: {env: OPENAI_API_KEY}}
  ours: {kind: litellm, model: ollama/qwen, address: "http://10.0.0.1:11434", external: false}
rules:
  - name: psychiatry
    match: {fields: {department: psychiatry}}
    refuse: these are labeled by hand
  - name: cardiology
    match: {project: ["12"], title: "Cardio*", path: team-a, meta: {source: clinic}}
    providers: [ours]
    detection: {profile: fast, languages: [en], unknown_language: patterns}
  - name: twelve
    match: {project: ["12"]}
    providers: [cloud, ours]
    detection: {profile: fast, languages: [en], unknown_language: patterns}
    operators: {EMAIL_ADDRESS: local, IP_ADDRESS: block}
"""
MAIL = "Write to canary@example.org today."


def test_the_command_is_registered():
    assert "test" in [command.name for command in backend.cli.policy.commands.registered_commands]


def run(*files: Path, verbose: bool = False) -> Result:
    return CliRunner().invoke(app, ["policy", "test", *map(str, files), *["--verbose"] * verbose])


@pytest.fixture
def cases(tmp_path: Path) -> Callable[..., Path]:
    (tmp_path / "policy.yaml").write_text(POLICY)

    def write(*items: str, head: str = "policy: policy.yaml\n") -> Path:
        file = tmp_path / "policy.test.yaml"
        file.write_text(head + "cases:\n" + "".join(f"  - {item}\n" for item in items))
        return file

    return write


def case(expect: str, text: str = MAIL, project: str = "12", rest: str = "") -> str:
    return f"{{name: a case, project: {project!r}, text: {text!r}, expect: {expect}{rest}}}"


HOLD = [
    case("{rule: twelve, providers: [ours], leaves: false, refused: false}"),
    case("{contains: '[EMAIL_ADDRESS_1]', lacks: [canary], entities: {EMAIL_ADDRESS: 1, PERSON: 0}}"),
    case("{contains: Write to, lacks: '[PERSON_1]'}"),
    case("{providers: [cloud, ours], leaves: true}", text="All is well."),
    case("{rule: twelve, providers: [], leaves: false, refused: lets no IP_ADDRESS pass}", text="From 192.0.2.7 on."),
    case("{refused: true, lacks: 192.0.2.7}", text="From 192.0.2.7 on."),
    case("{rule: null, providers: [], refused: no policy rule matches}", project="13"),
    "{name: c, task: {data: {text: Well., department: psychiatry}}, expect: {rule: psychiatry, refused: by hand}}",
    "{name: c, project: 12, title: Cardiology, path: team-a, task: {data: {text: Well.}, meta: {source: clinic}},"
    " expect: {rule: cardiology, contains: Well.}}",
    '{name: c, project: 12, config: \'<View><Text name="t" value="$note"/><TextArea name="a" toName="t"/></View>\','
    " task: {data: {note: Well.}}, expect: {rule: twelve, contains: Well.}}",
]


@pytest.mark.parametrize("item", HOLD)
def test_a_case_that_holds_passes(cases, item):
    assert run_cases(cases(item), Settings())[0].differences == ()


DIFFER = [
    (case("{rule: null}"), "rule: no rule was expected, but 'twelve' decides"),
    (case("{rule: psychiatry}", project="13"), "rule: 'psychiatry' was expected, but no rule decides (no policy rule"),
    (case("{providers: [cloud, ours]}"), "providers: cloud, ours expected, but ours asked"),
    (case("{providers: [ours, cloud]}", text="Well."), "providers: ours, cloud expected, but cloud, ours asked"),
    (case("{providers: []}"), "providers: nobody expected, but ours asked"),
    (case("{leaves: true}"), "leaves: true was expected, but it is false"),
    (case("{leaves: false}", text="Well."), "leaves: false was expected, but it is true"),
    (case("{refused: true}"), "refused: a refusal was expected, but the task would be sent"),
    (case("{refused: by hand}"), "refused: a refusal was expected, but the task would be sent"),
    (case("{refused: false}", project="13"), "refused: no policy rule matches"),
    (case("{refused: by hand}", project="13"), "refused: 'by hand' is no part of the reason: no policy rule matches"),
    (case("{contains: '[PERSON_1]'}"), "contains: '[PERSON_1]' does not stand in what would be sent"),
    (case("{lacks: '[EMAIL_ADDRESS_1]'}"), "lacks: '[EMAIL_ADDRESS_1]' stands in what would be sent"),
    (case("{lacks: today}"), "lacks: 'today' stands in what would be sent"),
    (case("{entities: {EMAIL_ADDRESS: 0}}"), "entities: 0 of EMAIL_ADDRESS expected, but 1 replaced"),
    (case("{entities: {PERSON: 1}}"), "entities: 1 of PERSON expected, but 0 replaced"),
    # What is expected of a text that nobody gets is not held to be so.
    (case("{lacks: canary}", project="13"), "nothing would be sent (no policy rule matches"),
    (case("{contains: canary}", project="13"), "nothing would be sent (no policy rule matches"),
    (case("{refused: true, entities: {PERSON: 0}}", project="13"), "nothing would be sent (no policy rule matches"),
]


@pytest.mark.parametrize(("item", "said"), DIFFER)
def test_a_case_that_does_not_hold_says_what_differs(cases, item, said):
    (result,) = run_cases(cases(item), Settings())
    assert len(result.differences) == 1
    assert result.differences[0].startswith(said)
    assert not result.passed


def test_the_command_says_how_many_pass(cases):
    file = cases(HOLD[0], DIFFER[0][0].replace("a case", "another"))
    result = run(file)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"FAIL  {file}:4: another",
        "      rule: no rule was expected, but 'twelve' decides",
        f"{file}: 1 of 2 cases pass",
    ]


def test_verbose_tells_what_came_of_each_case_but_no_text(cases):
    result = run(cases(HOLD[0]), verbose=True)
    assert result.exit_code == 0
    assert "pass  " in result.stdout
    assert "rule 'twelve'; asks ours; stays; replaced: EMAIL_ADDRESS 1" in result.stdout
    assert "canary" not in result.stdout


BROKEN = [
    ("name: a", "4: cases[0].nam: unknown key - did you mean name?", "nam: a"),
    ("text: t", "3: cases[0]: must have one task - write either text: TEXT, or task:", "path: t"),
    ("{rule: r}", "5: cases[0].expect: says nothing - write rule, providers", "{}"),
    ("{rule: r}", "5: cases[0].expect.leaves: has no value - write one, or remove", "{leaves: null}"),
    ("{rule: r}", "5: cases[0].expect.refused: must be true, false or text - true, false, or a part", "{refused: [a]}"),
    ("{rule: r}", "5: cases[0].expect.contain: unknown key - did you mean contains?", "{contain: a}"),
    ("{rule: r}", "5: cases[0].expect.entities.PERSON: must be greater than or equal to 0", "{entities: {PERSON: -1}}"),
    ("{rule: r}", "5: cases[0].expect.entities.person: does not have the right form", "{entities: {person: 1}}"),
    ("policy: p", "1: policy: is missing - write the path of the policy file", "config: p"),
]
WHOLE = "policy: p\ncases:\n  - text: t\n    name: a\n    expect: {rule: r}\n"


@pytest.mark.parametrize(("old", "said", "new"), BROKEN)
def test_a_broken_file_is_told_with_line_and_key(tmp_path, old, said, new):
    file = tmp_path / "a.test.yaml"
    file.write_text(WHOLE)
    assert len(read_cases(file).cases) == 1
    file.write_text(WHOLE.replace(old, new))
    with pytest.raises(PolicyFileError) as caught:
        read_cases(file)
    assert f"{file}:{said}" in "\n".join(error.reason for error in (caught.value, *caught.value.others))
    assert run(file).exit_code == 2


def test_two_cases_have_two_names(tmp_path):
    file = tmp_path / "a.test.yaml"
    file.write_text(WHOLE + "  - {name: a, text: t, expect: {rule: null}}\n")
    with pytest.raises(PolicyFileError, match=r":6: cases\[1\]\.name: is another case's name too"):
        read_cases(file)


def test_a_broken_policy_ends_with_two_and_does_not_hide_the_other_files(cases, tmp_path):
    good = cases(HOLD[0])
    gone = tmp_path / "gone.test.yaml"
    gone.write_text(WHOLE)
    result = run(gone, good)
    assert result.exit_code == 2
    assert "cannot be read" in result.stdout
    assert f"{good}: 1 of 1 cases pass" in result.stdout


def test_invented_keys_may_stand_in_a_case_and_in_no_policy(cases):
    item = case("{entities: {SECRET: 1}}", text="key: sk-proj-0123456789abcdefghij0123456789")
    (result,) = run_cases(cases(item), Settings())
    assert result.verdict.rule == "twelve"
    with pytest.raises(PolicyFileError, match="holds what looks like a key"):
        Policy.load(result_file(cases))


def result_file(cases: Callable[..., Path]) -> Path:
    return cases(case("{leaves: true}", text="sk-proj-0123456789abcdefghij0123456789"))


def test_another_policy_may_be_tried(cases, tmp_path):
    read = read_cases(cases(*(HOLD[:1])))
    other = tmp_path / "other.yaml"
    other.write_text(POLICY.replace("EMAIL_ADDRESS: local, ", ""))
    assert run_cases(read, Settings())[0].passed
    assert not run_cases(read, Settings(), Policy.load(other))[0].passed


def test_a_surrogate_is_the_same_at_each_run(cases, tmp_path):
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY.replace("EMAIL_ADDRESS: local", '"*": surrogate'))
    sent = {run_cases(cases(HOLD[0]), Settings())[0].verdict.messages for _ in range(2)}
    assert len(sent) == 1
    assert "canary" not in str(sent)


def test_cases_are_told_to_programs(cases, tmp_path):
    good, bad = (
        case("{rule: twelve}", text="All is well."),
        case("{rule: other}", text="All is well.").replace("a case", "no case"),
    )
    broken = tmp_path / "broken.test.yaml"
    broken.write_text("policy: policy.yaml\ncases: nothing\n")
    result = CliRunner().invoke(app, ["policy", "test", "--json", str(cases(good, bad)), str(broken)])
    told, other = json.loads(result.stdout)["files"]
    assert result.exit_code == 2
    assert (told["failed"], [one["passed"] for one in told["cases"]]) == (1, [True, False])
    assert told["cases"][1]["differences"]
    assert told["cases"][0]["told"].startswith("rule 'twelve'; asks cloud")
    assert other["problems"]
    assert not other["cases"]
