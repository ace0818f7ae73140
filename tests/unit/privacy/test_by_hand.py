"""Texts that were written by hand to find what is missed, or hidden for nothing, and that are found right since."""

import json

import pytest

from backend.privacy.processes.loading import load_detector
from backend.privacy.redact import Redactor
from backend.privacy.types import Scan
from tests.child import ROOT

SET = json.loads((ROOT / "tests" / "data" / "by_hand.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def redacted():
    redactor = Redactor(load_detector(Scan(), whole=True).detect)
    return lambda text: redactor.redact({"text": text}).fields["text"]


@pytest.mark.parametrize("document", SET["texts"], ids=lambda document: document["text"][:40])
def test_who_it_is_about_is_hidden(redacted, document):
    text = document["text"]
    shown = set(range(len(text)))
    for placeholder in redacted(text).placeholders:
        shown -= set(range(placeholder.source_start, placeholder.source_end))
    for value in document["hidden"]:
        start = text.index(value)
        assert not [place for place in range(start, start + len(value)) if text[place].isalnum() and place in shown]


@pytest.mark.parametrize("note", SET["notes"], ids=lambda note: note[:40])
def test_a_note_about_nobody_keeps_its_words(redacted, note):
    hidden = [p for p in redacted(note).placeholders if p.entity_type not in ("AGE", "DATE_TIME")]
    assert [note[p.source_start : p.source_end] for p in hidden] == []
