"""A text whose keys and markup are blanked is looked through as a whole, and the text itself beside them alone."""

import pytest

from backend.evaluate import read_annotated
from backend.privacy.detect import _blanked, _gaps
from backend.privacy.patterns import scan_patterns
from backend.privacy.structure import read_structure
from backend.privacy.text.normalize import normalize
from tests.child import ROOT

DATA = ROOT / "tests" / "data"
FAR = "The committee met again and agreed to everything that had been said before about the garden. " * 8


def texts(name):
    return [document.text for document in read_annotated(DATA / name).documents if document.half == "tuning"]


@pytest.mark.parametrize("name", ["structured.json", "long_documents.json"])
def test_nothing_is_missed_far_from_keys(name):
    asked = 0
    for text in texts(name):
        whole = normalize(f"{FAR}{text}\n{FAR}Call +44 20 7946 0018 or write to 12 Elm Street, Leeds. {FAR}")
        structure = read_structure(whole.text)
        gaps = list(_gaps(whole.text, structure.segments))
        values = set(scan_patterns(_blanked(whole.text, gaps)))
        near = set(scan_patterns(whole.text, near=gaps))
        assert near | values == set(scan_patterns(whole.text)) | values
        asked += bool(gaps)
    assert asked


def test_places_alone_are_looked_at_that_are_near():
    text = f"Call +44 20 7946 0018. {FAR} Call +44 20 7946 0019."
    (first, last) = scan_patterns(text)
    assert scan_patterns(text, near=[]) == []
    assert scan_patterns(text, near=[(0, 4)]) == [first]
    assert scan_patterns(text, near=[(len(text) - 1, len(text))]) == [last]
