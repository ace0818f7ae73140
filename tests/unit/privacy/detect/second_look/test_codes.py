"""Numbers of which a part was found."""

import pytest

from backend.privacy.detect.second_look.codes import whole_codes
from backend.privacy.types import Detection


@pytest.mark.parametrize(
    ("text", "part", "whole"),
    [
        ("contract V/2291-07, paid", "2291-07", "V/2291-07"),
        ("case A40-12345/2022.", "A40-12345", "A40-12345/2022"),
        ("lab 23-H-004471", "-H-004471", "23-H-004471"),
        ("flyer BA 4471 9022.", "4471 9022", "BA 4471 9022"),
        ("ask AB-12345/Smith", "12345", "AB-12345"),
        ("pressure 130/85", "130", "130"),
        ("see http://a/b-1234/x", "1234", "1234"),
        ("in 4471/7 parts", "4471", "4471/7"),
    ],
)
def test_a_number_is_whole(text, part, whole):
    start = text.index(part)
    (found,) = whole_codes(text, [Detection(start, start + len(part), "ID_NUMBER", 0.5, "Rampart")])
    assert text[found.start : found.end] == whole


def test_a_name_stays_as_it_is():
    found = [Detection(3, 7, "PERSON", 0.5, "Rampart")]
    assert whole_codes("AB-1234", found) == found


@pytest.mark.parametrize(
    ("text", "part", "whole"),
    [
        ("A# A 088 421 773 in hold", "088 421 773", "A 088 421 773"),
        ("лист ФС 041288170.", "041288170", "ФС 041288170"),
        ("Income tax no. SGX 44719022-08", "44719022-08", "SGX 44719022-08"),
        ("Protocol INPS PUC 447190228.", "447190228", "PUC 447190228"),
        ("sociétaire 8908270 K.", "8908270", "8908270 K"),
        ("PIN 44719022 and", "44719022", "44719022"),
        ("the NHS 9434765919", "9434765919", "9434765919"),
    ],
)
def test_letters_that_a_space_parts_from_the_digits_belong_to_them(text, part, whole):
    start = text.index(part)
    (found,) = whole_codes(text, [Detection(start, start + len(part), "TAX_ID", 0.5, "Rampart")])
    assert text[found.start : found.end] == whole


@pytest.mark.parametrize(
    ("text", "part", "whole"),
    [
        ("accounts adm-tvogel and", "tvogel", "adm-tvogel"),
        ("louane_33: bonjour", "louane", "louane_33"),
        ("louane_33: bonjour", "louane_", "louane_33"),
        ("CN=dmoreau-4471 revoked", "dmoreau", "dmoreau-4471"),
        ("Ann Smith-Jones came", "Smith", "Smith"),
        ("ann@smith-4.example", "smith", "smith"),
        ("smith_2.pdf is there", "smith", "smith"),
    ],
)
def test_a_login_with_a_name_in_it_is_whole(text, part, whole):
    start = text.index(part)
    (found,) = whole_codes(text, [Detection(start, start + len(part), "PERSON", 0.5, "Rampart")])
    assert text[found.start : found.end] == whole


@pytest.mark.parametrize(
    "text", ["«340 000» €", "«20» мг", "«CVE-2021-44228»", "«ORA-12154»", "«INC0044719»", "«1.22.4»"]
)
def test_amounts_and_codes_known_to_all_are_nobodys_number(text):
    start, end = text.index("«"), text.index("»") - 1
    plain = text.replace("«", "").replace("»", "")
    assert whole_codes(plain, [Detection(start, end, "ZIP_CODE", 0.8, "Rampart")]) == []
    assert whole_codes(plain, [Detection(start, end, "ZIP_CODE", 0.8, "Patterns: us_zip")])


@pytest.mark.parametrize(
    ("text", "value", "kind", "after"),
    [
        ("Order 55120 was posted", "55120", "ZIP_CODE", "ID_NUMBER"),
        ("Rechnung Nr. 80331 folgt", "80331", "ZIP_CODE", "ID_NUMBER"),
        ("заказ № 101000 отправлен", "101000", "ZIP_CODE", "ID_NUMBER"),
        ("in order to reach 55120 Mainz", "55120", "ZIP_CODE", "ZIP_CODE"),
        ("The code on the box reads K4417720.", "K4417720", "DRIVER_LICENSE", "ID_NUMBER"),
        ("his licence is K4417720", "K4417720", "DRIVER_LICENSE", "DRIVER_LICENSE"),
        ("Numer 4417720931 w aktach", "4417720931", "TAX_ID", "ID_NUMBER"),
        ("his tax number is 4417720931", "4417720931", "TAX_ID", "TAX_ID"),
        ("the booklet L8771904", "L8771904", "PASSPORT", "ID_NUMBER"),
        ("passport L8771904", "L8771904", "PASSPORT", "PASSPORT"),
    ],
)
def test_a_guess_at_a_numbers_kind_holds_where_a_word_names_it(text, value, kind, after):
    start = text.index(value)
    (found,) = whole_codes(text, [Detection(start, start + len(value), kind, 0.5, "Rampart")])
    assert (text[found.start : found.end], found.entity_type) == (value, after)
