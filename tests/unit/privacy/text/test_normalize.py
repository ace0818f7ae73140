"""Normalization: what becomes of each disguise, what stays, and the laws of the map of offsets."""

import itertools
import unicodedata
from functools import partial

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from backend.privacy.text.normalize import fold, normalize
from tests import pace

ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\u034f"
MARKS = "\u200e\u200f\u202a\u202b\u202d\u202e\u202c\u2066\u2067\u2068\u2069\u061c"
NASTY = (
    ZERO_WIDTH
    + MARKS
    + "\ufe0f\U000e0101\U000e0041\U000e007f\u0301\u0308\u0335\u20e3\u3099\uff9e\u0327\u1161\u11a8ᄀ각\u0345"
    + "ｊＡ１＠．　𝐉𝟙Ⓙ①🅹ﬁ½²™№…İßŉǰΐ‘’“”«»–—−\u00a0\u2003\u3000\u2028\x00\x0b\t\n\x85&;#amplt64x0AJohn @.-_٤५"
    + "аеорсухАВЕКМНОРСТХвкнїёйΑΝΟανοηλ\ud800🇫🇷👩❤가か漢שׁ\u05c2ا\u064bไ\u0e33"
)
PIECES = [
    "&#64;",
    "&amp;",
    "&amp;amp;",
    "&nbsp;",
    "&#x200b;",
    "&am&#112;;",
    "&ffilig;",
    "&NotEqualTilde;",
    "&lt;",
    "John",
    "сох",
    "&#0;",
]
nasty = st.lists(st.one_of(st.sampled_from(NASTY), st.sampled_from(PIECES)), max_size=24).map("".join)
texts = st.one_of(st.text(), st.text(st.characters()), nasty)

CASES = {
    "fullwidth": ("Ｊｏｈｎ　１２３＠ｘ．ｃｏｍ", "John 123@x.com"),
    "zero-width": ("jo\u200bhn\u200d@exa\ufeffmple\u2060.com", "john@example.com"),
    "soft hyphen": ("exam\u00adple", "example"),
    "bidirectional": ("\u202ejohn\u202c \u2067Smith\u2069\u200f", "john Smith"),
    "Cyrillic in Latin": ("Jоhn Smіth, аnn@ехаmple.com", "John Smith, ann@example.com"),
    "a Latin word of Cyrillic letters alone": ("Mr Сох", "Mr Cox"),
    "an address of Cyrillic letters in a Russian text": ("Пишите: сео@сох.com", "Пишите: ceo@cox.com"),
    "Latin in Cyrillic": ("Ивaнoв Cepгeй и Макapoв", "Иванов Сергей и Макаров"),
    "Latin i in Ukrainian": ("Киiв", "Київ".replace("ї", "і")),
    "Greek in Latin": ("Jοhη Κim", "John Kim"),
    "Latin in Greek": ("Ελλάδa Nίκoς", "Ελλάδα Νίκος"),
    "Cyrillic beside digits": ("passport АВ123456С, sir", "passport AB123456C, sir"),
    "NFD": (unicodedata.normalize("NFD", "Zoë Ångström й ế"), "Zoë Ångström й ế"),
    "zero-width within NFD": ("Zoe\u200b\u0308", "Zoë"),
    "entities": ("john&#64;x&#x2E;com&nbsp;&lt;b&gt; &eacute;", "john@x.com <b> é"),
    "entities without an end": ("john&#64x", "john@x"),
    "entities in entities": ("a&amp;#64;b &amp;amp;amp;lt; &am&#112;;lt;", "a@b < <"),
    "entities in fullwidth": ("a＆＃64；b", "a@b"),
    "no entities": ("AT&T &unknown; ?a=1&copy=2 &amp;unknown;", "AT&T &unknown; ?a=1&copy=2 &unknown;"),
    "an entity of entities": ("&&#035;64; &am&#112;;#64; &amp;amp;#6&#52;;", "@ @ @"),
    "an entity without an end beside Cyrillic": ("&#x41\u0432\u043d\u0435", "\u0410\u0432\u043d\u0435"),
    "an invisible entity": ("jo&ZeroWidthSpace;hn &shy;x", "john x"),
    "mathematical": ("𝐉𝐨𝐡𝐧 𝒮𝓂𝒾𝓉𝒽 𝟙𝟚𝟛 𝚓𝚘", "John Smith 123 jo"),
    "circled": ("Ⓙⓞⓗⓝ 🅹🅾🅗 ①②❸➉", "John JOH 12310"),
    "small capitals": ("ᴊᴏʜɴ", "john"),
    "superscript": ("⁵⁵⁵⁻¹²³⁴ ᴶᵒʰⁿ", "555-1234 John"),
    "footnote": ("Smith¹² said", "Smith   said"),
    "digits": ("٤٥٦ ۴۵۶ ४५६ ๔๕๖", "456 456 456 456"),
    "keycap": ("5\ufe0f\u20e3", "5"),
    "variation selectors": ("Jo\ufe0fhn\U000e0101 ❤\ufe0f", "John ❤"),
    "a few tags": ("jo\U000e0061\U000e0062hn 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e007f", "john 🏴"),
    "a text in tags": ("Hi. " + "".join(chr(0xE0000 + ord(c)) for c in "John Smith"), "Hi. John Smith"),
    "zalgo": ("J\u0335\u0321o\u0301\u0302\u0303\u0304\u0337h\u0489n\u0361", "John"),
    "stress": ("за\u0301мок", "замок"),
    "dashes": ("555\u2011123\u20134567\u2212\u2014", "555-123-4567--"),
    "quotes": ("O’Brien ‘x’ “y” «z» „w‟", "O'Brien 'x' \"y\" \"z\" \"w\""),
    "spaces": ("a\u00a0b\u2003c\u202fd\u3000e\u2028f", "a b c d e\nf"),
    "ligature": ("ﬁnn Ǆ …", "finn DŽ ..."),
    "control characters": ("jo\x00h\x08n\x7f", "john"),
    "halfwidth": ("ｶﾞｷ", "ガキ"),
    "Arabic shapes": ("ﻣﺤﻤﺪ", "محمد"),
}  # fmt: skip

