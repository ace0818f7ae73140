"""The annotated sets of tests/data are exact, split fairly, and what their generator writes."""

import json
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from backend.privacy.entity_types import ENTITY_TYPES
from tests.bench import russian
from tests.bench.make_sets import DATA, HALVES, SETS, TRADES, WORLD, Document, read_marked, to_json, unescape

# Neighbours that are letters on purpose: scripts without spaces, camelCase, a percent-encoded plus.
GLUED = {"name_other_script", "name_camel_case", "percent_encoding", "zh"}
TERSE = "mixed.json"
"""Its notes write an age as `58F`."""


LANGUAGES = ("en", "fr", "ru")


def load(name: str) -> list[Document]:
    documents: list[Document] = json.loads((DATA / name).read_text("utf-8"))
    return documents


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_what_the_generator_writes(name):
    assert (DATA / name).read_text("utf-8") == to_json(SETS[name]())


@pytest.mark.parametrize("name", SETS)
def test_spans_are_exact(name):
    for document in load(name):
        text, spans = document["text"], document["spans"]
        assert all(a["end"] <= b["start"] for a, b in pairwise(spans)), document["id"]
        for span in spans:
            start, end = span["start"], span["end"]
            value = text[start:end]
            assert 0 <= start < end <= len(text), document["id"]
            assert value == value.strip(), document["id"]
            if document["group"] not in GLUED and name != TERSE:
                assert not text[start - 1 : start + 1].isalnum() or start == 0, document["id"]
                assert not text[end - 1 : end + 1].isalnum() or end == len(text), document["id"]


@pytest.mark.parametrize("name", SETS)
def test_ids_and_texts_are_unique(name):
    documents = load(name)
    assert len({document["id"] for document in documents}) == len(documents)
    assert len({document["text"] for document in documents}) == len(documents)


def test_no_value_of_the_bypasses_is_in_both_halves():
    values: dict[str, set[str]] = defaultdict(set)
    for document in load("bypasses.json"):
        values[document["half"]] |= {document["text"][s["start"] : s["end"]].casefold() for s in document["spans"]}
    assert not values["tuning"] & values["reporting"]


def test_bypasses_have_many_cases_and_both_halves_of_each_group():
    halves = defaultdict(list)
    documents = load("bypasses.json")
    for document in documents:
        halves[document["group"]].append(document["half"])
    assert len(documents) >= 160
    assert all(abs(group.count("tuning") - group.count("reporting")) <= 1 for group in halves.values())
    assert all({"tuning", "reporting"} == set(group) for group in halves.values())


@pytest.mark.parametrize("name", sorted(SETS.keys() - {"bypasses.json"}))
def test_no_template_is_in_both_halves(name):
    halves: dict[str, set[str]] = defaultdict(set)
    for document in load(name):
        halves[document["id"].rpartition("-")[0]].add(document["half"])
    assert all(len(its) == 1 for its in halves.values())
    assert set.union(*halves.values()) == {"tuning", "reporting"}


def test_long_documents_name_one_person_often():
    documents = load("long_documents.json")
    words = [len(document["text"].split()) for document in documents]
    names = [sum(span["entity_type"] == "PERSON" for span in document["spans"]) for document in documents]
    assert len(documents) == 600
    assert 180 <= min(words) <= max(words) <= 250
    assert min(names) >= 10


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("french.json", {"fr": 60, "de": 10, "es": 10}),
        ("structured.json", dict.fromkeys(("json", "csv", "html", "markdown", "log", "form"), 12)),
    ],
)
def test_the_small_sets_have_documents_of_every_group(name, groups):
    assert Counter(document["group"] for document in load(name)) == groups


def test_russian_documents_are_many_and_of_many_templates():
    documents = load("russian_names.json")
    assert len(documents) >= 400
    assert len({document["group"] for document in documents}) >= 60
    assert all(document["spans"] for document in documents)


def test_the_russian_texts_are_many_in_both_halves_of_each_group():
    parts = Counter((document["group"], document["half"]) for document in load("russian_texts.json"))
    assert sum(parts.values()) >= 104
    assert all(parts[group, "tuning"] >= parts[group, "reporting"] >= 4 for group, _ in parts)


def test_the_trades_are_equal_and_so_are_their_halves():
    documents = load("trades.json")
    parts = Counter((document["group"], document["language"], document["half"]) for document in documents)
    assert Counter(document["group"] for document in documents) == dict.fromkeys(TRADES, 100)
    for trade in TRADES:
        tuning, reporting = ([parts[trade, language, half] for language in LANGUAGES] for half in HALVES.values())
        assert sum(tuning) == sum(reporting) == 50
        assert [a + b for a, b in zip(tuning, reporting, strict=True)] == [70, 15, 15]
        assert all(abs(a - b) <= 1 for a, b in zip(tuning, reporting, strict=True))


def test_every_text_of_the_trades_has_words_that_must_stay():
    assert all(document["terms"] for document in load("trades.json"))


