"""Which words of a text annotators marked elsewhere: as often as is asked, and nearly wherever they stand."""

import pytest

from backend.review.entries import KeptAnnotation
from backend.review.similar.marked import MarkableText, first_hash, marks_in, shape_hash, word_stretches
from backend.review.similar.words import has_words, hashed_words, label_hash
from tests.unit.review.similar.test_shelf import NOW, review, shelf_of

DRUG, DOSE = label_hash("ner", "Drug"), label_hash("ner", "Dose")
TEXTS = (
    "Started on Metformin 500 mg in the clinic.",
    "Stop metformin, too little kidney function is left.",
    "Her metformin was lost on the train; a new box was given.",
)


def mark(text, words, label="Drug", control="ner"):
    start = text.casefold().index(words.casefold())
    value = {"start": start, "end": start + len(words), "text": text[start : start + len(words)], "labels": [label]}
    return {"id": words, "from_name": control, "to_name": "text", "type": "labels", "value": value}


def marked(task, text, *words, label="Drug", **said):
    return review(task, text, result=[mark(text, word, label) for word in words], **said)


def filled(*more):
    return shelf_of(*(marked(n, text, "metformin") for n, text in enumerate(TEXTS, 1)), *more)


def found(shelf, text, task="", labels=(DRUG, DOSE), least=3, now=NOW):
    again = shelf.marked(task, {"text": text}, MarkableText(text, frozenset(labels), least), now)
    return [(text[one.start : one.end], one.label, one.marked, one.seen) for one in again]


def test_words_that_were_marked_three_times_are_marked_wherever_they_stand():
    text = "METFORMIN again; metformin-free days, no metformins."
    assert found(filled(), text) == [("METFORMIN", DRUG, 3, 3), ("metformin", DRUG, 3, 3)]
    assert found(filled(), text, least=4) == found(filled(), text, labels=[DOSE]) == []


def test_a_score_is_how_likely_a_mark_is():
    (one,) = filled().marked("", {"text": ""}, MarkableText("metformin", frozenset({DRUG}), 2), NOW)
    assert one.score == pytest.approx(4 / 5)


def test_words_that_annotators_leave_alone_elsewhere_are_not_marked():
    said = "Metformin is mentioned in talk number {} of the day."
    others = [review(n, said.format(n), result=[mark("Aspirin", "Aspirin")]) for n in (11, 12)]
    assert found(filled(others[0]), "Takes metformin.") == []
    assert found(filled(marked(20, "Metformin, once more.", "metformin"), others[0]), "Takes metformin.") == [
        ("metformin", DRUG, 4, 5)
    ]
    assert found(filled(marked(20, "Metformin, once more.", "metformin"), *others), "Takes metformin.") == []


def test_words_that_are_a_part_of_longer_marks_are_not_marked_alone():
    texts = ("Type 2 diabetes was found.", "With type 2 diabetes since May.", "Diabetes runs in the family.")
    shelf = shelf_of(
        *(marked(n, text, "type 2 diabetes", label="Condition") for n, text in enumerate(texts[:2])),
        marked(9, texts[2], "diabetes", label="Condition"),
    )
    condition = label_hash("ner", "Condition")
    assert found(shelf, "Type 2  diabetes, diabetes", labels=[condition], least=2) == [
        ("Type 2  diabetes", condition, 2, 2)
    ]


def test_a_task_and_what_is_nearly_the_same_say_nothing_of_themselves():
    shelf = filled()
    assert found(shelf, "Takes metformin.", task="2") == []
    assert found(shelf, TEXTS[0].replace("500", "500 ")) == []
    assert found(shelf, TEXTS[0].upper(), least=2) == [("METFORMIN", DRUG, 2, 2)]


def test_what_is_deleted_or_too_old_counts_no_more():
    shelf = filled()
    shelf.drop(2)
    assert found(shelf, "Takes metformin.") == []
    assert found(shelf, "Takes metformin.", least=2) == [("metformin", DRUG, 2, 2)]
    assert found(shelf, "Takes metformin.", least=2, now=3_000) == []
    for task in (1, 3):
        shelf.drop(task)
    assert found(shelf, "Takes metformin.", least=1) == []


def test_what_annotators_disagree_on_counts_for_nothing():
    text = "Glucophage was lost on the way home."
    disputed = [
        marked(4, text, "Glucophage", annotation=n, label=label, who=label) for n, label in ((1, "Drug"), (2, "X"))
    ]
    assert found(shelf_of(*disputed), "Glucophage", least=1) == []


def test_the_more_frequent_of_two_labels_is_given_if_it_is_often_enough():
    said = [marked(n, f"Iron was measured on day {n}.", "iron", label="Lab") for n in range(1, 6)]
    lab = label_hash("ner", "Lab")
    other = marked(9, "Iron tablets, one each morning.", "iron")
    assert found(shelf_of(*said, other), "Iron?", labels=[lab, DRUG]) == [("Iron", lab, 5, 6)]
    assert found(shelf_of(*said[:3], other), "Iron?", labels=[lab, DRUG]) == []


