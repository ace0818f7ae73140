"""Logins that are made of the name of somebody whom the text names."""

import pytest

from backend.privacy.detect.second_look.logins import logins
from backend.privacy.types import Detection


def found_in(text, name):
    start = text.index(name)
    people = [Detection(start, start + len(name), "PERSON", 0.6, "Spacy")]
    return [text[d.start : d.end] for d in logins(text, people)]


@pytest.mark.parametrize(
    "login",
    ["tjenkins4", "jenkins.t", "tom_jenkins", "jenkins", "t.jenkins", "adm-jenkins2", "tomjenkins04", "jenkinst1"],
)
def test_a_login_of_somebody_who_is_named_is_found(login):
    found = found_in(f"User is Tom Jenkins, log in as {login} today", "Tom Jenkins")
    assert found == ([] if login == "jenkins" else [login])  # a name alone is found by others


@pytest.mark.parametrize(
    "words", ["the marking is due", "a benchmark of 2024", "remark 4", "@mark2 wrote", "a/mark2/b"]
)
def test_other_words_that_hold_a_name_are_none(words):
    assert found_in(f"Ask Mark Shaw: {words}", "Mark Shaw") == []


def test_names_in_small_letters_tell_no_login():
    assert found_in("ask rose about primrose4", "rose") == []
