"""A text of a clinic is told by its words, doses and endings; other texts are none for one word of it."""

import pytest

from backend.privacy.detect.trades.beside import is_beside_deeds, is_beside_terms
from backend.privacy.detect.trades.clinical import is_clinical
from backend.privacy.detect.trades.figures import is_figure


@pytest.mark.parametrize(
    "text",
    [
        "Pt c/o dysuria, UA pos.",
        "Started 10 mg, reviewed on the ward.",
        "NO DRUG ALLERGIES. WOUND DRY.",
        "Dix-Hallpike positive right; labyrinthitis and otosclerosis considered.",
        "Lovenox and Zofran, please.",
        "Known endometriosis, BP 120/80.",
    ],
)
def test_a_note_is_of_a_clinic(text):
    assert is_clinical(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The patient died, so the estate passes to her niece.",
        "Please restart the server; the patch is on the share.",
        "I bought 2 tablets and a phone for the office.",
        "The hearing is on Monday before Judge Ward.",
    ],
)
def test_another_text_is_none(text):
    assert not is_clinical(text)


@pytest.mark.parametrize(
    "text",
    [
        "Dermol, ⟦Zetuvit⟧, Cavilon",
        "started ⟦Zetuvit⟧ yesterday",
        "⟦Zetuvit⟧ 10 mg",
        "⟦Zetuvit⟧ cream",
        "switched to ⟦Zetuvit⟧.",
        "apixaban and ⟦Zetuvit⟧",
    ],
)
def test_doses_givers_and_lists_tell_of_drugs(text):
    start, end = text.index("⟦"), text.index("⟧") - 1
    bare = text.replace("⟦", "").replace("⟧", "")
    assert is_beside_terms(bare, start, end)


@pytest.mark.parametrize("text", ["asked Zetuvit", "with Zetuvit today", "Zetuvit is a nurse", "to Zetuvit, please"])
def test_nothing_tells_of_them_elsewhere(text):
    start = text.index("Zetuvit")
    assert not is_beside_terms(text, start, start + 7)


@pytest.mark.parametrize("behind", [" to bleed", " has", "'s fistula", ", 34F", " and family", " merely", " reviewed"])
def test_what_people_do_speaks_against_it(behind):
    assert is_beside_deeds(f"Zetuvit{behind}", 7)


@pytest.mark.parametrize("value", ["11.4", "380", "D 18", "4/52", "0.5+", "(22)"])
def test_a_short_number_is_a_figure(value):
    assert is_figure(value)


@pytest.mark.parametrize("value", ["1234", "2/28", "28/2", "22:15", "12-34-56", "Vit 18", "2.12.84"])
def test_accounts_dates_times_and_words_are_none(value):
    assert not is_figure(value)
