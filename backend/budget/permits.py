"""What rules have taken of the last minute, in the store: a limit holds over all processes that share it.

A row is what one process took at a time: a call's requests and tokens, or some more, so that a fast rule asks a few
times a second at most. It counts for a minute from when the last of it may be used, by the clock of the store, which
is the same for all; nobody has to end it, so that who dies keeps nothing beyond its minute.
"""

import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Float, Index, String, Table, delete, insert, select, text, update

from backend.budget.limits import Limits
from backend.budget.tables import LONGEST, storable
from backend.store import METADATA

MINUTE = 60.0
AHEAD_S = 1.0
"""Seconds within which what was taken is used or given back: longer would make more of the minute idle."""
COUNTS_S = MINUTE + AHEAD_S
SHARE = 60
"""What is taken ahead, as a part of the limit: enough for a second at its pace."""

PERMITS = Table(
    "pace_permits",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("rule", String(LONGEST), nullable=False),
    Column("expires", Float(53), nullable=False),
    Column("requests", BigInteger, nullable=False),
    Column("tokens", BigInteger, nullable=False),
)
"""What was taken: until when it counts, in seconds since 1970."""

Index("pace_permits_rule", PERMITS.c.rule, PERMITS.c.expires)

_NOW = text("SELECT extract(epoch FROM clock_timestamp())")
Delays = dict[str, float]
"""By limit, how many seconds it bids to wait."""


@dataclass(slots=True)
class Permit:
    """What a process may use for `AHEAD_S` from when it asked, of the limits that its rule has.

    Attributes:
        number: its row's.
        requests, tokens: that are left of it.
    """

    number: str
    requests: int
    tokens: int

    def use(self, requests: int, tokens: int) -> bool:
        """Use it for a call, if enough is left of it."""
        if self.requests < requests or self.tokens < tokens:
            return False
        self.requests, self.tokens = self.requests - requests, self.tokens - tokens
        return True


def store_time(connection: Connection) -> float:
    """Return the time that all who share a store agree on: PostgreSQL's; a file's processes are on one machine."""
    return time.time() if connection.dialect.name == "sqlite" else float(connection.execute(_NOW).scalar_one())


class Permits:
    """Thread-safe; many processes may share a store.

    Args:
        submit: has something written, as `Clerk.submit` does, into a store that has the table.
        now: tells the time, in seconds.
    """

    def __init__(
        self,
        submit: Callable[[Callable[[Connection], Any]], "Future[Any]"],
        now: Callable[[Connection], float] = store_time,
    ) -> None:
        self._submit, self._now = submit, now

    def take(self, rule: str, limits: Limits, tokens: int, before: Permit | None = None) -> "Future[Permit | Delays]":
        """Take a call's share of the minute, and some more where the limits are large.

        Args:
            rule: its name.
            limits: the rule's.
            tokens: the call's, no more than the rule's limit.
            before: what is left of what was taken before, which is given back.

        Returns:
            What was taken, nothing of what has no limit; or, if there is no room for the call, how long each limit
            bids to wait.
        """
        return self._submit(lambda connection: self._take(connection, rule, limits, tokens, before))

    def correct(self, number: str, requests: int, tokens: int) -> "Future[None]":
        """Say that more was taken than was known, or less: it counts for as long as what it is a part of.

        Args:
            number: the permit's.
            requests, tokens: the difference.
        """
        return self._submit(lambda connection: _add(connection, number, requests, tokens))

    def _take(
        self, connection: Connection, rule: str, limits: Limits, tokens: int, before: Permit | None
    ) -> Permit | Delays:
        if before:
            _add(connection, before.number, -before.requests, -before.tokens)
        now, rule = self._now(connection), storable(rule)
        # What stands in the future was written before the clock was set back.
        counts = (PERMITS.c.expires > now, PERMITS.c.expires <= now + 2 * COUNTS_S)
        connection.execute(delete(PERMITS).where(PERMITS.c.rule == rule, ~(counts[0] & counts[1])))
        rows = connection.execute(select(PERMITS).where(PERMITS.c.rule == rule).order_by(PERMITS.c.expires)).all()
        requests, delay = _room(((row.expires - now, row.requests) for row in rows), limits.requests_per_minute, 1)
        most, other = _room(((row.expires - now, row.tokens) for row in rows), limits.tokens_per_minute, tokens)
        if delay or other:
            return {"requests_per_minute": delay, "tokens_per_minute": other}
        permit = Permit(uuid.uuid4().hex, requests, most)
        row = {"id": permit.number, "rule": rule, "expires": now + COUNTS_S, "requests": requests, "tokens": most}
        connection.execute(insert(PERMITS).values(row))
        return permit


def _room(taken: Iterable[tuple[float, int]], limit: int | None, amount: int) -> tuple[int, float]:
    """Say how much may be taken now, or how long to wait for it.

    Args:
        taken: seconds for which each part counts, and what it is, those that end first at the beginning.
        limit: on all that counts at a time; None for none.
        amount: that is wanted at least, no more than the limit.

    Returns:
        What may be taken, some more than is wanted if there is room; and the seconds until what is wanted fits.
    """
    if limit is None:
        return 0, 0.0
    parts = list(taken)
    room = limit - sum(part for _, part in parts)
    if room >= amount:
        return min(room, max(amount, limit // SHARE)), 0.0
    for seconds, part in parts:
        room += part
        if room >= amount:
            return 0, seconds
    return 0, COUNTS_S


def _add(connection: Connection, number: str, requests: int, tokens: int) -> None:
    if requests or tokens:
        more = {"requests": PERMITS.c.requests + requests, "tokens": PERMITS.c.tokens + tokens}
        connection.execute(update(PERMITS).where(PERMITS.c.id == number).values(more))
