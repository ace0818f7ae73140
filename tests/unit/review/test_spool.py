"""Webhooks beside the database: there once they are answered, in order, each moved once, and nothing of them stays."""

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.errors import BusyError, StoreError
from backend.review import spool as module
from backend.review.inbox import gather
from backend.review.reviews import Keeping
from backend.review.spool import Spool
from backend.review.tables import INBOX, TABLES
from backend.store import make_tables, open_store, reading
from tests.child import ROOT
from tests.unit.review.conftest import CANARY, LABELS, World, annotated, choice, webhook

GOOD = choice("Good")
CHILD = """
import os, signal, sys
from pathlib import Path
from backend.review.spool import Spool
spool = Spool(Path(sys.argv[1]))
for number in range(3):
    spool.put(b"child %d" % number)
print("answered", flush=True)
if sys.argv[2] == "dies":
    os.kill(os.getpid(), signal.SIGKILL)
sys.stdin.read()
"""


@pytest.fixture
def store(tmp_path):
    made = open_store(f"sqlite:///{tmp_path / 'state.db'}")
    make_tables(made, *TABLES)
    return made


@pytest.fixture
def kept(tmp_path):
    """Reviews in a SQLite file, under a policy that keeps annotations."""
    world = World(f"sqlite:///{tmp_path / 'state.db'}")
    world.keeping = Keeping(90, LABELS)
    yield world
    world.close()


def folder_of(store):
    return Path(f"{store.url.database}.inbox")


def spool_of(store):
    return Spool(folder_of(store))


def moved(store):
    with reading(store) as connection:
        return list(connection.execute(select(INBOX.c.body).order_by(INBOX.c.place)).scalars())


def files(store):
    return sorted(folder_of(store).iterdir())


def child(store, way):
    command = [sys.executable, "-c", CHILD, str(folder_of(store)), way]
    begun = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert begun.stdout
    assert begun.stdout.readline() == b"answered\n"
    return begun


def test_they_are_moved_in_the_order_in_which_they_came_whoever_took_them(store):
    first, second = spool_of(store), spool_of(store)
    for number in range(20):
        (second if number % 3 else first).put(b"%d" % number)
    assert [one.body for one in first.waiting()] == [b"%d" % number for number in range(20)]
    gather(store, first)
    first.put(b"20")
    gather(store, second)
    assert moved(store) == [b"%d" % number for number in range(21)]
    gather(store, first)
    assert files(store) == []


def test_a_clock_that_is_put_back_changes_no_order(store):
    times = iter((9.0, 9.0, 5.0, 1.0))
    spool = Spool(folder_of(store), lambda: next(times))
    for number in range(4):
        spool.put(b"%d" % number)
    assert [one.body for one in spool.waiting()] == [b"%d" % number for number in range(4)]


def test_who_is_killed_loses_nothing_that_was_answered(store):
    with child(store, "dies") as dead:
        dead.wait()
    gather(store, spool_of(store))
    assert moved(store) == [b"child 0", b"child 1", b"child 2"]
    assert files(store) == []


def test_the_file_of_another_process_is_read_and_stays_as_long_as_it_may_write(store):
    with child(store, "lives") as other:
        for _ in range(2):
            gather(store, spool_of(store))
            assert moved(store) == [b"child 0", b"child 1", b"child 2"]
            assert len(files(store)) == 1
        other.stdin.close()
    gather(store, spool_of(store))
    assert len(moved(store)) == 3
    assert files(store) == []


def test_what_was_torn_was_not_answered_and_costs_no_other(store):
    spool = spool_of(store)
    spool.put(b"whole")
    (file,) = files(store)
    with file.open("ab") as torn:
        torn.write(file.read_bytes()[:-1])
    gather(store, spool)
    spool.put(b"next")
    gather(store, spool)
    assert moved(store) == [b"whole", b"next"]
    assert files(store) == []


@pytest.mark.parametrize(
    "broken",
    [
        lambda _: bytes(64),  # room that was given to the file, and never written
        lambda whole: whole[:-1] + b"X",
        lambda whole: whole[:8] + bytes(8) + whole[16:],
        lambda whole: whole[:10],
    ],
    ids=["zeros", "a letter", "neither length nor checksum", "half a head"],
)
def test_what_is_broken_was_not_answered(store, broken):
    spool = spool_of(store)
    spool.put(b"whole")
    (file,) = files(store)
    file.write_bytes(file.read_bytes() + broken(file.read_bytes()))
    gather(store, spool)
    assert moved(store) == [b"whole"]
    assert files(store) == []


def test_a_file_of_which_nothing_was_answered_goes_too(store):
    folder_of(store).mkdir()
    (folder_of(store) / "0-1").write_bytes(b"")
    gather(store, spool_of(store))
    assert files(store) == []


def test_what_came_while_they_were_read_waits_for_the_next_time(store, monkeypatch):
    spool, other, read = spool_of(store), spool_of(store), Spool._read
    spool.put(b"one")
    times = iter(range(9))

    def later(self, name):
        yield from read(self, name)
        if next(times) == 0:  # the first look is over
            other.put(b"two")

    with monkeypatch.context() as patch:
        patch.setattr(Spool, "_read", later)
        assert [one.body for one in spool.waiting()] == [b"one"]
    assert [one.body for one in spool.waiting()] == [b"one", b"two"]


def test_when_each_came_is_known_and_what_it_says_is_not_shown(store):
    spool = Spool(folder_of(store), lambda: 1_795_500_000.5)
    spool.put(b"Ann Lee")
    (one,) = spool.waiting()
    assert (one.came, one.end) == (1_795_500_000_500_000_000, files(store)[0].stat().st_size)
    assert "Ann" not in repr(one)


