"""What a policy may say of its guard."""

import re

import pytest

from backend.errors import PolicyFileError
from backend.policy import Policy
from tests.child import ROOT

POLICY = """version: 1
providers:
  outside: {kind: openai, model: gpt, external: true, key: {env: KEY}}
  own: {kind: openai, model: small, external: false, address: "http://127.0.0.1:9/v1"}
profiles:
  shared:
    detection: {model: own}
rules:
  - name: all
    match: everything
    providers: [outside]
    SETTING
"""


def load(folder, setting):
    file = folder / "policy.yaml"
    file.write_text(POLICY.replace("SETTING", setting), encoding="utf-8")
    return Policy.load(file)


@pytest.mark.parametrize("setting", ["detection: {model: own}", "profile: shared"])
def test_any_provider_that_is_not_external_may_be_the_guard(tmp_path, setting):
    policy = load(tmp_path, setting)
    assert [guard.name for guard in policy.guards] == ["own"]
    (scan,) = policy.scans
    assert (scan.unknown_language, scan.unlisted.unknown_language, scan.unlisted.guard) == ("refuse", "patterns", None)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (
            "detection: {model: outside}",
            "policy.yaml:12: rules[0].detection.model: cannot be outside, which is external - name one with external:"
            " false: it gets the text before it is redacted",
        ),
        ("detection: {model: ours}", "policy.yaml:12: rules[0].detection.model: unknown provider - there are: outs"),
        ("detection: {model: [own]}", "policy.yaml:12: rules[0].detection.model: must be"),
    ],
)
def test_what_is_no_guard_is_told_with_its_place(tmp_path, setting, said):
    with pytest.raises(PolicyFileError) as caught:
        load(tmp_path, setting)
    assert said in str(caught.value)


def test_an_external_guard_of_a_profile_is_told_where_it_stands(tmp_path):
    (tmp_path / "policy.yaml").write_text(POLICY.replace("model: own}", "model: outside}").replace("SETTING", ""))
    with pytest.raises(PolicyFileError, match=r"7: profiles\.shared\.detection\.model: cannot be outside"):
        Policy.load(tmp_path / "policy.yaml")


def test_a_rule_without_a_guard_has_the_digest_that_it_always_had(tmp_path):
    without, guarded, other = (
        load(tmp_path, setting).rules[0].digest
        for setting in ("threshold: 0.0", "detection: {model: own}", "detection: {model: own, profile: thorough}")
    )
    assert len({without, guarded, other}) == 3
    assert without == load(tmp_path, "detection: {profile: default}").rules[0].digest


def test_the_policy_to_copy_loads(tmp_path):
    (shown,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "guard.md").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "policy.yaml").write_text(shown, encoding="utf-8")
    assert [guard.name for guard in Policy.load(tmp_path / "policy.yaml").guards] == ["own"]


def test_no_shipped_policy_has_a_guard():
    for file in (ROOT / "policies").glob("*.yaml"):
        if file.name.count(".") == 1:
            assert not Policy.load(file).guards
