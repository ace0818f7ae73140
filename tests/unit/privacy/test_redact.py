"""Redaction: numbering, merging, propagation, the exact map, restoring, the last look."""

import dataclasses
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import AnswerError, DetectionError, LastLookError
from backend.privacy.redact import ClearedPrompt, Message, RedactedTask, RedactedText, RedactOptions, Redactor
from backend.privacy.replace.propagation import is_telling
from backend.privacy.replace.restore import Restorer
from backend.privacy.text.word_borders import Finder
from backend.privacy.types import Detection, Operator
from tests import pace


def detector(**values):
    """Detect given values, by entity type, wherever they stand as whole words for the first time."""

    def detect(text):
        found = []
        for entity_type, words in values.items():
            for word in words if isinstance(words, list) else [words]:
                start = text.find(word)
                if start >= 0:
                    found.append(Detection(start, start + len(word), entity_type, 0.8))
        return found

    return detect


def redact(text, **values):
    return Redactor(detector(**values)).redact({"text": text})


@pytest.mark.parametrize(
    ("value", "entity_type", "left"),
    [
        ("Kuefer.", "PERSON", "."),
        ("Tunis.", "LOCATION", "."),
        ("John Kuefer Jr.", "PERSON", ""),
        ("Zorg Corp.", "ORGANIZATION", ""),
    ],
)
def test_a_sentences_full_stop_is_not_the_names(value, entity_type, left):
    redactor = Redactor(detector(**{entity_type: value}))
    assert redactor.redact({"a": f"So {value} Who?"}).fields["a"].text == f"So [{entity_type}_1]{left} Who?"


def test_one_number_a_person_over_all_fields():
    task = Redactor(detector(PERSON=["John Smith", "Mary"])).redact(
        {"a": "John Smith met Mary.", "b": "Smith, JOHN SMITH and Mary's dog."}
    )
    assert task.fields["a"].text == "[PERSON_1] met [PERSON_2]."
    assert task.fields["b"].text == "[PERSON_1B], [PERSON_1C] and [PERSON_2]'s dog."
    assert task.restore(task.fields["b"].text) == "Smith, JOHN SMITH and Mary's dog."
    for answer in ("[PERSON_1] and [person_2]", "PERSON_1 and Person_2"):
        assert task.restore(answer) == "John Smith and Mary"


def test_a_part_of_two_names_is_a_value_of_its_own():
    assert redact("John Smith, Mary Smith. Smith.", PERSON=["John Smith", "Mary Smith"]).fields["text"].text == (
        "[PERSON_1], [PERSON_2]. [PERSON_3]."
    )


def test_a_value_found_once_holds_in_the_whole_text_as_a_whole_word():
    task = redact("Call 555-12. 555-12! 555-123", PHONE_NUMBER="555-12")
    assert task.fields["text"].text == "Call [PHONE_NUMBER_1]. [PHONE_NUMBER_1]! 555-123"


def test_overlapping_detections_become_one():
    detect = lambda text: [Detection(0, 4, "A", 0.5), Detection(2, 8, "B", 0.9), Detection(7, 9, "C", 0.1)]  # noqa: E731
    task = Redactor(detect).redact({"t": "abcdefgh  x"})
    assert task.fields["t"].text == "[B_1]  x"


def test_a_literal_placeholder_stands_for_itself_and_keeps_its_number():
    text = "[PERSON_1] met Ann. [person_3] PERSON_4 [ORGANIZATION_2]"
    task = redact(text, PERSON="Ann")
    assert task.fields["text"].text == text.replace("Ann", "[PERSON_2]")
    assert task.entity_counts() == {"LITERAL": 2, "PERSON": 1}
    assert task.restore("[PERSON_1] is not [PERSON_2]") == "[PERSON_1] is not Ann"
    task.clear([Message("user", task.fields["text"].text)]).last_look({"messages": ["[PERSON_1]"]})


def test_detections_are_cut_around_a_literal_placeholder():
    task = Redactor(lambda text: [Detection(0, len(text), "X", 0.9)]).redact({"t": "Mr [PERSON_1] Smith"})
    assert task.fields["t"].text == "[X_1] [PERSON_1] [X_2]"


