"""`labelguard policy schema`: editors are told the form of policy files, short forms included."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from typer.testing import CliRunner

import backend.cli.policy.schema
from backend.cli import app
from backend.errors import PolicyFileError
from backend.policy import Policy
from backend.policy.cases import read_cases
from backend.policy.file.source import read_source
from tests.child import ROOT
from tests.unit.cli.test_policy_test import DIFFER, HOLD
from tests.unit.policy.file.test_problems import GOOD

SHIPPED = ROOT / "policies"
POLICY = Draft202012Validator(json.loads((SHIPPED / "policy.schema.json").read_text(encoding="utf-8")))
CASES = Draft202012Validator(json.loads((SHIPPED / "test.schema.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize(("options", "file"), [([], "policy.schema.json"), (["--tests"], "test.schema.json")])
def test_the_shipped_schema_is_that_of_the_forms(options, file):
    result = CliRunner().invoke(app, ["policy", "schema", *options])
    assert result.exit_code == 0
    assert result.stdout == (SHIPPED / file).read_text(encoding="utf-8"), "run make schema"
    Draft202012Validator.check_schema(json.loads(result.stdout))


def test_the_command_is_registered():
    assert backend.cli.policy.schema.schema in [c.callback for c in backend.cli.policy.commands.registered_commands]


FILES = sorted(file for file in SHIPPED.glob("*.yaml") if not file.name.endswith(".recognizers.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_is_shipped_fits_its_schema(file):
    is_cases = file.name.endswith(".test.yaml")
    assert (CASES if is_cases else POLICY).is_valid(read_source(file, invented=is_cases).data)


FULL = """
version: 1
extends: local-only
providers:
  cloud: {kind: openai, model: gpt, external: true, key: {env: K}, region: us, price: {input: 0, output: 0.6}}
  ours: {kind: litellm, model: ollama/q, external: false, address: "http://m:1", key: {file: k}, mode: tools}
profiles:
  base: {operators: {PERSON: local, AGE: {operator: keep, local: true}, US_SSN: block, "*": mask}}
  top:
    extends: base
    operators: {URL: {operator: hash, key: {env: SALT}}}
    detection: {profile: fast, languages: [en], unknown_language: patterns}
rules:
  - name: short forms
    match:
      project: 12
      title: A*
      path: team-a
      control_tags: Choices
      object_tags: [Text]
      fields:
        {a: x, b: 1, c: 1.5, d: true, e: [x, 2, false], f: {glob: "a*"}, g: {pattern: "[0-9]"}, h: {missing: true}}
      meta: {a: {any_of: [x]}, b: {glob: ["a*", "b*"]}}
      language: en
      characters: {max: 9}
      entities: {PERSON: ">5", URL: any, "*": {count: ">= 1", score: 0.5}}
    providers: [ours, cloud]
    profile: top
    limits: {spend_per_day: 5, concurrency: 2, task_timeout_s: 3}
    retention: {record_days: 30}
    fetch: {hosts: ["*.example.org"]}
    answers: drop
    threshold: 0
  - name: long forms
    match: {project: ["1", 2], control_tags: {any: Choices}, object_tags: {each: [Text]}, language: {any: [fr]}}
    refuse: no
  - {name: all, match: everything, providers: [ours], keep: [URL], withhold: [a.b], redact: true}
