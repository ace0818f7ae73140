"""What a policy's operators write in a value's place."""

import pytest

from backend.errors import LastLookError, SettingsError
from backend.privacy.redact import RedactOptions, Redactor
from backend.privacy.types import Operator
from tests.unit.privacy.test_redact import detector

KEY = "a long random text"


def shown(text, operator, **values):
    operators = operator if isinstance(operator, dict) else {"*": Operator(operator)}
    return Redactor(detector(**values)).redact({"text": text}, RedactOptions(operators=operators))


def test_each_type_has_its_own_operator_and_a_placeholder_by_default():
    operators = {"AGE": Operator("generalize"), "PHONE_NUMBER": Operator("mask"), "ZIP_CODE": Operator("keep")}
    task = shown(
        "Ann, 34, 555-1234, 10001",
        operators,
        PERSON="Ann",
        AGE="34",
        PHONE_NUMBER="555-1234",
        ZIP_CODE="10001",
    )
    assert task.fields["text"].text == "[PERSON_1], 30-39, ********, 10001"
    assert [p.operator for p in task.fields["text"].placeholders] == ["placeholder", "generalize", "mask"]


def test_a_mask_keeps_the_spaces():
    assert shown("Call John  Smith", "mask", PERSON="John  Smith").fields["text"].text == "Call ****  *****"


def test_what_is_kept_may_leave():
    task = shown("Paris, Ann", {"LOCATION": Operator("keep")}, LOCATION="Paris", PERSON="Ann")
    task.clear([]).last_look({"messages": ["Paris"]})
    with pytest.raises(LastLookError):
        task.clear([]).last_look({"messages": ["Ann"]})


def test_what_is_withheld_is_never_kept():
    task = Redactor(detector()).redact(
        {"t": "Zed"}, RedactOptions(withheld={"id": "Zed"}, operators={"*": Operator("keep")})
    )
    assert task.fields["t"].text == "[WITHHELD_1]"


def test_a_hash_is_one_a_person_and_depends_on_the_key(monkeypatch, tmp_path):
    monkeypatch.setenv("HASH_KEY", KEY)
    by_env = {"*": Operator("hash", key_env="HASH_KEY")}
    task = shown("John Smith. SMITH.", by_env, PERSON="John Smith")
    first, second = task.fields["text"].text.rstrip(".").split(". ")
    assert first == second
    assert first.startswith("<PERSON:")
    assert task.restore(first) == "John Smith"
    assert shown("Hi john  smith", by_env, PERSON="john  smith").fields["text"].text == f"Hi {first}"
    (tmp_path / "key").write_text("another long random text\n")
    other = shown("John Smith", {"*": Operator("hash", key_file=str(tmp_path / "key"))}, PERSON="John Smith")
    assert other.fields["text"].text != first


@pytest.mark.parametrize(("value", "problem"), [("", "missing"), ("short", "too short")])
def test_a_hash_without_a_key_says_which_variable(monkeypatch, value, problem):
    monkeypatch.setenv("HASH_KEY", value)
    with pytest.raises(SettingsError, match=f"HASH_KEY: .*{problem}") as caught:
        shown("nobody", {"*": Operator("hash", key_env="HASH_KEY")})
    assert "short" not in str(caught.value).replace("too short", "")
    with pytest.raises(SettingsError, match="no_such_file"):
        shown("nobody", {"*": Operator("hash", key_file="no_such_file")})


@pytest.mark.parametrize(
    ("entity_type", "value", "general"),
    [
        ("AGE", "34", "30-39"),
        ("AGE", "34 years old", "30-39"),
        ("AGE", "89", "80-89"),
        ("AGE", "90", "90 or older"),
        ("AGE", "103", "90 or older"),
        ("AGE", "7 months", "0-9"),
        ("AGE", "thirty", "[AGE_1]"),
        ("DATE_TIME", "May 5, 1985", "1985"),
        ("DATE_TIME", "2020-02-29T10:30", "2020"),
        ("DATE_TIME", "5/6/85", "1985"),
        ("DATE_TIME", "5 мая 2020 г.", "2020"),
        ("DATE_TIME", "May 5", "[DATE_TIME_1]"),
        ("DATE_TIME", "2019 to 2021", "[DATE_TIME_1]"),
        ("DATE_TIME", "May 5, 1921", "[DATE_TIME_1]"),
        ("DATE_TIME", "1921", "[DATE_TIME_1]"),
        ("DATE_OF_BIRTH", "May 5, 1921", "90 or older"),
        ("ZIP_CODE", "10001", "100**"),
        ("ZIP_CODE", "94110-1234", "941**"),
        ("ZIP_CODE", "NY 10001", "NY 100**"),
        ("ZIP_CODE", "03601", "000**"),
        ("ZIP_CODE", "SW1A 1AA", "[ZIP_CODE_1]"),
        ("LOCATION", "Springfield", "[LOCATION_1]"),
        ("PERSON", "Ann", "[PERSON_1]"),
    ],
)
def test_generalizing_follows_safe_harbor(entity_type, value, general):
    assert shown(f"It is {value}.", "generalize", **{entity_type: value}).fields["text"].text == f"It is {general}."


def test_a_year_that_stays_a_year_may_leave():
    task = shown("In 1985, on May 5, 1985", "generalize", DATE_TIME=["1985", "May 5, 1985"])
    assert task.fields["text"].text == "In 1985, on 1985"
    task.clear([]).last_look({"messages": [task.fields["text"].text]})
    with pytest.raises(LastLookError):
        task.clear([]).last_look({"messages": ["May 5, 1985"]})
