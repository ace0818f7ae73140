"""How fast a rule may call: requests and tokens in any minute, and calls at once. Projects are served in turn."""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

from backend.budget.limits import Limits
from backend.errors import RateLimitError
from backend.system.turns import Turns

MINUTE = 60.0
WAIT = MINUTE + 5
"""Seconds that a call waits for its minute: a little more than one, since all of one may have been taken at once."""


class Window:
    """What was taken within the last minute: a window that slides, so that a limit holds for any minute."""

    def __init__(self) -> None:
        self._taken: deque[tuple[int, float]] = deque()
        self._amounts: dict[int, int] = {}
        self._numbers = count()
        self.total = 0

    def take(self, now: float, amount: int) -> int:
        """Take an amount, whatever the limit; return a number to correct it by."""
        number = next(self._numbers)
        self._taken.append((number, now))
        self._amounts[number] = amount
        self.total += amount
        return number

    def correct(self, number: int, amount: int) -> None:
        """Say what an amount turned out to be. It still counts from when it was taken, if it still does."""
        if number in self._amounts:
            self.total += amount - self._amounts[number]
            self._amounts[number] = amount

    def delay(self, now: float, amount: int, limit: int) -> float:
        """Return the seconds until an amount fits under a limit; infinite if it never does."""
        self._forget(now)
        excess = self.total + amount - limit
        if excess <= 0:
            return 0.0
        for number, at in self._taken:
            excess -= self._amounts[number]
            if excess <= 0:
                return at + MINUTE - now
        return float("inf")

    def _forget(self, now: float) -> None:
        while self._taken and self._taken[0][1] + MINUTE <= now:
            number, _ = self._taken.popleft()
            self.total -= self._amounts.pop(number)


@dataclass(slots=True)
class _Pace:
    """A rule's windows, and the lines of those who wait: at the door for a free place, then for the minute."""

    requests: Window = field(default_factory=Window)
    tokens: Window = field(default_factory=Window)
    running: int = 0
    door: Turns = field(default_factory=lambda: Turns(1))
    line: Turns = field(default_factory=lambda: Turns(1))
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def change(self, seconds: float | None = None) -> None:
        """Wait until a call ends, or for some seconds."""
        self.changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.changed.wait()


@dataclass(slots=True)
class Slot:
    """A call's place under its rule's limits, until it is over."""

    pace: _Pace
    request: int | None = None
    tokens: int | None = None
    over: bool = False

    def free(self, tokens: int | None) -> None:
        """End the call.

        Args:
            tokens: what it took, in and out; None if nobody knows: then what was estimated stands.
        """
        if self.tokens is not None and tokens is not None:
            self.pace.tokens.correct(self.tokens, tokens)
        self._leave()

    def give_back(self) -> None:
        """End a call that was never made: it took nothing."""
        if self.request is not None:
            self.pace.requests.correct(self.request, 0)
        self.free(0)

    def _leave(self) -> None:
        if not self.over:
            self.over = True
            self.pace.running -= 1
            self.pace.changed.set()


class Rates:
    """Keeps the limits of all rules, within this process. Belongs to one event loop.

    Args:
        wait_s: seconds that a call may wait for its minute; None for as long as it takes.
    """

    def __init__(self, wait_s: float | None = WAIT) -> None:
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
        """
        most = limits.tokens_per_minute
        if most is not None and tokens > most:
            problem = f"this call alone may take {tokens}, by the length of its text and the provider's max_tokens"
            raise RateLimitError(rule, "tokens_per_minute", most, problem)
        pace = self._paces.setdefault(rule, _Pace())
        async with pace.door:
            while limits.concurrency is not None and pace.running >= limits.concurrency:
                await pace.change()
            pace.running += 1
        slot = Slot(pace)
        try:
            await self._take(slot, rule, limits, tokens)
        except BaseException:
            slot.give_back()
            raise
        return slot

    async def _take(self, slot: Slot, rule: str, limits: Limits, tokens: int) -> None:
        """Wait in line until the minute has room, and take it."""
        pace = slot.pace
        if not _delays(pace, limits, tokens):
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._wait_s), pace.line:
                while (delay := max(_delays(pace, limits, tokens).values())) > 0:
                    await pace.change(delay)
                if limits.requests_per_minute is not None:
                    slot.request = pace.requests.take(_now(), 1)
                if limits.tokens_per_minute is not None:
                    slot.tokens = pace.tokens.take(_now(), tokens)
                return
        delays = _delays(pace, limits, tokens)
        name = max(delays, key=lambda key: delays[key])
        problem = f"none became free in {self._wait_s:g} s, the next one does in {max(delays[name], 1):.0f} s"
        raise RateLimitError(rule, name, getattr(limits, name), problem)


def _delays(pace: _Pace, limits: Limits, tokens: int) -> dict[str, float]:
    """Return how many seconds each limit that is set bids to wait."""
    delays = {}
    if limits.requests_per_minute is not None:
        delays["requests_per_minute"] = pace.requests.delay(_now(), 1, limits.requests_per_minute)
    if limits.tokens_per_minute is not None:
        delays["tokens_per_minute"] = pace.tokens.delay(_now(), tokens, limits.tokens_per_minute)
    return delays


def _now() -> float:
    return asyncio.get_running_loop().time()
