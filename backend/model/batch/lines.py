"""What the gateway hands lines in to, and how their batches are sent, waited for and brought into the books.

Nothing of a task is kept for that. A line's name is a keyed hash of the line, so that the same task, asked again under
the same policy, finds its answer; a text or a policy that was changed meanwhile makes another line.
"""

import asyncio
import json
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from backend.budget.prices import batch_price_of
from backend.errors import BatchedError, BatchResultError, GatewayError
from backend.model.attempts import CallContext, attempt_of, use_of
from backend.model.batch.answers import LineAnswer
from backend.model.batch.api import ENDPOINT
from backend.model.batch.books import BatchBooks, Line
from backend.model.batch.sent import SentBatches, address_hash
from backend.providers import Provider
from backend.store import alone
from backend.system.sealing import Sealer

log = logging.getLogger("labelguard.batch")

MOST = 50_000
"""Lines of a file: OpenAI takes no more."""
MOST_BYTES = 50_000_000
"""Bytes of a file: a quarter of what OpenAI takes, since it is in memory until it is sent."""
POLL_S = 30.0
"""Seconds from one look at a batch to the next."""
LOCK_S = 0.5
WORK = "batch"
"""What `backend.store.alone` is told: one process at a time makes files."""


@dataclass(slots=True)
class _Pile:
    """The lines that go into the next file to a provider.

    Attributes:
        count, size: how many lines it will have, and their bytes.
        entering: what brings lines into the books; no file leaves before that is done.
    """

    provider: Provider
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    lines: dict[str, bytes] = field(default_factory=dict, repr=False)
    count: int = 0
    size: int = 0
    entering: "set[asyncio.Task[str]]" = field(default_factory=set, repr=False)


