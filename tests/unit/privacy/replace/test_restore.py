"""Restoring answers: what a model makes of placeholders is understood, what it invents is caught."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import AnswerError
from backend.privacy.redact import RedactOptions, Redactor
from backend.privacy.types import Detection, Operator
from tests.unit.privacy.test_redact import detector


def task_of(text, operator="placeholder", **values):
    return Redactor(detector(**values)).redact(
        {"text": text}, RedactOptions(operators={"*": Operator(operator)}, seed="seed")
    )


JOHN = task_of("John Smith met Anna in Rome. Smith left.", PERSON=["John Smith", "Anna"], DATE_TIME="May 5")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("[PERSON_1]", "John Smith"),
        ("[person_1] and [Person_2]", "John Smith and Anna"),
        ("(PERSON_1)", "John Smith"),
        ("<person_1>", "John Smith"),
        ("&lt;PERSON_1&gt;", "John Smith"),
        ("{PERSON 1}", "John Smith"),
        ("PERSON-1", "John Smith"),
        ("PERSON_1", "John Smith"),
        ("请联系PERSON_1谢谢", "请联系John Smith谢谢"),
        ("ติดต่อ[PERSON_1]ด้วย", "ติดต่อJohn Smithด้วย"),
        ("[PERSON1]", "John Smith"),
        ("Person 1's dog", "John Smith's dog"),
        ("[PERSON_1]’s dog", "John Smith’s dog"),
        ("the [PERSON_1]s", "the John Smiths"),
        ("the PERSON_1s", "the John Smiths"),
        ("**[PERSON_1]**", "**John Smith**"),
        ("`[PERSON_1]`", "`John Smith`"),
        (r"\[PERSON\_1\]", "John Smith"),
        (r"\[PERSON_1\]", "John Smith"),
        ("［PERSON_1］【PERSON_2】", "John SmithAnna"),
        ("the doctor (Person 1) left", "the doctor (John Smith) left"),
        ("[PERSON_1B]", "Smith"),
        ("person_1b", "Smith"),
    ],
)
def test_a_placeholder_that_a_model_changed_is_understood(said, meant):
    assert JOHN.restore(said) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Видел [PERSON_1]а", "Видел Ивана Петрова"),
        ("Дал [PERSON_1]у", "Дал Ивану Петрову"),
        ("С [PERSON_1]ом", "С Иваном Петровым"),
        ("О [PERSON_2]е", "О Марии"),
        ("С [PERSON_2]ой", "С Марией"),
    ],
)
def test_a_russian_ending_inflects_the_name(said, meant):
    task = task_of("Иван Петров и Мария.", PERSON=["Иван Петров", "Мария"])
    assert task.restore(said) == meant


@pytest.mark.parametrize(
    "said", ["[PERSON_9]", "[person_9]", "{PERSON 9}", "［PERSON_9］", "(PERSON_9)", "[PHONE_NUMBER_1]"]
)
def test_an_invented_placeholder_is_caught(said):
    with pytest.raises(AnswerError, match="invented the placeholder"):
        JOHN.restore(f"It was {said}.")


@pytest.mark.parametrize(
    "said", ["Person 9 left", "PERSON_9", "(Person 3)", "[1]", "[Table_1]", "person 1.5", "a PERSON_12nd", "personal 1"]
)
def test_ordinary_words_stay(said):
    assert JOHN.restore(said) == said


def test_what_could_be_meant_as_a_placeholder_in_the_original_stays_and_takes_its_number():
    task = task_of("Person 1 is not Ann; nor is [PERSON_3] or (person_2).", PERSON="Ann")
    assert task.fields["text"].text == "Person 1 is not [PERSON_4]; nor is [PERSON_3] or (person_2)."
    assert (
        task.restore("Person 1, [PERSON_3] and [PERSON_2] met [PERSON_4]")
        == "Person 1, [PERSON_3] and [PERSON_2] met Ann"
    )


def test_a_possessive_is_not_said_twice():
    text = "Ann Lee's dog"
    task = Redactor(lambda _: [Detection(0, 9, "PERSON", 0.9)]).redact({"text": text})
    assert task.fields["text"].text == "[PERSON_1]'s dog"
    assert task.restore("[PERSON_1]'s cat") == "Ann Lee's cat"


def test_what_was_not_redacted_is_not_restored():
    task = Redactor(detector()).pass_through({"text": "x"})
    assert task.restore("[PERSON_1]") == "[PERSON_1]"


def test_forms_of_one_person_are_known():
    assert JOHN.forms("[PERSON_1B]") == ("[PERSON_1]", "[PERSON_1B]")
    assert JOHN.forms("x") == ()
    assert [JOHN.placeholder(said) for said in ("Person_1", "(person 2)", "PERSON_1b", "Person", "[PERSON_7]")] == [
        "[PERSON_1]",
        "[PERSON_2]",
        "[PERSON_1B]",
        None,
        None,
    ]


def test_surrogates_are_restored_however_they_are_written():
    task = task_of("John Smith called. Smith left.", "surrogate", PERSON="John Smith")
    given, surname = task.fields["text"].text.split()[:2]
    assert task.restore(f"{given}'s car, {surname.upper()}, {surname}'s") == "John's car, SMITH, Smith's"
    assert task.restore(f"{given.lower()} {surname.lower()}") == "John Smith"


def test_russian_surrogates_are_restored_in_all_cases():
    task = task_of("Иванов пришёл.", "surrogate", PERSON="Иванов")
    surname = task.fields["text"].text.split()[0]
    assert task.restore(f"К {surname}у пришла {surname}а") == "К Иванову пришла Иванова"
    assert task.restore(f"С {surname}ым") == "С Ивановым"


@given(
    st.lists(st.sampled_from([*"[](){}<>［】\\_- 12bs’'аомуe.", "PERSON", "person", "[PERSON_1]", "&lt;"]), max_size=25)
)
def test_any_answer_is_restored_or_refused(pieces):
    with contextlib.suppress(AnswerError):
        JOHN.restore("".join(pieces))
