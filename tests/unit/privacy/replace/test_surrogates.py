"""Surrogates: of the same kind, one in the whole task, never what stands in a text, restored exactly."""

import datetime
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.privacy.names import lists
from backend.privacy.names.parts import WORD
from backend.privacy.redact import RedactOptions, Redactor
from backend.privacy.replace.operators.chance import Chance
from backend.privacy.replace.operators.dates import Shift
from backend.privacy.replace.operators.shapes import is_luhn, shaped
from backend.privacy.types import Detection, Operator
from tests.unit.privacy.test_redact import detector

EVERY = {"*": Operator("surrogate")}


def task_of(text, seed="seed", **values):
    return Redactor(detector(**values)).redact({"text": text}, RedactOptions(operators=EVERY, seed=seed))


def surrogate(text, value, entity_type, seed="seed"):
    """The surrogate of a value that stands in a text before a full stop."""
    found = task_of(text, seed, **{entity_type: value}).fields["text"]
    place = next(p for p in found.placeholders if found.source[p.source_start : p.source_end] == value)
    assert place.operator == "surrogate"
    return place.token


def test_a_person_has_one_surrogate_by_parts():
    text = "John Smith came. Smith's wife Mary Smith: J. Smith, SMITH, Smith, John and john.smith."
    task = task_of(text, PERSON=["John Smith", "Mary Smith"])
    shown = task.fields["text"].text
    given_name, surname, wife = matched(r"(\w+) (\w+) came. \w+'s wife (\w+)", shown)
    assert shown == (
        f"{given_name} {surname} came. {surname}'s wife {wife} {surname}: {given_name[0]}. {surname}, "
        f"{surname.upper()}, {surname}, {given_name} and {given_name.lower()}.{surname.lower()}."
    )
    assert not {given_name, surname, wife} & {"John", "Smith", "Mary"}
    assert task.restore(shown) == text


def test_forms_of_one_person_are_known():
    task = task_of("John Smith came with Mary Lee. Smith left.", PERSON=["John Smith", "Mary Lee", "Smith"])
    full, wife, short = (p.token for p in task.fields["text"].placeholders)
    assert task.forms(full) == task.forms(short) == (full, short)
    assert task.forms(wife) == (wife,)
    assert task.forms("Smith") == ()


@pytest.mark.parametrize("entity_type", ["ORGANIZATION", "LOCATION", "STREET_ADDRESS"])
def test_a_hospital_stays_one_whatever_it_is_taken_for(entity_type):
    new = surrogate("She left Karolinska Hospital.", "Karolinska Hospital", entity_type)
    assert new.endswith(" Hospital")
    assert "Karolinska" not in new


@pytest.mark.parametrize("value", ["Vinge Orchestra", "Vinge Ltd", "Vinge Partners, Inc."])
def test_what_tells_an_organization_stays(value):
    new = surrogate(f"She left {value} today.", value, "ORGANIZATION")
    assert re.fullmatch(value.replace("Vinge", r"[A-Z]\w+"), new)
    assert "Vinge" not in new


@pytest.mark.parametrize(("name", "stays"), [("Russell Investments", True), ("Mary Church", False)])
def test_an_organization_that_is_taken_for_a_person_stays_one(name, stays):
    new = surrogate(f"So {name} left.", name, "PERSON")
    assert new.endswith(name.split()[1]) == stays


TELLING = [
    ("Vinge Hollow Elementary", r"[A-Z]\w+ Elementary"),
    ("Vinge Town Hall", r"[A-Z]\w+ Town Hall"),
    ("Vinge Citrus Packing", r"[A-Z]\w+ Packing"),
    ("The Vinge Dental Practice", r"The [A-Z]\w+ Dental Practice"),
    ("High Court of Vinge", r"High Court of [A-Z]\w+"),
    ("University of Vinge", r"University of [A-Z]\w+"),
    ("Vinge Parking plc", r"[A-Z]\w+ Parking plc"),
    ("VINGE LIMITED", r"[A-Z]+ LIMITED"),
]


