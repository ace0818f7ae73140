"""The shipped presets: their cases hold, a slip in any line shows, and who extends one keeps what it promises."""

import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
import yaml
from presidio_analyzer import Pattern, PatternRecognizer

from backend.engine.previews.cases import KEY, CaseResult, run_cases
from backend.engine.previews.preview import PreviewedTask, TaskPreview, preview
from backend.errors import LanguageError, PolicyFileError
from backend.labelstudio.types import Task
from backend.policy import Policy
from backend.policy.cases import CONFIG, read_cases
from backend.privacy.entity_types import ENTITY_TYPES, entity_types_in
from backend.settings import Settings
from tests.bench.mutate_policies import EQUIVALENT, POLICIES, PRESETS, SHIPPED, mutants, mutate

FILES = {name: read_cases(SHIPPED / f"{name}.test.yaml") for name in POLICIES}
CASES = [(name, case) for name, cases in FILES.items() for case in cases.cases]

SETTINGS = Settings()


def load(name: str) -> Policy:
    return Policy.load(SHIPPED / f"{name}.yaml")


@cache
def results(name: str) -> Mapping[int, CaseResult]:
    """Return how the cases of a file went, all in one run, by the line that each stands on."""
    return {result.line: result for result in run_cases(FILES[name], SETTINGS)}


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}: {case.form.name}" for name, case in CASES])
def test_a_case_holds(name, case):
    assert results(name)[case.line].differences == ()


def test_every_shipped_policy_has_its_cases():
    shipped = {file.name for file in SHIPPED.glob("*.yaml") if file.name.count(".") == 1}
    assert {f"{name}.yaml" for name in POLICIES} == shipped


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_many_cases(name):
    assert len(FILES[name].cases) >= 25


QUICK = ("default", "local-only", "open", "openai-redacted")


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.thorough) for name in POLICIES]
)
def test_a_slip_in_any_line_of_a_preset_fails_a_case(name, tmp_path):
    for file in SHIPPED.glob("*.recognizers.yaml"):
        shutil.copy(file, tmp_path)
    score = mutate(name, tmp_path, SETTINGS)
    assert score.survived == []
    assert len(score.killed) >= (14 if name in PRESETS else 3)
    assert set(score.equivalent) == {what for own, what in EQUIVALENT if own == name}


SMALL = """
providers: {cloud: {kind: openai, model: m, external: true}, ours: {kind: embedded, external: false}}
profiles: {mine: {operators: {PERSON: local}, withhold: [mrn]}}
rules:
  - {name: a, match: {language: [en]}, providers: [cloud, ours], profile: mine}
  - {name: b, match: {fields: {ward: {missing: false}}}, refuse: no}
"""


def test_each_leaf_has_its_mutants():
    found = [mutant.what for mutant in mutants(yaml.safe_load(SMALL))]
    assert len(set(found)) == len(found)
    assert {
        "rules.0: swapped with 1",
        "rules.0: refused",
        "rules.1.refuse: sent",
        "rules.1: dropped",
        "providers.ours: dropped",
        "providers.cloud.external: flipped",
        "profiles.mine.operators.PERSON: dropped",
        "profiles.mine.operators.PERSON: keep",
        "profiles.mine.operators.PERSON: placeholder",
        "profiles.mine.operators.PERSON: block",
        "profiles.mine.withhold.0: dropped",
        "rules.0.match: everything",
        "rules.0.match.language.0: dropped",
        "rules.0.match.language: with de and es",
        "rules.0.providers: reversed",
        "rules.0.providers.0: dropped",
        "rules.0.profile: dropped",
        "rules.1.match.fields.ward: missing",
        "rules.1.match.fields.ward.missing: flipped",
    } <= set(found)
    assert not any(".model" in what or ".name" in what for what in found)