"""


def loads(tmp_path: Path, text: str) -> bool:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    try:
        Policy.load(file)
    except PolicyFileError:
        return False
    return True


def fits(tmp_path: Path, text: str) -> bool:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    return bool(POLICY.is_valid(read_source(file).data))


def test_every_short_and_long_form_fits(tmp_path):
    mapped = "languages: {en: , de: {spacy: x, labels: {X: none, Y: PERSON}}, nl: {transformers: a/b, gliner: ./c}}"
    for text in (FULL, FULL.replace("languages: [en]", mapped)):
        assert loads(tmp_path, text)
        assert fits(tmp_path, text)
    assert fits(tmp_path, GOOD)


BROKEN = [
    ("version: 1", "version: 2"),
    ("version: 1\n", ""),
    ("extends: local-only", "extends: []"),
    ("extends: local-only", "extend: local-only"),
    ("kind: openai", "kind: opnai"),
    ("external: true, ", ""),
    ("external: true", 'external: "yes"'),
    ("{env: K}", "K"),
    ("{env: K}", "{env: K, file: k}"),
    ("{env: K}", "{}"),
    ("{env: K}", "{env: '1K'}"),
    ("input: 0,", ""),
    ("input: 0,", "input: -1,"),
    ("mode: tools", "mode: tool"),
    ("PERSON: local", "PERSON: locally"),
    ("PERSON: local", "person: local"),
    ("PERSON: local", "PERSON: {local: true}"),
    ("profile: fast", "profile: quick"),
    ("languages: [en]", "languages: []"),
    ("languages: [en]", "languages: [eng]"),
    ("languages: [en]", "languages: {}"),
    ("languages: [en]", "languages: {eng: }"),
    ("languages: [en]", "languages: {de: spacy}"),
    ("languages: [en]", "languages: {de: {}}"),
    ("languages: [en]", "languages: {de: {spcy: x}}"),
    ("languages: [en]", "languages: {de: {spacy: x, labels: {X: nothing}}}"),
    ("project: 12", "project: []"),
    ("project: 12", "project: 1.5"),
    ("project: 12", "project: true"),
    ("a: x, b", "a: {glob: x, pattern: y}, b"),
    ("a: x, b", "a: {}, b"),
    ("e: [x, 2, false]", "e: []"),
    ("e: [x, 2, false]", "e: [[x]]"),
    ("language: en\n", "language: english\n"),
    ("characters: {max: 9}", "characters: {}"),
    ("characters: {max: 9}", "characters: {max: -1}"),
    ('PERSON: ">5"', 'PERSON: ">"'),
    ('PERSON: ">5"', "PERSON: 5"),
    ("URL: any", "URL: some"),
    ('{count: ">= 1", score: 0.5}', "{score: 0.5}"),
    ("score: 0.5", "score: 1.5"),
    ("spend_per_day: 5", "spend_per_day: 0"),
    ("record_days: 30", "record_days: 0"),
    ("answers: drop", "answers: leave"),
    ("{any: Choices}", "{any: Choices, each: Choices}"),
    ("refuse: no", "refuse: no\n    providers: [ours]"),
    ("    refuse: no\n", ""),
    ("match: everything", "match: {}"),
    ("match: everything", "match: all"),
    ("- {name: all, ", "- {"),
    ("redact: true", "redcat: true"),
]


@pytest.mark.parametrize(("old", "new"), BROKEN)
def test_a_broken_policy_fits_neither_the_schema_nor_the_loader(tmp_path, old, new):
    assert FULL.count(old) == 1
    broken = FULL.replace(old, new)
    assert not fits(tmp_path, broken)
    assert not loads(tmp_path, broken)


WORD = st.sampled_from(["Choices", "12", "a*", "everything", "en", "any", ">5", "PERSON", "*", "local", "", "fr"])
LEAF = st.one_of(WORD, st.integers(-1, 9), st.booleans(), st.sampled_from([0.5, 1.5]))
KEYS = st.sampled_from(["any", "each", "any_of", "glob", "pattern", "missing", "min", "max", "count", "score"])
NAMES = st.sampled_from(["PERSON", "*", "x", "a.b", "operator", "key", "env"])
VALUE = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS | NAMES, inner, max_size=2),
    max_leaves=3,
)
CONDITIONS = ["project", "title", "control_tags", "fields", "meta", "language", "characters", "entities"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    match=st.dictionaries(st.sampled_from(CONDITIONS), VALUE, max_size=2) | VALUE,
    rest=st.dictionaries(st.sampled_from(["keep", "operators", "withhold", "threshold", "limits"]), VALUE, max_size=1),
)
def test_what_the_loader_takes_fits_the_schema(tmp_path, match, rest):
    providers = {"ours": {"kind": "litellm", "model": "ollama/q", "address": "http://m:1", "external": False}}
    rule = {"name": "r", "match": match, "providers": ["ours"], **rest}
    data: dict[str, Any] = {"version": 1, "providers": providers, "rules": [rule]}
    assert not loads(tmp_path, json.dumps(data)) or POLICY.is_valid(data)


@pytest.mark.parametrize("case", [*HOLD, *(case for case, _ in DIFFER)])
def test_cases_fit_their_schema(tmp_path, case):
    assert CASES.is_valid(cases(tmp_path, case).data)


def cases(tmp_path: Path, case: str) -> Any:
    file = tmp_path / "a.test.yaml"
    file.write_text(f"policy: p.yaml\ncases:\n  - {case}\n")
    read_cases(file)
    return read_source(file, invented=True)


@pytest.mark.parametrize(
    "case",
    [
        "{name: a, text: t, expect: {}}",
        "{name: a, text: t}",
        "{text: t, expect: {rule: null}}",
        "{name: a, expect: {rule: null}}",
        "{name: a, text: t, task: {data: {}}, expect: {rule: null}}",
        "{name: a, text: t, expect: {leaves: null}}",
        "{name: a, text: t, expect: {refused: ''}}",
        "{name: a, text: t, expect: {contains: []}}",
        "{name: a, text: t, expect: {entities: {PERSON: -1}}}",
        "{name: a, text: t, expect: {entities: {}}}",
    ],
)
def test_broken_cases_fit_neither_their_schema_nor_the_loader(tmp_path, case):
    with pytest.raises(PolicyFileError):
        cases(tmp_path, case)
    assert not CASES.is_valid(read_source(tmp_path / "a.test.yaml", invented=True).data)