def test_a_name_within_brackets_is_no_literal_placeholder():
    task = redact("John Smith: [JOHN_SMITH_12]", PERSON="John Smith")
    assert task.fields["text"].text == "[PERSON_1]: [[PERSON_1B]]"
    assert redact("[ID_123456789]", ID="123456789").fields["text"].text == "[ID_[ID_1]]"


def test_an_invented_placeholder_is_an_error_that_names_it_alone():
    with pytest.raises(AnswerError, match=r"invented the placeholder \[PERSON_9\]"):
        redact("Ann", PERSON="Ann").restore("canary [PERSON_9]")


def test_withheld_values_are_redacted_in_other_fields():
    task = Redactor(detector()).redact({"note": "Seen: Zed Q."}, RedactOptions(withheld={"patient": "Zed"}))
    assert task.fields["note"].text == "Seen: [WITHHELD_1] Q."


def test_a_withheld_name_is_redacted_by_its_parts_too():
    task = Redactor(detector()).redact(
        {"note": "Lopez called, MARIA too; M. Lopez. lopez maria"},
        RedactOptions(withheld={"patient_name": "Maria Lopez"}),
    )
    assert task.fields["note"].text == "[WITHHELD_1B] called, [WITHHELD_1C] too; [WITHHELD_1D]. [WITHHELD_1]"
    task = Redactor(detector(PERSON="Maria Lopez")).redact(
        {"note": "Maria Lopez"}, RedactOptions(withheld={"name": "Maria Lopez"})
    )
    assert task.fields["note"].text == "[PERSON_1]"


PROPAGATED = {
    "in full width": "Ｓｍｉｔｈ",
    "with what is not shown": "Smi\u200bth",
    "in capitals": "SMITH",
    "turned": "Smith, John",
    "with an initial": "J. Smith",
    "an initial after it": "Smith J.",
    "in small letters, whole": "john smith",
    "over a line": "John\nSmith",
    "a user name": "john.smith",
    "another user name": "johnsmith42",
    "snake": "john_smith_7",
    "camel": "johnSmith",
    "with a hyphen": "John-Smith",
    "in an address": "q=john%20smith",
}


@pytest.mark.parametrize("form", PROPAGATED.values(), ids=PROPAGATED)
def test_a_name_is_found_again_however_it_is_written(form):
    task = redact(f"John Smith met <{form}>.", PERSON="John Smith")
    assert re.fullmatch(r"\[PERSON_1\] met <(?:q=)?\[PERSON_1B?\]>\.", task.fields["text"].text)


@pytest.mark.parametrize(
    "words", ["I will rise", "a smith", "it may be", "Smithson", "blacksmith", "Mary", "will_rose.pdf"]
)
def test_other_words_are_not_taken_for_a_name(words):
    text = f"John Smith, Will May and Rose Hall. {words}"
    task = redact(text, PERSON=["John Smith", "Will May", "Rose Hall"])
    assert task.fields["text"].text.endswith(f" {words}") or words == "will_rose.pdf"


def test_parts_with_hyphens_and_russian_cases():
    shown = redact("Anna Meyer-Lind. Meyer or Lind.", PERSON="Anna Meyer-Lind").fields["text"].text
    assert shown == "[PERSON_1]. [PERSON_1B] or [PERSON_1C]."
    shown = redact("Мария Иванова. Ивановой, с Ивановым; Марии", PERSON="Мария Иванова").fields["text"].text
    assert shown == "[PERSON_1]. [PERSON_1B], с [PERSON_1C]; [PERSON_1D]"


def test_numbers_are_found_again_with_other_separators_and_short_ones_are_not():
    shown = redact("4111 1111 1111 1111, 4111-1111-1111-1111; 21, 21 cats", CARD="4111 1111 1111 1111", AGE="21")
    assert shown.fields["text"].text == "[CARD_1], [CARD_1B]; [AGE_1], 21 cats"


def test_a_value_that_tells_nothing_stops_no_call():
    task = redact("21 M no. Zed", AGE="21", SEX="M", X="no", PERSON="Zed")
    prompt = task.clear([])
    prompt.last_look({"messages": ["give 21 answers, M or no"]})
    with pytest.raises(LastLookError):
        prompt.last_look({"messages": ["zed", "Zed"]})