# --- what no task shows -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_what_it_promises_needs_and_where_that_stands(name):
    lines = (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    head = "\n".join(lines[: lines.index("version: 1")])
    assert lines[0] == "# yaml-language-server: $schema=policy.schema.json"
    assert [word for word in ("# Promises:", "# Does not promise:", "# Needs:") if word not in head] == []


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_speaks_of_entity_types_that_are_found(name):
    for decision in (rule.decision for rule in load(name).rules):
        known = ENTITY_TYPES | entity_types_in(decision.scan.recognizers_text or "") | {"*"}
        assert set(decision.operators) | decision.keep <= known


def test_under_gdpr_nobody_outside_the_union_is_named():
    external = [provider for provider in load("gdpr").providers if provider.external]
    assert [(provider.name, provider.region) for provider in external] == [("mistral-eu", "eu")]


def test_under_152_fz_nobody_outside_is_named():
    assert [(provider.external, provider.region) for provider in load("russia-152-fz").providers] == [(False, "ru")]


def test_the_record_is_kept_as_long_as_the_rules_ask():
    kept = {name: {rule.decision.record_days for rule in load(name).rules} for name in ("hipaa-safe-harbor", "pci-dss")}
    assert kept == {"hipaa-safe-harbor": {6 * 365}, "pci-dss": {365}}


# --- whoever extends them -----------------------------------------------------------------------------------------

ABOUT_SOMEBODY = "Меня зовут Виктория Лебедева, и я прошу вернуть деньги за билет, который мне так и не прислали."
ABOUT_NOBODY = "Билет так и не пришёл на почту, хотя оплата прошла сразу и деньги со счёта списали полностью."


def seen(tmp_path: Path, preset: str, providers: list[str], text: str) -> TaskPreview:
    """Preview a text under a policy of one's own with a provider abroad and a preset's profile."""
    abroad = {"kind": "openai", "model": "gpt-4o-mini", "external": True, "key": {"env": "OPENAI_API_KEY"}}
    rule = {"name": "ours", "match": "everything", "providers": providers, "profile": preset}
    own = {"version": 1, "extends": [preset], "providers": {"abroad": abroad}, "rules": [rule]}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
    asked = PreviewedTask(Task({"text": text}), CONFIG, "1")
    (verdict,) = preview(Policy.load(tmp_path / "own.yaml"), SETTINGS, [asked], KEY)
    return verdict


def test_the_profile_of_152_fz_keeps_personal_data_from_a_provider_abroad(tmp_path):
    somebody = seen(tmp_path, "russia-152-fz", ["abroad", "embedded"], ABOUT_SOMEBODY)
    nobody = seen(tmp_path, "russia-152-fz", ["abroad", "embedded"], ABOUT_NOBODY)
    assert somebody.providers == ("embedded",)
    assert nobody.providers == ("abroad", "embedded")
    with pytest.raises(PolicyFileError, match="no provider of the rule is self-hosted"):
        seen(tmp_path, "russia-152-fz", ["abroad"], ABOUT_SOMEBODY)


@pytest.mark.parametrize("preset", ["hipaa-safe-harbor", "gdpr", "russia-152-fz", "pci-dss"])
def test_a_text_in_a_language_that_nobody_reads_is_refused_by_default(tmp_path, preset):
    text = "Puede usted presentar una reclamación por escrito en la oficina de correos donde recogió el paquete."
    found = seen(tmp_path, preset, ["abroad", "embedded"], text)
    assert found.providers == ()
    assert isinstance(found.refusal, LanguageError)


def test_two_presets_go_together(tmp_path):
    rules = [{"name": "cards", "match": "everything", "providers": ["openai"], "profile": "pci-dss"}]
    own = {"version": 1, "extends": ["hipaa-safe-harbor", "pci-dss", "gdpr", "open"], "rules": rules}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
    policy = Policy.load(tmp_path / "own.yaml")
    assert {provider.name for provider in policy.providers} == {"openai", "embedded", "mistral-eu"}


# --- words of special categories ----------------------------------------------------------------------------------

WORDS = {
    "ethnic origin": (["her ethnic origin", "этническая группа"], ["the method is hygienic"]),
    "political opinions": (["a member of the Labour Party", "Parteimitglied"], ["the party in the garden"]),
    "beliefs": (["he is a Muslim", "католичка"], ["the evangelist of our product"]),
    "trade union": (["her union dues", "Gewerkschafterin"], ["the European Union", "la union"]),
    "genetic and biometric": (["a DNA test", "отпечатки пальцев"], ["the DNAX-7 router", "print it"]),
    "health": (["diagnosed with HIV", "she is pregnant"], ["first aids the reader", "a blue room"]),
    "santé": (["en arrêt maladie", "elle est enceinte"], ["la salle"]),
    "Gesundheit": (["sie ist schwanger", "eine Krankheit"], ["der Krebs im Teich"]),
    "salud": (["está embarazada", "la malattia"], ["la sala"]),
    "здоровье": (["диагноз: ВИЧ", "рак"], ["раковина", "ракета"]),
    "sexual orientation": (["that he is gay", "лесбиянка"], ["the gayest day"]),
}


def test_words_of_special_categories_are_found_and_others_are_not():
    said = yaml.safe_load((SHIPPED / "gdpr.recognizers.yaml").read_text(encoding="utf-8"))
    patterns = [Pattern(**pattern) for recognizer in said["recognizers"] for pattern in recognizer["patterns"]]
    assert sorted(pattern.name for pattern in patterns) == sorted(WORDS)
    for pattern in patterns:
        recognizer = PatternRecognizer("SPECIAL_CATEGORY", patterns=[pattern])
        found, others = WORDS[pattern.name]
        assert [text for text in found if not recognizer.analyze(text, ["SPECIAL_CATEGORY"])] == []
        assert [text for text in others if recognizer.analyze(text, ["SPECIAL_CATEGORY"])] == []


def test_each_special_category_has_its_recognizer():
    said = yaml.safe_load((SHIPPED / "gdpr.recognizers.yaml").read_text(encoding="utf-8"))
    assert len(said["recognizers"]) == 7  # Art. 9(1); racial and ethnic origin, genetic and biometric data are one
    assert {recognizer["supported_entity"] for recognizer in said["recognizers"]} == {"SPECIAL_CATEGORY"}
