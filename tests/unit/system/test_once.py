"""What is made once is made by whoever comes first, and again if that failed."""

import threading

import pytest

from backend.system.once import once


def test_threads_that_ask_at_the_same_time_get_the_same():
    made, inside, go = [], threading.Event(), threading.Event()

    @once
    def thing(name):
        inside.set()
        go.wait()
        made.append(name)
        return object()

    got = []
    threads = [threading.Thread(target=lambda: got.append(thing("a"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    inside.wait()
    go.set()
    for thread in threads:
        thread.join()
    assert len(set(map(id, got))) == 1
    assert made == ["a"]
    assert thing("b") is not got[0]


def test_what_raises_is_asked_again():
    asked = []

    @once
    def thing():
        asked.append(1)
        if len(asked) == 1:
            raise ValueError("not yet")
        return "made"

    with pytest.raises(ValueError, match="not yet"):
        thing()
    assert thing() == thing() == "made"
    assert len(asked) == 2