@pytest.mark.parametrize("entity_type", ["ORGANIZATION", "LOCATION", "STREET_ADDRESS", "PERSON"])
@pytest.mark.parametrize(("value", "form"), TELLING)
def test_the_words_that_tell_an_organization_stay_wherever_they_stand(value, form, entity_type):
    new = surrogate(f"She left {value}.", value, entity_type)
    assert re.fullmatch(form, new)
    assert "vinge" not in new.lower()


@pytest.mark.parametrize("entity_type", ["PERSON", "ORGANIZATION", "LOCATION"])
@pytest.mark.parametrize("name", ["Ann Hall", "Mary Church", "Tom Steel", "Emma Kitchen"])
def test_a_surname_that_is_a_kind_too_stays_a_persons(name, entity_type):
    assert surrogate(f"So {name} left.", name, entity_type).split()[1] in lists.LATIN_SURNAMES


@pytest.mark.parametrize(("value", "entity_type"), [("IPV", "PERSON"), ("TWOC", "PERSON"), ("DC", "LOCATION")])
def test_capitals_alone_become_no_person_and_no_place(value, entity_type):
    new = surrogate(f"She denied {value}.", value, entity_type)
    assert re.fullmatch(rf"[BCDFGHJKLMNPQRSTVWXZ]{{{len(value)}}}", new)


def test_capitals_of_a_name_are_a_name():
    assert surrogate("Ask KHAN.", "KHAN", "PERSON").title() in lists.LATIN_SURNAMES


def test_a_place_that_is_taken_for_a_person_stays_one_unless_somebody_has_its_name():
    assert surrogate("She is from Milwaukee.", "Milwaukee", "PERSON") in lists.LATIN_CITIES
    task = task_of("Jack Milwaukee left. So Milwaukee said", PERSON=["Jack Milwaukee", "Milwaukee"])
    surname, again = matched(r"\w+ (\w+) left. So (\w+)", task.fields["text"].text)
    assert surname == again
    assert surname in lists.LATIN_SURNAMES


@pytest.mark.parametrize(
    ("value", "form"),
    [("Vinge County", r"[A-Z]\w+ County"), ("Vinge, CA", r"[A-Z]\w+, [A-Z]{2}"), ("USA", r"[A-Z]\w+")],
)
def test_what_a_place_is_stays(value, form):
    new = surrogate(f"He lives in {value}.", value, "LOCATION")
    assert re.fullmatch(form, new)
    assert not {"Vinge", "CA", "USA"} & set(WORD.findall(new))


@pytest.mark.parametrize("name", ["Katrine", "carlos", "Mitch", "Rashida", "Zyaire"])
def test_a_name_alone_is_a_given_one(name):
    new = surrogate(f"So did {name}.", name, "PERSON")
    assert new.title() in {*lists.LATIN_FEMALE, *lists.LATIN_MALE}
    assert new.islower() == name.islower()


@pytest.mark.parametrize("name", ["Smith", "Mr Katrine", "Kaczmarek", "Gudmundsson", "J. Katrine"])
def test_a_surname_alone_stays_one(name):
    assert surrogate(f"So did {name}.", name, "PERSON").split()[-1] in lists.LATIN_SURNAMES


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("Dee Ann Vinge", "ggs"),
        ("VINGE Trudi", "sg"),
        ("Vinge Mary", "sg"),
        ("Vinge, Trudi Jane", "sgg"),
        ("Yolanda Vinge Quispe", "ggs"),
    ],
)
def test_the_words_of_a_name_keep_their_roles(name, roles):
    given_names = {*lists.LATIN_FEMALE, *lists.LATIN_MALE}
    new = WORD.findall(surrogate(f"So did {name}.", name, "PERSON"))
    assert "".join("g" if word.title() in given_names else "s" for word in new) == roles


def test_a_small_word_within_a_name_stays():
    assert re.fullmatch(r"[A-Z]\w+-ul-[A-Z]\w+", surrogate("So did Noor-ul-Ain.", "Noor-ul-Ain", "PERSON"))


