"""Policies decide: default deny, first match wins, the rule's providers in order, a digest."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.engine.project import ActivePolicy, ProjectPlan, make_job
from backend.engine.redactors import Redactors
from backend.errors import NoRuleError, PolicyFileError
from backend.labelstudio.types import Control, ObjectTag, Plan
from backend.policy import Policy, Rule, Subject, project_id
from backend.policy.types import Decision, LearnedExamples
from backend.privacy.redact import Redactor
from backend.privacy.types import Operator, Scan
from backend.prompting.templates import Prompts
from tests.child import ROOT
from tests.parts import HANDLERS, SENTIMENT

SHIPPED = ROOT / "policies"

PROVIDERS = """
version: 1
providers:
  cloud:
    kind: openai
    model: gpt-4o-mini
    external: true
    key: {env: OPENAI_API_KEY}
  ours:
    kind: litellm
    model: openai/qwen
    address: http://model:8080/v1
    external: false
rules:
"""


def plan(*tags: str, objects: tuple[str, ...] = ("Text",)) -> Plan:
    controls = tuple(Control(tag, f"c{n}", ("text",), (), {}) for n, tag in enumerate(tags or ("Choices",)))
    return Plan(tuple(ObjectTag(tag, "text", "$text") for tag in objects), controls, (), "digest")


def load(tmp_path: Path, rules: str, providers: str = PROVIDERS) -> Policy:
    file = tmp_path / "policy.yaml"
    file.write_text(providers + rules, encoding="utf-8")
    return Policy.load(file)


def rule(name: str, match: str = "everything", rest: str = "providers: [ours]") -> str:
    return f"  - name: {name}\n    match: {match}\n    {rest}\n"


def decide(policy: Policy, project: str = "12.1795417599", path: str = "", tags: Plan | None = None) -> Decision:
    """Return what the first rule says that matches a project; no rule here asks anything of the task."""
    return candidates(policy, project, path, tags)[-1].decision


def candidates(
    policy: Policy, project: str = "12.1795417599", path: str = "", tags: Plan | None = None
) -> Sequence[Rule]:
    return policy.candidates(Subject(project_id(project), path, tags or plan()))


def make(policy: Policy, project: str, path: str = "") -> ProjectPlan:
    active_policy = ActivePolicy(policy, Redactors(lambda scan: Redactor(lambda text: [])), Prompts())
    return make_job(active_policy, SENTIMENT, (project, path, ""), HANDLERS)


# --- P1: default deny ---------------------------------------------------------------------------------------------


def test_p01_no_matching_rule_denies(tmp_path):
    policy = load(tmp_path, rule("twelve", "{project: '12'}"))
    assert decide(policy, "12.1").rule == "twelve"
    with pytest.raises(NoRuleError, match=r"no policy rule matches project 7, path team-a - add one to policy\.yaml"):
        make(policy, "7.1", "team-a")


@pytest.mark.parametrize("project", ["", ".1795417599", "1\n2.3", "a b", "x" * 65, "{}"])
def test_p01_an_unknown_project_is_matched_by_no_pattern(tmp_path, project):
    policy = load(tmp_path, rule("any project", "{project: '*'}"))
    with pytest.raises(NoRuleError) as caught:
        make(policy, project)
    assert "project (none)" in caught.value.reason


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"rules: [", b"version: 1\nproviders: {}\nrules: []\n"])
def test_p01_an_unreadable_policy_decides_nothing(tmp_path, content):
    (tmp_path / "policy.yaml").write_bytes(content)
    with pytest.raises(PolicyFileError):
        Policy.load(tmp_path / "policy.yaml")


def test_p01_a_missing_policy_decides_nothing(tmp_path):
    with pytest.raises(PolicyFileError, match=r"gone\.yaml: cannot be read \(no such file or directory\)"):
        Policy.load(tmp_path / "gone.yaml")


def test_p01_an_empty_list_of_rules_is_refused(tmp_path):
    with pytest.raises(PolicyFileError, match="rules: is empty"):
        load(tmp_path, "  []\n")


# --- matching -----------------------------------------------------------------------------------------------------


def test_the_first_match_wins(tmp_path):
    policy = load(tmp_path, rule("a", "{project: ['1', '3*']}") + rule("b", "{path: team-a}") + rule("c"))
    assert [decide(policy, project, profile).rule for project, profile in CALLS] == ["a", "a", "b", "c", "c"]


CALLS = [("1.9", "team-a"), ("34.9", ""), ("2.9", "team-a"), ("2.9", "team-b"), ("", "")]


def test_all_conditions_of_a_rule_must_hold(tmp_path):
    policy = load(tmp_path, rule("both", "{project: 1, path: team-a, control_tags: Choices, object_tags: Text}"))
    assert decide(policy, "1", "team-a").rule == "both"
    for project, profile, tags in [
        ("2", "team-a", plan()),
        ("1", "", plan()),
        ("1", "team-a", plan("Choices", "Labels")),
        ("1", "team-a", plan(objects=("Text", "HyperText"))),
    ]:
        assert not candidates(policy, project, profile, tags)


def test_every_control_tag_must_be_listed(tmp_path):
    policy = load(tmp_path, rule("short", "{control_tags: [Choices, 'Text*']}"))
    assert decide(policy, tags=plan("Choices")).rule == "short"
    assert decide(policy, tags=plan("TextArea", "Choices")).rule == "short"
    assert not candidates(policy, tags=plan("Choices", "Labels"))


def test_patterns_match_the_whole_id(tmp_path):
    policy = load(tmp_path, rule("one", "{project: ['1', '4[0-5]', '9?']}"))
    assert [p for p in ("1", "11", "21", "41", "46", "9", "95", "950") if covers(policy, p)] == ["1", "41", "95"]


def covers(policy: Policy, project: str) -> bool:
    return bool(candidates(policy, project))


@pytest.mark.parametrize(("sent", "known"), [("1.1795417599", "1"), ("12", "12"), ("a-b_c.1", "a-b_c"), ("../x", "")])
def test_project_id(sent, known):
    assert project_id(sent) == known


@given(project=st.text(max_size=20), profile=st.text(max_size=20))
def test_deciding_on_anything_either_decides_or_denies(project, profile):
    policy = Policy.load(SHIPPED / "default.yaml")
    assert decide(policy, project, profile) is policy.rules[0].decision


# --- decisions ----------------------------------------------------------------------------------------------------


def test_a_decision_says_all_of_the_rule(tmp_path):
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "my.txt").write_text("Sort {text} - привет", encoding="utf-8")
    rest = """providers: [ours]
    redact: false
    keep: [DATE_TIME]
    threshold: 0.4
    withhold: [patient_name]
    prompt: prompts/my.txt
    limits: {max_characters: 500, detection_timeout_s: 5}
    detection: {profile: thorough, languages: [ru, de], unknown_language: patterns, recognizers: prompts/my.txt}
    operators: {PERSON: surrogate, AGE: keep, "*": {operator: hash, key: {file: salt}}}
    answers: drop
