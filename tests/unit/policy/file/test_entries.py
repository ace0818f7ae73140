"""The files of `never_redact` and `always_redact`: errors and cautions by file and line, never with the entry."""

import logging
from pathlib import Path

import pytest

from backend.errors import PolicyFileError
from backend.policy import Policy
from backend.policy.file.entries import MOST_CAUTIONS
from backend.privacy.hashed import hashed_entry
from backend.privacy.listed import LONGEST, MOST_ENTRIES
from tests.unit.policy.parts import write

CANARY = "canary0915"
POLICY = """version: 1
providers:
  ours: {kind: litellm, model: ollama/q, address: "http://m:1", external: false}
profiles:
  unused: {SETTING: list.txt}
  low: {never_redact: other.txt}
rules:
  - {name: all, match: everything, providers: [ours], profile: low, SETTING: list.txt}
"""


def policy(folder: Path, setting: str, content: str | bytes) -> Path:
    (folder / "list.txt").write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "other.txt").write_text("Humira\n")
    return write(folder, policy=POLICY.replace("SETTING", setting))


@pytest.mark.parametrize(
    ("setting", "content", "line", "said"),
    [
        ("never_redact", f"# ok\n\n{CANARY}\tPERSON\n", 3, "never_redact: the entry has a tab"),
        ("never_redact", "Humira\n7\n", 2, "never_redact: the entry has fewer than two letters"),
        ("never_redact", f"{CANARY * LONGEST}\n", 1, "never_redact: the entry is longer than 200 characters"),
        ("always_redact", "Falcon\nab\n", 2, "always_redact: the entry is too short"),
        ("always_redact", f"{CANARY}\tperson\n", 1, "always_redact: the entry has an entity type"),
        ("always_redact", f"{CANARY}\tLITERAL\n", 1, "always_redact: the entry has an entity type"),
        ("always_redact", "Falcon\n" * (MOST_ENTRIES + 1), MOST_ENTRIES + 1, "has more than 100000 entries"),
    ],
)
def test_a_wrong_entry_is_told_by_its_line_and_not_shown(tmp_path, setting, content, line, said):
    with pytest.raises(PolicyFileError) as caught:
        Policy.load(policy(tmp_path, setting, content))
    assert caught.value.reason.startswith(f"{tmp_path / 'list.txt'}:{line}: {said}")
    assert CANARY not in caught.value.reason


@pytest.mark.parametrize("setting", ["never_redact", "always_redact"])
@pytest.mark.parametrize(
    ("content", "said"), [(b"\xff\xfe", "is not UTF-8"), (b"x" * 1_000_001, "is larger than"), (None, "cannot be read")]
)
def test_what_is_no_text_is_told_where_it_is_named(tmp_path, setting, content, said):
    file = policy(tmp_path, setting, content or "")
    if content is None:
        (tmp_path / "list.txt").unlink()
    with pytest.raises(PolicyFileError, match=f"{setting}: the file list.txt {said}"):
        Policy.load(file)


def test_a_rules_own_list_takes_the_place_of_its_profiles(tmp_path):
    loaded = Policy.load(policy(tmp_path, "never_redact", "\ufeffMetformin\n"))
    assert loaded.rules[0].decision.scan.never_redact == "Metformin\n"
    assert {file.name for file in loaded.files} == {"policy.yaml", "list.txt", "other.txt"}


def test_nothing_is_always_replaced_where_nothing_is(tmp_path):
    file = policy(tmp_path, "always_redact", "Falcon")
    file.write_text(file.read_text().replace("name: all,", "name: all, redact: false,"))
    with pytest.raises(PolicyFileError, match="always_redact: cannot hold: with redact: false nothing is replaced"):
        Policy.load(file)


def test_common_names_places_and_forms_are_cautions_by_their_lines(tmp_path, caplog):
    words = [
        "# Rose",
        "Humira",
        "ROSE",
        "john",
        "Smith",
        "Paris",
        "Иванов",
        "Hope",
        "a@b-clinic.org",
        "Crohn's disease",
    ]
    loaded = Policy.load(policy(tmp_path, "never_redact", "\n".join(words)))
    kinds = ["a common first name"] * 2 + [
        "a common surname",
        "a place",
        "a common surname",
        "a word that is a name too",
    ]
    said = [f"list.txt:{n}: never_redact: the entry is {kind} - " for n, kind in enumerate(kinds, 3)]
    assert [caution.startswith(start) for caution, start in zip(loaded.cautions, said, strict=False)] == [True] * 6
    assert loaded.cautions[6].startswith("list.txt:9: never_redact: the entry looks like EMAIL_ADDRESS, which is")
    assert len(loaded.cautions) == 7
    assert not any(word.lower() in caution.lower() for caution in loaded.cautions for word in ("rose", "paris", "hope"))
    with caplog.at_level(logging.WARNING):
        loaded.warn()
    assert len(caplog.records) == 7


def test_a_list_of_names_is_not_told_whole(tmp_path):
    loaded = Policy.load(policy(tmp_path, "never_redact", "Rose\n" * 50))
    assert len(loaded.cautions) == MOST_CAUTIONS + 1
    assert not Policy.load(policy(tmp_path, "always_redact", "Rose\n")).cautions


HASHED = str(hashed_entry(CANARY, b"k" * 32))


@pytest.mark.parametrize(
    ("content", "key", "said"),
    [
        (HASHED, None, "always_redact: the entry is hashed by the key "),
        (HASHED, "o" * 32, "always_redact: the entry is hashed by the key "),
        (HASHED, "short", "always_redact: the entry is hashed, and its key cannot be read"),
        (HASHED, "", "always_redact: the entry is hashed, and its key cannot be read"),
        (HASHED[:-1], "k" * 32, "always_redact: the entry is no hashed value"),
        (f"{HASHED}\tperson", "k" * 32, "always_redact: the entry has an entity type"),
    ],
)
def test_a_hashed_value_without_its_key_is_an_error(tmp_path, monkeypatch, content, key, said):
    if key is not None:
        (tmp_path / "key").write_text(key)
        monkeypatch.setenv("LABELGUARD_LIST_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(PolicyFileError) as caught:
        Policy.load(policy(tmp_path, "always_redact", f"Falcon\n{content}\n"))
    assert caught.value.reason.startswith(f"{tmp_path / 'list.txt'}:2: {said}")
    for secret in (CANARY, HASHED.rpartition(":")[2], "k" * 32, "o" * 32, "short"):
        assert secret not in caught.value.reason


def test_the_key_is_a_part_of_no_digest_and_of_nothing_that_is_shown(tmp_path, monkeypatch):
    (tmp_path / "key").write_text("k" * 32)
    monkeypatch.setenv("LABELGUARD_LIST_KEY_FILE", str(tmp_path / "key"))
    file = policy(tmp_path, "always_redact", HASHED)
    before = Policy.load(file).rules[0]
    (tmp_path / "key").write_text("n" * 32 + "\n" + "k" * 32)
    after = Policy.load(file).rules[0]
    assert (before.digest, before.decision.policy) == (after.digest, after.decision.policy)
    assert before.decision.scan.list_keys != after.decision.scan.list_keys
    assert "k" * 32 not in repr(before)
    assert before.decision.scan.unlisted.list_keys == ()
    (tmp_path / "list.txt").write_text("")
    assert Policy.load(file).rules[0].decision.scan.list_keys == ()
