"""What somebody who may write to the database can do to a record, an entry at a time. Tests and benchmark try each."""

import json
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Engine, delete, insert, select, update

from backend.record.chain import Link, canonical_json, link_hash
from backend.record.tables import ENTRIES, PART, SEALS, TIP
from backend.store import reading, writing

Links = list[Link]


def read(engine: Engine) -> Links:
    """Return all entries of a store."""
    with reading(engine) as connection:
        return [Link(*row) for row in connection.execute(select(*ENTRIES.c).order_by(ENTRIES.c.seq))]


def write(engine: Engine, links: Links) -> None:
    """Put other entries in the place of all that a store has, as one may by SQL."""
    with writing(engine, PART) as connection:
        connection.execute(delete(ENTRIES))
        if links:
            connection.execute(insert(ENTRIES), [{"seq": one.seq, "body": one.body, "hash": one.hash} for one in links])


def write_tip(engine: Engine, last: Link) -> None:
    """Make the tip say that the record ends with an entry."""
    with writing(engine, PART) as connection:
        connection.execute(update(TIP).values(seq=last.seq, hash=last.hash))


def remove_seals(engine: Engine, after: int) -> None:
    """Remove the signed heads after an entry."""
    with writing(engine, PART) as connection:
        connection.execute(delete(SEALS).where(SEALS.c.seq > after))


def _edited(link: Link, **other) -> Link:
    return replace(link, body=canonical_json(json.loads(link.body) | other))


def _renumbered(links: Links) -> Links:
    return [replace(link, seq=seq) for seq, link in enumerate(links, 1)]


def _change(links: Links, at: int) -> Links:
    return [*links[:at], _edited(links[at], policy="f" * 64), *links[at + 1 :]]


def _change_a_character(links: Links, at: int) -> Links:
    body = links[at].body
    middle = len(body) // 2
    other = "0" if body[middle] != "0" else "1"
    return [*links[:at], replace(links[at], body=body[:middle] + other + body[middle + 1 :]), *links[at + 1 :]]


def _change_the_time(links: Links, at: int) -> Links:
    time = json.loads(links[at].body)["time"]
    return [*links[:at], _edited(links[at], time=f"2020{time[4:]}"), *links[at + 1 :]]


def _change_with_its_hash(links: Links, at: int) -> Links:
    edited = _edited(links[at], policy="f" * 64)
    before = links[at - 1].hash if at else "0" * 64
    return [*links[:at], replace(edited, hash=link_hash(before, edited.body)), *links[at + 1 :]]


def _change_the_hash(links: Links, at: int) -> Links:
    digest = links[at].hash
    other = ("0" if digest[0] != "0" else "1") + digest[1:]
    return [*links[:at], replace(links[at], hash=other), *links[at + 1 :]]


def _empty(links: Links, at: int) -> Links:
    return [*links[:at], replace(links[at], body=""), *links[at + 1 :]]


def _remove(links: Links, at: int) -> Links:
    return links[:at] + links[at + 1 :]


def _remove_and_close_the_gap(links: Links, at: int) -> Links:
    return _renumbered(_remove(links, at))


def _insert_a_copy(links: Links, at: int) -> Links:
    return _renumbered([*links[:at], links[at], *links[at:]])


def _insert_a_new_one(links: Links, at: int) -> Links:
    before = links[at - 1].hash if at else "0" * 64
    body = _edited(links[at], task="999").body
    return _renumbered([*links[:at], Link(0, body, link_hash(before, body)), *links[at:]])


def _swap(links: Links, at: int) -> Links:
    other = (at + 1 + len(links) // 3) % len(links)
    swapped = list(links)
    swapped[at] = replace(links[other], seq=links[at].seq)
    swapped[other] = replace(links[at], seq=links[other].seq)
    return swapped


def _swap_and_renumber(links: Links, at: int) -> Links:
    other = (at + 1) % len(links)
    swapped = _swap_neighbours(links, at, other)
    return [_edited(link, seq=link.seq) for link in swapped]


def _swap_neighbours(links: Links, at: int, other: int) -> Links:
    swapped = list(links)
    swapped[at], swapped[other] = replace(links[other], seq=links[at].seq), replace(links[at], seq=links[other].seq)
    return swapped


def _overwrite_by_a_copy(links: Links, at: int) -> Links:
    other = (at + 1) % len(links)
    return [*links[:other], replace(links[at], seq=links[other].seq), *links[other + 1 :]]


TAMPERINGS: dict[str, Callable[[Links, int], Links]] = {
    "a field changed": _change,
    "a character changed": _change_a_character,
    "the time changed": _change_the_time,
    "changed, with its hash": _change_with_its_hash,
    "the hash changed": _change_the_hash,
    "emptied": _empty,
    "removed": _remove,
    "removed, the gap closed": _remove_and_close_the_gap,
    "a copy inserted": _insert_a_copy,
    "a new one inserted": _insert_a_new_one,
    "two swapped": _swap,
    "two swapped, with their numbers": _swap_and_renumber,
    "overwritten by a copy": _overwrite_by_a_copy,
}


def rewrite(links: Links, at: int, **other) -> Links:
    """Change an entry and make the whole chain after it anew, as whoever knows how it is built can."""
    made = links[:at]
    for link in [_edited(links[at], **(other or {"policy": "f" * 64})), *links[at + 1 :]]:
        before = made[-1].hash if made else "0" * 64
        made.append(replace(link, hash=link_hash(before, link.body)))
    return made
