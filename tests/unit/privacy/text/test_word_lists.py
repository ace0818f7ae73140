"""Lists of words: how a file is read, and what every file of ours says of itself."""

from pathlib import Path

import pytest

from backend import privacy
from backend.privacy.text.word_lists import word_lists

HOME = Path(privacy.__file__).parent
FILES = sorted(HOME.rglob("data/*.txt"))


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


LICENCES = tuple(f"# Licence: {name}" for name in ("Apache-2.0", "MIT", "MIT, and CC BY 3.0 of the words of Uberon"))


def test_words_above_the_first_list_are_refused(tmp_path):
    with pytest.raises(KeyError):
        word_lists(module_beside(tmp_path, "one\n[words]\n"))


def test_lists_cannot_be_changed(tmp_path):
    lists = word_lists(module_beside(tmp_path, "[words]\none\n"))
    with pytest.raises(TypeError):
        lists["words"] = ()  # type: ignore[index]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_says_what_it_lists_its_source_and_its_licence(file):
    header, _, lists = file.read_text("utf-8").partition("\n\n")
    what, source, licence = (header.find(mark) for mark in ("# ", "\n# Source: ", "\n# Licence: "))
    assert 0 == what < source < licence
    assert header[licence:].strip() in LICENCES
    assert all(line.startswith("# ") for line in header.splitlines())
    assert not any(line.startswith("#") for line in lists.splitlines())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_word_stands_twice_in_a_list(file):
    lists = word_lists(str(file.parents[1] / "module.py"), file.stem)
    assert [line.strip("[]") for line in file.read_text("utf-8").splitlines() if line.startswith("[")] == list(lists)
    for name, words in lists.items():
        assert words, name
        assert len(set(words)) == len(words), name
        assert all(word == " ".join(word.split()) for word in words), name


def test_what_others_made_is_named_in_the_notice():
    notice = (HOME.parents[1] / "NOTICE").read_text("utf-8")
    foreign = [file for file in FILES if "# Licence: Apache-2.0" not in file.read_text("utf-8")]
    assert {file.stem for file in foreign} == {"given_names", "open_words", "surnames"}
    for file in foreign:
        assert file.name in notice
        assert str(file.parent.relative_to(HOME.parents[1])) in notice