DOSES = ("Take 500 mg a day.", "Reduced to 1,250.5 mg on Friday.", "Since May 2.5  MG at night.", "Now 2 g of it.")


def dosed(*words):
    return [marked(n, text, said, label="Dose") for n, (text, said) in enumerate(zip(DOSES, words, strict=False), 1)]


def test_what_differs_in_its_numbers_alone_is_marked_once_three_of_it_are():
    shelf = shelf_of(*dosed("500 mg", "1,250.5 mg", "2.5  MG", "2 g"))
    assert found(shelf, "Gave 0.75 mg, then 4 mg.") == [("0.75 mg", DOSE, 3, 3), ("4 mg", DOSE, 3, 3)]
    assert found(shelf, "Gave 3 g, 4 mgs, x5 mg, 1-2 mg, 3/4 mg or 12 of it.") == []
    shelf.drop(2)
    assert found(shelf, "Gave 0.75 mg.") == []


def test_one_number_thrice_says_nothing_of_others():
    shelf = shelf_of(*(marked(n, f"Day {n}: grade 1, as it was.", "grade 1", label="Mild") for n in (1, 2, 3, 4)))
    mild = label_hash("ner", "Mild")
    assert found(shelf, "Grade 3!", labels=[mild]) == []
    assert found(shelf, "Grade 1!", labels=[mild]) == [("Grade 1", mild, 4, 4)]


def test_numbers_that_annotators_leave_alone_count_against_others():
    others = [review(n, f"Glass of {n} mg, of no use.", result=[mark("Aspirin", "Aspirin")]) for n in (40, 50)]
    shelf = shelf_of(*dosed("500 mg", "1,250.5 mg", "2.5  MG"), *others)
    assert found(shelf, "Gave 0.75 mg.") == []


@pytest.mark.parametrize("code", ["B12", "CD4", "44120 mg", "x", "7"])
def test_codes_and_long_numbers_have_no_shape(code):
    assert shape_hash(code) == 0


def test_numbers_alone_have_no_shape():
    texts = ("Room 5 was cold.", "The 17 was late.", "He is 88 now.")
    shelf = shelf_of(*(marked(n, text, text.split()[1], label="Dose") for n, text in enumerate(texts[:2], 1)))
    shelf.put(3, [marked(3, texts[2], "88", label="Dose")])
    assert found(shelf, "Nobody has 12 of them.") == []


def test_a_script_without_spaces_is_read_by_its_letters():
    shelf = shelf_of(*(marked(n, f"患者{n}服用阿司匹林每日", "阿司匹林") for n in (1, 2, 3)))
    assert [words for words, *_ in found(shelf, "昨天开始服用阿司匹林一百毫克")] == ["阿司匹林"]


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ({"start": 0, "end": 2, "text": " in the ", "labels": ["Drug"]}, 1),
        ({"start": 0, "end": 2, "text": "(mg)", "labels": ["Drug"]}, 0),
        ({"start": 0, "end": 2, "text": "a b c d e f g h i", "labels": ["Drug"]}, 0),
        ({"start": 0, "end": 2, "text": "mg", "labels": ["Drug", "Dose"]}, 0),
        ({"start": 0, "end": 2, "text": 5, "labels": ["Drug"]}, 0),
        ({"start": 0, "end": 2, "text": "", "labels": ["Drug"]}, 0),
        ({"text": ["written"], "labels": ["Drug"]}, 0),
        ({"choices": ["Good"]}, 0),
        (None, 0),
    ],
)
def test_marks_are_stretches_of_a_few_whole_words_with_one_label(value, count):
    region = {"from_name": "ner", "type": "labels", "value": value}
    assert len(marks_in(KeptAnnotation([region], {}))) == count


def test_stretches_come_from_left_to_right_the_longest_first():
    assert [("a b, c"[start:end]) for start, end in word_stretches("a b, c")] == [
        "a b, c",
        "a b",
        "a",
        "b, c",
        "b",
        "c",
    ]


def test_words_stand_among_others_in_their_order_alone():
    words = hashed_words(["one two three two four"])
    assert has_words(words, hashed_words(["two three"]))
    assert has_words(words, hashed_words(["two four"]))
    assert not has_words(words, hashed_words(["three four"]))
    assert not has_words(words, hashed_words(["two two"]))


def test_only_words_with_which_a_mark_begins_are_looked_at():
    text, firsts = "then 17 times metformin", {first_hash("Metformin"), first_hash("5 mg")}
    told = [text[start:end] for start, end in word_stretches(text, firsts)]
    assert told == ["17 times metformin", "17 times", "17", "metformin"]
