"""What a model writes of a surrogate in another form than it read it is the original too, or is left alone."""

import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.privacy.redact import RedactOptions, Redactor
from backend.privacy.types import Operator
from tests.unit.privacy.test_redact import detector

FORMS = ("%Y-%m-%d", "%d.%m.%Y", "%B %d, %Y", "%d %b %Y", "%d of %B %Y", "%Y/%m/%d")
EVERY = {"*": Operator("surrogate")}


def task_of(text, seed="seed", operators=EVERY, **values):
    return Redactor(detector(**values)).redact({"text": text}, RedactOptions(operators=operators, seed=seed))


def shown_of(task, value):
    """What stands in a value's place."""
    text = task.fields["text"]
    return next(p.token for p in text.placeholders if text.source[p.source_start : p.source_end] == value)


def day_of(task, value, form="%d %B %Y"):
    return datetime.datetime.strptime(shown_of(task, value), form)


CAME = task_of("Ann came on 3 May 2024 and left on 12 June 2024.", DATE_TIME=["3 May 2024", "12 June 2024"])


@pytest.mark.parametrize("form", FORMS)
def test_a_date_in_another_form_is_restored_in_that_form(form):
    for value in ("3 May 2024", "12 June 2024"):
        said = f"Seen on {day_of(CAME, value):{form}}, and well."
        meant = f"Seen on {datetime.datetime.strptime(value, '%d %B %Y'):{form}}, and well."
        assert re.sub(r"\b0", "", CAME.restore(said)) == re.sub(r"\b0", "", meant)


@pytest.mark.parametrize(
    ("form", "meant"),
    [
        ("{0.year}年{0.month}月{0.day}日", "2024年5月3日"),
        ("{0.year}年{0.month}月", "2024年5月"),
        ("{0:%B} of {0.year}", "May of 2024"),
        ("{0:%d %B} of {0.year}", "03 May of 2024"),
        ("the {0.day}th of {0:%B} of {0.year}", "the 3rd of May of 2024"),
        ("{0.day}. Dezember {0.year}", None),
        ("{0.day} de diciembre de {0.year}", None),
        ("{0.day}º Ocak {0.year}", None),
        ("{0.year}年", None),
        ("5 patients in {0.year}", "5 patients in 2024"),
    ],
)
def test_a_date_is_restored_as_a_whole_or_not_at_all(form, meant):
    task = task_of("Ann came on 3 May 2024.", DATE_TIME="3 May 2024")
    said = form.format(day_of(task, "3 May 2024"))
    assert task.restore(said) == (said if meant is None else meant)


def test_a_part_of_a_date_is_restored_where_it_can_mean_one_alone():
    day = day_of(CAME, "3 May 2024")
    assert CAME.restore(f"in {day:%B %Y}") == "in May 2024"
    assert CAME.restore(f"on {day:%B} {day.day}") == "on May 3"
    years = {day.year, day_of(CAME, "12 June 2024").year}
    assert {CAME.restore(f"in {year}") for year in years} == {"in 2024"}


def test_a_year_that_may_mean_two_stays():
    for seed in map(str, range(40)):
        task = task_of("Born 3 May 2023, seen 2 March 2024.", seed, DATE_TIME=["3 May 2023", "2 March 2024"])
        first, second = day_of(task, "3 May 2023").year, day_of(task, "2 March 2024").year
        if first == second:
            assert task.restore(f"in {first}") == f"in {first}"
            return
    pytest.fail("no seed puts both dates into one year")


def test_a_date_that_stands_in_the_text_by_itself_stays():
    probe = task_of("Ann came on 3 May 2024.", DATE_TIME="3 May 2024")
    same = f"{day_of(probe, '3 May 2024'):%Y-%m-%d}"
    task = task_of(f"Ann came on 3 May 2024; form of {same}.", DATE_TIME="3 May 2024")
    assert task.restore(task.fields["text"].text) == task.fields["text"].source
    assert task.restore(f"it says {same}") == f"it says {same}"


@pytest.mark.parametrize("said", ["on 1 January 1990", "at 10:30", "3 times", "version 2.0.1", "a b c"])
def test_what_stands_for_nothing_stays(said):
    assert CAME.restore(said) == said


def test_day_and_month_in_the_other_order_are_restored_in_it():
    for seed in map(str, range(40)):
        task = task_of("Seen 03/04/2024.", seed, DATE_TIME="03/04/2024")
        month, day, year = shown_of(task, "03/04/2024").split("/")
        assert task.restore(f"{year}-{month}-{day}") == "2024-03-04"
        if month != day and int(day) <= 12:
            assert task.restore(f"{year}-{day}-{month}") == "2024-04-03"
            return
    pytest.fail("no seed gives a date that can be read in two ways")


def test_the_year_of_another_date_is_not_put_into_a_whole_one():
    task = task_of("Born in 2019, seen on 3 May 2024.", DATE_TIME=["2019", "3 May 2024"])
    assert task.restore(f"{day_of(task, '3 May 2024'):%Y-%m-%d}") == "2024-05-03"


PHONE, CARD = "+1 212 555 0147", "4111 1111 1111 1111"
CALL = task_of(f"Call {PHONE} about card {CARD}, room 4217.", PHONE_NUMBER=PHONE, CREDIT_CARD=CARD)


