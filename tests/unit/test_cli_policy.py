"""`labelguard policy check`: what a policy allows in words, errors with their place, warnings, the exit code."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import backend.cli.policy
from backend.cli import app

SHIPPED = Path(__file__).parents[2] / "policies"
LOOKED = " profile default; en, fr, ru; other languages refused are marked"


def check(*files: Path) -> Result:
    return CliRunner().invoke(app, ["policy", "check", *map(str, files)])


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    return file


def test_the_shipped_policies_have_no_errors(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    result = check(*sorted(SHIPPED.glob("*.yaml")))
    assert result.exit_code == 0
    for name in ("default.yaml", "local-only.yaml", "openai-redacted.yaml"):
        assert f"{SHIPPED / name}: no errors (sha256 " in result.stdout


def test_a_policy_is_told_in_words(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "canary-0915")
    lines = [" ".join(line.split()) for line in check(SHIPPED / "openai-redacted.yaml").stdout.splitlines()]
    assert lines[2] == "openai leaves your network gpt-4o-mini the vendor's address, us variable OPENAI_API_KEY"
    assert lines[5] == "every project, redacted, OpenAI first everything openai, then embedded is replaced" + LOOKED
    assert lines[6] == "otherwise everything else nobody nothing is sent"
    assert "warning" not in "".join(lines)
    assert "canary" not in "".join(lines)


RULES = """
version: 1
providers:
  ours: {kind: litellm, model: ollama/qwen, address: "http://10.0.0.1:11434", external: false}
rules:
  - name: narrow
    match: {project: ["12", "3*"], path: team-a, control_tags: [Choices]}
    providers: [ours]
    keep: [URL, DATE_TIME]
    threshold: 0.5
    withhold: [patient]
  - {name: open, match: everything, providers: [ours], redact: false}
"""


def test_rules_are_told_in_words(tmp_path):
    lines = [" ".join(line.split()) for line in check(write(tmp_path, RULES)).stdout.splitlines()]
    assert lines[4] == (
        "narrow project 12 or 3*, path team-a, control_tags each Choices ours"
        " is replaced; except DATE_TIME, URL; from score 0.5; never sent: patient" + LOOKED
    )
    assert lines[5] == "open everything ours is sent as it stands" + LOOKED


DETECTION = """
    detection: {profile: fast, languages: [ru, en], unknown_language: patterns, recognizers: ours.yaml}
    operators: {"*": mask, PERSON: surrogate, US_SSN: {operator: hash, key: {env: LABELS_SALT}}, AGE: keep}
    answers: drop
"""


def test_profile_operators_and_answers_are_told(tmp_path, monkeypatch):
    monkeypatch.setenv("LABELS_SALT", "canary-0915")
    (tmp_path / "ours.yaml").write_text("recognizers: []")
    result = check(write(tmp_path, RULES.replace("    threshold: 0.5\n", DETECTION)))
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[4].endswith(
        " ours is replaced; PERSON by surrogate; US_SSN by hash; all else by mask; except AGE, DATE_TIME, URL; never"
        " sent: patient profile fast; en, ru; other languages by patterns alone; ours.yaml are left out"
    )
    assert "warning" not in result.stdout
    assert "canary" not in result.stdout


@pytest.mark.parametrize(
    ("changed", "warning"),
    [
        ("operators: {PERSN: mask}", "nothing finds PERSN - did you mean PERSON?"),
        ("operators: {XYZZY: mask}", "nothing finds XYZZY - see the list of types"),
        ("detection: {languages: [en, de]}", "names in language de are not looked for - add detection.recognizers"),
        ("operators: {URL: {operator: hash, key: {env: NO_SALT}}}", "the variable NO_SALT is not set here, so URL"),
        ("operators: {URL: {operator: hash, key: {file: no}}}", "/no cannot be read here, so URL cannot be hashed"),
    ],
)
def test_what_is_likely_a_slip_in_a_rule_is_a_warning(tmp_path, changed, warning):
    result = check(write(tmp_path, RULES.replace("[URL, DATE_TIME]", "[DATE_TIME]").replace("threshold: 0.5", changed)))
    assert result.exit_code == 0
    assert "policy.yaml: warning: rule 'narrow': " in result.stdout
    assert warning in result.stdout


def test_a_type_of_ones_own_recognizers_is_no_slip(tmp_path):
    (tmp_path / "ours.yaml").write_text("recognizers: [{name: wards, supported_entity: WARD_NUMBER}]")
    rest = "detection: {recognizers: ours.yaml, languages: [de]}\n    operators: {WARD_NUMBER: mask}"
    result = check(write(tmp_path, RULES.replace("threshold: 0.5", rest)))
    assert "warning" not in result.stdout


def test_every_error_stands_in_a_line_with_its_place(tmp_path):
    file = write(tmp_path, RULES.replace("model:", "modle:").replace("ours]", "our]"))
    result = check(file)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{file}:4: providers.ours.model: is missing - write the model's name as its server knows it",
        f"{file}:4: providers.ours.modle: unknown key - did you mean model?",
    ]


def test_one_bad_file_does_not_hide_the_others(tmp_path):
    result = check(tmp_path / "gone.yaml", SHIPPED / "default.yaml")
    assert result.exit_code == 1
    assert "gone.yaml: cannot be read" in result.stdout
    assert "default.yaml: no errors" in result.stdout


def test_a_broken_prompt_is_an_error(tmp_path):
    (tmp_path / "my.txt").write_text("{text")
    result = check(write(tmp_path, RULES.replace("    threshold: 0.5\n", "    prompt: my.txt\n")))
    assert result.exit_code == 1
    assert "rule 'narrow': my.txt is no valid template" in result.stdout


@pytest.mark.parametrize(
    ("provider", "warning"),
    [
        (
            "{kind: openai, model: gpt, external: true, key: {env: LABELS_KEY}}",
            "the variable LABELS_KEY is not set here, so it cannot be asked",
        ),
        (
            "{kind: openai, model: gpt, external: true, key: {file: /nowhere/key}}",
            "the file /nowhere/key cannot be read here, so it cannot be asked",
        ),
        (
            '{kind: openai, model: m, external: true, address: "http://llm.example"}',
            "http does not encrypt what leaves",
        ),
        ('{kind: openai, model: m, external: false, address: "http://8.8.8.8"}', "8.8.8.8 is a public address"),
        ('{kind: openai, model: m, external: false, address: "http://10.1.1.1"}', "no rule uses it"),
    ],
)
def test_warnings(tmp_path, provider, warning):
    result = check(write(tmp_path, RULES.replace("rules:", f"  other: {provider}\nrules:")))
    assert result.exit_code == 0
    assert f"policy.yaml: warning: provider other: {warning}" in result.stdout.replace("external is false and ", "")


def test_the_command_is_registered():
    assert backend.cli.policy.commands in [group.typer_instance for group in app.registered_groups]
