"""Words of trades are no names, unless something beside them makes names of them."""

import pytest

from backend.privacy.detect.second_look.ordinary import spare
from backend.privacy.detect.trades import TERMS, WEAK, terms
from backend.privacy.detect.trades.russian import ALWAYS, ROLES
from backend.privacy.detect.vocabulary.french import spare_french
from backend.privacy.names.gazetteer import PLACES
from backend.privacy.names.parts import stem
from backend.privacy.types import Detection
from tests import pace
from tests.unit.privacy.detect.second_look.test_ordinary import names_of_people


def words(text):
    return {text[term.start : term.end] for term in terms(text)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Started Zelvorimab and Ondapril, then fexotinib for pleuritis", ["Zelvorimab", "fexotinib", "pleuritis"]),
        ("Known Parkinson's disease; Foley catheter, Duke criteria", ["Parkinson", "Foley", "Duke criteria"]),
        (
            "Hashimoto's, Rinne positive, Rockwood 6, suspected Boerhaave",
            ["Hashimoto", "Rinne", "Rockwood", "Boerhaave"],
        ),
        (
            "PMHx T2DM, HbA1c 52, SpO2 96, CURB-65 2, NBM, MDT",
            ["PMHx", "T2DM", "HbA1c", "SpO2", "CURB-65", "NBM", "MDT"],
        ),
        ("under the Quiet Lanes Act 1998 and section 21(3)", ["Quiet Lanes Act 1998", "section 21(3)"]),
        ("Form C100, Part 36, Article 4, Rule 35", ["Form C100", "Part 36", "Article 4", "Rule 35"]),
        ("prima facie, a Tomlin order; Calderbank offer", ["prima facie", "Tomlin order", "Calderbank offer"]),
        ("Faster Payments, Bounce Back Loan, IFRS 9", ["Faster Payments", "Bounce Back Loan", "IFRS 9"]),
        ("PaperCut, NVMe and OpenSSL in Veeam", ["PaperCut", "NVMe", "OpenSSL", "Veeam"]),
        ("Universal Credit, Blue Badge, Green Belt", ["Universal Credit", "Blue Badge", "Green Belt"]),
        ("LBBB, Sgarbossa negative; Hollenhorst plaque", ["Sgarbossa", "Hollenhorst"]),
        ("Child-Pugh B, House-Brackmann IV, Ranson 3", ["Child-Pugh B", "House-Brackmann IV", "Ranson"]),
        ("Flaminal. Waterlow 18. Cockcroft-Gault CrCl 54", ["Waterlow", "Cockcroft-Gault"]),
        ("16 Fr Foley and Dawson's fingers; Entresto 49/51", ["Foley", "Dawson's fingers", "Entresto"]),
        ("Glasgow Coma Scale 15, Oxford hip score 44", ["Glasgow Coma Scale", "Oxford hip score"]),
        ("болезнь Паркинсона, Амоксиклавом, СНИЛС и ОСАГО", ["Паркинсона", "Амоксиклавом", "ОСАГО"]),
        ("швы по Донати, дренаж по Редону", ["Донати", "Редону"]),
        ("il a vomi l'Advil, plus d'Augmentin", ["Advil", "Augmentin"]),
        ("drain: 12F Seldinger, then tPA", ["Seldinger"]),
        ("maladie de Crohn, échelle de Braden, loi Carrez", ["Crohn", "Braden", "loi Carrez"]),
    ],
)
def test_words_of_trades_are_found_by_shape_context_and_lists(text, found):
    assert set(found) <= words(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mr Parkinson has Parkinson's disease", "Mr Parkinson"),
        ("seen by Dr Crohn, who called", "Dr Crohn"),
        ("Crohn, Ilse: home today", "Crohn"),
        ("Ward round: Hodgkin bed 4", "Hodgkin"),
        ("Foley rang, he can't come", "Foley"),
        ("Foley's wife wants news", "Foley"),
        ("James Parkinson's disease", "James Parkinson"),
        ("Bed 6: Whipple, day 2", "Whipple"),
        ("J. Hodgkin's notes", "Hodgkin"),
        ("told Miranda about it", "Miranda"),
        ("HCA Preiser and sister Kasai", "Preiser"),
        ("HCA Preiser and sister Kasai", "Kasai"),
        ("asked by Dr. Sgarbossa", "Sgarbossa"),
        ("Bed 5 Menkes, DKA", "Menkes"),
        ("Dawson's wife rang", "Dawson"),
        ("Fournier excluded from school", "Fournier"),
        ("Devic, Marie: home", "Devic"),
        ("Kerley, who called", "Kerley"),
        ("AKHTAR Nadeem and SMITH, JOHN", "SMITH"),
        ("McDonald, DeVries and JohnCarpenter", "McDonald"),
        ("at Terry's, with Sarah's.", "Terry"),
        ("Jackson letter and Murphy 62", "Jackson"),
        ("Boulanger; Martin + Scott", "Scott"),
        ("решение по Донати и звонок по Гусакову", "Гусакову"),
        ("швы по Донати Игорю", "Донати"),
        ("plate LB70 ZPX", "LB70"),
        ("passport AB 118420", "AB"),
        ("login radebem1 locked", "radebem1"),
        ("PO Box 1180, Level 3", "Box 1180"),
        ("order 4471 of OLCZAK", "order 4471"),
    ],
)
def test_a_name_of_its_own_right_is_none(text, name):
    start = text.index(name)
    spans = [(term.start, term.end) for term in terms(text)]
    assert not any(a < start + len(name) and b > start for a, b in spans)


