"""Lists of a policy: words that are no names go free where they were guesses alone, listed values never leave."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.engine.redactors import Redactors
from backend.errors import DetectionError, LastLookError
from backend.privacy.entity_types import CUSTOM
from backend.privacy.listed import ALWAYS, Lists, entries, valued, wrong_value, wrong_word
from backend.privacy.patterns import scan_patterns
from backend.privacy.redact import Message, RedactOptions, Redactor
from backend.privacy.types import Detection, Operator, Scan
from tests.parts import detector

WORD = re.compile(r"[A-ZА-ЯЁ][^\W\d_]+(?: [A-ZА-ЯЁ][^\W\d_]+)*")


def guess(text, kind="PERSON", recognizer="Spacy"):
    """Guess that each run of capitalised words is a name."""
    return [Detection(*m.span(), kind, 0.8, recognizer) for m in WORD.finditer(text)]


def freed(text, *words, detect=guess, **settings):
    redactor = Redactor(detect).listing(Lists(words, settings.pop("always", {}).items()))
    return redactor.redact({"text": text}, RedactOptions(**settings)).fields["text"].text


# --- never --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("he takes Metformin", ["metformin"]),
        ("he takes METFORMIN", ["Metformin"]),
        ("he has Crohn's Disease", ["crohn's disease"]),
        ("he has Crohn\n Disease", ["Crohn disease"]),  # found in part, by one of its words
        ("on Zoloft Lipitor", ["Zoloft", "Lipitor"]),
        ("he takes Метформин", ["метформин"]),
        ("stain: Gram-negative", ["gram"]),
    ],
)
def test_a_guess_of_nothing_but_listed_words_goes_free(text, words):
    assert freed(text, *words) == text


@pytest.mark.parametrize("dose", ["Metformin's", "Metformin 500 mg", "Metformin, 2 x", "(Metformin) 1000"])
def test_a_dose_beside_it_is_nothing(dose):
    found = Detection(0, len(dose.rstrip(" x")), "ORGANIZATION", 0.8, "Rampart")
    assert freed(dose, "metformin", detect=lambda _: [found]) == dose


@pytest.mark.parametrize("rest", ["Metformin Ltd", "Metformin 55512", "Metforminum", "Metformin pro"])
def test_a_guess_that_holds_more_is_kept_whole(rest):
    found = Detection(0, len(rest), "ORGANIZATION", 0.8, "Rampart")
    assert freed(rest, "metformin", detect=lambda _: [found]) == "[ORGANIZATION_1]"


@pytest.mark.parametrize(
    "text",
    [
        "saw Dr. Rose",
        "saw mrs Rose",
        "saw J. Rose",
        "saw Rose K.",
        "saw Rose Marlow",
        "Anna Humira",
        "visited Anna-Rose",
    ],
)
def test_what_makes_a_name_of_a_word_counts_more(text):
    each = [Detection(*m.span(), "PERSON", 0.8, "Rampart") for m in re.finditer("Rose|Marlow|Humira", text)]
    for found in ([d] for d in each):
        left = freed(text, "rose", "marlow", "humira", detect=lambda _, found=found: found)
        assert text[found[0].start : found[0].end] not in left
    assert "Rose" not in freed(text, "rose", "marlow", detect=lambda _: each)


def test_a_phrase_of_the_list_is_no_first_name_with_a_surname():
    assert freed("took Rose Hip", "rose hip") == "took Rose Hip"
    assert "Rose" not in freed("took Rose Hip", "rose", "hip")


def test_a_name_beside_it_that_is_not_listed_makes_one_of_it():
    found = [Detection(0, 6, "PERSON", 0.8, "Spacy"), Detection(7, 11, "NAME", 0.2, "Lexicon")]
    assert freed("Xanthe Rose", "rose", detect=lambda _: found) == "[PERSON_1] [NAME_1]"
    assert freed(
        "Xanthe, Rose", "rose", detect=lambda _: [found[0], Detection(8, 12, "NAME", 0.2, "Lexicon")]
    ).endswith(", Rose")


@pytest.mark.parametrize("recognizer", ["Patterns", "Introduced", "Structure", "Letterhead", "Badges", ""])
def test_only_guesses_go_free(recognizer):
    assert freed("met Rose", "rose", detect=lambda text: guess(text, recognizer=recognizer)) == "met [PERSON_1]"
    assert freed("met Rose", "rose", detect=lambda text: guess(text, "USERNAME")) == "met [USERNAME_1]"


def test_a_word_that_is_a_name_elsewhere_is_one_here():
    def roses(text):
        return [Detection(*m.span(), "PERSON", 0.8, "Spacy") for m in re.finditer("Rose", text)]

    assert freed("saw Dr. Rose. So Rose left.", "rose", detect=roses) == "saw Dr. [PERSON_1]. So [PERSON_1] left."
    assert freed("saw Rose. So Rose left.", "rose", detect=roses) == "saw Rose. So Rose left."


EMAIL, CARD = "rose@humira.com", "4111 1111 1111 1111"
PIECES = st.lists(st.sampled_from([EMAIL, CARD, "Rose", "HUMIRA", "humira", "Dr.", "took", "500 mg", "."]), min_size=1)


@given(PIECES, st.sets(st.sampled_from([EMAIL, CARD, "rose", "humira", "com", "4111", "took Rose"])))
def test_no_list_frees_what_has_a_form(pieces, words):
    text = " ".join(pieces)
    left = freed(text, *words, detect=lambda given: [*guess(given), *scan_patterns(given)])
    assert EMAIL not in left
    assert CARD not in left


@given(PIECES)
def test_without_evidence_of_a_name_a_listed_word_stays(pieces):
    text = " so ".join(piece for piece in pieces if piece not in ("Dr.", EMAIL))
    assert freed(text, "rose", "humira") == text


# --- always -------------------------------------------------------------------------------------------------------

VALUES = {"Project Falcon": CUSTOM, "will": "CODENAME", "Zorgon": "PERSON", "AB-1234567": "ID_NUMBER", "Тайга": CUSTOM}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("on project  FALCON now", "on [CUSTOM_1] now"),
        ("on Project\nFalcon", "on [CUSTOM_1]"),
        ("they Will it", "they [CODENAME_1] it"),
        ("they will it", "they [CODENAME_1] it"),
        ("id ab 123 4567.", "id [ID_NUMBER_1]."),
        ("про ТАЙГА", "про [CUSTOM_1]"),
        ("Falcon, a project; unwilling", "Falcon, a project; unwilling"),
        ("a Ｚｏｒｇｏｎ", "a [PERSON_1]"),
    ],
)
def test_a_value_is_replaced_however_it_is_written(text, left):
    assert freed(text, detect=lambda _: [], always=VALUES) == left


def test_it_counts_more_than_the_other_list_than_keep_and_than_the_threshold():
    settings = {"keep": frozenset({CUSTOM, "PERSON"}), "threshold": 1.0, "operators": {"CODENAME": Operator("keep")}}
    left = freed("Zorgon will lead Project Falcon", "zorgon", "project falcon", always=VALUES, **settings)
    assert left == "[WITHHELD_1] [WITHHELD_2] lead [WITHHELD_3]"


def test_what_else_was_found_where_one_of_a_kept_type_stands_keeps_its_own_type():
    found = [Detection(0, 6, "LOCATION", 0.5, "Spacy")]
    assert freed("Zorgon", detect=lambda _: found, always=VALUES, keep=frozenset({"PERSON"})) == "[LOCATION_1]"


def test_a_placeholder_of_its_type_may_stand_in_a_text_already():
    redactor = Redactor(lambda _: [], ["OWN_KIND"]).listing(Lists(always=VALUES.items()))
    task = redactor.redact({"text": "[CODENAME_2], [OWN_KIND_1] and [OTHER_1]"})
    assert task.entity_counts() == {"LITERAL": 2}
    assert task.restore("[CODENAME_2]") == "[CODENAME_2]"


def test_its_type_has_its_operator():
    operators = {"PERSON": Operator("surrogate"), CUSTOM: Operator("mask")}
    left = freed("Zorgon leads Project Falcon", detect=lambda _: [], always=VALUES, operators=operators, seed="s")
    assert not re.search("zorgon|falcon", left, re.IGNORECASE)
    assert left.endswith(" leads ******* ******")


def test_no_surrogate_is_a_listed_value():
    first = freed("Zorgon", detect=lambda _: [], always=VALUES, operators={"*": Operator("surrogate")}, seed="s")
    assert "[" not in first
    values = {**VALUES, first: CUSTOM}
    assert freed("Zorgon", detect=lambda _: [], always=values, operators={"*": Operator("surrogate")}, seed="s") == (
        "[PERSON_1]"
    )


@pytest.mark.parametrize("said", ["Project Falcon", "PROJECT falcon", "they will", "Project%20Falcon", r"\u005aorgon"])
def test_p04_the_last_look_finds_it_though_the_task_has_it_not(said):
    task = Redactor(lambda _: []).listing(Lists(always=VALUES.items())).redact({"text": "nothing"})
    with pytest.raises(LastLookError):
        task.clear([]).last_look({"messages": [{"role": "system", "content": f"Think of {said} too."}]})
    task.clear([]).last_look({"messages": [{"role": "system", "content": "Think of falcons."}]})


WRITTEN = st.tuples(
    st.sampled_from([*VALUES, "Ann Lee", "so", "4111 1111 1111 1111", '{"a": "', "falcon", "\\n", "-"]),
    st.sampled_from([str, str.upper, str.lower, str.title, lambda value: value.replace(" ", "\n  ")]),
)
CHOSEN = st.dictionaries(
    st.sampled_from([CUSTOM, "PERSON", "CODENAME", "*"]),
    st.sampled_from([Operator(name) for name in ("placeholder", "surrogate", "mask", "generalize", "keep")]),
)


@given(st.lists(WRITTEN), CHOSEN, st.sampled_from([" ", "\n", ", "]), st.sets(st.sampled_from(["PERSON", CUSTOM])))
def test_p04_no_listed_value_is_in_a_prompt(pieces, operators, gap, keep):
    text = gap.join(write(value) for value, write in pieces)
    lists = Lists(["zorgon", "falcon"], VALUES.items())
    redactor = Redactor(lambda given: [*guess(given), *scan_patterns(given)]).listing(lists)
    task = redactor.redact({"text": text}, RedactOptions(operators=operators, keep=frozenset(keep), seed="s"))
    shown = task.fields["text"].text
    assert not lists.always.finds(shown)
    task.clear([Message("user", shown)]).last_look({"messages": [{"role": "user", "content": shown}]})


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("Иванов", "встретил Ивановым и ИВАНОВУ"),
        ("Анна Каренина", "письмо Анны Карениной"),
        ("проект Сокол", "по проекту Сокол, о проекте Сокола"),
        ("Шевченко", "лист Шевченкові, із Шевченком"),
        ("Петровић", "видео Петровића"),
        ("Игорёк", "с Игорьком"),
    ],
)
def test_words_in_cyrillic_are_found_in_every_case(entry, text):
    lists = Lists(always=[(entry, "PERSON")])
    words = text.split()[1:3] if " " in entry else [word for word in text.split() if word[0].isupper()]
    found = " ".join(text[d.start : d.end] for d in lists.apply(text, []))
    assert all(word.strip("«»,") in found for word in words)
    assert lists.always.finds(text)
    assert freed(text, entry, detect=lambda given: guess(given, recognizer="Russian")) == text


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("Иванов", "Иванченко и Иванович"),
        ("Анна Каренина", "Анна. Каренина"),
        ("Ли", "лист, лий"),
        ("Сокол-2", "сокола"),
    ],
)
def test_other_words_than_its_cases_are_not(entry, text):
    assert Lists(always=[(entry, "PERSON")]).apply(text, []) == []


# --- together -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["placeholder", "surrogate"])
def test_with_all_that_detects(kind):
    scan = Scan(never_redact="# trade\nHumira\nMetformin\n", always_redact="Project Falcon\nZorgon\tORGANIZATION\n")
    redactor = Redactor(detector().detect).listing(Lists.of(scan))
    text = "Anna Carter takes Humira and METFORMIN 500 mg for Zorgon's project falcon; Dr. Metformin said so."
    task = redactor.redact(
        {"a": text[:80], "b": "Write to humira@example.org."}, RedactOptions(operators={"*": Operator(kind)}, seed="s")
    )
    shown = task.fields["a"].text
    assert "takes Humira and METFORMIN 500 mg for " in shown
    assert not re.search("carter|zorgon|falcon", shown, re.IGNORECASE)
    assert "humira@" not in task.fields["b"].text
    assert task.restore(shown) == text[:80]
    assert "METFORMIN" not in redactor.redact({"a": text}).fields["a"].text  # a name in the same text


def test_ways_that_differ_in_their_lists_share_what_is_loaded():
    loaded: list[Scan] = []
    closed: list[str] = []

    def load(scan):
        loaded.append(scan)
        return Redactor(guess, close=lambda: closed.append(scan.profile))

    plain, listing = Scan(), Scan(never_redact="Rose", always_redact="zorgon")
    first = Redactors(load).with_all([plain, listing])
    again = first.with_all([plain, Scan(never_redact="Iris")])
    assert loaded == [plain]
    assert len(first(plain).find({"a": "Rose"})["a"]) == 1
    assert [d.recognizer for d in first(listing).find({"a": "Rose, zorgon"})["a"]] == [ALWAYS]
    assert not again(Scan(never_redact="Iris")).find({"a": "Iris"})["a"]
    with pytest.raises(DetectionError):
        again(listing).find({"a": "Rose"})
    again.close()
    assert closed == ["default"]


def test_lists_stay_with_a_redactor_that_remembers():
    redactor = Redactor(guess).listing(Lists(["rose"])).remembering()
    assert redactor.redact({"a": "so Rose"}).fields["a"].text == "so Rose"
    assert not Lists()
    assert redactor.listing(Lists()).redact({"a": "so Rose"}).fields["a"].text == "so Rose"
    assert Redactor(guess).listing(Lists()).redact({"a": "so Rose"}).fields["a"].text == "so [PERSON_1]"


def test_entries_have_lines_and_values_have_types():
    assert list(entries("# first\r\n\n  Metformin \r\nCrohn's disease")) == [(3, "Metformin"), (4, "Crohn's disease")]
    assert valued("Project Falcon\tCODENAME") == ("Project Falcon", "CODENAME")
    assert valued("Project Falcon") == ("Project Falcon", CUSTOM)


@pytest.mark.parametrize("entry", ["a", "12", "...", "x" * 201, "Humira\tPERSON"])
def test_what_is_no_word_is_told(entry):
    assert wrong_word(entry)
    assert not wrong_word("Humira 40")


@pytest.mark.parametrize("entry", ["ab", "12", "x" * 201, "Falcon\tperson", "Falcon\tLITERAL", "Falcon\tA\tB"])
def test_what_is_no_value_is_told(entry):
    problem = wrong_value(entry)
    assert problem
    assert "Falcon" not in problem
    assert not wrong_value("Falcon\tCODENAME")
