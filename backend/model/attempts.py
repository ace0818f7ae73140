"""The books that every attempt to reach a model passes: its rule's budget, and the record that proves what was sent."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from backend.budget.amounts import Use
from backend.budget.clerk import PART as SPEND
from backend.budget.gauges import budget_metrics
from backend.budget.limits import Limits
from backend.budget.meter import Admission, Meter
from backend.budget.prices import price_of
from backend.errors import (
    BudgetError,
    DeadlineError,
    LabelguardError,
    ProviderAuthError,
    ProviderRefusalError,
    RecordError,
    StoreError,
)
from backend.policy.types import SentKeeping
from backend.providers import Price, Provider
from backend.record.entries import Attempt, Look, Outcome, Refusal, Result
from backend.record.journal import Alongside, Record
from backend.system.lines import TURN
from backend.system.tally import Tally

log = logging.getLogger("labelguard.books")

MOST_TOKENS = 32_768
"""Of an answer that is asked for again since it was cut, unless its provider's `max_tokens` is more already."""
PATIENCE_S = 0.02
"""Seconds that an entry which nobody waits for at a screen may wait for others, while calls are under way."""
SPARED = "detection_alone"
"""Code of a request that was not needed."""


@dataclass(frozen=True, slots=True)
class CallContext:
    """What a call is about, besides its text.

    Attributes:
        project, task: Label Studio's numbers, "" if unknown.
        rule: the policy's that decided, "" if none did.
        policy, prompt, schema: hashes.
        model_version: what the prediction will carry.
        entities: how many stretches of each type were replaced.
        kept, beside, sought: what else is known of the texts that are sent, as `Attempt` has it.
        limits: the rule's.
        keep_days: days after which the record's entries may be removed; None for never.
        kept_sent: which part of what is sent is kept; None for nothing.
        deadline: when who asked is answered, by the event loop's clock: nothing new is begun after it; None for never.
        longer: how many times a provider's `max_tokens` the answer may be long.
        sample: the number of a further answer to the same, by which the first is scored; 0 for the one that is taken.
        temperature: at which it is asked.
        is_guard: whether a model of one's own is to look for personal data, not to label.
    """

    project: str
    task: str = ""
    rule: str = ""
    policy: str = ""
    prompt: str = ""
    schema: str = ""
    model_version: str = ""
    entities: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)
    beside: Mapping[str, int] = field(default_factory=dict)
    sought: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    keep_days: int | None = None
    kept_sent: SentKeeping | None = None
    deadline: float | None = None
    longer: int = 1
    sample: int = 0
    temperature: float = 0
    is_guard: bool = False

    def asks(self, provider: Provider) -> Provider:
        """Return a provider with the `max_tokens` that it is asked, and booked, with."""
        longer = min(self.longer * provider.max_tokens, MOST_TOKENS)
        return replace(provider, max_tokens=longer) if longer > provider.max_tokens else provider


@dataclass(slots=True)
class OpenAttempt:
    """An attempt under way, to be filled in by who makes it; as it stands here, nobody knows how it ended.

    Attributes:
        number: in the record; 0 where it has none of its own.
        failure: why it gave no usable answer.
        bytes_in: length of the answer.
        tokens: in and out, as the provider counts them; None where nobody knows.
    """

    number: int = 0
    failure: LabelguardError | None = None
    is_answered: bool = False
    bytes_in: int = 0
    tokens: tuple[int, int] | None = None

    @property
    def code(self) -> str:
        """How it ended: "answered", "cut_off", or a failure's code."""
        return self.failure.code if self.failure else "answered" if self.is_answered else "cut_off"


class AttemptPlace(AbstractAsyncContextManager[object], Protocol):
    """A place at a provider, for one attempt: to be entered once the attempt stands in the record."""

    @property
    def is_awaited(self) -> bool:
        """Whether it will have to be waited for."""

    def near(self) -> AbstractAsyncContextManager[object]:
        """Wait until it is near, so that it is time to hold money and write the attempt down."""