@pytest.mark.parametrize("name", ["Anna lee", "Mr kim", "Zoe ann Vinge", "Max ray"])
def test_a_small_name_beside_capitals_does_not_stay(name):
    shown = task_of(f"So did {name}.", PERSON=name).fields["text"].text
    assert set(WORD.findall(name)) & set(WORD.findall(shown)) <= {"Mr"}


def test_a_company_by_law_is_no_person_and_capitals_stay_capitals():
    task = task_of("Aunt Bertha Inc bought IBM.", PERSON="Aunt Bertha Inc", ORGANIZATION="IBM")
    company, letters = matched(r"(\w+) Inc bought ([A-Z]{3})\.", task.fields["text"].text)
    assert company in lists.COMPANIES
    assert task.restore(f"{company} and {letters}") == "Aunt Bertha and IBM"


def test_a_country_stays_one_and_a_city_too():
    values = ["Sweden", "Lund", "Malmö, Sweden", "Southern Sweden", "NEW ZEALAND"]
    text = "; ".join(values)
    task = task_of(text, LOCATION=values)
    country, city, both, south, capitals = task.fields["text"].text.split("; ")
    assert country in lists.LATIN_COUNTRIES
    assert city in lists.LATIN_CITIES
    first, _, last = both.partition(", ")
    assert first in lists.LATIN_CITIES
    assert first != city
    assert (last, south) == (country, f"Southern {country}")
    assert capitals.title() in lists.LATIN_COUNTRIES
    assert task.restore(f"{first} and {capitals}") == "Malmö and NEW ZEALAND"


def test_a_nationality_stays_one_and_its_plural():
    task = task_of("A Dutch wife, two Germans, some Sikhs.", NRP=["Dutch", "Germans", "Sikhs"])
    one, many = matched(r"A (\w+) wife, two (\w+)s, some \[NRP_1\]\.", task.fields["text"].text)
    assert {one, many} <= set(lists.NATIONALITIES)


def test_a_surname_that_is_taken_for_a_place_is_that_of_the_name():
    task = task_of("Ann Vinge came. Good old Vinge!", PERSON="Ann Vinge", LOCATION="old Vinge")
    shown = task_of("Ann Vinge came. So Vinge", PERSON="Ann Vinge", LOCATION="Vinge").fields["text"].text
    surname, again = matched(r"\w+ (\w+) came. So (\w+)", shown)
    assert surname == again
    assert task.restore(task.fields["text"].text) == "Ann Vinge came. Good old Vinge!"


def test_no_surrogate_is_a_label():
    free = "Vienna"
    labels = [city for city in lists.LATIN_CITIES if city != free]
    redactor = Redactor(detector(LOCATION="Lund"))
    task = redactor.redact({"text": "To Lund."}, RedactOptions(operators=EVERY, seed="s", reserved=labels))
    assert task.fields["text"].text == f"To {free}."


def test_a_word_of_a_surrogate_stands_for_a_word_of_its_value():
    text = task_of("So Ann Vinge and Lund.", PERSON="Ann Vinge", LOCATION="Lund").fields["text"]
    given_name, surname = matched(r"So (\w+) (\w+) and \w+\.", text.text)
    for word, original in ((given_name, "Ann"), (surname, "Vinge"), (f"{given_name} {surname}", "Ann Vinge")):
        start = text.text.index(word)
        first, last = text.to_source(start, start + len(word))
        assert text.source[first:last] == original
        assert text.to_redacted(first, last) == (start, start + len(word))
        assert text.to_source(start + 1, start + len(word) - 1) == (first, last)  # a part of a word is the word


def matched(pattern, text):
    found = re.match(pattern, text)
    assert found
    return found.groups()


@pytest.mark.parametrize(
    ("name", "pool"),
    [("Mary", "LATIN_FEMALE"), ("Robert", "LATIN_MALE"), ("Ольга", "CYRILLIC_FEMALE"), ("Сергей", "CYRILLIC_MALE")],
)
def test_gender_and_script_are_kept(name, pool):
    known = {"Mary": "Margaret", "Robert": "George"}.get(name, name)  # of the lists, with that gender
    for seed in "abc":
        assert surrogate(f"{known} left.", known, "PERSON", seed) in getattr(lists, pool)