def test_p04_the_last_look_tells_a_name_from_a_word():
    prompt = redact("Will met Anna Lee", PERSON=["Will", "Anna Lee"]).clear([])
    prompt.last_look({"messages": ["you will, anna or lee; q=%20will\\nwill"]})
    for words in ("WILL", "anna lee", "Ａｎｎａ  Ｌｅｅ", "An\u200bna Lee", "Anna\\u0020Lee", "%20Will", "\\u0057ill"):
        with pytest.raises(LastLookError):
            prompt.last_look({"messages": [words]})


def test_the_recognizer_is_kept():
    detect = lambda text: [Detection(0, 3, "PERSON", 0.9, "Names")]  # noqa: E731
    found = Redactor(detect).redact({"t": "Ann, Ann"}).fields["t"].placeholders
    assert [p.recognizer for p in found] == ["Names", "Propagation"]


def test_what_would_be_replaced_is_located():
    redactor = Redactor(detector(PERSON="Ann Lee"))
    fields = {"one": "Ann Lee called.", "two": "It was Lee."}
    found = redactor.locate(fields, RedactOptions(), redactor.find(fields))
    assert {name: [fields[name][d.start : d.end] for d in own] for name, own in found.items()} == {
        "one": ["Ann Lee"],
        "two": ["Lee"],
    }


def test_kept_types_and_low_scores_stay():
    redactor = Redactor(detector(DATE_TIME="May", PERSON="Ann"))
    task = redactor.redact({"t": "May Ann"}, RedactOptions(keep=frozenset({"DATE_TIME"})))
    assert task.fields["t"].text == "May [PERSON_1]"
    assert redactor.redact({"t": "May"}, RedactOptions(threshold=0.9)).fields["t"].text == "May"


def test_a_kept_value_is_not_redacted_as_something_less_likely():
    detect = lambda text: [Detection(0, 8, "PERSON", 0.8), Detection(4, 8, "NAME", 0.2), Detection(0, 3, "ID", 0.9)]  # noqa: E731
    assert (
        Redactor(detect).redact({"t": "Ann Lee!"}, RedactOptions(keep=frozenset({"PERSON"}))).fields["t"].text
        == "[ID_1] Lee!"
    )


def test_p02_cleared_things_are_made_by_the_privacy_layer_alone():
    for make in (
        lambda: ClearedPrompt((), True, None),
        lambda: RedactedText("", "", ()),
        lambda: RedactedTask({}, True, Restorer({}), frozenset()),
        lambda: dataclasses.replace(redact("x").clear([]), messages=()),
    ):
        with pytest.raises(TypeError):
            make()


def test_p03_a_detector_that_raises_stops_everything():
    def broken(text):
        raise DetectionError("recognizer failed")

    with pytest.raises(DetectionError):
        Redactor(broken).redact({"t": "Ann"})


@pytest.mark.parametrize(
    ("request_", "where"),
    [
        ({"messages": [{"role": "user", "content": "Is Ann there?"}]}, "messages[0].content"),
        ({"messages": [], "tools": [{"name": "x", "enum": ["Ann"]}]}, "tools[0].enum[0]"),
        ({"response_format": {"json_schema": {"schema": {"properties": {"Ann": {}}}}}}, "response_format.json_schema"),
        ({"messages": ["Ａｎｎ"]}, "messages[0]"),
    ],
)
def test_p04_the_last_look_finds_a_value_anywhere(request_, where):
    prompt = redact("Ann", PERSON="Ann").clear([])
    with pytest.raises(LastLookError) as caught:
        prompt.last_look(request_)
    assert where in str(caught.value)
    assert "Ann" not in str(caught.value)


