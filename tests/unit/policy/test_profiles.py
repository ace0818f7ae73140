"""A rule's own settings go before its profile's, and those before the ones that the profile extends."""

from typing import Any

from backend.policy.file.profiles import settings_of
from backend.policy.file.schema import ProfileForm, RuleForm


def rule(**said) -> RuleForm:
    return RuleForm.model_validate({"name": "r", "match": "everything", "providers": ["p"], **said})


def profiles(**said) -> dict[str, ProfileForm]:
    return {name: ProfileForm.model_validate(profile) for name, profile in said.items()}


def settled(own: dict[str, Any], **said) -> RuleForm:
    return settings_of(rule(profile="a", **own), profiles(**said))


def test_a_rule_without_a_profile_is_as_it_stands():
    own = rule(withhold=["x"])
    assert settings_of(own, profiles(a={"withhold": ["y"]})) is own


def test_a_profile_that_is_not_there_changes_nothing():
    own = rule(profile="b", withhold=["x"])
    assert settings_of(own, profiles(a={"withhold": ["y"]})) == own


def test_what_a_rule_does_not_say_its_profile_says():
    found = settled({}, a={"withhold": ["y"], "threshold": 0.5, "answers": "drop"})
    assert (found.withhold, found.threshold, found.answers) == (["y"], 0.5, "drop")
    assert (found.name, found.providers, found.profile) == ("r", ["p"], "a")


def test_lists_and_values_of_a_rule_go_before_its_profile():
    found = settled({"withhold": ["x"], "threshold": 0.0, "keep": []}, a={"withhold": ["y"], "threshold": 0.5})
    assert (found.withhold, found.threshold, found.keep) == (["x"], 0.0, [])


def test_blocks_are_put_together_key_by_key():
    said = {"detection": {"profile": "fast", "languages": ["fr"]}, "limits": {"max_characters": 10}}
    found = settled({"detection": {"languages": ["ru"], "unknown_language": "patterns"}}, a=said)
    assert found.detection.profile == "fast"
    assert found.detection.languages == ["ru"]
    assert found.detection.unknown_language == "patterns"
    assert found.limits.max_characters == 10
    assert found.limits.piece_characters == 6_000


def test_operators_are_put_together_type_by_type():
    found = settled({"operators": {"AGE": "keep"}}, a={"operators": {"AGE": "block", "PERSON": "local", "*": "mask"}})
    said = {kind: (operator.operator, operator.local) for kind, operator in found.operators.items()}
    assert said == {"AGE": ("keep", False), "PERSON": ("placeholder", True), "*": ("mask", False)}


def test_a_profile_extends_another():
    found = settled(
        {"operators": {"AGE": "keep"}},
        a={"extends": "b", "withhold": ["a"], "operators": {"PERSON": "surrogate"}},
        b={"extends": "c", "withhold": ["b"], "threshold": 0.3, "operators": {"PERSON": "mask", "AGE": "mask"}},
        c={"threshold": 0.9, "answers": "keep", "operators": {"URL": "mask"}},
    )
    assert (found.withhold, found.threshold, found.answers) == (["a"], 0.3, "keep")
    assert {kind: operator.operator for kind, operator in found.operators.items()} == {
        "URL": "mask",
        "PERSON": "surrogate",
        "AGE": "keep",
    }


def test_profiles_that_extend_each_other_come_to_an_end():
    found = settled({}, a={"extends": "b", "withhold": ["a"]}, b={"extends": "a", "threshold": 0.3})
    assert (found.withhold, found.threshold) == (["a"], 0.3)
