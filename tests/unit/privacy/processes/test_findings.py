"""A text that comes again is looked at once, and nothing of it is kept."""

import gc

import pytest

from backend.errors import DetectionError
from backend.privacy.processes.findings import FoundBefore
from backend.privacy.types import Detection

FOUND = [Detection(0, 3, "PERSON", 0.8512, "Spacy"), Detection(9, 11, "LOCATION", 1 / 3)]


class Looking:
    def __init__(self, found=FOUND):
        self.texts, self.found = [], found

    def detect(self, text):
        self.texts.append(text)
        return self.found


def test_a_text_is_looked_at_once_and_the_same_is_found():
    looking = Looking()
    before = FoundBefore(looking.detect)
    assert [before.detect("Ann is in Oz") for _ in range(3)] == [FOUND] * 3
    assert before.detect("Ann is in Oz.") == FOUND
    assert looking.texts == ["Ann is in Oz", "Ann is in Oz."]


def test_who_changes_what_was_found_changes_it_for_nobody_else():
    before = FoundBefore(Looking(list(FOUND)).detect)
    before.detect("Ann")
    before.detect("Ann").clear()
    assert before.detect("Ann") == FOUND


def test_what_failed_is_looked_at_again():
    looking = Looking()

    def detect(text):
        if not looking.detect(text) or len(looking.texts) == 1:
            raise DetectionError("it took too long")
        return FOUND

    before = FoundBefore(detect)
    with pytest.raises(DetectionError):
        before.detect("Ann")
    assert before.detect("Ann") == FOUND


@pytest.mark.parametrize("bounds", [{"most": 2}, {"most_bytes": 2 * len('[[0,3,"PERSON",0.8512,"Spacy"]]')}])
def test_those_are_kept_that_were_asked_for_last(bounds):
    looking = Looking(FOUND[:1])
    before = FoundBefore(looking.detect, **bounds)
    for text in ("one", "two", "one", "three", "one", "two"):
        before.detect(text)
    assert looking.texts == ["one", "two", "three", "two"]


def test_no_text_is_kept():
    before = FoundBefore(Looking().detect)
    text = "".join(["Anna ", "Canary was here"])
    before.detect(text)
    kept = [before._kept, *before._kept, *before._kept.values(), vars(before)]
    assert not any("Canary" in str(one) or b"Canary" in repr(one).encode() for one in kept)
    assert not any(one is text for holder in kept for one in gc.get_referents(holder))
