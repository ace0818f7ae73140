"""Dictionaries, capitals, and names that the words before them announce."""

import pytest

from backend.privacy.detect.announced.introduced import IntroducedNames
from backend.privacy.detect.names import NerEngine, SpacyNames, _pipeline
from backend.privacy.detect.russian import RussianRecognizer
from backend.privacy.detect.second_look.doubt import settle
from backend.privacy.detect.vocabulary.lexicon import (
    is_common,
    names_of_files,
    proper_names,
    telling_sentences,
    truecase,
)
from backend.privacy.types import Detection


def values(recognizer, text):
    return [(text[r.start : r.end], r.entity_type) for r in recognizer.analyze(text, [])]


def test_common_words():
    assert all(map(is_common, "The tables were running Quickly HAPPIER stopped children Monday patient".split()))
    assert not any(map(is_common, "Hamilton anna David james Mohammed".split()))  # though WordNet has them
    assert not any(map(is_common, ["Hertzog", "Khandallah", "zillow", "Oduya"]))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Zillow hired Oduya's friend.", ["Zillow", "Oduya"]),
        ("I'll see if We've got an IBAN, SSN and HTML.", []),
        ("Mail to Zorb@example.org or @Zorb", []),
        ("Weeks-Rivas and O'Reillykov", ["Weeks-Rivas", "O'Reillykov"]),
        ("The Patient Was Happy.", []),
        ("I told Hope that Faith's late, and a Grace period", ["Hope", "Faith"]),
        ("Will it pay? How to Bill Your Clients. The Rose, the Rose", []),
    ],
)
def test_capitalized_words_that_are_no_words_are_names(text, names):
    assert [text[start:end] for start, end in proper_names(text)] == names


def test_code_and_ratios_are_no_names():
    engine = NerEngine()
    text = "Blood pressure 120/80, then def moving_average(values, window): and Oduya(wife) in Paris."
    found = {text[r.start : r.end] for r in SpacyNames().analyze(text, [], engine.process(text, "en"))}
    assert not any("(values" in value or "120/80" in value for value in found)
    assert "Paris" in found


def test_names_within_names_of_files():
    text = r"see C:\Docs\Quispe_contract.docx, 2023_HarpreetOduya-Scan.pdf and Invoice_May.xlsx. Oduya_x"
    assert [text[start:end] for start, end in names_of_files(text)] == ["Quispe", "Harpreet", "Oduya"]


@pytest.mark.parametrize(
    ("text", "cased"),
    [
        ("I MET JANE HERTZOG IN OSLO YESTERDAY", "i met Jane Hertzog in oslo yesterday"),
        ("i met hertzog in oslo. Then Ann left.", "i met Hertzog in oslo. Then Ann left."),
        ("Ann met Bob. Her SSN is ok.", "Ann met Bob. Her SSN is ok."),
        ("straße", "Straße"),
        ("", ""),
    ],
)
def test_a_sentence_without_case_gets_one(text, cased):
    found = truecase(text)
    assert len(found) == len(text)
    assert found == cased


def test_sentences_without_another_capital_or_a_number_need_no_tagger():
    text = "The soup was warm. Ann liked it. She said so.\nRose left early! I met Bob. It was 1999. what now? THE END"
    assert [text[start:end] for start, end in telling_sentences(text)] == [
        *("Ann liked it. ", "Rose left early! I met Bob. It was 1999. ", "THE END"),
    ]


def test_titles_and_announced_names():
    recognizer = IntroducedNames()
    assert values(recognizer, "Mr. Key and Dr Rose van der Hill came.") == [
        *(("Mr.", "TITLE"), ("Key", "PERSON"), ("Dr", "TITLE"), ("Rose van der Hill", "PERSON")),
    ]
    assert values(recognizer, "Hi, my name is Will Hunting. Dear Customer, dear Sir") == [("Will Hunting", "PERSON")]
    assert values(recognizer, "Regards,\nHope S.") == [("Hope S.", "PERSON")]
    assert values(recognizer, "Mme Solène Kervella, née Le Goff le 3")[-1] == ("Le Goff", "PERSON")
    assert values(recognizer, "See you.\nThx\nDec\n--\nHead of People") == [("Dec", "PERSON")]
    assert values(recognizer, "Thanks\nThe team") == []
    assert values(recognizer, "Signed: J.R.R. Best\nof all") == [("J.R.R. Best", "PERSON")]
    chat = "<xx_maria_xx> who is in?\n[10:02] <@kd> me\n<li> x\n if a <blob> b"
    assert values(recognizer, chat) == [("xx_maria_xx", "USERNAME"), ("@kd", "USERNAME")]
    assert values(recognizer, "The heading is J o h n   D o e, or a b c") == [("J o h n   D o e", "PERSON")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Выписку получила Петрова И. П. вчера.", "Петрова И. П."),
        ("Врач И.П. Сидоров осмотрел больную.", "И.П. Сидоров"),
        ("Жалоба гражданки Ахметшиной рассмотрена.", "Ахметшиной"),
        ("вчера звонила анна кузнецова из банка", "анна кузнецова"),
        ("ИВАНОВ ПЁТР АЛЕКСЕЕВИЧ ВЫПИСАН ДОМОЙ", "ИВАНОВ ПЁТР АЛЕКСЕЕВИЧ"),
        ("Сотрудник Джон Смит уволен.", "Джон Смит"),
    ],
)
def test_russian_names_in_any_form(text, found):
    covered = set()
    for r in RussianRecognizer().analyze(text, []):
        covered |= set(range(r.start, r.end))
    start = text.index(found)
    assert {i for i in range(start, start + len(found)) if text[i].isalpha()} <= covered


def test_russian_words_stay():
    text = "Вчера погода была хорошая, и всем понравился суп."
    assert values(RussianRecognizer(), text) == []


def test_a_tagger_alone_is_not_believed_about_common_words_nor_over_cells():
    def tagged(text, value, kind):
        start = text.index(value)
        found = [Detection(start, start + len(value), kind, 0.85, "Spacy")]
        return [text[d.start : d.end] for d in settle(text, found, second_opinion=True)]

    assert tagged("turn Duplex on", "Duplex", "ORGANIZATION") == []
    assert tagged("he moved to Reading", "Reading", "LOCATION") == ["Reading"]
    assert tagged("('Drago Oduya','Pau', 2)", "Drago Oduya','Pau", "PERSON") == ["Drago Oduya", "Pau"]
    assert tagged("Oduya    Zillow", "Oduya    Zillow", "PERSON") == ["Oduya", "Zillow"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_pipeline_knows_all_of_a_word_again_when_a_text_was_tagged(language):
    engine = NerEngine()
    engine.warm(language)
    vocabulary = _pipeline(language).pipeline.vocab
    engine.process("Oduya met 12 Zyxomats of Zorbia, and he said so.", language)
    assert "Zyxomats" not in vocabulary
    assert "and" in vocabulary or "et" in vocabulary
    assert vocabulary["Zyxomats"].is_alpha
    assert vocabulary["Zyxomats"].lower_ == "zyxomats"
    assert vocabulary["12"].like_num