UNTOUCHED = [
    "Plain text, 1 + 2 = 3; e-mail a.b@c.de & more.\r\n\tNext",
    "Сосо оса хор рос; он а не она. Вера Сорос из Москвы в IBM, PDF-файл, Wi-Fi и PDFки",
    "Η Ελλάδα και ο Νίκος Παπαδόπουλος στην Αθήνα",
    "TNF-α, λ = 5 μm, 3 × 4",
    "Café Zoë naïve Łódź Đặng Nguyễn İstanbul",
    "№ 5 ™ ½ ℃ ¨ 漢字 かな 한국어 हिन्दी ไทย עברית العربية",
    "Emoji 👍🏽 🇫🇷",
    "",
]


@pytest.mark.parametrize(("text", "plain"), CASES.values(), ids=CASES)
def test_a_disguise_is_taken_off(text, plain):
    assert normalize(text).text == plain


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_is_no_disguise_stays(text):
    normalized = normalize(text)
    assert normalized.text == text
    assert normalized.is_plain


@pytest.mark.parametrize("hidden", [*ZERO_WIDTH, *MARKS, "\ufe0f", "\U000e0061"])
def test_what_is_hidden_in_an_address_is_within_its_source(hidden):
    text = f"To: {hidden}jo{hidden}hn@{hidden}x.com{hidden}."
    normalized = normalize(text)
    start = normalized.text.index("john@x.com")
    assert normalized.text[start:] == "john@x.com."
    first, last = normalized.to_source(start, start + 10)
    assert text[first:last] == f"jo{hidden}hn@{hidden}x.com"


def test_a_part_of_a_character_stands_for_the_whole():
    text = "x &#64; ﬃ e\u0301"
    normalized = normalize(text)
    assert normalized.text == "x @ ffi é"
    assert [text[slice(*normalized.to_source(i, i + 1))] for i in range(9)] == [
        *("x", " ", "&#64;", " ", "ﬃ", "ﬃ", "ﬃ", " ", "e\u0301")
    ]
    assert normalized.to_text(4, 5) == (2, 3)
    assert normalized.to_text(8, 9) == (4, 7)


