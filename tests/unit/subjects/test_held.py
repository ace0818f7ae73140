"""What is held about a task, or in what a value stands: in each store, by numbers, without a word of it."""

import pytest

from backend.privacy.hashed import hashed_entry
from backend.record.entries import View
from backend.record.views import ViewBook
from backend.subjects.erasing import erase
from backend.subjects.held import held_about
from backend.subjects.subject import DataSubject
from tests.unit.subjects.world import CANARY

ALL = {"record": 2, "batches": 0, "budgets": 0, "answers": 1, "samples": 1, "queue": 1, "failures": 1, "reviews": 1}
KEPT = ("answers", "samples", "queue", "failures", "reviews")


def counts(world, subject):
    return {one.place: one.count for one in held_about(world.sources, subject)}


def test_all_places_are_told_of_a_task(world):
    world.fill(1, 2)
    assert counts(world, DataSubject(task="1")) == ALL | {"webhooks": 0, "scores": 0}
    assert counts(world, DataSubject("12", "1")) == counts(world, DataSubject(task="1"))
    assert set(counts(world, DataSubject("13", "1")).values()) == {0}
    assert set(counts(world, DataSubject(task="3")).values()) == {0}


def test_an_empty_state_holds_nothing(world):
    assert set(counts(world, DataSubject(task="1")).values()) == {0}
    assert set(counts(world, DataSubject(values=(CANARY,))).values()) == {0}


@pytest.mark.parametrize("value", [CANARY, CANARY.upper(), "vantongeren", "QUILLA  Vantongeren".replace("  ", " ")])
def test_a_value_is_found_in_all_that_is_kept_encrypted(world, value):
    world.fill(1, 2)
    world.fill(3, text="seen: nobody")
    found = {one.place: one for one in held_about(world.sources, DataSubject(values=(value,)))}
    assert {place: found[place].count for place in KEPT} == dict.fromkeys(KEPT, 2)
    assert {found[place].where for place in KEPT} == {("12/1", "12/2")}
    assert found["record"].count == 0
    assert found["lists"].count == 0
    assert CANARY.lower() not in str(found).lower()


def test_a_number_is_found_with_other_separators(world):
    world.fill(1, text="call +1 (212) 555-0147 now")
    assert counts(world, DataSubject(values=("+12125550147",)))["queue"] == 1
    assert counts(world, DataSubject(values=("+12125550148",)))["queue"] == 0


def test_a_short_value_is_no_part_of_a_word(world):
    world.fill(1, text="a lion slept")
    assert counts(world, DataSubject(values=("Li",)))["reviews"] == 0
    assert counts(world, DataSubject(values=("Lion",)))["reviews"] == 1


def test_what_is_under_another_key_is_said_to_be_unread(world):
    world.fill(1)
    sources = world.sources
    other = type(sources)(sources.store, sources.reviews, b"f" * 32, sources.policy)
    found = {one.place: one for one in held_about(other, DataSubject(values=(CANARY,)))}
    assert [found[place].unread for place in KEPT[:-1]] == [1, 1, 1, 1]
    assert found["answers"].count == 0


def test_a_value_is_found_in_the_policys_lists_by_its_hash(world, monkeypatch):
    key = world.folder / "list.key"
    key.write_text("k" * 40)
    monkeypatch.setenv("LABELGUARD_LIST_KEY_FILE", str(key))
    file = world.folder / "ours.txt"
    file.write_text(f"Project Falcon\n{hashed_entry(CANARY, b'k' * 40)}\tPERSON\n")
    found = held_about(world.sources, DataSubject(values=(CANARY.upper(),)))[-1]
    assert (found.place, found.where, found.may_erase) == ("lists", (f"{file}:2",), False)
    assert held_about(world.sources, DataSubject(values=("project falcon",)))[-1].where == (f"{file}:1",)


def test_what_is_erased_is_on_the_disk_no_more(world):
    """Neither in a free page of the file nor in its log; of other tasks all is there."""
    world.fill(1, 2)
    before = world.bodies()
    subject = DataSubject(task="1")
    gone, is_clean = erase(world.sources, found := held_about(world.sources, subject))
    assert is_clean
    assert {one.place: count for one, count in zip(found, gone, strict=True) if count} == dict.fromkeys(KEPT, 1)
    after = world.bodies()
    assert (len(before), len(after)) == (10, 5)
    assert set(after) < set(before)
    written = world.on_disk()
    assert [body in written for body in after] == [True] * 5
    assert [body for body in set(before) - set(after) if body in written] == []
    assert counts(world, subject) == dict.fromkeys(ALL, 0) | {"record": 2, "webhooks": 0, "scores": 0}
    assert counts(world, DataSubject(task="2")) == ALL | {"webhooks": 0, "scores": 0}


def test_a_value_is_erased_wherever_it_stands_and_nothing_else(world):
    world.fill(1, 2)
    world.fill(3, text="seen: nobody")
    world.fill(4, project="13")
    subject = DataSubject("12", values=(CANARY,))
    gone, is_clean = erase(world.sources, held_about(world.sources, subject))
    assert is_clean
    assert sum(gone) == 10
    everywhere = DataSubject(values=(CANARY,))
    assert {counts(world, everywhere)[place] for place in KEPT} == {1}
    assert counts(world, DataSubject(task="3")) == ALL | {"webhooks": 0, "scores": 0}
    written = world.on_disk()
    assert CANARY.encode() not in written


def test_who_saw_what_was_sent_counts_as_held(world):
    world.fill(1, 2)
    ViewBook(world.store).note([View(attempt=1, who="admin", by="console", keep_days=None)])
    assert counts(world, DataSubject(task="1"))["record"] == 3
    assert counts(world, DataSubject(task="2"))["record"] == 2
