"""Kin of Russian names never stand in a surrogate, and a surrogate is restored in any case and in Latin letters."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.privacy.names import lists
from backend.privacy.names.declension import forms
from backend.privacy.names.kinship import latin, root
from backend.privacy.names.parts import WORD, stem
from tests.unit.privacy.replace.test_surrogates import task_of

KIN = [
    "Сергей Сергея Сергеевич Сергеевны Сергеев Сергеево",
    "Иван Ивану Иванович Ивановна Иванову Ивановой Иваново Ивановский Иваныч",
    "Илья Ильи Ильич Ильинична",
    "Юрий Юрьевна Юрьев",
    "Никита Никитична Никитин",
    "Лев Льва Львович",
    "Михаил Михайлович Михалыч Михайлов",
    "Яков Яковлевна Яковлев",
    "Павел Павла Павловна Павлов",
    "Кузьма Кузьминична Кузьмин",
    "Ivan Ivanovich Ivanovna Ivanov Ivanova",
]
TEXTS = [
    (
        "Анна Сергеевна и Сергей Петрович живут в Иваново. Иван Ильич знает Ольгу.",
        ["Анна Сергеевна", "Сергей Петрович"],
    ),
    ("Петрова Мария Ильинична, Ильин Пётр Львович и Лев Никитич пришли.", ["Петрова Мария Ильинична", "Лев Никитич"]),
    ("Ivanov and Анна Петровна met Михалыч.", ["Ivanov", "Анна Петровна", "Михалыч"]),
]


@pytest.mark.parametrize("kin", KIN)
def test_kin_have_one_root(kin):
    assert len({root(word) for word in kin.split()}) == 1


@pytest.mark.parametrize(
    "name",
    [
        *("Аня Ани Ане Аню Аней", "Юлия Юлии Юлию Юлией", "Зоя Зои Зоей", "Цой Цоя Цою Цоем", "Ян Яна Яном"),
        *("Николай Николая Николаю Николаем", "Максим Максима Максимом", "Рустам Рустама Рустамом", "Лев Льва Львом"),
        *("Павел Павла", "Игорёк Игорька", "Кравец Кравца", "О'Нил О'Нила О’Нилу", "Иванов Ивановы Ивановых"),
        *(
            "Сергій Сергія Сергієві Сергієм",
            "Шевченко Шевченка Шевченкові",
            "Оксана Оксани Оксаною",
            "Лукашэнка Лукашэнкі",
        ),
        *("Петровић Петровића Петровићем", "Марија Марије Маријом", "Ivanov Ivanova Ivanovym", "Zhukovsky Zhukovskogo"),
        *("Petrovich Petrovicha", "Petrović Petrovića", "Shevchenko Shevchenka"),
    ],
)
def test_all_cases_of_a_name_have_one_stem(name):
    assert len({stem(word) for word in name.split()}) == 1


@pytest.mark.parametrize("names", [lists.CYRILLIC_FEMALE, lists.CYRILLIC_MALE, lists.CYRILLIC_SURNAMES])
def test_names_of_a_list_have_stems_of_their_own_in_all_cases(names):
    stems = [{stem(form) for form in forms(name)} for name in names]
    assert all(len(its) == 1 for its in stems)
    assert len(set.union(*stems)) == len(names)


def test_abbreviations_have_no_ending():
    assert stem("ООО") == "ооо"
    assert stem("Grove") != stem("Groves")


def test_others_have_other_roots():
    assert len({root(word) for word in "Иван Сергей Илья Юрий Лев Павел Пётр Андрей Антон Ольга".split()}) == 10


@pytest.mark.parametrize(("text", "people"), TEXTS)
@pytest.mark.parametrize("seed", [f"seed {n}" for n in range(12)])
def test_no_kin_of_a_value_stands_in_a_surrogate(text, people, seed):
    task = task_of(text, seed, PERSON=people)
    roots = {root(word) for word in WORD.findall(text) if len(word) > 2}
    for place in task.fields["text"].placeholders:
        if place.operator == "surrogate":
            new = {root(form) for word in WORD.findall(place.token) for form in (word, *latin(word))}
            assert not new & roots, place.token
    assert task.restore(task.fields["text"].text) == text


@given(st.sampled_from(lists.CYRILLIC_SURNAMES), st.sampled_from(lists.CYRILLIC_MALE))
def test_a_surrogate_is_restored_in_every_case_and_in_latin_letters(surname, name):
    text = f"Пришёл {name} {surname}."
    task = task_of(text, PERSON=[f"{name} {surname}"])
    new = task.fields["text"].placeholders[0].token
    given_name, family = new.split()
    for case, original in enumerate(forms(surname)):
        assert task.restore(f"Это {forms(family)[case]}!") == f"Это {original}!"
    for spelling in latin(family):
        assert task.restore(f"That is {spelling.capitalize()}.") == f"That is {surname}."
    assert all(task.restore(word.capitalize()) == name for word in latin(given_name))


def test_spellings_in_latin_letters():
    assert {"yuryeva", "yurieva", "iurieva"} <= set(latin("Юрьева"))
    assert {"alexander"[:7], "aleksandr"} & set(latin("Александр"))
    assert {"evgeny", "yevgeniy"} <= set(latin("Евгений"))
    assert latin("Roman") == ()
    assert "roman" not in latin("Роман")  # an English word


def test_a_surname_that_two_share_stays_in_the_plural():
    text = "Видели Анну и Петра Ивановых. Ивановы живут рядом, с Ивановыми здороваются."
    task = task_of(text, PERSON=["Анну", "Петра Ивановых", "Ивановы", "Ивановыми"])
    shown = task.fields["text"].text
    found = re.search(r"и \w+ (\w+)ых\. (\w+)ы живут рядом, с (\w+)ыми", shown)
    assert found
    assert len(set(found.groups())) == 1
    assert task.restore(shown) == text


def test_fathers_of_all_forms_are_replaced_by_fathers():
    text = "Звонили Зоя Кузьминична, Зоя Никитична, Фома Лукич и Михалыч."
    task = task_of(text, PERSON=["Зоя Кузьминична", "Зоя Никитична", "Фома Лукич", "Михалыч"])
    shown = task.fields["text"].text
    assert re.fullmatch(r"Звонили \w+ \w+[ео]вна, \w+ \w+[ео]вна, \w+ \w+[ео]вич и \w+[ео]вич\.", shown)
    assert task.restore(shown) == text
