"""How hard one provider is asked, by all who ask it: as many calls at once as it bears, and none while it is down.

Calls at once grow by one a round trip and are halved by overload (AIMD), within the policy's bound. Whoever asks to be
left alone is, by all; so is, for a moment, who fails twice in a row, and for longer who goes on failing (the breaker).
What fails while others of the same time do counts once: a round trip of 64 calls says no more than one call.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType

from backend.errors import ProviderPausedError
from backend.model.breaker import Breaker, State
from backend.model.retries import LONGEST_S, Trouble, backoff
from backend.providers import Provider
from backend.system.lines import TURN
from backend.system.part import WHOLE, ProcessPart
from backend.system.turns import Turns

log = logging.getLogger("labelguard.providers")

MOST_PAUSE_S = 600.0
"""However long a provider asks to be left alone, it is asked again after this."""
READY_OF = 2
"""For so many calls at once one more is made ready while the provider answers, to take a place when it is free."""
FEW = 8
"""Of fewer calls at once none is made ready: what that saves is nothing beside a call, for which a place is kept."""


class CallWindow:
    """How many calls at once are right.

    Args:
        most: the policy's bound, at which it begins.
    """

    def __init__(self, most: int) -> None:
        self._most, self._size = most, float(most)

    @property
    def size(self) -> int:
        """Calls at once."""
        return int(self._size)

    def widen(self) -> None:
        """Hear that a call ended well: as many of them as there are at once make one more."""
        self._size = min(self._size + 1 / self._size, self._most)

    def halve(self, within_reach: float = math.inf) -> None:
        """Hear that it was too much.

        Args:
            within_reach: calls at once that there can have been.
        """
        self._size = max(min(self._size, within_reach) / 2, 1.0)


class Throttle:
    """Belongs to one event loop.

    Args:
        provider: who is asked.
        part: this process's, of all that ask; they share the calls at once that the policy lets be made.
    """

    def __init__(self, provider: Provider, part: ProcessPart = WHOLE) -> None:
        most = provider.concurrency
        self._name = provider.name
        self._window = CallWindow(most)
        self._breaker = Breaker()
        self._shared = part.places(f"provider {provider.name} {most}", most)
        self._turns, self._doors = Turns(most, self._shared), Turns(most)
        self._is_well = False
        self._resumes = -math.inf
        self._begun = self._halved = self._failed = 0  # calls by number: the last that began, and as it was counted
        self._why = ""

    @property
    def state(self) -> State:
        """The breaker's."""
        return self._breaker.state

    @property
    def size(self) -> int:
        """How many calls at once are right by now, of all that share them."""
        return self._window.size

    @property
    def inside(self) -> int:
        """How many calls are under way."""
        return self._turns.inside

    @property
    def waiting(self) -> int:
        """How many wait for a place, near or not."""
        return self._turns.waiting + self._doors.waiting

    def check(self, deadline: float | None) -> None:
        """See that it is of use to wait for a place.

        Args:
            deadline: by the event loop's clock, when nothing more is to begin; None for never.

        Raises:
            ProviderPausedError: it is left alone, for longer than may be waited, or since it failed too often.
        """
        if error := self._objection(deadline):
            raise error

    def place(self, deadline: float | None = None, weight: int = 1) -> "CallSlot":
        """Return a place for one call, to be entered; that raises what `check` does.

        Args:
            deadline: as `check` takes it.
            weight: how many calls the project makes in a row when it is its turn.
        """
        return CallSlot(self, deadline, weight)

    def _objection(self, deadline: float | None) -> ProviderPausedError | None:
        """Say why it is of no use to wait."""
        now = _now()
        left = self._resumes - now
        if self._breaker.state != "closed":
            left = max(left, self._breaker.until - now)
            is_useful = left <= 0 and self._breaker.state == "open"
        else:
            is_useful = left <= 0 or (left <= LONGEST_S and (deadline is None or now + left < deadline))
        return None if is_useful else ProviderPausedError(self._name, f"is left alone for a while: {self._why}")

    @property
    def is_full(self) -> bool:
        """Whether whoever comes now waits for a place."""
        return self._turns.is_full

    async def make_ready(self, place: "CallSlot") -> None:
        """Wait until a call's place is near, as `CallSlot.near` does."""
        await self._take(place, self._doors, is_first=TURN.get().is_urgent)

    async def enter(self, place: "CallSlot") -> None:
        """Wait for a place, as `CallSlot` does."""
        await self._take(place, self._turns)
        self._begun += 1
        place.number = self._begun

    async def _take(self, place: "CallSlot", turns: Turns, *, is_first: bool = False) -> None:
        while True:
            if not place.is_trial:
                self.check(place.deadline)
            if self._breaker.state == "open":  # nobody else is let in before it is known how this ends
                self._breaker.try_()
                place.is_trial = True
            if place.is_trial:
                turns.resize(turns.inside + 1)
            if is_first and turns.places:  # whoever waits for this very task has the next place, and none but that
                turns.join()
            else:
                await turns.acquire(place.weight, lambda: self._objection(place.deadline))
            if place.is_trial or (self._breaker.state == "closed" and self._resumes <= _now()):
                return
            turns.release()  # things changed as it was called

    def leave(self, place: "CallSlot") -> None:
        """Give a place back, as `CallSlot` does."""
        self._give_up(place)
        self._turns.release()

    def step_back(self, place: "CallSlot") -> None:
        """Be near no longer, as `CallSlot.near` does."""
        self._give_up(place)
        self._doors.release()

    def _give_up(self, place: "CallSlot") -> None:
        if place.is_trial and not place.was_heard:
            self._breaker.give_up()
            place.is_trial = False

    def hear(self, place: "CallSlot", found: Trouble | None) -> None:
        """Hear how a call ended; to be told before its place is left.

        Args:
            place: the call's.
            found: what ails the provider; None if it answered, were it that it refuses the request.
        """
        place.was_heard, self._is_well = True, found is None
        if found is None:
            self._window.widen()
        elif found.is_overload and place.number > self._halved:
            self._window.halve(self._shared.within_reach if self._shared else math.inf)
            self._halved = self._begun
        if found and found.retry_after:
            self._rest(min(found.retry_after, MOST_PAUSE_S), found)
        if found is None or not found.is_outage:
            self._answered()
        elif place.number > self._failed:
            self._failed = self._begun
            self._fail(found)
        self._fit()

    def _answered(self) -> None:
        if self._breaker.answered():
            log.info("provider %s: answers again", self._name)

    def _fail(self, found: Trouble) -> None:
        """Count a failure of the provider's."""
        was_closed, opened = self._breaker.state == "closed", self._breaker.failed(_now())
        if not opened:
            if self._breaker.failures > 1:
                self._rest(backoff(self._breaker.failures - 1), found)
            return
        self._why = f"it failed again and again, the last time: {self._said(found)}"
        self._look_again()
        if was_closed:
            seconds = self._breaker.until - _now()
            log.warning("provider %s: left alone for %.0f s: %s", self._name, seconds, self._why)

    def _rest(self, seconds: float, found: Trouble) -> None:
        """Have nobody ask for a while."""
        self._why = self._said(found)
        until = _now() + seconds
        if until > self._resumes:
            self._resumes = until
            asyncio.get_running_loop().call_at(until, self._resume, until)
            self._look_again()

    def _look_again(self) -> None:
        for turns in (self._turns, self._doors):
            turns.look_again()

    def _resume(self, until: float) -> None:
        if until >= self._resumes:
            self._resumes = -math.inf
            self._fit()

    def _fit(self) -> None:
        """Let as many in as is right now, and have some made ready where they will soon be let in."""
        size = 0 if self._resumes > _now() else self._window.size
        self._doors.resize(size + (size // READY_OF if self._is_well and size >= FEW else 0))
        self._turns.resize(size)

    def _said(self, found: Trouble) -> str:
        return found.reason.removeprefix(f"provider {self._name}: ")


@dataclass(slots=True, eq=False)
class CallSlot:
    """One call's place among those at once: an asynchronous context.

    Attributes:
        throttle: the provider's.
        deadline, weight: as `Throttle.place` takes them.
        number: the how many-th call it is.
        is_trial: whether it is the one by which an open breaker is tried.
        was_heard: whether it is known how it ended.
    """

    throttle: Throttle
    deadline: float | None
    weight: int
    number: int = field(default=0, init=False)
    is_trial: bool = field(default=False, init=False)
    was_heard: bool = field(default=False, init=False)

    @property
    def is_awaited(self) -> bool:
        """Whether it will have to be waited for."""
        return self.throttle.is_full

    @asynccontextmanager
    async def near(self) -> AsyncIterator[None]:
        """Wait until the place is near, so that it is time to make all ready that must be before it is entered.

        Raises:
            ProviderPausedError: as `Throttle.check` does.
        """
        await self.throttle.make_ready(self)
        try:
            yield
        finally:
            self.throttle.step_back(self)

    async def __aenter__(self) -> "CallSlot":
        await self.throttle.enter(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.throttle.leave(self)


def _now() -> float:
    return asyncio.get_running_loop().time()
