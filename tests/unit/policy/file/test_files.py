"""Files that extend others, profiles that extend others, and what a rule's settings are in the end."""

from pathlib import Path
from typing import Any

import pytest

from backend.errors import PolicyFileError
from backend.policy import Policy
from backend.policy.file.files import load_file, load_whole
from backend.policy.types import Decision
from backend.privacy.types import Operator
from tests.unit.policy.parts import write

OURS = 'ours: {kind: litellm, model: ollama/q, address: "http://m:1", external: false}'
BASE = f"""version: 1
providers:
  {OURS}
profiles:
  low:
    operators: {{PERSON: mask, URL: mask}}
    keep: [AGE]
    withhold: [a]
    threshold: 0.3
    detection: {{languages: [en]}}
rules:
  - {{name: of the base, match: everything, providers: [ours]}}
"""
TOP = """version: 1
extends: base
rules:
  - {name: own, match: everything, providers: [ours], profile: low}
"""


def failure(file: Path) -> str:
    with pytest.raises(PolicyFileError) as caught:
        load_whole(file)
    return caught.value.reason


def test_providers_and_profiles_come_along_and_rules_do_not(tmp_path):
    policy = Policy.load(write(tmp_path, top=TOP, base=BASE))
    assert [rule.decision.rule for rule in policy.rules] == ["own"]
    assert [provider.name for provider in policy.providers] == ["ours"]
    assert policy.rules[0].decision.operators == {"PERSON": Operator("mask"), "URL": Operator("mask")}
    assert [file.name for file in policy.files] == ["top.yaml", "base.yaml"]


@pytest.mark.parametrize("name", ["base", "base.yaml", "./base.yaml"])
def test_a_file_beside_it_may_be_named_with_or_without_its_ending(tmp_path, name):
    file = write(tmp_path, top=TOP.replace("base", f'["{name}"]'), base=BASE)
    assert set(load_file(file).profiles) == {"low"}


def test_a_shipped_policy_is_extended_by_its_name_unless_one_lies_beside(tmp_path):
    file = write(tmp_path, top=TOP.replace("base", "local-only"))
    assert set(load_file(file).providers) == {"self-hosted"}
    write(tmp_path, **{"local-only": BASE})
    assert set(load_file(file).providers) == {"ours"}


def test_paths_begin_at_the_file_that_names_them(tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "my.txt").write_text("{text} of the base")
    (tmp_path / "below" / "ours.yaml").write_text("recognizers: []")
    (tmp_path / "below" / "trade.txt").write_text("Humira")
    (tmp_path / "below" / "ours.txt").write_text("Falcon")
    base = BASE.replace("external: false", "external: false, key: {file: secret}")
    base = base.replace("URL: mask", "URL: {operator: hash, key: {file: salt}}").replace(
        "threshold", "prompt: my.txt\n    never_redact: trade.txt\n    always_redact: ours.txt\n    threshold"
    )
    base = base.replace("languages: [en]", "recognizers: ours.yaml")
    write(tmp_path / "below", base=base)
    policy = Policy.load(write(tmp_path, top=TOP.replace("base", "below/base.yaml")))
    decision = policy.rules[0].decision
    assert decision.prompt == "{text} of the base"
    assert policy.providers[0].key_file == str(tmp_path / "below" / "secret")
    assert decision.operators["URL"].key_file == str(tmp_path / "below" / "salt")
    assert decision.scan.recognizers == str(tmp_path / "below" / "ours.yaml")
    assert (decision.scan.never_redact, decision.scan.always_redact) == ("Humira", "Falcon")
    assert len(policy.files) == 6


@pytest.mark.parametrize(
    ("kind", "own"), [("providers", f"providers: {{{OURS}}}"), ("profiles", "profiles: {low: {redact: true}}")]
)
def test_a_name_of_a_file_that_is_extended_may_not_be_taken_again(tmp_path, kind, own):
    file = write(tmp_path, top=TOP.replace("rules:", f"{own}\nrules:"), base=BASE)
    name = {"providers": "ours", "profiles": "low"}[kind]
    assert failure(file) == (
        f"{file}:3: {kind}.{name}: stands in a file that this one extends too - give it another name"
    )


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [("http://m:1", "http://n:1", "provider ours"), ("[a]", "[b]", "profile low"), ("base", "base", "")],
)
def test_two_files_may_not_say_two_things_by_one_name(tmp_path, old, new, what):
    file = write(tmp_path, top=TOP.replace("base", "[base, other]"), base=BASE, other=BASE.replace(old, new))
    if what:
        said = f"{file}:2: extends[1]: brings {what}, which a file before it has too - give one of them another name"
        assert failure(file) == said
    else:
        assert set(load_whole(file).profiles) == {"low"}


def test_two_files_may_extend_the_same_third(tmp_path):
    middle = TOP.replace("own", "middle")
    file = write(tmp_path, top=TOP.replace("base", "[left, right]"), left=middle, right=middle, base=BASE)
    assert set(load_whole(file).providers) == {"ours"}


def test_files_in_a_circle_are_refused(tmp_path):
    file = write(tmp_path, top=TOP)
    write(tmp_path, base=BASE.replace("providers:", "extends: top\nproviders:", 1))
    assert failure(file) == f"{tmp_path / 'base.yaml'}:2: extends[0]: leads back to this file, or too deep - remove it"
    own = write(tmp_path, own=TOP.replace("extends: base", "extends: own"))
    assert failure(own).startswith(f"{own}:2: extends[0]: leads back")