class AttemptLog:
    """Belongs to one event loop.

    Args:
        record: of all attempts. Without one nothing may be sent: enough to see what would be.
        meter: of what they use.
    """

    def __init__(self, record: Record | None = None, meter: Meter | None = None) -> None:
        self._open = (record, meter) if record and meter else None
        self.tally = Tally()
        self._endings: set[asyncio.Task[None]] = set()
        self._running = self._queued = 0

    @asynccontextmanager
    async def attempt(
        self, call_context: CallContext, provider: Provider, size: int, place: AttemptPlace | None = None
    ) -> AsyncIterator[OpenAttempt]:
        """Wait until an attempt may be made, and write down how it ends.

        The attempt stands in the record, on the disk, before the block begins.

        Args:
            call_context: what it is about.
            provider: who is asked.
            size: of the request, as `request_size` measures it.
            place: at the provider; None to wait for none.

        Raises:
            GatewayError: there is none to be had.
            BudgetError: a budget is used up; that stands in the record.
            RecordError: the attempt cannot be recorded, so it must not be made.
            DeadlineError: who asked is answered by now, so nothing new is begun.
        """
        _check_time(call_context)
        async with AsyncExitStack() as held:
            come_near = partial(self._come_near, held, place, call_context)
            admission = await self._admit(call_context, provider, size, come_near)
            attempt = attempt_of(call_context, provider, size)
            take = partial(_take, held, place, call_context)
            number = await self._begin(admission, attempt, take, self._patience_for(place))
            entry, span = OpenAttempt(number), held.enter_context(self.tally.spans.span("attempt"))
            self._running += 1
            try:
                yield entry
            finally:
                self._running -= 1
                span.note(rule=call_context.rule, provider=provider.name, model=provider.model, code=entry.code)
                span.note(**dict(zip(("tokens_in", "tokens_out"), entry.tokens or (), strict=False)))
                await held.aclose()  # others may take its place meanwhile
                await self._see_to(self._end(admission, number, attempt, entry))

    async def _admit(
        self, call_context: CallContext, provider: Provider, size: int, come_near: Callable[[], Awaitable[None]]
    ) -> Admission:
        """Wait for the rule's minute and until a place is near, and hold money; that there is none is written down."""
        _, meter = self._opened()
        try:
            use = use_of(call_context, provider, size, price_of(provider))
            return await meter.admit(use, call_context.limits, come_near)
        except BudgetError as error:
            await self.refuse(call_context, error, provider, size)
            raise

    async def _come_near(self, held: AsyncExitStack, place: AttemptPlace | None, call_context: CallContext) -> None:
        self._queued += 1
        try:
            if place:
                await held.enter_async_context(place.near())
        finally:
            self._queued -= 1
        _check_time(call_context)  # it may have waited for long

    async def _begin(
        self, admission: Admission, attempt: Attempt, take: Callable[[], Awaitable[None]], patience_s: float
    ) -> int:
        """Write an attempt down, and take its place; return its number."""
        record, _ = self._opened()
        begun: Future[int] | None = None
        try:
            begun = record.submit(attempt, patience_s=patience_s)
            number = await asyncio.shield(asyncio.wrap_future(begun))
            await take()
        except BaseException as error:
            if isinstance(error, RecordError):
                self.tally.unrecorded()
            await self._see_to(self._undo(admission, begun))
            raise
        return number

    async def _undo(self, admission: Admission, begun: "Future[int] | None") -> None:
        """End an attempt that is not made; if it stands in the record all the same, with an outcome that says so."""
        record, meter = self._opened()
        try:
            await meter.give_back(admission)
        except StoreError as error:
            log.warning(
                "money that is held for an attempt that was not made comes free by itself later: %s", error.reason
            )
        if begun is None or begun.cancel():
            return
        with suppress(RecordError):
            number = await asyncio.wrap_future(begun)
            never = Outcome(
                attempt=number,
                outcome="failed",
                code="not_sent",
                bytes_in=0,
                tokens_in=0,
                tokens_out=0,
                cost_usd=0.0,
            )
            await asyncio.wrap_future(record.submit(never))

    async def _end(self, admission: Admission, number: int, attempt: Attempt, entry: OpenAttempt) -> None:
        """Book what an attempt took, and write down how it ended; what cannot be written is told in the log."""
        record, meter = self._opened()
        tokens_in, tokens_out = entry.tokens or (None, None)
        problem = entry.failure.reason if entry.failure else ""
        self.tally.attempt(attempt.provider, entry.code, problem, (tokens_in or 0, tokens_out or 0))
        try:
            settled = meter.settle(admission, tokens_in, tokens_out, failed=not entry.is_answered)
            if settled and settled.cost:
                self.tally.spent(attempt.provider, settled.cost)
            ended = Outcome(
                attempt=number,
                outcome=_outcome(entry),
                code="" if entry.is_answered and not entry.failure else entry.code,
                bytes_in=entry.bytes_in,
                tokens_in=tokens_in or 0,
                tokens_out=tokens_out or 0,
                cost_usd=settled.cost if settled else None,
            )
            beside = Alongside(SPEND, settled.book) if settled else None
            await asyncio.wrap_future(record.submit(ended, beside, self._patience()))
        except RecordError as error:  # an answer that was paid for is not thrown away
            self.tally.unrecorded()
            log.warning("attempt %d stays without an outcome: %s", number, error.reason)

    def _patience_for(self, place: AttemptPlace | None) -> float:
        """Return how long an attempt may wait for others: a place that is free stands empty, and others may need it."""
        hurries = self._queued > 0 and not (place and place.is_awaited)
        return 0.0 if hurries else self._patience()

    def _patience(self) -> float:
        """Return how long an entry may wait for others."""
        return PATIENCE_S if self._running and not TURN.get().is_urgent else 0.0

    async def _see_to(self, ending: Coroutine[Any, Any, None]) -> None:
        """Have an ending written, however often who waits for it is cancelled."""
        task = asyncio.create_task(ending)
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)
        await asyncio.shield(task)

    async def refuse(
        self, call_context: CallContext, error: LabelguardError, provider: Provider | None = None, size: int = 0
    ) -> None:
        """Write down that nothing was sent, and why.

        Raises:
            RecordError: it cannot be recorded.
        """
        await self._write(Refusal(**_about(call_context, provider, size), code=error.code))

    async def spare(self, call_context: CallContext) -> None:
        """Write down that nothing had to be sent, since detection knew all that was asked.

        Raises:
            RecordError: it cannot be recorded.
        """
        await self._write(Refusal(**_about(call_context, None, 0), code=SPARED))

    async def _write(self, refusal: Refusal) -> None:
        try:
            await asyncio.wrap_future(self._opened()[0].submit(refusal))
        except RecordError:
            self.tally.unrecorded()
            raise

    def budget_metrics(self, limits: Mapping[str, Limits]) -> bytes:
        """Return in Prometheus' text format what rules may spend, and have spent; waits for the database.

        Args:
            limits: by rule.

        Raises:
            StoreError: it cannot be asked.
        """
        return budget_metrics(self._open[1].ledger, limits) if self._open else b""

    def _opened(self) -> tuple[Record, Meter]:
        if self._open is None:
            raise RecordError("nothing is recorded here, so nothing is sent - please report it")
        return self._open

    async def aclose(self) -> None:
        """See to the endings of all attempts, sign the record's end, and take no more.

        Whoever makes attempts is ended first: what begins later is refused.
        """
        while self._endings:
            await asyncio.gather(*self._endings, return_exceptions=True)
        self.close()

    def close(self) -> None:
        """Write what still waits, sign the record's end, and take no more."""
        if self._open:
            record, meter = self._open
            meter.close()
            record.close()