"""
    decision = decide(load(tmp_path, rule("own", rest=rest)))
    assert (decision.redact, decision.keep, decision.threshold) == (False, frozenset({"DATE_TIME", "AGE"}), 0.4)
    own = str(tmp_path / "prompts/my.txt")
    assert decision.scan == Scan("thorough", ("de", "ru"), "patterns", own, "Sort {text} - привет")
    salted = Operator("hash", key_file=str(tmp_path / "salt"))
    assert decision.operators == {"PERSON": Operator("surrogate"), "AGE": Operator("keep"), "*": salted}
    assert decision.answers == "drop"
    assert (decision.withhold, decision.prompt_name) == (frozenset({"patient_name"}), "my.txt")
    assert decision.prompt == "Sort {text} - привет"
    assert (decision.limits.max_characters, decision.limits.detection_timeout_s) == (500, 5.0)


def test_a_rule_is_safe_by_default(tmp_path):
    decision = decide(load(tmp_path, rule("plain")))
    assert (decision.redact, decision.keep, decision.threshold, decision.prompt) == (True, frozenset(), 0.0, None)
    assert (decision.scan.unknown_language, decision.operators, decision.answers) == ("refuse", {}, "flag")


def test_the_ways_to_look_are_those_of_the_rules_that_look(tmp_path):
    fast = rule("fast", "{project: 1}", "providers: [ours]\n    detection: {profile: fast}")
    blind = rule("b", "{project: 2}", "providers: [ours]\n    detection: {languages: [en]}\n    redact: false")
    assert load(tmp_path, fast + rule("r") + blind).scans == {Scan(), Scan("fast"), Scan(languages=("en",))}
    assert load(tmp_path, fast + blind.rstrip() + "\n    answers: keep\n").scans == {Scan("fast")}


@pytest.mark.parametrize(
    ("file", "unknown"), [("default", "patterns"), ("local-only", "patterns"), ("openai-redacted", "refuse")]
)
def test_a_text_in_an_unknown_language_is_refused_where_it_could_leave(file, unknown):
    policy = Policy.load(SHIPPED / f"{file}.yaml")
    assert [rule.decision.scan.unknown_language for rule in policy.rules] == [unknown]
    assert any(provider.external for provider in policy.providers) == (unknown == "refuse")


def test_a_provider_carries_the_name_of_its_key_and_no_key(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "canary-0815")
    cloud, ours = load(tmp_path, rule("r")).providers
    assert (cloud.key_env, cloud.key_file, cloud.mode, cloud.address) == ("OPENAI_API_KEY", None, "tools", None)
    assert (ours.key_env, ours.mode, ours.external) == (None, "json_schema", False)
    assert "canary" not in repr(cloud)


def test_a_key_file_is_found_from_the_policy(tmp_path):
    local, absolute = (
        load(tmp_path, rule("r"), PROVIDERS.replace("{env: OPENAI_API_KEY}", f"{{file: {path}}}")).providers[0].key_file
        for path in ("secrets/openai", "/run/secrets/openai")
    )
    assert (local, absolute) == (str(tmp_path / "secrets/openai"), "/run/secrets/openai")


def test_p06_a_decision_has_its_rules_providers_in_order_and_no_others(tmp_path):
    policy = load(
        tmp_path,
        rule("outward", "{project: 1}", "providers: [cloud, ours]")
        + rule("turned", "{project: 2}", "providers: [ours, cloud]")
        + rule("inward"),
    )
    found = {project: [p.name for p in decide(policy, project).providers] for project in ("1", "2", "3")}
    assert found == {"1": ["cloud", "ours"], "2": ["ours", "cloud"], "3": ["ours"]}


def test_a_policy_that_forbids_openai_gives_the_same_project_our_own_model():
    with_openai, without = (Policy.load(SHIPPED / name) for name in ("openai-redacted.yaml", "local-only.yaml"))
    allowed, forbidden = (decide(policy, "1.1795417599") for policy in (with_openai, without))
    assert [p.name for p in allowed.providers] == ["openai", "embedded"]
    assert [p.name for p in forbidden.providers] == ["self-hosted"]
    assert not any(provider.external for provider in without.providers)


PRESETS = [file for file in sorted(SHIPPED.glob("*.yaml")) if file.name.count(".") == 1]


@pytest.mark.parametrize("file", PRESETS, ids=lambda file: file.name)
def test_a_shipped_policy_says_what_it_promises_and_what_not(file):
    comments = "\n".join(line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("#"))
    assert "Promises:" in comments
    assert "Does not promise:" in comments
    for decision in (rule.decision for rule in Policy.load(file).rules):
        assert decision.redact


def test_the_default_policy_sends_nothing_out():
    providers = Policy.load(SHIPPED / "default.yaml").providers
    assert [(p.kind, p.external, p.address) for p in providers] == [("embedded", False, None)]


# --- digests ------------------------------------------------------------------------------------------------------

FULL = """providers: [ours]
    keep: [DATE_TIME]
    threshold: 0.4
    withhold: [patient_name]
    prompt: my.txt
    never_redact: trade.txt
    always_redact: secret.txt
    detection: {profile: fast, languages: [en, fr], recognizers: ours.yaml}
    operators: {PERSON: surrogate, US_SSN: {operator: hash, key: {env: SALT}}}
    answers: flag
