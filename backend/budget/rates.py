"""How fast a rule may call: requests and tokens in any minute, and calls at once. Projects are served in turn.

The minute is that of all processes which share a store; calls at once, and the line of those who wait, are this one's.
"""

import asyncio
import sys
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field

from backend.budget.limits import Limits
from backend.budget.permits import AHEAD_S, COUNTS_S, MINUTE, Delays, Permit, Permits
from backend.errors import RateLimitError
from backend.system.part import WHOLE, ProcessPart
from backend.system.turns import Turns

WAIT = MINUTE + 5
"""Seconds that a call waits for its minute: a little more than one, since all of one may have been taken at once."""
UNBOUNDED = sys.maxsize
"""Calls at once of a rule that has no limit for them: they are counted, since it may get one."""
LOOK_EVERY_S = 5.0
"""Seconds between looks for what other processes have given back."""


class _Signal:
    """Wakes who waits for it."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def tell(self) -> None:
        self._event.set()

    async def heard(self, seconds: float | None = None) -> None:
        """Wait until it is told, or for some seconds."""
        self._event.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()


@dataclass(slots=True)
class _Pace:
    """A rule's calls in this process, and the lines of those who wait: for a free place, then for the minute.

    Attributes:
        places: of calls at once.
        freed: told when some of the minute was given back.
        permit: what may be used of the minute without asking again.
        until: when it is given back, by the loop's clock.
        free_at: when the minute has room, by that clock, as the store said it the last time.
    """

    places: Turns
    line: Turns = field(default_factory=lambda: Turns(1))
    freed: _Signal = field(default_factory=_Signal)
    permit: Permit | None = None
    until: float = 0.0
    free_at: Delays = field(default_factory=dict)


@dataclass(slots=True)
class Slot:
    """A call's place under its rule's limits, until it is over.

    Attributes:
        permit: the number of what it is a part of, "" if it took nothing of a minute.
        requests, tokens: that it took.
    """

    pace: _Pace
    permits: Permits
    permit: str = ""
    requests: int = 0
    tokens: int = 0
    over: bool = False

    def free(self, tokens: int | None) -> None:
        """End the call.

        Args:
            tokens: what it took, in and out; None if nobody knows: then what was estimated stands.
        """
        if self.tokens and tokens is not None:
            self._correct(0, tokens - self.tokens)
        self._leave()

    def give_back(self) -> None:
        """End a call that was never made: it took nothing."""
        self._correct(-self.requests, -self.tokens)
        self._leave()

    def _correct(self, requests: int, tokens: int) -> None:
        if self.permit and not self.over and (requests or tokens):
            self.permits.correct(self.permit, requests, tokens)
            self.pace.freed.tell()

    def _leave(self) -> None:
        if not self.over:
            self.over = True
            self.pace.places.release()


class Rates:
    """Keeps the limits of all rules. Belongs to one event loop.

    Args:
        permits: what of the minute is taken, by all processes.
        wait_s: seconds that a call may wait for its minute; None for as long as it takes.
        part: this process's, of all that share the calls at once.
    """

    def __init__(self, permits: Permits, wait_s: float | None = WAIT, part: ProcessPart = WHOLE) -> None:
        self._part = part
        self._permits = permits
        self._wait_s = wait_s
        self._paces: dict[str, _Pace] = {}

    async def enter(self, rule: str, limits: Limits, tokens: int) -> Slot:
        """Wait until a call fits under its rule's limits.

        For a free place among the calls at once it waits as long as it takes, as it would for a provider's.

        Args:
            rule: its name.
            limits: the rule's.
            tokens: that the call may take at most, in and out.

        Raises:
            RateLimitError: it would have to wait for longer than is allowed, or can never fit.
            StoreError: nobody can tell.
        """
        most = limits.tokens_per_minute
        if most is not None and tokens > most:
            problem = f"this call alone may take {tokens}, by the length of its text and the provider's max_tokens"
            raise RateLimitError(rule, "tokens_per_minute", most, problem)
        pace = self._pace(rule, limits)
        await pace.places.acquire(limits.weight)
        slot = Slot(pace, self._permits)
        try:
            await self._take(slot, rule, limits, tokens)
        except BaseException:
            slot.give_back()
            raise
        return slot

    def _pace(self, rule: str, limits: Limits) -> _Pace:
        """Return a rule's, whose policy may have changed."""
        most = limits.concurrency or UNBOUNDED
        shared = self._part.places(f"rule {rule}", most)
        pace = self._paces.get(rule)
        if pace is None:
            pace = self._paces[rule] = _Pace(Turns(most, shared))
        if pace.places.places != most:
            pace.places.resize(most)
        return pace

    async def _take(self, slot: Slot, rule: str, limits: Limits, tokens: int) -> None:
        """Wait in line until the minute has room, and take it."""
        pace = slot.pace
        requests = int(limits.requests_per_minute is not None)
        tokens = tokens if limits.tokens_per_minute is not None else 0
        if not requests and limits.tokens_per_minute is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._wait_s), pace.line:
                permit = self._left(pace)
                while not (permit and permit.use(requests, tokens)):
                    permit = await self._ask(pace, rule, limits, tokens)
                    if permit is None:
                        delay = max(pace.free_at.values()) - _now()
                        await pace.freed.heard(min(delay, LOOK_EVERY_S))
                slot.permit, slot.requests, slot.tokens = permit.number, requests, tokens
                return
        raise self._refusal(rule, limits, pace)

    def _left(self, pace: _Pace) -> Permit | None:
        """Return what may be used without asking."""
        return pace.permit if _now() < pace.until else None

    async def _ask(self, pace: _Pace, rule: str, limits: Limits, tokens: int) -> Permit | None:
        """Ask for some of the minute, in place of what is left; None if it has no room."""
        asked, before = _now(), pace.permit
        pace.permit = None
        coming = self._permits.take(rule, limits, tokens, before)
        try:
            found = await asyncio.shield(asyncio.wrap_future(coming))
        except BaseException:
            coming.add_done_callback(self._undo)  # cancelled while it was being written
            raise
        if not isinstance(found, Permit):
            pace.free_at = {limit: _now() + seconds for limit, seconds in found.items()}
            return None
        pace.permit, pace.until = found, asked + AHEAD_S
        asyncio.get_running_loop().call_at(pace.until, self._give_back, pace, found)
        return found

    def _undo(self, coming: "Future[Permit | Delays]") -> None:
        if not coming.cancelled() and coming.exception() is None and isinstance(permit := coming.result(), Permit):
            with suppress(RuntimeError):  # closed: it counts for its minute
                self._permits.correct(permit.number, -permit.requests, -permit.tokens)

    def _give_back(self, pace: _Pace, permit: Permit) -> None:
        """Give back what was not used."""
        if pace.permit is permit:
            pace.permit = None
            if permit.requests or permit.tokens:
                self._permits.correct(permit.number, -permit.requests, -permit.tokens)

    def close(self) -> None:
        """Give back what was taken ahead."""
        for pace in self._paces.values():
            if pace.permit:
                self._give_back(pace, pace.permit)

    def _refusal(self, rule: str, limits: Limits, pace: _Pace) -> RateLimitError:
        free_at = pace.free_at or {name: _now() + COUNTS_S for name in ("requests_per_minute", "tokens_per_minute")}
        name = max((name for name in free_at if getattr(limits, name) is not None), key=lambda name: free_at[name])
        seconds = max(free_at[name] - _now(), 1)
        problem = f"none became free in {self._wait_s:g} s, the next one does in {seconds:.0f} s"
        return RateLimitError(rule, name, getattr(limits, name), problem)


def _now() -> float:
    return asyncio.get_running_loop().time()