async def _take(held: AsyncExitStack, place: AttemptPlace | None, call_context: CallContext) -> None:
    if place:
        await held.enter_async_context(place)
    _check_time(call_context)


def _check_time(call_context: CallContext) -> None:
    if call_context.deadline is not None and asyncio.get_running_loop().time() >= call_context.deadline:
        raise DeadlineError


def attempt_of(call_context: CallContext, provider: Provider, size: int) -> Attempt:
    """Return what the record says of an attempt before it is made."""
    about = _about(call_context, provider, size)
    if call_context.is_guard:  # the texts are in it as they are
        return Look(**about)
    return Attempt(**about, kept=call_context.kept, beside=call_context.beside, sought=call_context.sought)


def use_of(call_context: CallContext, provider: Provider, size: int, price: Price | None) -> Use:
    """Return what an attempt may cost, and whose budgets it counts in."""
    return Use(
        rule=call_context.rule,
        project=call_context.project,
        provider=provider.name,
        model=provider.model,
        price=price,
        size=size,
        max_tokens=provider.max_tokens,
    )


def _about(call_context: CallContext, provider: Provider | None, size: int) -> dict[str, Any]:
    return {
        "project": call_context.project,
        "task": call_context.task,
        "rule": call_context.rule,
        "policy": call_context.policy,
        "prompt": call_context.prompt,
        "schema": call_context.schema,
        "model_version": call_context.model_version,
        "provider": provider.name if provider else "",
        "model": provider.model if provider else "",
        "region": provider.region if provider else "",
        "external": bool(provider and provider.external),
        "entities": call_context.entities,
        "bytes_out": size,
        "keep_days": call_context.keep_days,
    }


def _outcome(entry: OpenAttempt) -> Result:
    if entry.is_answered:
        return "answered"
    return failed(entry.failure)


def failed(error: LabelguardError | None) -> Result:
    """Return how the record calls an attempt that gave no answer."""
    return "refused" if isinstance(error, ProviderAuthError | ProviderRefusalError) else "failed"