def test_p04_the_last_look_finds_the_values_of_examples_too():
    task, example = redact("Ann Lee came.", PERSON="Ann Lee"), redact("Bob Hill left.", PERSON="Bob Hill")
    messages = [Message("user", example.fields["text"].text), Message("user", task.fields["text"].text)]
    prompt = task.clear(messages, [example])
    prompt.last_look({"messages": [message.content for message in messages]})
    for name in ("Ann Lee", "Bob Hill"):
        with pytest.raises(LastLookError):
            prompt.last_look({"messages": ["They met", f"{name} there."]})
    task.clear(messages).last_look({"messages": ["Bob Hill"]})
    assert task.hides("It was Ann Lee")
    assert not task.hides("It was Bob Hill")


def test_p02_a_prompt_with_an_example_that_was_not_redacted_is_not_redacted():
    task = redact("Ann Lee came.", PERSON="Ann Lee")
    plain = Redactor(lambda text: []).pass_through({"text": "Bob Hill left."})
    assert not task.clear([], [plain]).redacted
    assert task.clear([], [task]).redacted


def test_p04_the_last_look_finds_withheld_values_and_passes_the_rest():
    prompt = Redactor(detector(PERSON="Ann")).redact({"t": "Ann"}, RedactOptions(withheld={"id": "A-77"})).clear([])
    prompt.last_look({"messages": ["Annabel, [PERSON_1], xA-777"]})
    with pytest.raises(LastLookError):
        prompt.last_look({"messages": ["is A-77."]})


def test_p04_the_last_look_is_quick():
    names = [f"Name{index}" for index in range(100)]
    prompt = redact(" ".join(names), PERSON=names).clear([])
    request = {"messages": [{"content": "word " * 800}]}
    assert pace.is_within(lambda: prompt.last_look(request), 10)


def test_nothing_of_the_text_stands_in_a_repr():
    task = redact("Ann", PERSON="Ann")
    assert "Ann" not in repr(task) + repr(task.fields["text"]) + repr(task.clear([Message("user", "Ann")]))
    # the name of a field may be data too: of a table without a head it is of its first row
    assert "Emily" not in repr(Redactor(lambda text: []).redact({"Emily": "x"}))
    options = RedactOptions(withheld={"Emily": "Emily"}, borders={"Emily": [1]}, seed="Emily", reserved=["Emily"])
    assert "Emily" not in repr(options)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
SPANS = st.lists(
    st.tuples(st.integers(-2, 62), st.integers(-2, 62), st.sampled_from(["PERSON", "DATE_TIME", "X"]), st.floats(0, 1)),
    max_size=8,
)


@given(TEXTS, TEXTS, SPANS)
def test_p09_the_map_is_exact_for_any_text_and_any_spans(first, second, spans):
    redactor = Redactor(lambda text: [Detection(a, b, kind, score) for a, b, kind, score in spans if a < b])
    task = redactor.redact({"a": first, "b": second})
    for text in task.fields.values():
        check_map(text)
        assert task.restore(text.text) == text.source
    for text in task.fields.values():
        values = [text.source[p.source_start : p.source_end] for p in text.placeholders]
        finder = Finder(filter(is_telling, values))
        for other in task.fields.values():
            assert not list(finder.every(outside(other)))


def outside(text):
    """The redacted text without its placeholders, each replaced by a mark that glues to nothing."""
    parts, place = [], 0
    for p in text.placeholders:
        parts += [text.text[place : p.start]]
        place = p.end
    return "\0".join([*parts, text.text[place:]])


def check_map(text):
    rebuilt, place = "", 0
    for p in text.placeholders:
        assert text.text[p.start : p.end] == p.token
        rebuilt += text.text[place : p.start] + text.source[p.source_start : p.source_end]
        place = p.end
    assert rebuilt + text.text[place:] == text.source
    size = len(text.text)
    mapped = [text.to_source(index, index + 1) for index in range(size)]
    assert mapped == sorted(mapped)
    assert all(0 <= start < end <= len(text.source) for start, end in mapped)
    for index in range(len(text.source)):
        start, end = text.to_redacted(index, index + 1)
        back = text.to_source(start, end)
        assert back[0] <= index < back[1]
    inside = {i for p in text.placeholders for i in range(p.start, p.end)}
    for index, (start, end) in enumerate(mapped):
        if index not in inside:
            assert text.source[start:end] == text.text[index]


