"""Russian names in all six cases, for the annotated set of Russian documents.

Given names, patronymics and common surnames are Faker's (MIT); rare and foreign ones and all endings are ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from faker.providers.person.ru_RU import Provider

CASES = "ngdaip"
"""Nominative, genitive, dative, accusative, instrumental, prepositional."""

# Endings of the five oblique cases, in the order of CASES.
_HARD = ("а", "у", "а", "ом", "е")
_SOFT = ("я", "ю", "я", "ем", "е")
_A = ("ы", "е", "у", "ой", "е")
_YA = ("и", "е", "ю", "ей", "е")
_IYA = ("и", "и", "ю", "ей", "и")
_FEMININE_SOFT = ("и", "и", "ь", "ью", "и")
_SURNAME_OV = ("а", "у", "а", "ым", "е")
_SURNAME_OVA = ("ой", "ой", "у", "ой", "ой")
_ADJECTIVE = ("ого", "ому", "ого", "ым", "ом")
_ADJECTIVE_FEMININE = ("ой", "ой", "ую", "ой", "ой")

# The only women's names in -ь that change.
_SOFT_WOMEN = {"Любовь", "Нинель"}
# Stems that change, and instrumentals whose ending is stressed.
_STEMS = {"Павел": "Павл", "Лев": "Льв", "Пётр": "Петр"}
_INSTRUMENTALS = {
    "Илья": "Ильёй",
    "Ильич": "Ильичом",
    "Фомич": "Фомичом",
    "Лукич": "Лукичом",
    "Корж": "Коржом",
    "Кулиш": "Кулишом",
}

# Faker's, but words before they are names, misspelled, or of a declension of their own.
_LEFT_OUT = {"Мир", "Сила", "Мина", "Пров", "Ия", "Лора", "Гертрудович", "Ефстафьевич", "Синклитикия", "Октябрина"}

COMMON = {
    "m": "Александр Андрей Алексей Дмитрий Сергей Иван Михаил Николай Павел Пётр Игорь Юрий Илья Никита Лев Антон",
    "f": "Анна Мария Елена Ольга Татьяна Наталья Ирина Екатерина Светлана Юлия Любовь Софья Дарья Галина Вера Зоя",
}
FOREIGN = {
    "m": "Рашид Арсен Гурген Ильгиз Марат Густав Йозеф Вильгельм Ахмед Магомед Баир Айрат",
    "f": "Гульнара Лейла Нино Ануш Эльвира Айгуль Зухра Марта Хельга Сусанна Дарима Мадина",
}
DIMINUTIVES = {
    "m": "Саша Лёша Дима Вова Серёжа Женя Миша Костя Витя Паша Гена Стёпа Юра Толик Славик Артёмка Ваня Гриша",
    "f": "Катя Маша Лена Оля Наташа Таня Света Аня Юля Ира Надя Даша Ксюша Леночка Танюша Настя Соня Галка",
}
RARE = (
    "Айвазян Беридзе Бородай Вайс Долгих Черных Ткаченко Загорулько Коваль Мицкевич Нурмухаметов/Нурмухаметова "
    "Хуснуллин/Хуснуллина Гринберг Розенблюм Цой Пак Тищук Онищук Жук Мороз Вовк Скляр Кваша Сковорода Джапаридзе "
    "Чиковани Оганесян Саргсян Махмудов/Махмудова Ибрагимов/Ибрагимова Трубецкой/Трубецкая Волконский/Волконская "
    "Загорский/Загорская Лучинский/Лучинская Гофман Кляйн Шульц Лефевр Седых Белых Ли Ким Корж Кулиш "
    "Орлов-Денисов/Орлова-Денисова Шатров-Заречный/Шатрова-Заречная Безродный/Безродная Дубровный/Дубровная "
    "Цыбенжапов/Цыбенжапова Дугаров/Дугарова Авдеенко Мирошниченко Гамзатов/Гамзатова Алиев/Алиева"
)


def decline(name: str, gender: str, case: str, *, surname: bool = False) -> str:
    """Return a name in a case (of `CASES`); a double surname is declined in both parts."""
    if "-" in name:
        return "-".join(decline(part, gender, case, surname=surname) for part in name.split("-"))
    if case == "n":
        return name
    if case == "i" and name in _INSTRUMENTALS:
        return _INSTRUMENTALS[name]
    stem, endings = _surname_endings(name, gender) if surname else _endings(name, gender)
    ending = endings[CASES.index(case) - 1] if endings else ""
    return stem + _spelled(stem, ending)


def _surname_endings(name: str, gender: str) -> tuple[str, Sequence[str]]:
    if name.endswith(("ов", "ев", "ёв", "ин", "ын")) and gender == "m":
        return name, _SURNAME_OV
    if name.endswith(("ова", "ева", "ёва", "ина", "ына")) and gender == "f":
        return name[:-1], _SURNAME_OVA
    if name.endswith(("ский", "цкий", "ый", "кой")):
        return name[:-2], _ADJECTIVE
    if name.endswith("ая"):
        return name[:-2], _ADJECTIVE_FEMININE
    if name.endswith(("их", "ых")):
        return name, ()
    return _endings(name, gender)


def _endings(name: str, gender: str) -> tuple[str, Sequence[str]]:
    last = name[-1]
    if last in "аяь":
        if last == "ь" and gender == "f" and name not in _SOFT_WOMEN:
            return name, ()
        by_last = {"а": _A, "я": _IYA if name.endswith("ия") else _YA, "ь": _SOFT if gender == "m" else _FEMININE_SOFT}
        return name[:-1], by_last[last]
    if last in "еёиоуыэю" or gender == "f":
        return name, ()
    if last == "й":
        return name[:-1], (*_SOFT[:4], "и") if name.endswith("ий") else _SOFT
    return _STEMS.get(name, name), _HARD


def _spelled(stem: str, ending: str) -> str:
    """Apply the spelling rules after velars, hushers and ц."""
    if ending[:1] == "ы" and stem[-1] in "гкхжшчщ":
        return "и" + ending[1:]
    if ending in {"ом", "ой"} and stem[-1] in "жшчщц":
        return "е" + ending[1:]
    return ending


@dataclass(frozen=True, slots=True)
class Person:
    """A person's given name, patronymic, surname and diminutive, all in the nominative."""

    gender: str
    given: str
    patronymic: str
    surname: str
    diminutive: str

    def write(self, form: str, case: str) -> str:
        """Write the name in a form (see sources/russian.txt) and a case."""
        given, patronymic = (decline(name, self.gender, case) for name in (self.given, self.patronymic))
        surname = decline(self.surname, self.gender, case, surname=True)
        first, second = self.given[0], self.patronymic[0]
        forms = {
            "full": f"{given} {patronymic} {surname}",
            "reverse": f"{surname} {given} {patronymic}",
            "two": f"{given} {surname}",
            "owt": f"{surname} {given}",
            "io": f"{given} {patronymic}",
            "given": given,
            "surname": surname,
            "short": f"{first}. {second}. {surname}",
            "tight": f"{first}.{second}. {surname}",
            "after": f"{surname} {first}.{second}.",
            "spaced": f"{surname} {first}. {second}.",
            "dim": decline(self.diminutive, self.gender, case),
        }
        return forms[form]


def draw(random: Random, gender: str, offset: int) -> Person:
    """Invent a person; `offset` 0 or 1 says from which half of each list of names."""
    man = gender == "m"
    given = Provider.first_names_male if man else Provider.first_names_female
    patronymics = Provider.middle_names_male if man else Provider.middle_names_female
    surnames = Provider.last_names_male if man else Provider.last_names_female
    rare = [pair.split("/")[0 if man else -1] for pair in RARE.split()]
    givens = random.choices([COMMON[gender].split(), _known(given), FOREIGN[gender].split()], [6, 3, 1])[0]
    lasts = random.choices([_known(surnames), rare], [13, 7])[0]
    lists = (givens, _known(patronymics), lasts, DIMINUTIVES[gender].split())
    return Person(gender, *(random.choice(names[offset::2]) for names in lists))


def _known(names: Sequence[str]) -> list[str]:
    listed = {name for lists in (*COMMON.values(), *FOREIGN.values()) for name in lists.split()}
    return sorted(set(names) - _LEFT_OUT - listed)
