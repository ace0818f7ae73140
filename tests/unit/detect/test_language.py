"""Words in scripts that no recognizer reads."""

import time

import pytest

from backend.detect.language import unread


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("张伟 在 went to 北京, then", ["张伟 在", "北京"]),
        ("in 张伟abc  Δ only", ["张伟abc"]),
        ("Zoë met Анна in Łódź", []),
        ("", []),
    ],
)
def test_words_of_other_scripts(text, found):
    assert [text[start:end] for start, end in unread(text)] == found


def test_an_endless_word_takes_no_time():
    started = time.process_time()
    assert list(unread("a" * 200_000 + " 张伟 " + "-" * 100_000)) == [(200_001, 200_003)]
    assert time.process_time() - started < 1
