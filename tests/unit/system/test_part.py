"""All parts make the whole."""

from hypothesis import given
from hypothesis import strategies as st

from backend.system.part import WHOLE, ProcessPart


@given(amount=st.integers(0, 1000), count=st.integers(1, 64))
def test_all_parts_make_the_whole(amount, count):
    parts = [ProcessPart(number, count).of(amount) for number in range(count)]
    assert sum(parts) == amount
    assert max(parts) - min(parts) <= 1


def test_one_process_has_all():
    assert WHOLE.of(7) == 7


def test_some_must_be_had():
    assert ProcessPart(3, 4).of(2, least=1) == 1