@pytest.mark.parametrize("name", ["trades.json", "world.json"])
def test_the_marks_are_known_types_and_whole_words(name):
    for document in load(name):
        text, spans, terms = document["text"], document["spans"], document["terms"]
        assert {span["entity_type"] for span in spans} <= ENTITY_TYPES | {"DATE_OF_BIRTH"}, document["id"]
        assert not {"⟦", "⟧", "\ufffd"} & set(text), document["id"]
        for one, next_one in pairwise(sorted([*spans, *terms], key=lambda mark: mark["start"])):
            assert one["end"] <= next_one["start"], document["id"]
        for start, end in ((term["start"], term["end"]) for term in terms):
            assert text[start:end] == text[start:end].strip() != "", document["id"]
            if document["group"] in GLUED:
                continue
            assert not text[start - 1 : start + 1].isalnum() or start == 0, document["id"]
            assert not text[end - 1 : end + 1].isalnum() or end == len(text), document["id"]


def test_some_texts_of_the_trades_hold_no_personal_data():
    documents = load("trades.json")
    words = [len(document["text"].split()) for document in documents]
    assert 60 <= sum(not document["spans"] for document in documents) <= 100
    assert 15 <= min(words) <= max(words) <= 90


def test_the_languages_are_equal_and_so_are_their_halves():
    parts = Counter((document["group"], document["half"]) for document in load("world.json"))
    assert parts == {(language, half): 25 for language in WORLD for half in HALVES.values()}


def test_some_texts_of_each_language_hold_no_personal_data():
    without = Counter(document["group"] for document in load("world.json") if not document["spans"])
    assert all(8 <= without[language] <= 13 for language in WORLD)


def test_the_platforms_are_equal_in_what_is_reported():
    documents = load("chats.json")
    reported = Counter(document["group"] for document in documents if document["half"] == "reporting")
    assert len(reported) == 10
    assert set(reported.values()) == {8}
    assert sum(not document["spans"] for document in documents) >= len(documents) / 4
    for document in documents:
        assert {span["entity_type"] for span in document["spans"]} <= ENTITY_TYPES, document["id"]


@pytest.mark.parametrize("name", ["trades.json", "world.json"])
def test_hardly_a_person_is_in_both_halves(name):
    names: dict[str, set[str]] = defaultdict(set)
    for document in load(name):
        people = (span for span in document["spans"] if span["entity_type"] == "PERSON")
        names[document["half"]] |= {document["text"][s["start"] : s["end"]].casefold() for s in people}
    assert len(names["tuning"] & names["reporting"]) <= 5


@pytest.mark.parametrize(
    ("name", "gender", "forms"),
    [
        ("Пётр", "m", "Пётр Петра Петру Петра Петром Петре"),
        ("Илья", "m", "Илья Ильи Илье Илью Ильёй Илье"),
        ("Дмитрий", "m", "Дмитрий Дмитрия Дмитрию Дмитрия Дмитрием Дмитрии"),
        ("Наташа", "f", "Наташа Наташи Наташе Наташу Наташей Наташе"),
        ("Мария", "f", "Мария Марии Марии Марию Марией Марии"),
        ("Любовь", "f", "Любовь Любови Любови Любовь Любовью Любови"),
        ("Ануш", "f", "Ануш Ануш Ануш Ануш Ануш Ануш"),
    ],
)
def test_given_names_are_declined(name, gender, forms):
    assert [russian.decline(name, gender, case) for case in russian.CASES] == forms.split()


@pytest.mark.parametrize(
    ("name", "gender", "forms"),
    [
        ("Сидоров", "m", "Сидоров Сидорова Сидорову Сидорова Сидоровым Сидорове"),
        ("Орлова-Денисова", "f", " ".join(["Орлова-Денисова", *["Орловой-Денисовой"] * 2, "Орлову-Денисову"])),
        ("Волконский", "m", "Волконский Волконского Волконскому Волконского Волконским Волконском"),
        ("Загорская", "f", "Загорская Загорской Загорской Загорскую Загорской Загорской"),
        ("Мицкевич", "m", "Мицкевич Мицкевича Мицкевичу Мицкевича Мицкевичем Мицкевиче"),
        ("Коваль", "f", "Коваль Коваль Коваль Коваль Коваль Коваль"),
        ("Долгих", "m", "Долгих Долгих Долгих Долгих Долгих Долгих"),
        ("Ткаченко", "m", "Ткаченко Ткаченко Ткаченко Ткаченко Ткаченко Ткаченко"),
    ],
)
def test_surnames_are_declined(name, gender, forms):
    declined = [russian.decline(name, gender, case, surname=True) for case in russian.CASES]
    assert declined[: len(forms.split())] == forms.split()


def test_a_marked_text_gives_code_points():
    text, spans = read_marked(unescape("🙂 ⟦PERSON|A\\u200bn⟧\\n⟦ID|7|8⟧"))
    assert text == "🙂 A\u200bn\n7|8"
    assert [text[s["start"] : s["end"]] for s in spans] == ["A\u200bn", "7|8"]


def test_what_cannot_be_seen_is_escaped():
    written = to_json([{"text": "a\u200bé\u0301\u00a0b"}])
    assert "a\\u200bé\\u0301\\u00a0b" in written
    assert json.loads(written) == [{"text": "a\u200bé\u0301\u00a0b"}]