def test_what_was_deleted_has_no_place_in_the_text():
    normalized = normalize("a\u200bb")
    assert normalized.to_text(1, 2) == (1, 1)
    assert normalized.to_text(0, 2) == (0, 1)
    assert not normalized.is_plain


def test_steps_after_each_other_have_one_map():
    text = "&#x200b;a&#x200b;&#769;&ffilig;\u200b&amp;#6\u200b4;"
    normalized = normalize(text)
    assert normalized.text == "áffi@"
    assert [text[slice(*normalized.to_source(i, i + 1))] for i in (0, 1, 3, 4)] == [
        *("a&#x200b;&#769;", "&ffilig;", "&ffilig;", "&amp;#6\u200b4;")
    ]


@pytest.mark.property
@given(texts)
def test_the_map_is_monotone_and_spans_stay_spans(text):
    normalized = normalize(text)
    spans = [normalized.to_source(i, i + 1) for i in range(len(normalized.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(after in (span, (max(span[1], after[0]), after[1])) for span, after in itertools.pairwise(spans))
    back = [normalized.to_text(i, i + 1) for i in range(len(text))]
    assert all(0 <= start <= end <= len(normalized.text) for start, end in back)
    assert all(after in (span, (max(span[1], after[0]), after[1])) for span, after in itertools.pairwise(back))


@pytest.mark.property
@given(texts)
def test_all_that_was_not_deleted_is_covered(text):
    normalized = normalize(text)
    covered = {place for i in range(len(normalized.text)) for place in range(*normalized.to_source(i, i + 1))}
    for place in set(range(len(text))) - covered:
        start, end = normalized.to_text(place, place + 1)
        assert start == end
    assert normalized.to_text(0, len(text)) == (0, len(normalized.text))


@pytest.mark.property
@given(texts, st.data())
def test_there_and_back_holds_the_span(text, data):
    normalized = normalize(text)
    if not normalized.text:
        return
    start = data.draw(st.integers(0, len(normalized.text) - 1))
    end = data.draw(st.integers(start + 1, len(normalized.text)))
    source = normalized.to_source(start, end)
    first, last = normalized.to_text(*source)
    assert first <= start < end <= last
    assert normalized.to_source(first, last) == source
    singles = [normalized.to_source(i, i + 1) for i in range(start, end)]
    assert source == (singles[0][0], singles[-1][1])


@pytest.mark.property
@given(texts)
@example("&amp;" * 5 + "lt;")
@example("1\u0345" + "\u0301" * 3)
def test_normalizing_twice_changes_nothing(text):
    plain = normalize(text).text
    assert normalize(plain).text == plain


@pytest.mark.property
@given(texts)
def test_nothing_that_is_not_shown_is_left(text):
    plain = normalize(text).text
    assert not set(plain) & set(ZERO_WIDTH + MARKS)
    assert unicodedata.normalize("NFC", plain) == plain


@pytest.mark.property
@given(texts)
def test_folding_twice_changes_nothing(text):
    folded = fold(text)
    assume("&" not in folded)  # letters that look alike may come to spell an entity
    assert fold(folded) == folded


def test_forms_of_a_name_are_folded_to_one():
    for form in ("JOHN  SMITH", "john\nsmith", "Ｊｏｈｎ\u00a0Smith", "jo\u200bhn Smith", "Jоhn Smіth", "𝐉𝐨𝐡𝐧 𝐒mith"):
        assert fold(form) == "john smith"
    assert fold("Семёнов") == fold("СЕМЕНОВ") == fold("Ceмeнов")
    assert fold("Straße") == fold("STRASSE")
    assert fold("José") != fold("Jose")
    assert fold("J0hn") != fold("John")


def test_normalizing_is_quick():
    words = ["the", "patient", "was", "seen", "by", "a", "doctor", "yesterday"] * 75
    russian = ["пациент", "был", "осмотрен", "врачом", "в", "клинике"] * 100
    for text, most in (
        (" ".join(words), 0.1),
        (" ".join(f"“{w}”" if i % 6 == 0 else w + "’s é" * (i % 5 == 0) for i, w in enumerate(words)), 1.0),
        (" ".join(russian), 1.5),
    ):
        assert pace.is_within(partial(normalize, text), most)
