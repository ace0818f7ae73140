"""The judge cuts out what the evidence speaks against, and adds what it speaks for."""

from itertools import product
from random import Random

import numpy as np
import pytest

from backend.privacy.detect import Detector
from backend.privacy.detect.judging import Judge, JudgeWeights, Leanings, Repeats, Word, split_words
from backend.privacy.detect.judging.evidence import evidence, known
from backend.privacy.detect.judging.judge import is_judged
from backend.privacy.detect.rampart import RampartRecognizer
from backend.privacy.text.merge import JUDGE
from backend.privacy.types import Detection

BLAND = (
    "The weather was nice and the soup was warm. ",
    "Nothing else was said about it. ",
    "We waited in the hall for an hour. ",
    "The report was read and filed. ",
    "Lunch was served at noon. ",
    "A window was left open in the corridor. ",
    "The meeting went on until late. ",
    "No further questions came up. ",
    "It rained on the way back. ",
    "The lift was out of order again. ",
    "Somebody had moved the chairs. ",
)
NAMES = (
    *("Smithson", "Oyelaran", "Thuy Nguyen", "Margit Halvorsen", "Rose", "Zbigniew", "Featherstonehaugh", "oyelaran"),
    *("pavel", "margit halvorsen", "ravi", "Kowalczyk", "DUBOIS", "Tamsin", "Ngozi", "Bea", "J. Petrosyan", "Li Wei"),
    "O'Shaughnessy",
)
SENTENCES = (
    "Then {} called.",
    "The keys are with {}.",
    "It was signed by {} in the end.",
    "Please ask {} about it.",
)

TEXT = "Maria de la Cruz took Zelvorim at home"


def found(value, recognizer="Spacy", entity_type="PERSON"):
    start = TEXT.index(value)
    return Detection(start, start + len(value), entity_type, 0.6, recognizer)


def judge(**odds):
    """Return a judge who goes by one word behind the word alone, and by what the model leans to."""
    names = [f"1 is {name}" for name in odds]
    told = np.array([[value, -value] for value in odds.values()], np.float32).reshape(len(names), 2)
    sides = np.array([1, -1], np.float32)
    return Judge(JudgeWeights(names, told, sides[None], np.zeros(2, np.float32), sides, 0.0))


def leanings(**by_word):
    """Return leanings of the text's words: too little to add a word, enough to keep it, but for those named."""
    made, said = Leanings(), split_words(TEXT, [])
    values = np.array([[by_word.get(word.text, -1.0)] for word in said], np.float32)
    made.add(0, [(word.start, word.end) for word in said], judge().lean(values))
    return made


def settled(every, lean, **odds):
    return [TEXT[d.start : d.end] for d in judge(**odds).settle(TEXT, every, every, lean)]


def test_a_guess_that_the_evidence_speaks_against_goes():
    assert settled([found("Zelvorim")], leanings(), at=-5) == []
    assert settled([found("Zelvorim")], leanings(), at=0) == ["Zelvorim"]


THOROUGH = [pytest.param(kinds, marks=pytest.mark.thorough) for kinds in (1, len(BLAND))]


@pytest.mark.parametrize("kinds", [3, *THOROUGH])
def test_names_stay_found_among_much_that_is_bland(kinds):
    detector, left = Detector(), []
    for number, (name, sentence) in enumerate(product(NAMES, SENTENCES)):
        random = Random(1_000 * kinds + number)
        said = random.sample(BLAND, kinds)
        around = "".join(random.choice(said) for _ in range(25))
        text = f"{around}{sentence.format(name)} {around}"
        start = text.index(name, len(around))
        hidden = {place for d in detector.detect(text) for place in range(d.start, d.end)}
        if not all(place in hidden for place in range(start, start + len(name)) if text[place].isalnum()):
            left.append(name)
    assert len(left) <= 2  # of 76


def test_words_go_from_the_ends_of_a_name_and_never_from_within():
    low = leanings(de=-9.0, la=-9.0, took=-9.0, Zelvorim=-9.0)
    assert settled([found("Maria de la Cruz took Zelvorim")], low) == ["Maria de la Cruz"]


@pytest.mark.parametrize(
    "sure", [found("Zelvorim", name) for name in ("Patterns: mail", "Structure: name", "Always", "Package", "Guard")]
)
def test_what_has_a_form_a_key_or_a_model_of_ones_own_stays_whatever_the_evidence_says(sure):
    assert not is_judged(sure)
    assert settled([sure], leanings(Zelvorim=-99.0)) == ["Zelvorim"]


def test_dates_and_titles_are_not_the_judges():
    assert not any(is_judged(found("home", "Spacy", kind)) for kind in ("DATE_TIME", "TITLE", "AGE"))


