"""What a deployment's files may do to us, and we to them: cut short, empty, without end, changed under our hands."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backend.engine.assemble import surrogate_key
from backend.errors import RecordError
from backend.record.keys import PublicKey, Signer, make_signing_keys
from backend.settings import Settings
from backend.system.disk import read_bounded, write_new, write_whole


def names(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


def test_a_secret_that_was_left_empty_is_made_anew_and_kept(tmp_path):
    (tmp_path / "surrogate.key").touch()
    settings = Settings(cache=tmp_path)
    key = surrogate_key(settings)
    assert len(key) == 64
    assert surrogate_key(settings) == key
    assert (tmp_path / "surrogate.key").stat().st_mode & 0o777 == 0o600


def test_a_secret_that_somebody_wrote_too_short_is_told_and_left_alone(tmp_path, caplog):
    (tmp_path / "surrogate.key").write_text("mine")
    settings = Settings(cache=tmp_path)
    assert surrogate_key(settings) != surrogate_key(settings)
    assert (tmp_path / "surrogate.key").read_text() == "mine"
    assert "surrogate.key holds less than 16 bytes: remove it" in caplog.text


@pytest.mark.parametrize("is_there", [False, True])
def test_all_who_start_at_once_have_one_secret(tmp_path, is_there):
    if is_there:
        (tmp_path / "surrogate.key").touch()
    settings, begin = Settings(cache=tmp_path), threading.Barrier(16)

    def start() -> bytes:
        begin.wait()
        return surrogate_key(settings)

    with ThreadPoolExecutor(16) as pool:
        assert len({future.result() for future in [pool.submit(start) for _ in range(16)]}) == 1


@pytest.mark.parametrize("write", [write_whole, write_new])
def test_who_looks_while_a_file_is_written_sees_nothing_or_all(tmp_path, write, monkeypatch):
    file, seen = tmp_path / "file", []
    monkeypatch.setattr("backend.system.disk.os.fsync", lambda _: seen.append(file.exists()))
    write(file, b"all of it")
    assert seen[0] is False
    assert names(tmp_path) == ["file"]
    assert file.read_bytes() == b"all of it"


def test_what_is_there_stays_when_it_cannot_be_written_anew(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_bytes(b"before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("backend.system.disk.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(file, b"after")
    assert (names(tmp_path), file.read_bytes()) == (["file"], b"before")


def test_without_links_a_new_file_is_written_all_the_same(tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr("backend.system.disk.os.link", refuse)
    write_new(tmp_path / "file", b"all")
    assert (names(tmp_path), (tmp_path / "file").read_bytes()) == (["file"], b"all")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "file", b"other")


def test_a_pair_of_keys_that_was_cut_short_is_completed(tmp_path):
    file, public = tmp_path / "record.pem", tmp_path / "record.pem.pub"
    file.touch()
    _, first = make_signing_keys(file)
    assert PublicKey.read(public).name == first.name
    public.unlink()
    assert make_signing_keys(file)[1].name == first.name == Signer.read(file).public.name == PublicKey.read(public).name


def test_a_public_key_without_its_other_half_is_not_written_over(tmp_path):
    make_signing_keys(tmp_path / "record.pem")
    (tmp_path / "record.pem").unlink()
    with pytest.raises(RecordError, match=r"record\.pem\.pub is there already"):
        make_signing_keys(tmp_path / "record.pem")
    assert not (tmp_path / "record.pem").exists()


def test_an_empty_record_key_is_told_as_one(tmp_path):
    (tmp_path / "record.pem").touch()
    with pytest.raises(RecordError, match="is empty"):
        Signer.read(tmp_path / "record.pem")


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "large"])
def test_what_has_no_end_or_never_answers_is_not_read(tmp_path, kind):
    file = tmp_path / "file"
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    elif kind == "large":
        file.write_bytes(bytes(11))
    else:
        file.symlink_to("/dev/zero")
    with pytest.raises(OSError, match=r"is no regular file|is a directory|is larger than 10 bytes"):
        read_bounded(file, 10)
