"""What stays is not looked at whenever garbage is looked for, and what became garbage since goes in time."""

import subprocess
import sys

BEGIN = """
import gc, weakref
from backend.system.memory import LOOK_THROUGH, keep_settled, settle_memory

class Kept:
    pass

def ring():
    one, other = Kept(), Kept()
    one.other, other.one = other, one
    return one
"""


def run(code: str) -> list[str]:
    command = [sys.executable, "-c", BEGIN + code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def test_what_is_added_to_what_stays_is_not_looked_at():
    code = """
settle_memory()
kept = []
for _ in range(100):
    kept += [Kept() for _ in range(100)]
    keep_settled()
print(sum(type(one) is Kept for one in gc.get_objects()), len(kept))
"""
    assert run(code) == ["0", "10000"]


def test_garbage_that_was_taken_with_it_goes_when_all_is_looked_through():
    code = """
settle_memory()
kept = ring()
keep_settled()
left = weakref.ref(kept)
del kept
gc.collect()
print(left() is None)
for _ in range(LOOK_THROUGH):
    keep_settled()
print(left() is None)
"""
    assert run(code) == ["False", "True"]


def test_where_memory_was_not_settled_all_is_as_ever():
    code = """
kept = ring()
keep_settled()
left = weakref.ref(kept)
del kept
gc.collect()
print(left() is None)
"""
    assert run(code) == ["True"]


def test_garbage_is_looked_for_seldom_until_what_was_loaded_has_settled():
    code = """
from backend.system.memory import begin_loading
before = gc.get_threshold()
begin_loading()
print(gc.get_threshold() > before, gc.isenabled())
settle_memory()
print(gc.get_threshold() == before)
"""
    assert run(code) == ["True", "True", "True"]