"""
INFLUENCES = [
    ("providers: [ours]", "providers: [ours, cloud]"),
    ("[DATE_TIME]", "[DATE_TIME, URL]"),
    ("0.4", "0.5"),
    ("[patient_name]", "[patient_name, ward]"),
    ("profile: fast", "profile: default"),
    ("[en, fr]", "[en]"),
    ("[en, fr]", "[en, fr], unknown_language: patterns"),
    (", recognizers: ours.yaml", ""),
    ("never_redact: trade.txt", ""),
    ("always_redact: secret.txt", ""),
    ("never_redact: trade.txt", "never_redact: secret.txt"),
    ("PERSON: surrogate", "PERSON: mask"),
    ("PERSON: surrogate, ", ""),
    ("PERSON", "URL"),
    ("answers: flag", "answers: drop"),
    ("openai/qwen", "openai/other"),
    ("model:8080", "model:8081"),
    ("external: false", "external: false\n    max_tokens: 99"),
    ("external: false", "external: false\n    mode: json"),
    ("external: false", "external: false\n    region: eu"),
]


def digest(tmp_path: Path, old: str = "", new: str = "") -> str:
    (tmp_path / "my.txt").write_text("{text}")
    (tmp_path / "ours.yaml").write_text("recognizers: []")
    (tmp_path / "trade.txt").write_text("Humira")
    (tmp_path / "secret.txt").write_text("Falcon")
    change = (lambda text: text.replace(old, new)) if old else str
    return decide(load(tmp_path, change(rule("r", rest=FULL)), change(PROVIDERS))).digest


@pytest.mark.parametrize(("old", "new"), INFLUENCES)
def test_p10_what_influences_answers_changes_the_digest(tmp_path, old, new):
    assert digest(tmp_path) == digest(tmp_path)
    assert digest(tmp_path, old, new) != digest(tmp_path)


@pytest.mark.parametrize("file", ["my.txt", "ours.yaml", "trade.txt", "secret.txt"])
def test_p10_what_stands_in_a_file_that_the_rule_names_changes_the_digest(tmp_path, file):
    before = digest(tmp_path)
    (tmp_path / file).write_text("{text}!")
    assert Policy.load(tmp_path / "policy.yaml").rules[0].decision.digest != before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("external: false", "external: false\n    concurrency: 3"),
        ("external: false", "external: false\n    timeout_s: 9"),
        ("external: false", "external: false\n    price: {input: 1, output: 2, batch: 0.5}"),
        ("external: false", "external: false\n    key: {env: OTHER_KEY}"),
        ("name: r", "name: other"),
        ("limits: {", "limits: {weight: 3, "),
        ("[en, fr]", "[fr, en, fr]"),
        ("{env: SALT}", "{file: salt}"),
        ("version: 1", "version: 1  # a remark"),
    ],
)
def test_what_does_not_influence_answers_costs_no_new_predictions(tmp_path, old, new):
    assert digest(tmp_path, old, new) == digest(tmp_path)


def test_a_batch_is_allowed_by_the_rule_alone_and_costs_no_new_predictions(tmp_path):
    cloud = PROVIDERS.replace("kind: litellm", "kind: openai").replace("openai/qwen", "qwen")
    with_batches = cloud.replace("external: false", "external: false\n    batch: true")
    plain = decide(load(tmp_path, rule("r"), cloud))
    (tmp_path / "batch").mkdir()
    batched = decide(load(tmp_path / "batch", rule("r", rest="providers: [ours]\n    batch: true"), with_batches))
    assert (plain.batch, plain.providers[0].batch) == (False, False)
    assert (batched.batch, batched.providers[0].batch) == (True, True)
    assert batched.digest == plain.digest


def test_p10_the_same_policy_elsewhere_decides_the_same(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    assert digest(tmp_path / "elsewhere") == digest(tmp_path)


def test_the_policys_hash_is_logged_once_it_is_loaded(tmp_path, caplog):
    caplog.set_level("INFO", "labelguard.policy")
    policy = load(tmp_path, rule("r"))
    assert caplog.messages == [f"policy {policy.file}: 1 rules, sha256 {policy.digest}"]


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("", None),
        ("\n    learn: {annotations: keep}", 90),
        ("\n    learn: {annotations: keep, days: 7}", 7),
        ("\n    learn: {annotations: off, days: 7}", None),
    ],
)
def test_annotations_are_kept_by_the_rule_alone_which_costs_no_new_predictions(tmp_path, said, days):
    (tmp_path / "plain").mkdir()
    plain = decide(load(tmp_path / "plain", rule("r", rest="providers: [ours]")))
    policy = load(tmp_path, rule("r", rest=f"providers: [ours]{said}"))
    decided = decide(policy)
    assert decided.annotations_days == days
    assert decided.keeps_annotations is policy.keeps_annotations is (days is not None)
    assert decided.digest == plain.digest


def test_examples_of_annotations_are_a_part_of_what_an_answer_hangs_on(tmp_path):
    said = "providers: [ours]\n    learn: {annotations: keep, examples: {most: 3}}"
    (tmp_path / "plain").mkdir()
    plain = decide(load(tmp_path / "plain", rule("r", rest="providers: [ours]")))
    decided = decide(load(tmp_path, rule("r", rest=said)))
    assert decided.learned == LearnedExamples(3, 1000)
    assert decided.digest != plain.digest
    assert plain.learned is None


@pytest.mark.parametrize(("name", "said", "off"), [("marks", "3", 0), ("nearest", "true", False)])
def test_what_annotators_said_of_others_is_a_part_of_what_an_answer_hangs_on(tmp_path, name, said, off):
    said = f"providers: [ours]\n    learn: {{annotations: keep, {name}: {said}}}"
    (tmp_path / "plain").mkdir()
    plain = decide(load(tmp_path / "plain", rule("r", rest="providers: [ours]")))
    decided = decide(load(tmp_path, rule("r", rest=said)))
    assert getattr(plain, f"learned_{name}") == off
    assert getattr(decided, f"learned_{name}") in (3, True)
    assert decided.digest != plain.digest


@pytest.mark.parametrize(("name", "said"), [("examples", "{most: 3}"), ("marks", "3"), ("nearest", "true")])
def test_nothing_is_made_of_annotations_that_are_not_kept(tmp_path, name, said):
    with pytest.raises(PolicyFileError, match=rf"learn: has {name}, .* write annotations: keep"):
        load(tmp_path, rule("r", rest=f"providers: [ours]\n    learn: {{{name}: {said}}}"))


def test_one_mark_is_no_habit(tmp_path):
    with pytest.raises(PolicyFileError, match="marks"):
        load(tmp_path, rule("r", rest="providers: [ours]\n    learn: {annotations: keep, marks: 1}"))


def test_a_rule_that_blocks_keeps_no_annotations(tmp_path):
    said = "providers: [ours]\n    learn: {annotations: keep}\n    operators: {CREDIT_CARD: block}"
    assert not decide(load(tmp_path, rule("r", rest=said))).keeps_annotations
