"""Lists of words: how a file is read."""

from pathlib import Path

import pytest

from backend.privacy.text.word_lists import word_lists


def module_beside(tmp_path: Path, text: str) -> str:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "trades.txt").write_text(text, encoding="utf-8")
    return str(tmp_path / "trades.py")


def test_lists_keep_their_order_and_phrases(tmp_path):
    module = module_beside(tmp_path, "# What.\n# Source: us.\n\n[words]\nzebra\nC#\nMarks & Spencer\n\n[roles]\nврач\n")
    assert word_lists(module) == {"words": ("zebra", "C#", "Marks & Spencer"), "roles": ("врач",)}


def test_a_file_may_be_named(tmp_path):
    module_beside(tmp_path, "[words]\none\n")
    assert word_lists(str(tmp_path / "other.py"), "trades") == {"words": ("one",)}


def test_words_above_the_first_list_are_refused(tmp_path):
    with pytest.raises(KeyError):
        word_lists(module_beside(tmp_path, "one\n[words]\n"))


def test_lists_cannot_be_changed(tmp_path):
    lists = word_lists(module_beside(tmp_path, "[words]\none\n"))
    with pytest.raises(TypeError):
        lists["words"] = ()  # type: ignore[index]