def test_a_word_that_nobody_found_is_a_name_if_the_evidence_says_so():
    (added,) = judge().settle(TEXT, [], [], leanings(Cruz=3.0))
    assert (TEXT[added.start : added.end], added.entity_type, added.recognizer) == ("Cruz", "NAME", JUDGE)
    assert 0.9 < added.score < 1


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Portal login from IP address 203.0.113.42.", "IP"),
        ("INFO :...read_physical_netif: index #2, interface TR2", "netif"),
        ("Synthetic record bracket-gravel-kettle-pantry-socket: contact", "gravel"),
        ("Set in Helvetica Neue 12 pt, exported from Kubernetes", "Kubernetes"),
    ],
)
def test_what_nobody_found_and_is_no_name_is_not_added(text, word):
    start = text.index(word)
    assert not any(d.start <= start < d.end for d in Detector().detect(text))


def test_words_in_another_script_are_not_judged():
    text = "Договор подписал Mr. Oliver Thornbury, а оригинал до сих пор лежит у нотариуса на соседней улице."
    start = text.index("нотариуса")
    assert not any(d.start <= start < d.end for d in Detector().detect(text))


def test_where_the_model_has_not_read_nothing_is_judged():
    guess = found("Zelvorim")
    assert judge(at=-99).settle(TEXT, [guess], [guess], Leanings()) == [guess]


def test_another_language_is_not_judged():
    guess = found("Zelvorim")
    assert judge(at=-99).settle(TEXT, [guess], [guess], leanings(), lambda _: True) == [guess]


def test_a_words_leaning_is_the_mean_of_its_tokens_and_the_first_piece_counts():
    made, (word,) = Leanings(), split_words("Zelvorim", [])
    made.add(0, [(0, 3), (3, 8)], np.array([[1.0], [2.0]], np.float32))
    made.add(0, [(0, 3), (3, 8)], np.array([[9.0], [9.0]], np.float32))
    assert made.of(word) == 1.5


def test_claims_are_told_of_each_word_that_they_touch():
    said = split_words(TEXT, [found("la Cruz")])
    assert [word.text for word in said if word.claims] == ["la", "Cruz"]


def test_the_weights_fit_the_model_and_the_evidence():
    model = RampartRecognizer()
    model.load()
    reading = model.read(TEXT)
    leaning = Judge().lean(reading.vectors)
    assert len(leaning) == len(reading.tokens)
    assert leaning.shape[1] == len(JudgeWeights.load().bias)
    said = split_words(TEXT, [])
    known_names = set(JudgeWeights.load().names)
    told = {name for place in range(len(said)) for name, _ in evidence(TEXT, said, place, Repeats(said))}
    assert "always" in known_names
    assert len(told & known_names) > len(told) / 2


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Pt tolerated Kayexalate 15 g, then Zofran 4 mg IV. Consult Mr Ezekwesili re: JP drain.", "Ezekwesili"),
        ("Hearing before Judge Okonkwo-Reyes: Rule 26 disclosures, Daubert motion denied.", "Okonkwo-Reyes"),
    ],
)
def test_a_name_among_words_of_a_trade_stays_found(text, name):
    start = text.index(name)
    assert any(d.start <= start and start + len(name) <= d.end for d in Detector().detect(text))


def test_words_alone_and_among_others_have_the_same_probability():
    """However much is read beside it: no result hangs on how sums are put together."""
    judge, told = Judge(), [("always", 1.0), ("word shape capital", 1.0), ("Rampart PERSON", 0.5)]
    vectors = np.random.default_rng(1).normal(size=(9, len(JudgeWeights.load().layers))).astype(np.float32)
    chances = [judge.chance(lean, told) for lean in judge.lean(vectors)]
    alone = [judge.chance(judge.lean(vector[None])[0], told) for vector in vectors]
    assert chances == pytest.approx(alone, abs=1e-5)


def test_evidence_is_the_same_each_time_and_holds_no_word_of_the_text_itself():
    said = split_words(TEXT, [found("Maria")])
    told = [dict(evidence(TEXT, said, place, Repeats(said))) for place in range(len(said))]
    assert told == [dict(evidence(TEXT, said, place, Repeats(said))) for place in range(len(said))]
    assert not any("Maria" in name or "maria" in name for name in told[0])


def test_the_same_word_many_times_takes_no_square_of_it():
    """Counted in looks, not in seconds: each word is asked of once."""

    class Counting(str):
        looks = 0

        def islower(self):
            Counting.looks += 1
            return super().islower()

    said = [Word(5 * place, 5 * place + 3, Counting("Ann")) for place in range(2_000)]
    repeats, text = Repeats(said), "Ann, " * 2_000
    for place in range(len(said)):
        list(evidence(text, said, place, repeats))
    assert Counting.looks < 10 * len(said)


@pytest.mark.parametrize("word", ["Ann", "ICU", "zoledronic", "CO2", "3D", "McKay", "l'Hôpital", "O’Brien-Li", "ß"])
def test_any_word_has_a_shape(word):
    assert any(name.startswith("word shape ") for name, _ in known("word", word))
