"""The batches that a provider has: found again, asked for, and brought into the books when they are over."""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from backend.errors import (
    InvalidAnswerError,
    ProviderBusyError,
    ProviderDownError,
    ProviderRefusalError,
    ProviderTimeoutError,
    RequestError,
    WrongPathError,
)
from backend.model.batch.answers import GONE, LineAnswer, answers_of, end_of
from backend.model.batch.api import BatchApi, BatchStatus
from backend.model.batch.books import BatchBooks, list_batches
from backend.model.batch.results import ResultFile
from backend.model.batch.tables import BatchRow
from backend.policy.vendors import vendor_address
from backend.providers import Provider

log = logging.getLogger("labelguard.batch")

SLACK = 1_000
"""Lines that a file of results may have beside twice as many as were sent."""
_PASSING = (ProviderBusyError, ProviderDownError, ProviderTimeoutError)
Progress = Callable[[BatchRow, BatchStatus | None, str], None]


def _say_nothing(*_: object) -> None:
    pass


class SentBatches:
    """Belongs to one event loop.

    Args:
        books: of the state's database.
        providers: those of the policy.

    Attributes:
        answers: of the batches that are over and were asked about, by line.
        told: the batches that this brought into the books, so that it is told here why lines of theirs failed.
        on_progress: is called with a batch and how it stands; without that, with why its provider cannot be asked now.
    """

    def __init__(self, books: BatchBooks, providers: Collection[Provider]) -> None:
        self._books, self._providers = books, providers
        self._apis: dict[str, BatchApi] = {}
        self._loading = asyncio.Lock()
        self.answers: dict[str, Mapping[str, LineAnswer]] = {}
        self.told: set[str] = set()
        self.on_progress: Progress = _say_nothing

    async def resume(self) -> None:
        """See to what other processes left: batches that were about to be sent, and those that are over by now."""
        await asyncio.wrap_future(self._books.forget_old())
        for row in await asyncio.to_thread(list_batches, self._books.store):
            if row.state == "open":
                await self._find(row)
            elif row.state == "sent":
                await self._look(row)

    async def _find(self, row: BatchRow) -> None:
        """Find out whether a batch was made, whose maker was killed; if not, its lines go into another."""
        made = None
        if row.file:
            provider = self._provider(row)
            if provider is None:
                return
            try:
                made = await self.api(provider).find(row.file)
            except WrongPathError:
                made = None  # who has no such API has made nothing
        if made is None:
            await asyncio.wrap_future(self._books.dissolve(row.name))
        else:
            said = {"number": made.number, "status": made.status, "state": "sent"}
            await asyncio.wrap_future(self._books.change(row.name, **said))

    async def is_under_way(self, name: str) -> bool:
        """Say whether a batch is still to be waited for, after a look at it."""
        row = await asyncio.to_thread(self._books.batch, name)
        if row and row.state == "sent":
            await self._look(row)
        elif row and row.state == "over":
            await self._load(row)
        return row is not None and name not in self.answers

    async def _look(self, row: BatchRow) -> None:
        """Ask how a batch stands; if it is over, bring it into the books."""
        provider = self._provider(row)
        if provider is None:
            self.on_progress(row, None, f"provider {row.provider} is not in the policy, or at another address")
            return
        try:
            status = await self.api(provider).status(row.number)
            said: Any = {"status": status.status, "code": status.code, "output": status.output, "errors": status.errors}
            await asyncio.wrap_future(self._books.change(row.name, **said))
            self.on_progress(row, status, "")
            if status.is_over:
                await self._load(replace(row, **said))
        except _PASSING as error:
            self.on_progress(row, None, error.reason)
        except ProviderRefusalError as error:
            log.warning("batch %s is gone: %s", row.number, error.reason)
            await self._load(replace(row, status=GONE, output="", errors=""))

    async def answers_in(self, batch: str) -> Mapping[str, LineAnswer] | None:
        """Return the answers of a batch; None if it is not over."""
        if batch not in self.answers:
            row = await asyncio.to_thread(self._books.batch, batch)
            if row and row.state == "over":
                await self._load(row)
        return self.answers.get(batch)

    async def _load(self, row: BatchRow) -> None:
        """Fetch the results of a batch that is over, and bring into the books what is not there."""
        async with self._loading:
            provider = self._provider(row)
            if row.name in self.answers or provider is None:
                return
            lines = await asyncio.to_thread(self._books.lines, row.name)
            results = await self._fetch(row, self.api(provider), lines)
            answers = await answers_of(results, lines, row, self.api(provider))
            ends = {name: end_of(answers[name]) for name, (state, _) in lines.items() if state == "open"}
            for settled in self._books.settle(row.name, ends):
                await asyncio.wrap_future(settled)
            last = {"status": row.status, "code": row.code, "output": row.output, "errors": row.errors}
            await asyncio.wrap_future(self._books.change(row.name, state="over", **last))
            self.answers[row.name] = answers
            if ends:
                self.told.add(row.name)

    async def _fetch(self, row: BatchRow, api: BatchApi, lines: Collection[str]) -> ResultFile:
        found, begin = ResultFile(lines, 0), partial(ResultFile, lines, 2 * row.lines + SLACK)
        for number in filter(None, (row.output, row.errors)):
            try:
                found.add(await api.fetch(number, begin))
            except (ProviderRefusalError, InvalidAnswerError) as error:  # it is gone, or more than is read
                log.warning("batch %s: %s", row.number, error.reason)
                await asyncio.wrap_future(self._books.lose(row.name))
        for count, what in ((found.unknown, "are of nobody here"), (found.unread, "cannot be read")):
            if count:
                log.warning("batch %s: %d of its results %s", row.number, count, what)
        return found

    async def cancel(self, number: str) -> str:
        """Have a batch ended by its provider; return how it stands then.

        Args:
            number: the provider's for it.

        Raises:
            RequestError: there is no such batch here, or its provider is not in the policy.
            GatewayError: the provider does not end it.
        """
        row = next((row for row in list_batches(self._books.store) if row.number == number), None)
        provider = self._provider(row) if row else None
        if row is None or provider is None:
            problem = f"its provider {row.provider} is not in the policy" if row else "is not known here"
            raise RequestError(f"batch {number}: {problem} - see labelguard batches, and its option --policy")
        status = await self.api(provider).cancel(row.number)
        await asyncio.wrap_future(self._books.change(row.name, status=status.status))
        return status.status

    async def aclose(self) -> None:
        """Close the connections."""
        for api in self._apis.values():
            await api.aclose()

    def _provider(self, row: BatchRow) -> Provider | None:
        """Return the provider that has a batch, if the policy still names it at the same address."""
        ours = (one for one in self._providers if one.name == row.provider and one.batch)
        return next((one for one in ours if address_hash(one) == row.place), None)

    def api(self, provider: Provider) -> BatchApi:
        """Return what asks a provider."""
        if provider.name not in self._apis:
            self._apis[provider.name] = BatchApi(provider)
        return self._apis[provider.name]


def address_hash(provider: Provider) -> str:
    """Return a hash of where a provider stands: a batch of another is none of its."""
    address = provider.address or vendor_address(provider.kind, provider.model) or ""
    return hashlib.sha256(address.encode()).hexdigest()