@pytest.mark.parametrize(("depth", "is_too_deep"), [(5, False), (6, True)])
def test_a_chain_of_files_has_an_end(tmp_path, depth, is_too_deep):
    files = {f"f{n}": TOP.replace("extends: base", f"extends: f{n + 1}") for n in range(depth)}
    file = write(tmp_path, **files, **{f"f{depth}": BASE})
    if is_too_deep:
        assert "leads back to this file, or too deep" in failure(file)
    else:
        assert set(load_whole(file).profiles) == {"low"}


def test_a_file_that_is_not_there_is_told_with_those_that_are_shipped(tmp_path):
    file = write(tmp_path, top=TOP)
    said = failure(file)
    assert said.startswith(f"{file}:2: extends[0]: there is no policy base - write a path, or one of ")
    assert "local-only" in said
    assert ".test" not in said


def test_the_hash_is_that_of_all_files(tmp_path):
    file = write(tmp_path, top=TOP, base=BASE)
    before = Policy.load(file).digest
    write(tmp_path, base=BASE + "# a remark\n")
    assert Policy.load(file).digest != before


SIZES = [
    ("{min: 5, max: 4}", True),
    ("{min: 5, max: 0}", True),
    ("{min: 5, max: 5}", False),
    ("{max: 0}", False),
    ("{min: 0}", False),
    ("{min: 0, max: 0}", False),
    ("{}", True),
]


@pytest.mark.parametrize(("said", "is_wrong"), SIZES)
def test_a_length_that_no_text_has_is_an_error(tmp_path, said, is_wrong):
    file = write(tmp_path, top=BASE.replace("match: everything", f"match: {{characters: {said}}}"))
    if is_wrong:
        where = "rules[0].match.characters"
        assert failure(file) == f"{file}:12: {where}: fits no text, or says nothing - write {{min: 1, max: 5000}}"
    else:
        load_whole(file)


# --- profiles ---------------------------------------------------------------------------------------------------

PROFILES = """
  low: {operators: {PERSON: mask, URL: mask, "*": hash}, keep: [AGE], withhold: [a], threshold: 0.3}
  top:
    extends: low
    operators: {PERSON: block, "*": placeholder}
    detection: {profile: fast, languages: [en]}
    limits: {max_characters: 7, spend_per_day: 2}
    answers: drop
"""


def decided(tmp_path: Path, rest: str, profiles: str = PROFILES) -> Decision:
    text = BASE[: BASE.index("profiles:")] + f"profiles:{profiles}rules:\n"
    text = text.replace("hash}", "mask}").replace('"*": hash', '"*": mask')
    file = write(tmp_path, policy=text + f"  - {{name: r, match: everything, providers: [ours]{rest}}}\n")
    return Policy.load(file).rules[0].decision


def operators(**named: str) -> dict[str, Operator]:
    return {kind.replace("ALL", "*"): Operator(name) for kind, name in named.items()}  # type: ignore[arg-type]


MERGED: list[tuple[str, str, Any]] = [
    # what the rule says, a part of its decision, and what that is
    (", profile: low", "operators", operators(PERSON="mask", URL="mask", ALL="mask")),
    (", profile: top", "operators", operators(PERSON="block", URL="mask", ALL="placeholder")),
    (
        ", profile: top, operators: {URL: surrogate, AGE: keep}",
        "operators",
        operators(PERSON="block", URL="surrogate", ALL="placeholder", AGE="keep"),
    ),
    ("", "operators", {}),
    (", profile: top", "keep", {"AGE"}),
    (", profile: top, keep: [TITLE]", "keep", {"TITLE"}),
    (", profile: top, keep: []", "keep", set()),
    (", profile: top", "withhold", {"a"}),
    (", profile: top, withhold: [b]", "withhold", {"b"}),
    (", profile: top", "threshold", 0.3),
    (", profile: top, threshold: 0.0", "threshold", 0.0),
    (", profile: low", "answers", "flag"),
    (", profile: top", "answers", "drop"),
    (", profile: top, answers: flag", "answers", "flag"),
    (", profile: top, detection: {languages: [ru]}", "scan.languages", ("ru",)),
    (", profile: top, detection: {languages: [ru]}", "scan.profile", "fast"),
    (", profile: low", "scan.profile", "default"),
    (", profile: top, limits: {spend_per_day: 3}", "limits.max_characters", 7),
    (", profile: top, limits: {spend_per_day: 3}", "limits.spend_per_day", 3),
    (", profile: top, limits: {spend_per_day: 3}", "limits.concurrency", None),
    (", profile: low", "limits.max_characters", 100_000),
]


@pytest.mark.parametrize(("rest", "part", "value"), MERGED)
def test_a_rules_own_settings_go_before_those_of_its_profile(tmp_path, rest, part, value):
    found: Any = decided(tmp_path, rest)
    for step in part.split("."):
        found = getattr(found, step)
    assert found == value


@pytest.mark.parametrize(
    ("profiles", "said"),
    [
        ("{a: {extends: a}}", "profiles.a.extends: leads back to this profile - remove it"),
        ("{a: {extends: b}, b: {extends: a}}", "profiles.a.extends: leads back to this profile - remove it"),
        ("{alpha: {extends: alpa}}", "profiles.alpha.extends: unknown profile - did you mean alpha?"),
        ("{a: {extends: zzz}}", "profiles.a.extends: unknown profile - there are: a"),
    ],
)
def test_profiles_in_a_circle_or_of_nobody_are_refused(tmp_path, profiles, said):
    with pytest.raises(PolicyFileError) as caught:
        decided(tmp_path, "", f" {profiles}\n")
    assert said in caught.value.reason
