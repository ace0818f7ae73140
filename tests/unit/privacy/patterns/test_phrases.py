"""Numbers before words that are no address, and numbers of orders that are no ZIP codes."""

import pytest

from backend.privacy.patterns import scan_patterns


def found(text, kind):
    return [text[d.start : d.end] for d in scan_patterns(text) if d.entity_type == kind]


@pytest.mark.parametrize(
    "text",
    [
        "Lisinopril 5 mg stopped by Dr. Patel",
        "Metoprolol 25 mg BD by Dr. Hussain",
        "12 units of insulin given by Dr. Roe",
        "10 ml IV at night per Dr. Sloan",
        "Seen on day 3 with Dr. Amis",
        "Immunizations UTD. PCP Dr. Goldberg",
        "Mother of Baby St. John",
        "Tab 500 TDS for 7 days, St. Anne's ward",
    ],
)
def test_a_dose_before_a_title_is_no_address(text):
    assert found(text, "STREET_ADDRESS") == []


@pytest.mark.parametrize("street", ["25 Mane Drive", "12 Maple Dr", "5 Long Way Dr", "10 Iv Road", "7 Cap Street"])
def test_a_street_that_is_called_as_a_dose_is_one(street):
    assert street in found(f"She lives at {street}, Austin", "STREET_ADDRESS")[0]


@pytest.mark.parametrize("said", ["Order #94103", "order # 94103", "invoice no. 94103", "Ticket No 94103", "№ 94103"])
def test_the_number_of_an_order_is_no_zip_code(said):
    text = f"{said} was delivered to 12 Oak Street, Oakland"
    assert found(text, "ZIP_CODE") == []


def test_a_zip_code_is_one():
    assert (
        found("12 Oak Street, Oakland, CA 94103", "ZIP_CODE")
        or "94103" in found("12 Oak Street, Oakland, CA 94103", "STREET_ADDRESS")[0]
    )


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("HARBOUR CU: your OTP is 77 19 04, valid 5 min.", "PASSWORD", "77 19 04"),
        ("passcode: 41-22-90 until noon", "PASSWORD", "41-22-90"),
        ("El código: contraseña inicial Gernika.26, nómina", "PASSWORD", "Gernika.26"),
        ("mot de passe: Lune_31", "PASSWORD", "Lune_31"),
        ("password provvisoria Gelsomino7! per il portale", "PASSWORD", "Gelsomino7!"),
        ("Breite 52,5163, Länge 13,3777", "COORDINATES", "52,5163"),
        ("latitud 40,4168 y longitud -3,7038", "COORDINATES", "-3,7038"),
    ],
)
def test_codes_passwords_and_places_as_other_languages_write_them(text, kind, value):
    assert any(value in one for one in found(text, kind))


@pytest.mark.parametrize(
    "text", ["Breite 1,234 mm, Länge 2,500 mm", "a pin of 12 mm", "the password provisional entry"]
)
def test_measures_and_words_are_no_codes(text):
    assert found(text, "COORDINATES") == found(text, "PASSWORD") == []
