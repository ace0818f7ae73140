"""Removing what need not be kept any longer, so that the rest can still be checked.

A chain can only be cut at its beginning: the oldest entries go, up to the first that must stay. A signed checkpoint
with the hash of the last one removed takes their place, and an entry says that it was done.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, delete

from backend.errors import RecordError
from backend.record.chain import Seal, stamp
from backend.record.entries import Pruned, View
from backend.record.index import prune_index
from backend.record.keys import PublicKey, Signer
from backend.record.sources import RecordSource, stored
from backend.record.tables import ENTRIES, PART, SEALS, Heads, add_seal, append
from backend.record.tokens import TOKENS
from backend.record.verify import Trust, verify_record
from backend.store import make_tables, writing


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the record may be cut.

    Args:
        through: the last entry that may go; 0: none may.
        hash: its hash.
        entries: how many may go.
        kept: why the next one stays; empty where there is none.
    """

    through: int = 0
    hash: str = ""
    entries: int = 0
    kept: str = ""


def prune_record(engine: Engine, signer: Signer, keys: Sequence[PublicKey] = (), heads_every: int = 1000) -> Cut:
    """Remove the oldest entries whose time is over.

    Args:
        engine: the record's store.
        signer: signs the checkpoint.
        keys: keys that signed earlier.
        heads_every: see `Record.open`.

    Returns:
        What was removed.

    Raises:
        RecordError: the record is not as it was written: a checkpoint would hide that.
    """
    with stored(engine) as source:
        report = verify_record(source, Trust((signer.public, *keys)))
    if report.problems:
        raise RecordError(f"nothing was pruned: {report.problems[0].what} - see labelguard audit verify")
    with stored(engine) as source:
        cut = find_cut(source, datetime.now(UTC))
    if cut.entries:
        make_tables(engine, TOKENS)
        with writing(engine, PART) as connection:
            gone = connection.execute(delete(ENTRIES).where(ENTRIES.c.seq <= cut.through)).rowcount
            if gone != cut.entries:
                raise RecordError("nothing was pruned: somebody else prunes at the same time - try again")
            connection.execute(delete(SEALS).where(SEALS.c.seq <= cut.through))
            connection.execute(delete(TOKENS).where(TOKENS.c.seq <= cut.through))
            prune_index(connection, cut.through)
            add_seal(connection, Seal.by(signer, "checkpoint", cut.through, cut.hash))
            done = Pruned(through=cut.through, hash=cut.hash, entries=cut.entries)
            append(connection, [done], Heads(signer, heads_every))
    return cut


def find_cut(source: RecordSource, now: datetime) -> Cut:
    """Find the first entry that must be kept.

    An outcome goes with its attempt. What says that entries were pruned goes with those after it: a later one takes
    its place.
    """
    cut = Cut()
    days: dict[int, int] = {}
    for passing, link in enumerate(source.links, 1):
        body = json.loads(link.body)
        kept = _kept(body, days, now)
        if kept:
            return Cut(cut.through, cut.hash, cut.entries, f"entry {link.seq} {kept}")
        if body["kind"] != Pruned.kind:
            cut = Cut(link.seq, link.hash, passing)
    return cut


def _kept(body: dict[str, Any], days: dict[int, int], now: datetime) -> str:
    """Say why an entry must be kept; notes how long an attempt's outcome must."""
    if body["kind"] == "outcome":
        keep = days.pop(body["attempt"], 0)
    else:
        keep = 0 if body["kind"] == Pruned.kind else body["keep_days"]
        if keep is None:
            is_view = body["kind"] == View.kind
            return "is kept for ever, as what it shows" if is_view else f"is kept for ever by rule {body['rule']!r}"
        days[body["seq"]] = keep
    if body["time"] > stamp(now - timedelta(days=min(keep, 1_000_000))):
        return f"is kept for {keep} days"
    return ""
