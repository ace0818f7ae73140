"""No word of a value stands in its surrogate, nor in that of another value of the task; gender and case are kept."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backend.privacy.names import lists
from backend.privacy.names.declension import forms
from backend.privacy.names.parts import WORD, stem
from backend.privacy.redact import RedactOptions, Redactor
from backend.privacy.types import Operator
from tests.unit.privacy.test_redact import detector

EVERY = {"*": Operator("surrogate")}
KEPT = frozenset(
    "street st ave road улица ул дом d de la van der von mr mrs dr hospital clinic inc llc ооо банк".split()
)


def surrogates(values, seed):
    """Return the surrogates of values, each of which stands in a text of its own line."""
    text = "\n".join(f"{value} ." for _, value in values)
    by_type: dict[str, list[str]] = {}
    for entity_type, value in values:
        by_type.setdefault(entity_type, []).append(value)
    task = Redactor(detector(**by_type)).redact({"text": text}, RedactOptions(operators=EVERY, seed=seed))
    assert task.restore(task.fields["text"].text) == text
    return [p.token for p in task.fields["text"].placeholders if p.operator == "surrogate"]


def words_of(text):
    return {stem(word) for word in WORD.findall(text) if len(word) > 1} - KEPT


LATIN_GIVEN = st.sampled_from([*lists.LATIN_FEMALE, *lists.LATIN_MALE, "Zoë", "José", "Anne-Marie", "Jean-Luc"])
LATIN_SURNAME = st.sampled_from([*lists.LATIN_SURNAMES, "O'Brien", "de la Cruz", "van der Berg", "McDonald", "Müller"])
latin = st.builds(
    lambda given, middle, surname, form: form.format(g=given, m=middle, s=surname, i=given[0]),
    LATIN_GIVEN,
    LATIN_GIVEN,
    LATIN_SURNAME,
    st.sampled_from(["{g} {s}", "{g} {m} {s}", "{s}, {g}", "{i}. {s}", "Dr. {g} {s}", "{g}", "{s}", "{g} {i}. {s}"]),
)
male = st.builds(
    lambda g, f, s, case, form: form.format(
        g=forms(g)[case], f=forms(f + "ич")[case], s=forms(s)[case], i=f"{g[0]}. {f[0]}."
    ),
    st.sampled_from(lists.CYRILLIC_MALE),
    st.sampled_from([*lists.FATHERS, "Сергеев", "Дмитриев", "Юрьев"]),
    st.sampled_from(lists.CYRILLIC_SURNAMES),
    st.integers(0, 5),
    st.sampled_from(["{s} {g} {f}", "{g} {f} {s}", "{g} {f}", "{g} {s}", "{s} {i}", "{i} {s}"]),
)
female = st.builds(
    lambda g, f, s, form: form.format(g=g, f=f + "на", s=s + "а", i=f"{g[0]}. {f[0]}."),
    st.sampled_from(lists.CYRILLIC_FEMALE),
    st.sampled_from([*lists.FATHERS, "Сергеев", "Дмитриев", "Юрьев"]),
    st.sampled_from(lists.CYRILLIC_SURNAMES),
    st.sampled_from(["{s} {g} {f}", "{g} {f} {s}", "{g} {f}", "{g} {s}", "{s} {i}"]),
)
companies = st.builds(
    lambda name, form: form.format(name),
    st.sampled_from([*lists.COMPANIES, *lists.STREETS, "Karolinska", "Вектор"]),
    st.sampled_from(["{} Inc", "{}", "{} Hospital", "ООО «{}»"]),
)
streets = st.builds(
    lambda number, name, form: form.format(number, name),
    st.integers(1, 999),
    st.sampled_from([*lists.STREETS, "King"]),
    st.sampled_from(["{} {} Street", "{} {} Ave"]),
)
places = st.sampled_from([*lists.LATIN_CITIES, *lists.LATIN_COUNTRIES, "New York", "Paris, France"])
peoples = st.sampled_from(lists.NATIONALITIES).flatmap(lambda word: st.sampled_from([word, word + "s"]))
values = st.one_of(
    *[st.tuples(st.just("PERSON"), names) for names in (latin, male, female)],
    st.tuples(st.just("ORGANIZATION"), companies),
    st.tuples(st.just("STREET_ADDRESS"), streets),
    st.tuples(st.just("LOCATION"), places),
    st.tuples(st.just("NRP"), peoples),
)


@settings(max_examples=300)
@given(st.lists(values, min_size=1, max_size=5, unique_by=lambda value: value[1]), st.sampled_from("abcdefgh"))
@example([("PERSON", "Кузнецова Анна Сергеевна"), ("PERSON", "Иванов Сергей Алексеевич")], "seed")
@example([("NRP", "Germans"), ("NRP", "Italians")], "a")
def test_no_word_of_a_value_stands_in_a_surrogate(values, seed):
    own = set().union(*(words_of(value) for _, value in values))
    for surrogate in surrogates(values, seed):
        assert not words_of(surrogate) & own, surrogate


@pytest.mark.parametrize("seed", [f"seed {n}" for n in range(60)])
def test_no_patronymic_stays(seed):
    """Each seed chooses others: of sixty, some came back to the father's own name."""
    (her,) = surrogates([("PERSON", "Кузнецова Анна Сергеевна")], seed)
    surname, given_name, father = her.split()
    assert surname.endswith("а")
    assert re.search("(?:ев|ов)на$", father)
    assert given_name in lists.CYRILLIC_FEMALE
    assert not {surname, given_name, father} & {"Кузнецова", "Анна", "Сергеевна"}
    (him,) = surrogates([("PERSON", "Кузнецову Павлу Сергеевичу")], seed)
    assert re.fullmatch(r"\w+у \w+[уюе] \w+(?:ев|ов)ичу", him)
    assert not set(him.split()) & {"Кузнецову", "Павлу", "Сергеевичу"}


@pytest.mark.parametrize("seed", [f"seed {n}" for n in range(40)])
def test_no_initial_stays_that_a_given_name_tells(seed):
    full, short = surrogates([("PERSON", "John Smith"), ("PERSON", "J. Smith")], seed)
    assert full[0] == short[0] != "J"
