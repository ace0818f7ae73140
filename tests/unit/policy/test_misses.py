"""Values that leaked, added to a list: each once, whole or not at all, and none of them shown."""

import threading

import pytest

from backend.errors import RequestError
from backend.policy.misses import Added, add_misses, miss_cautions
from backend.privacy.hashed import hashed_entry, name_of
from backend.privacy.listed import Lists, entries, valued
from backend.system.disk import MOST

OLD, KEY = b"o" * 32, b"k" * 32
CANARY = "Zxqv Brondle"


def added(folder, *values, kind="PERSON", keys=(KEY,)):
    return add_misses(folder / "ours.txt", values, kind, keys)


def found(folder, text, keys=(KEY, OLD)):
    written = [valued(entry) for _, entry in entries((folder / "ours.txt").read_text())]
    return {(text[d.start : d.end], d.entity_type) for d in Lists((), written, keys).apply(text, [])}


def test_a_value_is_found_once_it_is_added_and_not_read(tmp_path):
    (tmp_path / "ours.txt").write_bytes(b"\xef\xbb\xbf# ours\r\nProject Falcon")
    assert added(tmp_path, CANARY, "4417 2291 0098") == Added(new=2)
    assert found(tmp_path, f"{CANARY.upper()} of project falcon, 4417-2291-0098") == {
        (CANARY.upper(), "PERSON"),
        ("project falcon", "CUSTOM"),
        ("4417-2291-0098", "PERSON"),
    }
    written = (tmp_path / "ours.txt").read_bytes().decode()
    assert written.startswith("# ours\r\nProject Falcon\r\nhmac-")
    assert not {"Zxqv", "Brondle", "4417"} & set(written.replace("\t", " ").split())


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\x0c"])
def test_whatever_ends_a_line_parts_entries(tmp_path, end):
    (tmp_path / "ours.txt").write_bytes(f"Falcon{end}{end}# ours{end}Eagle{end}".encode())
    assert added(tmp_path, "eagle", "Otto Quandt") == Added(new=1, known=1)
    assert {value for value, _ in found(tmp_path, "a falcon, an eagle")} == {"falcon", "eagle"}


def test_a_list_that_is_not_there_is_made(tmp_path):
    assert added(tmp_path, CANARY) == Added(new=1)
    assert [file.name for file in tmp_path.iterdir()] == ["ours.txt"]
    assert (tmp_path / "ours.txt").read_text().count("\n") == 1


def test_a_value_is_there_once(tmp_path):
    (tmp_path / "ours.txt").write_text("project  Falcon\tORGANIZATION\n")
    assert added(tmp_path, CANARY, "zxqv   brondle", "Project Falcon") == Added(new=1, known=2)
    before = (tmp_path / "ours.txt").stat().st_mtime_ns
    assert added(tmp_path, CANARY, kind="NAME") == Added(known=1)
    assert (tmp_path / "ours.txt").stat().st_mtime_ns == before
    assert found(tmp_path, CANARY) == {(CANARY, "PERSON")}


def test_a_value_of_an_older_key_gets_the_newest(tmp_path):
    added(tmp_path, CANARY, "Otto Quandt", keys=(OLD,))
    assert added(tmp_path, CANARY, kind="NAME", keys=(KEY, OLD)) == Added(renewed=1)
    lines = (tmp_path / "ours.txt").read_text().splitlines()
    assert lines == [f"{hashed_entry(CANARY, KEY)}\tPERSON", f"{hashed_entry('Otto Quandt', OLD)}\tPERSON"]
    assert added(tmp_path, CANARY, keys=(KEY, OLD)) == Added(known=1)
    assert name_of(OLD) != name_of(KEY)


def test_a_files_mode_and_what_links_to_it_stay(tmp_path):
    (tmp_path / "there").mkdir()
    real = tmp_path / "there" / "list.txt"
    real.write_text("Falcon\n")
    real.chmod(0o640)
    (tmp_path / "ours.txt").symlink_to(real)
    added(tmp_path, CANARY)
    assert (tmp_path / "ours.txt").is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert len(real.read_text().splitlines()) == 2


def test_many_at_once_lose_nothing(tmp_path):
    def one(number):
        added(tmp_path, f"Zxqv Number{number:03}")

    threads = [threading.Thread(target=one, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set((tmp_path / "ours.txt").read_text().splitlines())) == 20


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        ("ab", "PERSON", "value 2 is too short"),
        ("!!!", "PERSON", "value 2 is too short"),
        ("Otto Quandt\tPERSON", "PERSON", "value 2 has a type behind a tab"),
        ("x" * 201, "PERSON", "value 2 is longer than 200 characters"),
        ("Otto Quandt", "person", "the type is no entity type"),
        ("Otto Quandt", "LITERAL", "the type is no entity type"),
    ],
)
def test_one_that_is_no_value_adds_none(tmp_path, value, kind, said):
    with pytest.raises(RequestError, match=said):
        added(tmp_path, CANARY, value, kind=kind)
    assert not (tmp_path / "ours.txt").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xff\xfe", "is not UTF-8"), (b"x" * (MOST + 1), "is larger than"), (b"#" * (MOST - 9), "would be larger than")],
)
def test_a_list_that_cannot_be_kept_stays_as_it_was(tmp_path, content, said):
    (tmp_path / "ours.txt").write_bytes(content)
    with pytest.raises(RequestError, match=said) as caught:
        added(tmp_path, CANARY)
    assert CANARY not in caught.value.reason
    assert (tmp_path / "ours.txt").read_bytes() == content


def test_no_folder_is_an_error(tmp_path):
    with pytest.raises(RequestError, match="cannot be written"):
        add_misses(tmp_path / "none" / "ours.txt", [CANARY], "NAME", [KEY])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("Olga", "is a common first name"),
        ("Smith", "is a common surname"),
        ("Paris", "is a place"),
        ("Will", "is an ordinary word"),
        ("the", "is an ordinary word"),
        ("Xqzt", "is short"),
        ("Olga Smith", None),
        (CANARY, None),
    ],
)
def test_what_will_be_found_often_is_said(value, said):
    found = list(miss_cautions([CANARY, value]))
    assert [number for number, _ in found] == ([2] if said else [])
    assert all(text.startswith(said) and value not in text for _, text in found)