class BatchLines:
    """Belongs to one event loop.

    Args:
        books: of the state's database.
        secret: from which the lines' names are made: the one that chooses surrogates.
        providers: those of the policy.

    Attributes:
        sent: the batches that providers have.
        waits: names of the batches that something waits for.
    """

    def __init__(self, books: BatchBooks, secret: bytes, providers: Collection[Provider]) -> None:
        self._books, self._seal = books, Sealer(secret, "batch")
        self._piles: dict[str, _Pile] = {}
        self._made: set[str] = set()
        self._used: set[str] = set()
        self._filing = asyncio.Lock()
        self._broken: GatewayError | None = None
        self.sent = SentBatches(books, providers)
        self.waits: set[str] = set()

    def request(self, provider: Provider, asked: Mapping[str, Any], call_context: CallContext) -> dict[str, Any]:
        """Return a line as it leaves, under its name.

        Args:
            provider: who is asked.
            asked: what a call would be sent.
            call_context: what it is about.
        """
        body = {**asked, "model": provider.model}
        about = [call_context.project, call_context.task, provider.name, address_hash(provider), body]
        name = self._seal.name([*about, call_context.sample] if call_context.sample else about)
        return {"custom_id": name, "method": "POST", "url": ENDPOINT, "body": body}

    async def ask(self, request: Mapping[str, Any], provider: Provider, call_context: CallContext) -> LineAnswer:
        """Return what came of a line; where nothing has yet, see to it that it stands in a batch.

        Args:
            request: of `request`, and searched for what must not leave.
            provider: who is asked.
            call_context: what it is about.

        Raises:
            BatchedError: nothing has come of it yet.
            BudgetError, RecordError, StoreError: it may not be sent.
            GatewayError: its batch cannot be sent, or its results not be had.
        """
        content = json.dumps(request, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        attempt = attempt_of(call_context, provider, len(content))
        use = use_of(call_context, provider, len(content), batch_price_of(provider))
        line = Line(request["custom_id"], attempt, use, call_context.limits, content)
        batch = await self._enter(line, provider)
        answers = None if batch in self._made else await self.sent.answers_in(batch)
        if answers is None:
            self.waits.add(batch)
            raise BatchedError
        self._used.add(line.name)
        if line.name not in answers:
            raise BatchResultError(provider.name, "the results of its batch are gone - ask again")
        return answers[line.name]

    @asynccontextmanager
    async def collecting(self) -> AsyncIterator[None]:
        """Take lines within the block, and send them at its end; if the block fails, nothing is sent.

        No other process does the same meanwhile. What a process that was killed left is seen to first.

        Raises:
            GatewayError: a file cannot be sent; the next block goes on.
            StoreError: the books cannot be written.
        """
        with ExitStack() as held:
            while not held.enter_context(alone(self._books.store, WORK)):
                held.close()
                await asyncio.sleep(LOCK_S)
            await self.sent.resume()
            self.waits.clear()
            self._broken = None
            try:
                yield
                for pile in list(self._piles.values()):
                    await self._send(pile)
            finally:
                self._piles.clear()
                self._made.clear()
            if self._broken:
                raise self._broken

    async def until_over(self) -> None:
        """Wait until one of the batches that something waits for is over, and in the books.

        Raises:
            GatewayError: a provider refuses to say, which does not pass by itself.
            StoreError: the books cannot be read or written.
        """
        while True:
            for name in sorted(self.waits):
                if not await self.sent.is_under_way(name):
                    return
            await asyncio.sleep(POLL_S)

    async def rounds(self, predict: Callable[[], Awaitable[None]], *, waits: bool) -> bool:
        """Predict again and again until nothing waits in a batch; return whether it came to that.

        Args:
            predict: asks for what has no answer yet.
            waits: whether to wait for batches, or to leave after the first round.
        """
        while True:
            async with self.collecting():
                await predict()
            if not self.waits:
                return True
            if not waits:
                return False
            await self.until_over()

    @property
    def under_way(self) -> list[str]:
        """The providers' numbers of those batches that are waited for and not over."""
        rows = map(self._books.batch, sorted(self.waits - set(self.sent.answers)))
        return [row.number for row in rows if row and row.number]

    @property
    def unused(self) -> int:
        """How many answers came while this ran that nobody asked for."""
        told = (answer for batch in self.sent.told for answer in self.sent.answers[batch].items())
        return sum(name not in self._used and answer.error is None for name, answer in told)

    async def aclose(self) -> None:
        """Close the connections and the books."""
        await self.sent.aclose()
        await asyncio.to_thread(self._books.close)

    async def _enter(self, line: Line, provider: Provider) -> str:
        """Have a line stand in the books; return the name of its batch. Once begun it is done, whoever waits for it."""
        async with self._filing:
            pile = await self._pile(provider, len(line.content))
            entering = asyncio.create_task(self._book(line, pile))
            pile.entering.add(entering)
            entering.add_done_callback(partial(_entered, pile))
        return await asyncio.shield(entering)

    async def _pile(self, provider: Provider, size: int) -> _Pile:
        """Return where a line goes; a file that has no room for it is sent first."""
        pile = self._piles.get(provider.name)
        if pile and (pile.count >= MOST or pile.size + size > MOST_BYTES):
            try:
                await self._send(pile)
            except GatewayError as error:
                self._broken = error
            pile = None
        if self._broken:
            raise self._broken
        if pile is None:
            pile = _Pile(provider)
            await asyncio.wrap_future(self._books.open(pile.name, provider.name, address_hash(provider)))
            self._piles[provider.name] = pile
            self._made.add(pile.name)
        pile.count, pile.size = pile.count + 1, pile.size + size
        return pile

    async def _book(self, line: Line, pile: _Pile) -> str:
        batch = ""
        try:
            batch, _ = await asyncio.wrap_future(self._books.enter(line, pile.name, frozenset(self.sent.told)))
        finally:
            if batch == pile.name:
                pile.lines[line.name] = line.content
            else:
                pile.count, pile.size = pile.count - 1, pile.size - len(line.content)
        return batch

    async def _send(self, pile: _Pile) -> None:
        """Send a file and have a batch made of it, each step written down before the next."""
        del self._piles[pile.provider.name]
        if pile.entering:
            await asyncio.wait(pile.entering)
        if not pile.lines:
            await asyncio.wrap_future(self._books.dissolve(pile.name))
            return
        api, change = self.sent.api(pile.provider), partial(self._books.change, pile.name)
        file = await api.upload(b"".join(pile.lines.values()), f"labelguard-{pile.name}")
        await asyncio.wrap_future(change(file=file, lines=len(pile.lines)))
        made = await api.create(file, pile.name)
        await asyncio.wrap_future(change(number=made.number, status=made.status, state="sent"))
        log.info("provider %s: batch %s has %d lines", pile.provider.name, made.number, len(pile.lines))
        self.waits.add(pile.name)


def _entered(pile: _Pile, done: "asyncio.Task[str]") -> None:
    pile.entering.discard(done)
    if not done.cancelled():
        done.exception()  # whoever waits has it