@pytest.mark.parametrize(
    ("name", "gender"),
    [
        ("Anna Berg", "FEMALE"),
        ("Nicole Mahler", "FEMALE"),
        ("Berg, Agneta", "FEMALE"),
        ("Mustafa Ay", "MALE"),
        ("Henrik Vega", "MALE"),
        ("Ms. Vega", ""),
    ],
)
def test_a_given_name_that_is_no_surrogate_keeps_its_gender(name, gender):
    for seed in "abc":
        words = re.findall(r"\w{3,}", surrogate(f"{name} left.", name, "PERSON", seed))
        given_names = {word for word in words if word in (*lists.LATIN_FEMALE, *lists.LATIN_MALE)}
        assert len(given_names) == bool(gender)
        assert given_names <= set(getattr(lists, f"LATIN_{gender}", ()))


def test_russian_cases_are_kept():
    text = "Анна Иванова и Иван Петров. Письмо Ивановой от Петрова. С Анной и Петровым."
    task = task_of(text, PERSON=["Анна Иванова", "Иван Петров"])
    shown = task.fields["text"].text
    woman, man = matched(r"\S+ (\S+)а и \S+ (\S+)\.", shown)
    assert f"Письмо {woman}ой от {man}а. С " in shown
    assert shown.endswith(f" и {man}ым.")
    assert task.restore(shown) == text


def test_dates_keep_form_order_and_intervals():
    values = ["2020-01-31", "May 5, 2020", "5 May 2020", "05/06/2020", "7 мая 2020", "1999"]
    text = "; ".join(values)
    found = task_of(text, DATE_TIME=values).fields["text"]
    iso, english, british, numeric, russian, year = found.text.split("; ")
    first = datetime.date.fromisoformat(iso)
    days = (first - datetime.date(2020, 1, 31)).days
    assert -1801 <= days <= -400
    moved = datetime.date(2020, 5, 5) + datetime.timedelta(days=days)
    assert english == f"{moved:%B} {moved.day}, {moved.year}"
    assert british == f"{moved.day} {moved:%B} {moved.year}"
    assert numeric == f"{datetime.date(2020, 5, 6) + datetime.timedelta(days=days):%m/%d/%Y}"
    assert re.fullmatch(r"\d{1,2} [а-я]+ 201\d", russian)
    assert int(year) < 1999


DATES = st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31))


@given(DATES, DATES, st.text(max_size=5))
def test_a_shift_keeps_every_interval(one, other, seed):
    shift = Shift.of(seed, [], 0)
    moved = [datetime.date.fromisoformat(shift.moved(date.isoformat()) or "") for date in (one, other)]
    assert moved[0] - moved[1] == one - other
    assert moved[0] != one


@pytest.mark.parametrize("value", ["the other day", "10:30", "32.13.2020", "2020-02-30", "1990s", "5-7 May 2020"])
def test_a_date_that_cannot_be_read_for_sure_gets_a_placeholder(value):
    assert task_of(f"It was {value}.", DATE_TIME=value).fields["text"].text == "It was [DATE_TIME_1]."


def test_numbers_stay_valid():
    assert is_luhn(re.sub(r"\D", "", surrogate("Card 4111 1111 1111 1111.", "4111 1111 1111 1111", "CREDIT_CARD")))
    iban = surrogate("To DE89 3704 0044 0532 0130 00.", "DE89 3704 0044 0532 0130 00", "IBAN_CODE")
    assert re.fullmatch(r"DE\d\d \d{4} \d{4} \d{4} \d{4} \d\d", iban)
    compact = iban.replace(" ", "")
    assert int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97 == 1