def test_a_file_that_cannot_be_made_leaves_none_open(store, monkeypatch):
    spool, before = spool_of(store), len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - numbers

    def refused(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refused)
        with pytest.raises(StoreError, match="permission denied"):
            spool.put(b"one")
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
    spool.put(b"two")
    assert [one.body for one in spool.waiting()] == [b"two"]


@pytest.mark.parametrize("written", [None, 0, 9, 20])
def test_a_full_disk_is_told_and_costs_no_other(store, monkeypatch, written):
    spool, write = spool_of(store), os.write

    def full(file, content):
        if written is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, content[:written])

    spool.put(b"before")
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(StoreError, match="no space left"):
            spool.put(b"not answered")
    spool.put(b"after")
    gather(store, spool)
    assert moved(store) == [b"before", b"after"]
    assert files(store) == []


def test_where_nobody_may_write_it_is_told(store):
    folder_of(store).write_text("no folder")
    with pytest.raises(StoreError, match="cannot be written"):
        spool_of(store).put(b"one")


def test_its_files_are_for_the_owner_alone(store):
    spool_of(store).put(b"one")
    (file,) = files(store)
    assert [path.stat().st_mode & 0o777 for path in (file, file.parent)] == [0o600, 0o700]


def test_who_is_killed_after_they_were_moved_moves_none_twice(store, monkeypatch):
    spool = spool_of(store)
    spool.put(b"one")
    with monkeypatch.context() as patch:
        patch.setattr(Spool, "drop", lambda *_: sys.exit())
        with pytest.raises(SystemExit):
            gather(store, spool)
    spool.put(b"two")
    gather(store, spool_of(store))
    gather(store, spool)
    assert moved(store) == [b"one", b"two"]
    assert files(store) == []


def test_each_is_moved_once_while_some_are_written_and_others_move_them(store):
    over = threading.Event()

    def put(who):
        spool = spool_of(store)
        for number in range(100):
            spool.put(b"%d %d" % (who, number))
            if number % 10 == 9:
                spool.turn()

    def move():
        while not over.is_set():
            gather(store, spool_of(store))

    writers = [threading.Thread(target=put, args=[who]) for who in range(3)]
    movers = [threading.Thread(target=move) for _ in range(2)]
    for thread in (*writers, *movers):
        thread.start()
    for thread in writers:
        thread.join()
    over.set()
    for thread in movers:
        thread.join()
    gather(store, spool_of(store))
    found = [tuple(map(int, body.split())) for body in moved(store)]
    assert [[number for who, number in found if who == one] for one in range(3)] == [list(range(100))] * 3


def test_too_much_is_refused_until_it_is_moved(store, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 2**20)
    spool = spool_of(store)
    spool.put(bytes(2**20 - 1))
    spool.put(b"0")
    with pytest.raises(BusyError, match="1 MiB of webhooks wait"):
        spool.put(b"0")
    gather(store, spool)
    spool.put(b"0")


def test_if_too_many_wait_in_the_inbox_they_stay_beside_it(store, monkeypatch):
    spool = spool_of(store)
    spool.put(b"one")
    with monkeypatch.context() as patch:
        patch.setattr("backend.review.inbox.MOST_WAITING", 0)
        gather(store, spool)
        assert moved(store) == []
    gather(store, spool)
    assert moved(store) == [b"one"]


def test_what_is_to_be_forgotten_is_forgotten_there_too(kept):
    kept.take(*(webhook("ANNOTATION_CREATED", [annotated(n, [GOOD], task=n)], project=n) for n in (1, 2, 3)))
    said = annotated(4, [{**GOOD, "value": {"choices": ["Zed QUUX"]}}], task=4)
    kept.take(webhook("ANNOTATION_CREATED", [said]))
    assert kept.reviews.forget_numbers(1) == 1
    assert kept.reviews.forget_numbers(0, [2]) == 1
    kept.reviews.forget_text("zed quux")
    kept.work()
    assert set(kept.verdicts()) == {3}
    kept.inbox.take(1)
    assert list(folder_of(kept.store).iterdir()) == []


def test_nothing_of_one_stands_in_the_open(kept):
    kept.take(webhook("ANNOTATION_CREATED", [annotated(1, [GOOD])]))
    (file,) = files(kept.store)
    assert CANARY.encode() not in file.read_bytes()
    assert file.stat().st_size > 300


def test_those_that_wait_are_counted_once_wherever_they_stand(kept):
    kept.take(*(webhook("ANNOTATION_CREATED", [annotated(n, [GOOD], task=n)]) for n in (1, 2)))
    assert kept.inbox.standing()[0] == 2
    kept.inbox.take(1)  # which moves them
    kept.take(webhook("ANNOTATION_CREATED", [annotated(3, [GOOD], task=3)]))
    assert kept.inbox.standing()[0] == 3
    gather(kept.store, Spool(folder_of(kept.store)))  # whose file stays, as another process may write to it
    assert len(files(kept.store)) == 1
    assert kept.inbox.standing()[0] == 3
    kept.work()
    assert kept.inbox.standing()[0] == 0


def test_for_how_long_the_first_waits_wherever_it_stands(kept, monkeypatch):
    assert kept.inbox.standing() == (0, 0.0)
    kept.take(webhook("ANNOTATION_CREATED", [annotated(1, [GOOD])]))
    since = kept.inbox._now()
    monkeypatch.setattr(kept.inbox, "_now", lambda: since + 100)
    assert 100 <= kept.inbox.standing()[1] < 1000
    kept.inbox.take(1)  # which moves it
    assert 100 <= kept.inbox.standing()[1] < 1000
    kept.work()
    assert kept.inbox.standing() == (0, 0.0)
