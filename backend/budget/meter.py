"""The meter that every attempt passes: it waits for the rule's minute, holds the money, and says what it took."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from backend.budget.amounts import NANO, Use
from backend.budget.ledger import Hold, Ledger, cost_of
from backend.budget.limits import Limits
from backend.budget.rates import WAIT, Rates, Slot
from backend.system.part import WHOLE, ProcessPart


@dataclass(frozen=True, slots=True)
class Admission:
    """A call that may be made; to be settled when it is over, once."""

    hold: Hold
    slot: Slot


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a call took.

    Attributes:
        cost: in US dollars; None where the price is not known.
        book: writes it down, within a transaction of somebody else's, who has the lock of `clerk.PART`.
    """

    cost: float | None
    book: Callable[[Connection], object]


class Meter:
    """Belongs to one event loop, as the gateway does. Money and pace by minute are those of all processes.

    Args:
        ledger: where the money stands.
        wait_s: seconds that a call may wait for its minute; None for as long as it takes.
        part: this process's, of calls at once.
    """

    def __init__(self, ledger: Ledger, wait_s: float | None = WAIT, part: ProcessPart = WHOLE) -> None:
        self.ledger = ledger
        self._rates = Rates(ledger.permits, wait_s, part)

    async def admit(self, use: Use, limits: Limits, then: Callable[[], Awaitable[None]] | None = None) -> Admission:
        """Wait until a call may be made.

        Args:
            use: the call.
            limits: its rule's.
            then: what is waited for once the minute has room, and before money is held, such as a provider's place.

        Raises:
            BudgetError: it may not; nothing must be sent.
            StoreError: nobody can tell; nothing must be sent.
        """
        slot = await self._rates.enter(use.rule, limits, use.likely_tokens)
        held: Future[Hold] | None = None
        try:
            if then:
                await then()
            held = self.ledger.hold(use, limits)
            return Admission(await asyncio.wrap_future(held), slot)
        except BaseException:
            slot.give_back()
            if held:
                held.add_done_callback(self._undo)  # cancelled while it was being written
            raise

    def settle(
        self, admission: Admission, tokens_in: int | None, tokens_out: int | None, failed: bool
    ) -> Settlement | None:
        """End a call that is over; what it took is to be booked with how it ended.

        Args:
            admission: the call's.
            tokens_in, tokens_out: as the provider counts them, 0 where it certainly took none; None where nobody
                knows, such as after a time-out: then the worst case is booked.
            failed: whether it got no answer.

        Returns:
            What it cost, and what books it; None after `give_back`, and the second time.
        """
        if admission.slot.over:
            return None
        if not failed and not tokens_in:
            tokens_in = tokens_out = None  # an answer without a count
        known = None if tokens_in is None or tokens_out is None else max(tokens_in + tokens_out, 0)
        admission.slot.free(known)
        hold, tokens = admission.hold, (tokens_in, tokens_out)
        nano = cost_of(hold.use, tokens)
        book = partial(self.ledger.book_within, hold=hold, tokens=tokens, failed=failed)
        return Settlement(None if nano is None else nano / NANO, book)

    async def give_back(self, admission: Admission) -> None:
        """End a call that was never made. Does nothing after `settle`."""
        if admission.slot.over:
            return
        admission.slot.give_back()
        await asyncio.shield(asyncio.wrap_future(self.ledger.give_back(admission.hold)))

    def close(self) -> None:
        """Write what still waits, and stop."""
        self._rates.close()
        self.ledger.close()

    def _undo(self, held: "Future[Hold]") -> None:
        if not held.cancelled() and held.exception() is None:
            with suppress(RuntimeError):  # closed: it expires
                self.ledger.give_back(held.result())
