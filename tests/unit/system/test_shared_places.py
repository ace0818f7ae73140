"""Places of several processes: never more than there are, all of them for whoever needs them, and none for the dead."""

import asyncio
import errno
import os
import stat
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import StoreError
from backend.system.part import WHOLE, ProcessPart
from backend.system.shared_places import WAITS_NS, SharedPlaces
from backend.system.turns import Turns
from tests.child import ROOT

STEPS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["enter", "leave", "wait no more"])), max_size=60)


def sides(folder: Path, count: int, most: int) -> list[SharedPlaces]:
    found = [ProcessPart(number, count, folder).places("calls", most) for number in range(count)]
    return [places for places in found if places]


@given(most=st.integers(1, 5), steps=STEPS)
def test_never_more_than_there_are_and_all_for_who_is_alone(most, steps):
    with TemporaryDirectory() as folder:
        processes, held = sides(Path(folder), 3, most), [0, 0, 0]
        for who, step in steps:
            if step == "enter":
                held[who] += processes[who].enter()
            elif step == "wait no more":
                processes[who].wait_no_more()
            elif held[who]:
                processes[who].leave()
                held[who] -= 1
            assert sum(held) <= most
            assert [one.held_by_others for one in processes] == [sum(held) - own for own in held]
        for who in (1, 2):
            processes[who].wait_no_more()
            for _ in range(held[who]):
                processes[who].leave()
        while processes[0].enter():
            held[0] += 1
        assert held[0] == most


def serve(processes: list[SharedPlaces], held: list[int], rounds: int) -> list[int]:
    """Have all of them want whatever there is, while calls end in turn; returns what each holds then."""
    for number in range(rounds):
        ends = number % len(processes)
        if held[ends]:
            processes[ends].leave()
            held[ends] -= 1
        for who in (ends, *range(len(processes))):
            while processes[who].enter():
                held[who] += 1
    return held


@pytest.mark.parametrize(("count", "most"), [(2, 64), (3, 64), (4, 5), (3, 2), (2, 1)])
def test_who_comes_later_has_as_many_before_long(tmp_path, count, most):
    processes, held = sides(tmp_path, count, most), [0] * count
    while processes[0].enter():
        held[0] += 1
    assert held[0] == most
    had = [False] * count
    for _ in range(4 * most * count):
        held = serve(processes, held, 1)
        had = [before or bool(now) for before, now in zip(had, held, strict=True)]
    assert sum(held) <= most
    assert all(had)  # also where there are fewer places than processes
    assert max(held) - min(held) <= 1 + (most < count)


def test_who_asks_no_more_keeps_nobody_waiting(tmp_path, monkeypatch):
    first, second = sides(tmp_path, 2, 2)
    assert [first.enter(), first.enter(), second.enter()] == [True, True, False]
    first.leave()
    assert not first.enter()  # the other has fewer, and waits
    later = time.monotonic_ns() + WAITS_NS + 1
    monkeypatch.setattr(time, "monotonic_ns", lambda: later)
    assert first.enter()  # it hangs, or stands still


def test_what_may_be_counted_on_is_what_others_do_not_hold_but_the_part_at_least(tmp_path):
    first, second = sides(tmp_path, 2, 10)
    assert first.within_reach == 10
    for _ in range(3):
        second.enter()
    assert (first.within_reach, second.within_reach) == (7, 10)
    for _ in range(5):
        second.join()
    assert (first.within_reach, second.within_reach) == (5, 10)


def test_who_is_inside_anyway_holds_one_place_more(tmp_path):
    first, second = sides(tmp_path, 2, 2)
    first.join()
    assert (second.held_by_others, second.enter(), second.enter()) == (1, True, False)
    first.join()
    assert second.held_by_others == 2
    first.leave()
    assert second.held_by_others == 1


def not_supported(*_: int) -> None:
    raise OSError(errno.EOPNOTSUPP, "Operation not supported")


@pytest.mark.parametrize("allocates", ["yes", "not there", "the system does not"])
def test_their_file_is_its_owners_and_as_long_as_it_will_be(tmp_path, monkeypatch, allocates):
    if allocates == "not there":
        monkeypatch.setattr(os, "posix_fallocate", not_supported, raising=False)
    elif allocates == "the system does not":
        monkeypatch.delattr(os, "posix_fallocate", raising=False)
    file = tmp_path / "places"
    places = SharedPlaces(file, 1, 3, 4)
    assert (places.most, places.enter(), places.held_by_others) == (4, True, 0)
    assert file.stat().st_size == 3 * 3 * 8
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_disk_that_is_full_is_told(tmp_path, monkeypatch):
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(StoreError, match=r"cannot be kept there \(no space left on device\)"):
        ProcessPart(0, 2, tmp_path).places("calls", 3)


