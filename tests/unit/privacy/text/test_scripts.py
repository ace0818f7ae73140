"""Mentions in all scripts: found where they stand, with what their language puts beside them, and nowhere else."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from backend.privacy.text.scripts import Edge, Fit, edge, fit, is_cut
from backend.results.grounding import Text, widen
from backend.results.spelling import fold_spelling

nfd = lambda text: unicodedata.normalize("NFD", text)  # noqa: E731
TABLE = [
    # without spaces between words
    ("Chinese, digits", "病人服用250毫克Altaxo片剂", "250毫克", ["250毫克"]),
    ("Chinese, Latin", "病人服用250毫克Altaxo片剂", "Altaxo", ["Altaxo"]),
    ("Chinese, digits alone", "2024年买了20台", "20", ["20"]),
    ("Chinese, within", "我在北京工作，他也在北京", "北京", ["北京", "北京"]),
    ("Chinese, part of a number", "共120台", "20", []),
    ("Chinese, part of a name", "使用iPhone手机", "Phone", []),
    ("Chinese, a space that the model added", "服用250毫克Altaxo片", "250 毫克 Altaxo", ["250毫克Altaxo"]),
    ("Chinese, a line's end", "我在北\n京工作", "北京", ["北\n京"]),
    ("Chinese, fullwidth", "买了ｉＰｈｏｎｅ１５手机", "iPhone15", ["ｉＰｈｏｎｅ１５"]),
    ("Chinese, astral", "😀𠮷野家的2碗", "𠮷野家", ["𠮷野家"]),
    ("Japanese", "東京本社のSony製α7は3台です", "Sony", ["Sony"]),
    ("Japanese, digits", "東京本社のSony製は3台です", "3台", ["3台"]),
    ("Japanese, Katakana beside Hiragana", "トヨタがホンダを", "ホンダ", ["ホンダ"]),
    ("Japanese, Katakana within", "ジャパンとパン", "パン", ["パン"]),
    ("Japanese, Katakana within alone", "ジャパン", "パン", []),
    ("Japanese, a compound", "トヨタグループとトヨタシステムズ", "トヨタ", ["トヨタ", "トヨタ"]),
    ("Japanese, a long vowel", "サーバーが", "サーバ", []),
    ("Japanese, a small letter", "カフェで", "カフ", []),
    ("Japanese, halfwidth", "ﾄﾖﾀｶﾞ勝つ", "トヨタ", ["ﾄﾖﾀ"]),
    ("Thai, Latin and digits", "ได้รับParacetamol500มิลลิกรัม", "Paracetamol500", ["Paracetamol500"]),
    ("Thai, Latin beside digits", "ได้รับParacetamol500มิลลิกรัม", "Paracetamol", ["Paracetamol"]),
    ("Thai, Latin", "ผู้ป่วยได้รับParacetamolวันละ3ครั้ง", "Paracetamol", ["Paracetamol"]),
    ("Thai, digits", "ผู้ป่วยได้รับParacetamolวันละ3ครั้ง", "3ครั้ง", ["3ครั้ง"]),
    ("Thai, within", "ฉันอยู่กรุงเทพกับแม่", "กรุงเทพ", ["กรุงเทพ"]),
    ("Thai, a vowel is not cut off", "กินที่บ้าน", "ท", []),
    ("Thai, a vowel that is written before", "ประเทศไทย", "ทย", []),
    ("Thai, sara am", "น้ำตาล", "น้", []),
    ("Lao", "ຂ້ອຍຢູ່ວຽງຈັນ2ປີ", "ວຽງຈັນ", ["ວຽງຈັນ"]),
    ("Khmer", "ខ្ញុំនៅភ្នំពេញជាមួយSamsung", "ភ្នំពេញ", ["ភ្នំពេញ"]),
    ("Khmer, a subscript is not cut off", "ខ្មែរ", "ខ", []),
    ("Burmese", "ကျွန်တော်ရန်ကုန်မှာ5ရက်", "ရန်ကုန်", ["ရန်ကုန်"]),
    # Korean
    ("Korean, particles", "삼성전자는 LG전자와 삼성전자에서도", "삼성전자", ["삼성전자", "삼성전자"]),
    ("Korean, Latin", "김철수가 iPhone15를 샀다", "iPhone15", ["iPhone15"]),
    ("Korean, a name and its title", "김철수씨가 왔다", "김철수", ["김철수"]),
    ("Korean, a compound", "현대자동차그룹이 발표했다", "현대자동차", ["현대자동차"]),
    ("Korean, within", "동대문시장", "대문", []),
    ("Korean, a syllable", "이것은 사이", "이", []),
    ("Korean, a part of a syllable", "강남에", "가", []),
    ("Korean, NFD", nfd("서울에서 만났다"), "서울", [nfd("서울")]),
    ("Korean, a part of a syllable in NFD", nfd("강남에"), "가", []),
    # Arabic, Persian, Urdu, Hebrew
    ("Arabic", "وصل علي إلى الرياض", "الرياض", ["الرياض"]),
    ("Arabic, and", "زار دبي والرياض", "الرياض", ["الرياض"]),
    ("Arabic, the", "يحب القاهرة", "قاهرة", ["قاهرة"]),
    ("Arabic, in another word", "هذا فيلم", "في", []),
    ("Arabic, digits", "تناول250ملغ يوميا", "250", ["250"]),
    ("Arabic, Latin", "اشترى هاتفSamsungالجديد", "Samsung", ["Samsung"]),
    ("Arabic, vowel points", "قال مُحَمَّدٌ ذلك", "محمد", ["مُحَمَّدٌ"]),
    ("Arabic, a model's vowel points", "قال محمد ذلك", "مُحَمَّد", ["محمد"]),
    ("Arabic, presentation forms", "قال ﻣﺤﻤﺪ ذلك", "محمد", ["ﻣﺤﻤﺪ"]),
    ("Arabic, directions", "قال \u200fمحمد\u200e ذلك", "محمد", ["محمد"]),
    ("Arabic, a kashida", "قال محمـــد ذلك", "محمد", ["محمـــد"]),
    ("Persian, an ending", "کتاب\u200cهای علی", "کتاب", ["کتاب"]),
    ("Persian, a model's Arabic letters", "کتاب علی", "علي", ["علی"]),
    ("Hebrew, a prefix", "דנה גרה בירושלים ובחיפה", "ירושלים", ["ירושלים"]),
    ("Hebrew, two prefixes", "דנה גרה בירושלים ובחיפה", "חיפה", ["חיפה"]),
    ("Hebrew, in another word", "שלום לכולם", "לו", []),
    ("Hebrew, vowel points", "שָׁלוֹם דָּנָה", "דנה", ["דָּנָה"]),
    ("Hebrew, gershayim", "הוא שירת בצה״ל שנתיים", 'צה"ל', ["צה״ל"]),
    ("Hebrew, Latin", "הזמנתי iPhoneבחנות", "iPhone", ["iPhone"]),
    # India
    ("Hindi", "राम ने दिल्ली में5किलो", "दिल्ली", ["दिल्ली"]),
    ("Hindi, digits", "राम ने दिल्ली में5किलो", "5किलो", ["5किलो"]),
    ("Hindi, a vowel sign is not cut off", "किताब", "क", []),
    ("Hindi, a half letter is not cut off", "सत्य", "सत्", []),
    ("Hindi, in another word", "रामलाल आया, रामदास गया", "राम", []),
    ("Marathi, an ending", "रामने सांगितले", "राम", ["राम"]),
    ("Bengali, Latin", "তিনিSamsungকিনেছেন", "Samsung", ["Samsung"]),
    ("Tamil", "சென்னையில் Chennai", "சென்னை", ["சென்னை"]),
    # with case
    ("an accent is not cut off", nfd("España"), "Espan", []),
    ("Ann is no Añn", nfd("Añn ran"), "An", []),
    ("NFC, of a text in NFD", nfd("Zoë met José"), "José", [nfd("José")]),
    ("NFC and NFD in one text", "Zoë met " + nfd("Zoë"), "Zoë", ["Zoë", nfd("Zoë")]),
    ("NFD, of a text in NFC", "Zoë met José", nfd("José"), ["José"]),
    ("Vietnamese, half composed", "Vie\u0323\u0302t Nam và Viê\u0323t", "Việt", ["Vie\u0323\u0302t", "Viê\u0323t"]),
    ("Turkish, a suffix", "Ankara'da İstanbul’a", "İstanbul", ["İstanbul"]),
    ("Turkish, capitals", "DİYARBAKIR’da", "Diyarbakır", ["DİYARBAKIR"]),
    ("Turkish, small letters", "istanbul’da ve ığdır", "IĞDIR", ["ığdır"]),
    ("Finnish, a suffix", "Nokia:n ja EU:ssa", "EU", ["EU"]),
    ("German", "AM STRASSENRAND IN GROSSBEEREN", "Großbeeren", ["GROSSBEEREN"]),
    ("German, a compound", "Bankkonto", "Bank", []),
    ("Greek, a final sigma", "ΟΔΟΣ ΑΘΗΝΑΣ", "Αθηνάς", []),
    ("Greek", "ΟΔΥΣΣΕΥΣ ήρθε", "Οδυσσευς", ["ΟΔΥΣΣΕΥΣ"]),
    ("a soft hyphen", "Kranken\u00adhaus und Ann\u00adabel", "Krankenhaus", ["Kranken\u00adhaus"]),
    ("a soft hyphen makes no word", "Kranken\u00adhaus und Ann\u00adabel", "Ann", []),
    ("a no-break space and a line's end", "New\u00a0York\nTimes", "New York Times", ["New\u00a0York\nTimes"]),
    ("in a word", "this island", "is", []),
    ("in a word alone", "Annabel", "Ann", []),
    ("in a compound name", "Joann, JavaScript", "Java", []),
    # once, beside a letter or a digit
    ("a number and its unit", "Take 20mg daily", "20", ["20"]),
    ("a unit", "Take 20mg daily", "mg", ["mg"]),
    ("a quarter", "in Q3FY26 sales", "Q3", ["Q3"]),
    ("a quarter in small letters", "in Q3FY26 sales", "q3", ["Q3"]),
    ("an amount", "raised $1.2bn", "$1.2", ["$1.2"]),
    ("an amount that stands twice", "raised $1.2bn of $1.2bn", "$1.2", []),
    ("a number that stands twice", "20mg or 20ml", "20", []),
    ("a number that is one elsewhere", "20mg or 20 drops", "20", ["20"]),
    ("a decimal is no word", "1.2 and 2", "2", ["2"]),
    ("a digit between letters", "Q3FY26", "3", []),
    ("part of a number", "in 2024", "20", []),
    # signs
    ("an emoji of several", "family 👩‍👩‍👧 and 👩", "👩", ["👩"]),
    ("an emoji and its skin", "👍🏽 👍", "👍", ["👍"]),
    ("half a flag", "🇩🇪🇫🇷", "🇪🇫", []),
    ("a flag", "🇩🇪🇫🇷", "🇫🇷", ["🇫🇷"]),
    ("a heart", "I ❤️ it", "❤", ["❤️"]),
    ("a ligature", "the ﬁle", "f", []),
    ("a ligature in full", "the ﬁle", "file", ["ﬁle"]),
]


@pytest.mark.parametrize(("text", "mention", "places"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_mention_is_found_by_its_script(text, mention, places):
    found = [text[start:end] for start, end in Text(text).find(mention)]
    assert found == places


WORDS = st.sampled_from(
    [
        "Ann",
        "25",
        "北京",
        "東京",
        "さくら",
        "トヨタ",
        "กรุงเทพ",
        "서울",
        "محمد",
        "דנה",
        "राम",
        "Zoë",
        nfd("Zoë"),
        "😀",
        "🇫🇷",
        "👩‍👧",
        "❤️",
        "\u200f",
    ]
)
SIGNS = st.sampled_from([" ", "\n", "", "", ", ", "（", "。", "-", "\u00a0", "\u00ad", "\u0301", "\u200d"])
MIXED = st.lists(st.tuples(WORDS, SIGNS).map("".join), min_size=1, max_size=8).map("".join)


@given(MIXED, WORDS)
@example("Ann\u0301 25", "Ann")
def test_what_is_found_is_the_mention_and_cuts_no_letter(text, mention):
    for start, end in Text(text).find(mention):
        assert fold_spelling(text[start:end]).text == fold_spelling(mention).text
        assert not is_cut(text, start)
        assert not is_cut(text, end)
        assert fit(text, start, end) is not Fit.NONE


@given(MIXED, WORDS.filter(lambda word: word.isalnum()), MIXED)
def test_a_mention_beside_what_does_not_join_is_found(before, mention, after):
    text = before + mention + after
    start, end = len(before), len(before) + len(mention)
    assume(edge(text, start) is Edge.FREE)
    assume(edge(text, end) is Edge.FREE)
    assert (start, end) in Text(text).find(mention)


@given(st.text(max_size=60), st.text(min_size=1, max_size=6))
def test_any_text_is_looked_through(text, mention):
    places = Text(text).find(mention)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(a[1] <= b[0] for a, b in pairwise(places))


@pytest.mark.parametrize(
    "text", ["ب" * 5_000, "가" * 5_000, "🇫" * 5_000, "e" + "\u0301" * 5_000, "\u200b" * 5_000, "Ａa" * 2_500]
)
def test_a_long_word_takes_no_long_time(text):
    assert len(Text(text).find(text[:3])) <= len(text)  # what is not linear would run into each test's limit


@pytest.mark.parametrize(
    ("text", "word", "wide"),
    [
        ("我在北京工作", "北京", "北京"),
        ("使用iPhone手机", "Pho", "iPhone"),
        ("हिन्दी भाषा", "न्दी", "हिन्दी"),
        (nfd("Señor Núñez"), nfd("ñez"), nfd("Núñez")),
        ("서울에서", "서울", "서울에서"),
        ("Ann-Marie's", "Mar", "Ann-Marie's"),
    ],
)
def test_a_mark_is_widened_to_a_word_of_its_script(text, word, wide):
    start = text.index(word)
    first, last = widen(text, start, start + len(word), "word")
    assert text[first:last] == wide