MARKED = st.lists(
    st.sampled_from(
        [
            *"[]_()<>\\{} .1",
            "PERSON",
            "person",
            "Person 1",
            "[PERSON_1]",
            "[person_2]",
            "PERSON_1",
            "Ann",
            "Анна",
            "у",
            "ом",
            "s",
        ]
    ),
    max_size=20,
).map("".join)


@given(MARKED, MARKED, SPANS)
def test_what_looks_like_a_placeholder_is_restored_exactly(first, second, spans):
    redactor = Redactor(lambda text: [Detection(a, b, kind, score) for a, b, kind, score in spans if a < b])
    task = redactor.redact({"a": first, "b": second})
    for text in task.fields.values():
        check_map(text)
        assert task.restore(text.text) == text.source


def value_detector(values):
    """Find every occurrence of the values, as a part of a word too, and where two overlap."""

    def detect(text):
        return [
            Detection(place, place + len(value), kind, 0.8)
            for value, kind in values
            for place in range(len(text))
            if text.startswith(value, place)
        ]

    return detect


VALUES = st.lists(
    st.tuples(
        st.text(st.sampled_from("annANN BOb1é"), min_size=1, max_size=6).filter(str.strip)
        | st.sampled_from(["PERSON", "Ann Lee", "Анна Иванова", "1"]),
        st.sampled_from(["PERSON", "LOCATION", "X"]),
    ),
    max_size=4,
)


@given(MARKED | TEXTS, VALUES, st.data())
def test_redacting_twice_changes_nothing(text, values, data):
    places = [data.draw(st.integers(0, len(text))) for _ in values]
    for place, (value, _) in zip(places, values, strict=True):
        text = text[:place] + value + text[place:]
    redactor = Redactor(value_detector(values), kinds=["X"])
    once = redactor.redact({"t": text}).fields["t"].text
    assert redactor.redact({"t": once}).fields["t"].text == once


def test_threads_give_equal_results():
    text = "John Smith wrote to Анна Иванова: Smith, Ивановой, john.smith, 4111 1111 1111 1111."
    redactor = Redactor(detector(PERSON=["John Smith", "Анна Иванова"], CARD="4111 1111 1111 1111"))

    def work(operator):
        return (
            redactor.redact({"t": text}, RedactOptions(operators={"*": Operator(operator)}, seed="s")).fields["t"].text
        )

    with ThreadPoolExecutor(8) as pool:
        for operator in ("placeholder", "surrogate"):
            assert len(set(pool.map(work, [operator] * 40))) == 1


def test_redaction_is_quick():
    names = [
        f"{given} {surname}"
        for given in ("John", "Анна", "Marie")
        for surname in ("Smith", "Иванова", "Dubois", "Keller", "Lee")
    ]
    values = names + [f"{n}41-555-{n}{n}23" for n in range(10, 25)]
    words = ("and then the patient said that it hurts " * 75).split()
    text = " ".join(word if index % 20 else values[index // 20 % 30] for index, word in enumerate(words))
    redactor = Redactor(detector(PERSON=names, PHONE_NUMBER=values[15:]))
    assert pace.is_within(lambda: redactor.redact({"t": text}), 15)


STRANGE = [
    "Ann",
    "ann",
    "Lee",
    "LEE",
    "Will",
    "will",
    "O'Neil",
    "Анна",
    "анной",
    "Ｌｅｅ",
    "A\u200bnn",
    "4111",
    "41-11",
]
STRANGE += ["a@b.io", "J.", "Smith's", "&amp;", "é", "李明", "12", "_", "\\", "%20", "\\n"]
WORDY = st.lists(
    st.tuples(st.sampled_from(STRANGE), st.sampled_from([" ", "", ", ", "  ", "-", "."])), max_size=15
).map(lambda pieces: "".join(word + mark for word, mark in pieces))


@given(WORDY, WORDY, SPANS)
def test_p04_redacted_texts_pass_their_own_last_look(first, second, spans):
    redactor = Redactor(lambda text: [Detection(a, b, kind, score) for a, b, kind, score in spans if a < b])
    task = redactor.redact({"a": first, "b": second})
    task.clear([]).last_look({"messages": [text.text for text in task.fields.values()]})