def test_who_has_ended_holds_nothing(tmp_path):
    first, second = sides(tmp_path, 2, 2)
    assert [second.enter(), second.enter(), first.enter()] == [True, True, False]
    ProcessPart(1, 2, tmp_path).clear()
    assert [first.enter(), first.enter(), second.enter()] == [True, True, False]
    ProcessPart(1, 2, tmp_path).clear()
    assert second.held_by_others == 2  # whoever has not ended holds what it held


def test_without_room_for_the_file_it_is_said_where(tmp_path):
    with pytest.raises(StoreError, match=f"{tmp_path / 'gone'}: what workers share cannot be kept there .* - give"):
        ProcessPart(0, 2, tmp_path / "gone").places("calls", 3)


def test_one_process_shares_with_nobody():
    assert WHOLE.places("calls", 3) is None


def test_places_of_a_name_are_the_same_when_there_are_more_of_them(tmp_path):
    part = ProcessPart(0, 2, tmp_path)
    calls = part.places("calls", 1)
    assert calls
    assert [calls.enter(), calls.enter()] == [True, False]
    assert part.places("calls", 2) is calls
    assert [calls.enter(), calls.enter()] == [True, False]
    assert part.places("others", 3) is not calls


def test_who_waits_for_what_others_hold_has_it_once_they_leave(tmp_path):
    async def run() -> None:
        first, second = (Turns(3, shared) for shared in sides(tmp_path, 2, 3))
        for _ in range(3):
            await first.acquire()
        assert not first.waiting
        waiting = [asyncio.create_task(second.acquire()) for _ in range(3)]
        await asyncio.sleep(0)
        assert second.waiting == 3
        for number in range(3):
            first.release()
            await waiting[number]
        assert (first.inside, second.inside, second.waiting) == (0, 3, 0)

    asyncio.run(run())


def test_who_waits_no_more_is_not_waited_for(tmp_path):
    async def run() -> None:
        first, second = (Turns(1, shared) for shared in sides(tmp_path, 2, 1))
        await first.acquire()
        given_up = asyncio.create_task(second.acquire())
        await asyncio.sleep(0)
        given_up.cancel()
        first.release()
        await first.acquire()
        second.resize(0)  # such as of a provider that is left alone
        still = asyncio.create_task(second.acquire())
        first.release()
        await first.acquire()
        assert not still.done()
        second.resize(1)
        first.release()
        await still
        assert (first.inside, second.inside) == (0, 1)

    asyncio.run(run())


WORKER = """
import fcntl, os, sys, time
from pathlib import Path
from backend.system.part import ProcessPart
number, count, most, rounds, parent = map(int, sys.argv[2:])
folder = Path(sys.argv[1])
places = ProcessPart(number, count, folder).places("calls", most)
seats = [open(folder / f"seat-{n}", "w") for n in range(most)]
sys.stdin.readline()
for _ in range(rounds):
    while not places.enter():
        if os.getppid() != parent:  # whoever started it was killed, and others may hold the places for ever
            sys.exit("alone")
        time.sleep(0)
    for seat in seats:  # whoever has a place finds a seat that nobody has
        try:
            fcntl.flock(seat, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError:
            continue
    else:
        places.leave()
        sys.exit("no seat")
    time.sleep(0)
    fcntl.flock(seat, fcntl.LOCK_UN)
    places.leave()
"""


@pytest.mark.parametrize(("count", "most"), [(2, 1), (3, 2)])
def test_processes_that_want_the_same_at_the_same_time(tmp_path, count, most):
    with ExitStack() as stack:
        children = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", WORKER, str(tmp_path), *map(str, (number, count, most, 3000, os.getpid()))],
                    stdin=subprocess.PIPE,
                    cwd=ROOT,
                )
            )
            for number in range(count)
        ]
        for child in children:
            assert child.stdin
            child.stdin.write(b"\n")
            child.stdin.close()
        assert [child.wait() for child in children] == [0] * count