@pytest.mark.parametrize("said", ["Reinke absent today", "Menkes excluded from school", "Devic present at handover"])
def test_what_people_may_be_too_makes_no_sign_of_a_rare_name_for_sure(said):
    assert not [term for term in terms(said) if term.most == 1.0 or term.is_phrase]


def test_a_word_of_a_trade_is_cut_from_a_guess_alone():
    text = "Nadia Keppra. Xarelto 20 mg"

    def found(recognizer, start, end, score=0.6, kind="PERSON"):
        return Detection(start, end, kind, score, recognizer)

    assert [text[d.start : d.end].strip() for d in spare(text, [found("Spacy", 0, 12)])] == ["Nadia"]
    assert spare(text, [found("Rampart", 14, 21), found("Spacy", 14, 21, kind="LOCATION")]) == []
    eponym = "LBBB, Sgarbossa negative"
    assert spare(eponym, [found("Introduced", 0, 15, 0.4), found("Spacy", 6, 15)]) == []
    kept = [found("Introduced", 14, 21, 0.7), found("Spacy", 14, 21)]
    assert spare(text, kept) == kept


def test_the_model_is_believed_where_a_word_may_be_somebody_s_name():
    text = "Sheet of ISVA is here"
    assert spare(text, [Detection(9, 13, "PERSON", 0.8, "Rampart")])
    assert not spare(text, [Detection(9, 13, "PERSON", 0.2, "Rampart")])


def test_numbers_of_people_stay_hidden_beside_words_of_a_trade():
    text = "Ref E153008, card 6637, Revolut 4417"
    found = [Detection(4, 11, "ID_NUMBER", 0.8, "Rampart"), Detection(18, 36, "STREET_ADDRESS", 0.5, "Rampart")]
    assert spare(text, found) == found


@pytest.mark.parametrize(
    ("value", "text", "stays"),
    [
        ("Livraison", "Livraison demain. ", False),
        ("prévenu", "L'interne est prévenu. ", False),
        ("Boulanger", "Voir avec Boulanger demain. ", True),
        ("Pierre", "Pierre est venu. ", True),
        ("Kerdoncuff", "Kerdoncuff est venu. ", True),
    ],
)
def test_french_words_at_the_start_of_a_sentence_are_no_names(value, text, stays):
    start = text.index(value)
    found = [Detection(start, start + len(value), "PERSON", 0.6, "Spacy")]
    assert list(spare_french(text, found)) == (found if stays else [])


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ("Bouaziz périmé", "Bouaziz"),
        ("collège Cassignol", "Cassignol"),
        ("Équipage Rossi", "Rossi"),
        ("Quentin Delahaye-Roux", "Quentin Delahaye-Roux"),
        ("Jean de la Tour", "Jean de la Tour"),
        ("Pierre Boulanger", "Pierre Boulanger"),
    ],
)
def test_french_words_beside_a_name_are_no_part_of_it(value, left):
    found = list(spare_french(value, [Detection(0, len(value), "PERSON", 0.6, "Spacy")]))
    assert [value[d.start : d.end] for d in found] == [left]


def test_nobody_is_called_as_a_word_of_a_trade_is_that_needs_no_context():
    people = {name.lower() for name in names_of_people()}
    assert not TERMS & people
    assert not TERMS & PLACES
    assert not (ALWAYS | ROLES) & {stem(name) for name in people}


@pytest.mark.parametrize("sentence", ["I spoke with {} today.", "{} was seen in clinic", "Notes of {}, please"])
def test_hardly_anybody_s_name_looks_like_a_word_of_a_trade(sentence):
    people = set(names_of_people())
    taken = {name for name in people if any(term.most > WEAK for term in terms(sentence.format(name)))}
    assert len(people) > 10_000
    assert taken <= {"Sister", "Te Koha"}


@pytest.mark.parametrize("unit", ["Foley, ", "A-", "Aa", "Act and ", "Quiet Lanes ", "T2DM ", "Form ", "Bed 1 Foley "])
def test_time_grows_with_the_length_alone(unit):
    assert pace.grows_evenly(lambda size: list(terms((unit * size)[:size])), 20_000)


@pytest.mark.parametrize("said", ["password is", "pw:", "Kennwort", "mot de passe :", "пароль", "log in as"])
def test_a_word_of_mixed_letters_behind_a_password_is_no_product(said):
    assert "brightPencils" in words("We use brightPencils here")
    assert "brightPencils" not in words(f"{said} brightPencils, ok")
