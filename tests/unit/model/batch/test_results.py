"""Files of results: whatever order, whatever parts they come in, and whatever stands in them."""

import json
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.model.answer.foreign import read_object
from backend.model.batch.results import ResultFile
from backend.model.clients import MAX_ANSWER
from tests.standin import completion

ASKED = ("a", "b", "c")


def result(name, response=None, error=None):
    whole = (
        {"status_code": 200, "request_id": "r", "body": completion({"model": "m"}, name)}
        if response is None
        else response
    )
    return json.dumps({"id": "x", "custom_id": name, "response": whole or None, "error": error})


def read(*lines, most=100, end="\n"):
    file = ResultFile(ASKED, most)
    assert file.take("\n".join(lines).encode() + end.encode())
    return file.end()


def said(file):
    return {name: read_object(line.content)["choices"][0]["message"]["content"] for name, line in file.found.items()}


@given(st.permutations(ASKED), st.lists(st.integers(0, 2000)), st.sampled_from(["", "\n", "\n\n"]))
def test_it_is_read_in_whatever_parts_it_comes(order, cuts, end):
    content = "\n".join(map(result, order)).encode() + end.encode()
    places = sorted({0, len(content), *(cut for cut in cuts if cut < len(content))})
    file = ResultFile(ASKED, 100)
    assert all(file.take(content[start:stop]) for start, stop in pairwise(places))
    assert said(file.end()) == {"a": "a", "b": "b", "c": "c"}
    assert (file.unread, file.unknown, file.doubled) == (0, 0, set())


NAMES = st.sampled_from(["custom_id", "response", "error", "status_code", "body", "code", "choices", "usage"])
VALUES = st.none() | st.booleans() | st.integers() | st.sampled_from(["a", "b", "x"])
OBJECTS = st.recursive(VALUES, lambda inner: st.dictionaries(NAMES, inner, max_size=4) | st.lists(inner), max_leaves=8)


@settings(max_examples=60)
@given(st.binary(max_size=40) | OBJECTS.map(lambda value: json.dumps(value).encode()))
def test_whatever_stands_in_a_line_costs_the_others_nothing(line):
    file = ResultFile(ASKED, 10_000)
    file.take(result("a").encode() + b"\n" + line + b"\n" + result("c").encode())
    file.end()
    assert set(file.found) | file.doubled >= {"a", "c"}


def test_what_nobody_asked_for_is_counted():
    file = read(result("a"), result("stranger"))
    assert (set(file.found), file.unknown) == ({"a"}, 1)


def test_of_a_line_that_stands_twice_neither_is_taken():
    file = read(result("a"), result("b"), result("a"), result("a"))
    assert (set(file.found), file.doubled) == ({"b"}, {"a"})
    file.add(read(result("b"), result("c")))
    assert (set(file.found), file.doubled) == ({"c"}, {"a", "b"})


def test_a_file_that_was_cut_lacks_its_last_line_alone():
    whole = "\n".join((result("a"), result("b")))
    file = read(whole[:-9], end="")
    assert (set(file.found), file.unread) == ({"a"}, 1)


def test_why_a_line_failed():
    file = read(
        result("a", {"status_code": 429, "body": {"error": {"code": "rate_limit_exceeded"}}}),
        result("b", {}, {"code": "batch_expired", "message": "late"}),
        result("c", {}, {"code": "Not a word!"}),
    )
    assert {name: (line.status, line.code) for name, line in file.found.items()} == {
        "a": (429, ""),
        "b": (0, "batch_expired"),
        "c": (0, "unknown"),
    }


def test_no_more_is_read_than_there_can_be():
    assert not ResultFile(ASKED, 2).take("\n".join(map(result, "abc")).encode() + b"\n")
    assert not ResultFile(ASKED, 2).take(b"x" * (MAX_ANSWER + 1))