@pytest.mark.parametrize(
    ("value", "said", "meant"),
    [
        (PHONE, lambda d: d, "12125550147"),
        (PHONE, lambda d: f"+{d[0]} ({d[1:4]}) {d[4:7]}-{d[7:]}", "+1 (212) 555-0147"),
        (PHONE, lambda d: f"{d[1:4]}-{d[4:7]}-{d[7:]}", "212-555-0147"),
        (PHONE, lambda d: f"001 {d[1:4]} {d[4:7]} {d[7:]}", "001 212 555 0147"),
        (CARD, lambda d: d, "4111111111111111"),
        (CARD, lambda d: "-".join(d[at : at + 4] for at in range(0, 16, 4)), "4111-1111-1111-1111"),
        (CARD, lambda d: f"ending in {d[-4:]}", "ending in 1111"),
    ],
)
def test_digits_in_another_grouping_are_restored_in_it(value, said, meant):
    digits = "".join(filter(str.isdigit, shown_of(CALL, value)))
    assert CALL.restore(f"It is {said(digits)}.") == f"It is {meant}."


def test_digits_that_stand_in_the_text_by_themselves_stay():
    probe = task_of(f"Card {CARD}.", CREDIT_CARD=CARD)
    last = shown_of(probe, CARD)[-4:]
    task = task_of(f"Card {CARD}. Room {last}.", CREDIT_CARD=CARD)
    assert shown_of(task, CARD)[-4:] == last
    assert task.restore(f"room {last}") == f"room {last}"


@pytest.mark.parametrize(
    ("name", "form", "meant"),
    [
        ("Maria Lopez", "{0[0]}. {1}", "M. Lopez"),
        ("Maria Lopez", "{0[0]}.{1}", "M.Lopez"),
        ("Maria Lopez", "{1}, {0[0]}.", "Lopez, M."),
        ("Maria Lopez", "{1} {0[0]}", "Lopez M"),
        ("Maria Lopez", "{0} {1[0]}.", "Maria L."),
        ("Anna Maria Lopez", "{0[0]}. {1[0]}. {2}", "A. M. Lopez"),
        ("Anna Maria Lopez", "{0[0]}. {2}", "A. Lopez"),
        ("Иванов Пётр Сергеевич", "{0} {1[0]}. {2[0]}.", "Иванов П. С."),
        ("Пётр Сергеевич Иванов", "{0[0]}.{1[0]}. {2}", "П.С. Иванов"),
    ],
)
def test_initials_are_those_of_the_original(name, form, meant):
    task = task_of(f"Today {name} came.", PERSON=name)
    assert task.restore(f"Seen: {form.format(*shown_of(task, name).split())}!") == f"Seen: {meant}!"


def test_initials_that_two_may_have_are_nobodys():
    names = ["Maria Lopez", "Pedro Lopez"]
    for seed in map(str, range(200)):
        task = task_of(f"There were {' and '.join(names)}.", seed, PERSON=names)
        (first, surname), (second, _) = (shown_of(task, name).split() for name in names)
        if first[0] == second[0]:
            assert task.restore(f"{first[0]}. {surname}") == f"{first[0]}. Lopez"
            return
    pytest.fail("no seed gives both of them the same initial")


@pytest.mark.parametrize("form", FORMS[:2])
@given(days=st.lists(st.dates(datetime.date(1920, 1, 1), datetime.date(2035, 12, 31)), min_size=1, max_size=4))
def test_any_date_comes_back_in_any_form(form, days):
    written = list(dict.fromkeys(f"{day:%d %B %Y}" for day in days))
    task = task_of("".join(f"On {date}. " for date in written), DATE_TIME=written)
    for value in written:
        shown = shown_of(task, value)
        if shown.startswith("["):
            continue
        said, meant = (f"{datetime.datetime.strptime(each, '%d %B %Y'):{form}}" for each in (shown, value))
        assert task.restore(said) == meant


def test_what_is_kept_is_nobodys_surrogate():
    task = task_of("Ann came on 3 May 2024.", operators={"DATE_TIME": Operator("keep")}, DATE_TIME="3 May 2024")
    assert task.restorer.date("2024-05-03") == "2024-05-03"
    assert task.restorer.number(7) == 7


def test_a_moment_is_the_originals():
    day = day_of(CAME, "3 May 2024")
    assert CAME.restorer.date(f"{day:%Y-%m-%d}") == "2024-05-03"
    assert CAME.restorer.date(f"{day:%Y-%m-%d}T10:30") == "2024-05-03T10:30"
    assert CAME.restorer.date(f"{day:%Y-%m}") == "2024-05"
    assert CAME.restorer.date("10:30") == "10:30"


def test_a_moment_that_the_model_reckoned_is_told_by_nobody():
    assert CAME.restorer.date("1990-01-01") is None
    probe = day_of(CAME, "3 May 2024")
    task = task_of(f"Ann came on 3 May 2024; form of {probe:%Y-%m-%d}, of 1990-01-01.", DATE_TIME="3 May 2024")
    assert task.restorer.date("1990-01-01") == "1990-01-01"
    assert task.restorer.date(f"{probe:%Y-%m-%d}") in {None, "2024-05-03"}


def test_a_number_is_the_originals():
    task = task_of("He is 65 years old, and was here 3 times.", AGE="65 years old")
    shown = int(shown_of(task, "65 years old").split()[0])
    assert task.restorer.number(shown) == 65
    assert task.restorer.number(3) == 3
    assert task.restorer.number(12) == 12


def test_a_number_that_stands_in_the_text_too_is_told_by_nobody():
    task = task_of("Aged 65 years; bed 61, 62, 63, 67, 68, 69.", AGE="65 years")
    shown = int(shown_of(task, "65 years").split()[0])
    assert task.restorer.number(shown) is None
