"""Each pattern finds what it should, whole, and leaves alone what it should."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.privacy.patterns import scan_patterns
from backend.privacy.patterns.scan import PATTERNS, every_match
from backend.privacy.types import Detection
from tests import pace
from tests.unit.privacy.patterns.cases import TABLE

ROWS = [[cell.replace("\\n", "\n") for cell in line.split(" | ")] for line in TABLE.strip().splitlines()]
BY_NAME = {pattern.name: pattern for pattern in PATTERNS}
CHECKED_ALWAYS = frozenset({"ru_inn_person", "imei"})  # their form alone tells nothing
POSITIVE = [(row[0], text, index) for row in ROWS for index, text in enumerate(row[1:3])]


def _marked(text):
    """Return a text without its «», and the spans that stood in them."""
    spans = []
    plain = ""
    for part in re.split("([«»])", text):
        if part == "«":
            start = len(plain)
        elif part == "»":
            spans.append((start, len(plain)))
        else:
            plain += part
    return plain, spans


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("kit@lowe.example / popcorn99, thanks", "popcorn99"),
        ("kit@lowe.example:sunshine", "sunshine"),
        ("kit@lowe.example | Kiwi_2024.", "Kiwi_2024"),
        ("git clone git@github.com:kiwi/lemon", None),
        ("write to kit@lowe.example, thanks", None),
        ("kit@lowe.example / Marketing", None),
    ],
)
def test_a_password_behind_an_address_is_one(text, value):
    found = [text[d.start : d.end] for d in scan_patterns(text) if d.entity_type == "PASSWORD"]
    assert found == ([value] if value else [])


def _by(name, text):
    return {(d.start, d.end) for d in every_match(text) if re.match(rf"Patterns: {name}(?:,|$)", d.recognizer)}


def _found(text):
    return {(text[d.start : d.end], d.entity_type) for d in scan_patterns(text)}


def test_every_pattern_has_its_row():
    assert sorted(row[0] for row in ROWS) == sorted(BY_NAME)
    assert len(BY_NAME) == len(PATTERNS)


@pytest.mark.parametrize(("name", "text", "index"), POSITIVE, ids=[f"{name}-{index}" for name, _, index in POSITIVE])
def test_a_pattern_finds_the_whole_value(name, text, index):
    plain, spans = _marked(text)
    start, end = spans[-1]
    assert (start, end) in _by(name, plain)
    covered = {i for d in scan_patterns(plain) for i in range(d.start, d.end)}
    assert set(range(start, end)) <= covered


@pytest.mark.parametrize(("name", "text"), [(row[0], row[3]) for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_pattern_leaves_others_alone(name, text):
    assert _by(name, text) == set()


@pytest.mark.parametrize(("name", "text", "index"), [row for row in POSITIVE if BY_NAME[row[0]].check], ids=str)
def test_a_mistyped_value_is_reported_too(name, text, index):
    plain, spans = _marked(text)
    value = plain[slice(*spans[-1])]
    check = BY_NAME[name].check
    assert check is not None
    assert check(value) is (index == 0 or name in CHECKED_ALWAYS)


@pytest.mark.parametrize(
    ("text", "entity_type"),
    [
        ("write to «john.o'neil+x@sub.example.co.uk».", "EMAIL_ADDRESS"),
        ("write to «root@intranet-host» please", "EMAIL_ADDRESS"),
        ('write to «"john doe"@example.com» please', "EMAIL_ADDRESS"),
        ("«john at example dot com»", "EMAIL_ADDRESS"),
        ("«john.smith [at] gmail [dot] com»", "EMAIL_ADDRESS"),
        ("«j.doe(at)corp.local»", "EMAIL_ADDRESS"),
        ("«JOHN AT EXAMPLE DOT COM»", "EMAIL_ADDRESS"),
        ("mail «k.r.n @ example . in».", "EMAIL_ADDRESS"),
        ("mail «quill99 (a) example.org» now", "EMAIL_ADDRESS"),
        ("mail «quill99@example,org» now", "EMAIL_ADDRESS"),
        ("почта «ivan собака mail точка ru»", "EMAIL_ADDRESS"),
        ("see «https://www.UEarly.se/a?b=c», ok", "URL"),
        ("see «www.example.org/path?x=1».", "URL"),
        ("see «t.me/janedoe»", "URL"),
        ("«https://admin:s3cret@db.example.com/x»", "SECRET"),
        ("by «@jane_doe» today", "USERNAME"),
        ("by «@jane_doe:chat.example» today", "USERNAME"),
        ("from «fe80::1ff:fe23:4567:890a»,", "IP_ADDRESS"),
        ("«6e40:4041:c617:e898:c11:40d2:c669:2eb4»", "IP_ADDRESS"),
        ("at «aa:bb:cc:dd:ee:ff»", "MAC_ADDRESS"),
    ],
)
def test_addresses_in_networks(text, entity_type):
    plain, [(start, end)] = _marked(text)
    assert (plain[start:end], entity_type) in _found(plain)


@pytest.mark.parametrize(
    "text",
    [
        "send it to «6750 Koskikatu 25 Apt. 864\nArtilleros\n, CO\n Uruguay 64677».",
        "meet at «PSC 7951, Box 9972\nAPO AA 69974»",
        "«Unit 4719 Box 7394\nDPO AP 70942» in case",
        "lives at «221B Baker Street, London NW1 6XE, United Kingdom»",
        "«742 Evergreen Terrace, Springfield, OR 97477». He said",
        "later «17 rosehill gdns»",
        "to «900 N. Pecan».",
        "à la «résidence Les Ajoncs»",
        "«1600 Pennsylvania Ave NW, Washington, DC 20500»",
        "«12 rue de la Paix, 75002 Paris»",
        "«Rue de X 371»",
        "«Hammarvägen 15»",
        "«ul. Więckowskiego 28»",
        "«Harjukuja 54»",
        "«P.O. Box 104»",
        "«Suite 727»",
        "«Lindenallee 12a, 50667 Köln»",
        "«10115 Berlin, Hauptstraße 5»",
        "«Kerkstraat 9»",
        "«Nørregade 5»",
        "«Kossuth utca 3.»",
        "«Mannerheimintie 12 B»",
        "«Calle Mayor 15, 28013 Madrid»",
        "«Via Roma 12, 00184 Roma»",
        "«Avenida Paulista, 1578 - São Paulo - SP, 01310-200»",
        "«г. Москва, ул. Большая Ордынка, д. 5, кв. 12»",
        "«125009, г. Москва, Тверская ул., д. 7, кв. 15»",
        "«ul. Marszałkowska 10, 00-590 Warszawa»",
        "«Vodičkova ulice 28»",
        "meet at «the corner of Main Street and 5th Avenue»",
        "he lives at «Allika 46»",
        "«3911 fourth avenue suite 112 calgary alberta»",
        "«742 evergreen terrace, springfield, or 97477»",
        "живу по адресу «ул. ленина, д. 5, кв. 12»",
        "«ul. marszałkowska 10»",
        "«12 rue de la paix, 75002 paris»",
        "«Árpád fejedelem útja 62.»",
        "«Via dei Fiorentini 17»",
    ],
)
def test_postal_addresses_are_found_whole(text):
    plain, [(start, end)] = _marked(text)
    assert (plain[start:end], "STREET_ADDRESS") in _found(plain)


@pytest.mark.parametrize(
    "text",
    [
        "Windows 10 and iPhone 12 Pro; 24/7 support; 50% of $1,250,000.00 in 2019-2020; version 3.11.4",
        "In 1990, 250 000 000 people; pages 123-456; chapter 12; ISO 9001; RFC 2616",
        "The score was 3-2, 10:30 am, 5 km, 12 miles down the road, 3 cars in the street",
        "Take Interstate 95 to Highway 61, Flight BA 2490",
        "ISBN 978-3-16-148410-0, DOI 10.1000/182, Section 230, Article 50, Boeing 747-400",
        "file.py, main.rs e.g. this, i.e. that. Next.Then it.So U.S. Node.js",
        "Your password was reset yesterday. The key to success is hard work. Pass it on.",
        "It costs 1 250 000 рублей, 12.50 EUR or 99.99",
        "One of two things: first, the second half; then ten of twelve.",
        "BP 120/80 mmHg, glucose 5.6 mmol/L, 500 mg twice daily, WBC 11,000/mm3, type 2 diabetes, stage 3, T2 N1 M0",
        "it is 12 miles down the road, 3 cars in the street, 2 more on the way, and 10 minutes to drive there",
        "Lunch @ noon. Then @ work. the third of them, 2 + 2 = 4, series 12, 30 KB 12/24",
        "Python 3.12.1, numpy==2.0.1, HTTP/1.1 200, utf-8, x86_64, sha256, 1920x1080, 4K, 100%",
    ],
)
def test_plain_numbers_and_words_are_not_personal(text):
    assert _found(text) == set()


def test_a_detection_says_why():
    [found] = scan_patterns("PESEL 44051401359")
    assert found.recognizer == "Patterns: pl_pesel, checksum valid, context"
    assert [d.recognizer for d in scan_patterns("see 078-05-1120")] == ["Patterns: us_ssn, checksum valid"]


def test_none_lies_within_a_surer_one():
    found = scan_patterns("Card 4111 1111 1111 1111, call +1 (555) 555-0100, https://a.example.com/x?y=1@b.example.com")
    for inner in found:
        assert not any(
            other is not inner and other.start <= inner.start and inner.end <= other.end and other.score >= inner.score
            for other in found
        )


def test_capitals_that_grow_when_lowered_move_nothing():
    text = "İİİİ password: hunter2"
    assert Detection(15, 22, "PASSWORD", 0.9, "Patterns: password") in scan_patterns(text)


PROSE = (
    "The committee met again on Tuesday to discuss the future of the old library, which has stood empty since the "
    "river rose last spring. Nobody could say what the repairs would cost, but most of the members thought that the "
    "building was worth keeping. She explained that the roof could be mended in 12 weeks, though the windows on the "
    "north side would have to be replaced. Someone asked whether the money might not be better spent on the road to "
    "the school. "
)


def test_prose_is_scanned_in_a_fraction_of_what_a_model_takes():
    text = " ".join((PROSE * 10).split()[:600])
    scan_patterns(text)
    assert pace.is_within(lambda: scan_patterns(text), 2)


HARD = [
    "1", "1 ", "12 345 ", ".", "1.", "a-", "a-a-a-", " ", "a@", "@", ":", "a:", "one ", "password ", "a.com ",
    "St ", "Abc ", "12 Abc ", "Apt. 1, ", "+1 ", "(", "a", "a1", "A1 ", "AB-1-", "x://", "a at b ",
    "-----BEGIN RSA PRIVATE KEY-----", "key ", "rue de la ", "Rue De La ", "1 rue Abc ", "C/ A ",
    "Main Street ", "may 1 ", "1\n", "4111 1111 ",
    "Suite 5\nAbc\n", "a_", "aB1/", "é", "ул. ", "9.9.", "x [at] ", "first of ", "the corner of A and B ",
    "DE89 3704 ", "0x", "°", "\n", ", ", "A. ", "a's ", "seed a ", "passphrase: a ",
]  # fmt: skip


@pytest.mark.parametrize("unit", HARD)
def test_no_text_takes_long(unit):
    assert pace.grows_evenly(lambda size: scan_patterns((unit * size)[:size]), 20_000)


ALPHABET = st.sampled_from(
    [
        "1", "23", "4567", " ", "\n", ".", "-", "/", "(", ")", "+", "@", ":", "A", "bc", "Street", "rue ",
        "password ", "May ", "ул. ", "×", "İ", "é", "\ud800", "€", "http://", "key=", "DE", "two ", " at ",
        " dot ", "#", "Apt ", "'", '"', "_",
    ]
)  # fmt: skip


@pytest.mark.property
@given(st.one_of(st.text(), st.lists(ALPHABET, max_size=60).map("".join)))
def test_spans_lie_in_any_text(text):
    found = scan_patterns(text)
    assert all(0 <= d.start < d.end <= len(text) and 0 < d.score <= 1 for d in found)
    assert found == sorted(found, key=lambda d: d.start)
    assert all(d.recognizer.startswith("Patterns: ") for d in found)


@pytest.mark.parametrize(
    ("text", "value", "entity_type"),
    [
        ("请致电13800138000或写信至ann.li@mail.com谢谢", "13800138000", "PHONE_NUMBER"),
        ("请致电13800138000或写信至ann.li@mail.com谢谢", "ann.li@mail.com", "EMAIL_ADDRESS"),
        ("อีเมลsomchai@mail.comขอบคุณ", "somchai@mail.com", "EMAIL_ADDRESS"),
        ("身份证号110101199003077758已登记", "110101199003077758", "CN_ID"),
        ("주민등록번호는840914-1447190입니다", "840914-1447190", "KR_RRN"),
        ("IBAN: DE33 7015 0000 0094 1187 26", "DE33 7015 0000 0094 1187 26", "IBAN_CODE"),
        ("CUIT 20-12345678-5", "20-12345678-5", "AR_CUIT"),
        ("at The Old Dairy, Nettle Lane", "The Old Dairy, Nettle Lane", "STREET_ADDRESS"),
        ("fingerprint 44:71:90:22:8a:0b:cc:17:5e:90:41:77", "44:71:90:22:8a:0b:cc:17:5e:90:41:77", "SECRET"),
    ],
)
def test_a_value_is_whole_and_of_its_own_type(text, value, entity_type):
    assert (value, entity_type) in _found(text)
    assert all(kind == entity_type for found, kind in _found(text) if found in value)


def test_what_ends_a_longer_number_is_no_other_one():
    assert not [d for d in every_match("CUIT 20-12345678-5") if d.entity_type == "CL_RUT" and d.score > 0.5]
