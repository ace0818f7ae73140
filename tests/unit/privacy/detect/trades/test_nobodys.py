"""What is listed, spelt as products are or stands where no name stands is nobody's; who is called so stays hidden."""

import pytest

from backend.privacy.detect.trades.nobodys import nobodys_words
from backend.privacy.detect.trades.open_words import is_known_name, is_open_word, is_spelt_as_product
from backend.privacy.detect.trades.spelling import likeness
from backend.privacy.detect.vocabulary.given import FIRST, NICKNAMES


def words(text):
    return {text[start:end] for start, end, _ in nobodys_words(text, 0, len(text))}


@pytest.mark.parametrize("word", ["apixaban", "Apixaban’s", "Ozempic", "Semaglutides", "Entresto"])
def test_words_of_open_vocabularies_are_known(word):
    assert is_open_word(word)


def test_no_name_is_a_word_of_an_open_vocabulary():
    assert not [name for name in (*NICKNAMES, *FIRST) if is_open_word(name)]


@pytest.mark.parametrize("word", ["Zelvotrimab", "Glycoretard", "Octenizan", "Dermazolin", "Cardioplexil"])
def test_invented_products_are_told_by_their_spelling(word):
    assert is_spelt_as_product(word)


@pytest.mark.parametrize(
    "word",
    "Stamatis Ffion Wojtek Siaosi Opeyemi Elspeth Nuala Isatu Petraityte Yildiz Giorgos Zuri Tidewell Mutasa Tullo"
    " Deshpande Lindqvist Quintero Kalnina Okonkwo Szczepanski Nguyen Achterberg Ceesay Yusupova".split(),
)
def test_names_of_many_countries_are_not_spelt_so(word):
    assert not is_spelt_as_product(word)


def test_short_and_odd_words_are_not_weighed():
    assert likeness("Zyn") == likeness("A1b2c3d4") == likeness("x" * 40) == -1.0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("we need the Leksell frame and a Silfverskiöld test", {"Leksell", "Silfverskiöld"}),
        ("feed by the Dobhoff at 40, no Zerqua for now", {"Dobhoff", "Zerqua"}),
        ("her arm: Gartzlund 3, then home; Nikolsky neg", {"Gartzlund", "Nikolsky"}),
        ("then an NSTEMI was seen and the AQI rose in the evening hours", {"NSTEMI", "AQI"}),
    ],
)
def test_place_and_head_tell(text, found):
    assert words(text) >= found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mr Keppra is here", "Keppra"),
        ("Dr. Apixaban will see her", "Apixaban"),
        ("baby Rolex lost weight", "Rolex"),
        ("her mum Zetuvit called", "Zetuvit"),
        ("the Kowaltschyk boys came", "Kowaltschyk"),
        ("seen with Gartzlund 7/52 of cough", "Gartzlund"),
        ("at the wedding of Gartzlund 4 Dec", "Gartzlund"),
        ("Bed 4 Zelvotrimab has chest pain", "Zelvotrimab"),
        ("Zelvotrimab rang the ward", "Zelvotrimab"),
        ("parks at Zelvotrimab and walks", "Zelvotrimab"),
        ("the Apixaban rep came", "Apixaban"),
        ("the Somali line is booked", "Somali"),
        ("the Ramsbottoms came", "Ramsbottoms"),
        ("a Ngozichi Obiwu rang", "Ngozichi"),
        ("he asked Trishka to ring her back today", "Trishka"),
        ("the review was done today and it is billed .8. TJB", "TJB"),
        ("all was seen and then signed by RKB on the ward today", "RKB"),
        ("the card was blocked by our analyst, says JB Toussaint in the file", "JB"),
        ("WARD LIST FOR TODAY: OKAFOR, NSTEMI, BED FOUR", "OKAFOR"),
    ],
)
def test_whoever_is_called_so_is_somebody(text, name):
    assert name not in words(text)


def test_a_known_surname_is_believed_less():
    ((_, _, most),) = nobodys_words("the Thompson retractor", 4, 12)
    assert is_known_name("Thompson")
    assert most < 0.5


def test_the_model_counts_where_names_stand():
    beside = {most for _, _, most in nobodys_words("Apixaban lives here", 0, 19)}
    alone = {most for _, _, most in nobodys_words("on Apixaban now", 0, 15)}
    assert max(beside) < min(alone)