@pytest.mark.parametrize(
    ("entity_type", "value", "form"),
    [
        ("EMAIL_ADDRESS", "zed_77@corp.io", r"[a-z]{3}_\d\d@[a-z]+\.example"),
        ("PHONE_NUMBER", "+44 20 7946 0958", r"\+44 \d\d \d{4} \d{4}"),
        ("URL", "https://www.corp.io/u/zed?id=7", r"https://www\.[a-z]+\.example/[a-z]/[a-z]{3}\?[a-z]{2}=\d"),
        ("IP_ADDRESS", "192.168.1.77", r"10\.\d+\.\d+\.\d+"),
        ("US_SSN", "123-45-6789", r"\d{3}-\d\d-\d{4}"),
        ("ID_NUMBER", "MRN-0042X", r"[A-Z]{3}-\d{4}[A-Z]"),
        ("ZIP_CODE", "94110", r"\d{5}"),
        ("AGE", "34 years", r"3\d years"),
        ("LOCATION", "Springfield", r"[A-Z][a-z]+"),
        ("ORGANIZATION", "Zorg Inc.", r"[A-Z][a-z]+ Inc\."),
        ("ORGANIZATION", "ООО «Ромашка»", r"ООО «[А-Я][а-я]+»"),
        ("STREET_ADDRESS", "12 Old mill Road, Apt 4", r"\d\d [A-Z]\w+ (?!mill)[a-z]\w+ Road, Apt \d"),
    ],
)
def test_the_shape_is_kept(entity_type, value, form):
    new = surrogate(f"It is {value} .", value, entity_type)
    assert re.fullmatch(form, new)
    assert new != value


def test_words_of_no_shape_and_other_scripts_get_placeholders():
    text = "李明明 is Buddhist."
    assert task_of(text, PERSON="李明明", NRP="Buddhist").fields["text"].text == "[PERSON_1] is [NRP_1]."


def test_the_seed_alone_decides():
    assert task_of("Ann Lee", "a", PERSON="Ann Lee").fields == task_of("Ann Lee", "a", PERSON="Ann Lee").fields
    assert len({task_of("Ann Lee", seed, PERSON="Ann Lee").fields["text"].text for seed in "abcdef"}) > 1


def test_no_surrogate_stands_in_the_text():
    rest = " ".join([*lists.LATIN_SURNAMES[1:], *lists.LATIN_FEMALE, *lists.LATIN_MALE[:-1]])
    shown = task_of(f"Zed Zorg. {rest}", PERSON="Zed Zorg").fields["text"].text
    given_name, surname = shown.split(".")[0].split()
    assert surname == lists.LATIN_SURNAMES[0]
    assert given_name not in rest.split()


@given(st.text(st.sampled_from("abcXYZ019 -./"), min_size=1, max_size=20), st.text(max_size=3))
def test_a_shape_changes_no_other_character(value, seed):
    new = shaped(value, Chance(seed)) or ""
    assert [re.sub(r"[^\W_]", "x", char) for char in new] == [re.sub(r"[^\W_]", "x", char) for char in value]


WORDS = [
    "John",
    "Smith",
    "john",
    "SMITH",
    "Анна",
    "Анной",
    "Иванова",
    "7",
    "2020-05-05",
    "a@b.io",
    "x",
    "[PERSON_1]",
    "J.",
]


@given(
    st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from([" ", "", ", ", "\n", "_"])), max_size=12),
    st.lists(
        st.tuples(
            st.integers(0, 40), st.integers(1, 12), st.sampled_from(["PERSON", "DATE_TIME", "EMAIL_ADDRESS", "X"])
        ),
        max_size=5,
    ),
)
@example(
    [("John", " "), ("John", " "), ("Анна", " "), ("J.", " "), ("J.", " "), ("Иванова", " ")],
    [(11, 12, "PERSON"), (24, 1, "PERSON")],
)
def test_surrogates_are_restored_exactly(pieces, spans):
    text = "".join(word + mark for word, mark in pieces)
    detect = lambda _: [Detection(start, start + size, kind, 0.8) for start, size, kind in spans]  # noqa: E731
    task = Redactor(detect).redact({"text": text}, RedactOptions(operators=EVERY, seed="s"))
    shown = task.fields["text"]
    assert task.restore(shown.text) == text
    places = [shown.to_source(place, place + 1) for place in range(len(shown.text))]
    assert places == sorted(places)
    assert all(start < end for start, end in places)
    for p in shown.placeholders:
        assert shown.to_source(p.start, p.end) == (p.source_start, p.source_end)
        assert shown.to_redacted(p.source_start, p.source_end) == (p.start, p.end)
