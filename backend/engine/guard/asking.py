"""Asks guards: piece by piece, side by side, each piece once for as long as its findings are remembered.

Who asks may be answered, or gone, before a guard is done: the call goes on for as long as its provider may take, so
that the findings are there when the same text comes again.
"""

import asyncio
import hashlib
import hmac
import json
import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from backend.budget.limits import Limits
from backend.engine.guard.findings import Guarded
from backend.engine.guard.listing import Canary, Listing, ground
from backend.errors import GatewayError
from backend.model.attempts import CallContext
from backend.model.gateway import Gateway
from backend.privacy.redact import Message, Redactor
from backend.privacy.types import Detection, Scan
from backend.prompting.pieces import pieces
from backend.prompting.templates import Prompts
from backend.providers import Provider

log = logging.getLogger("labelguard.guarding")

TEMPLATE = "guard"
PIECE = 1_200
"""Characters that a guard is shown at once: a small model overlooks what stands in the middle of more."""
MOST_KEPT = 5_000
"""Pieces whose findings are remembered: types and places alone, by a keyed hash of the piece."""
SHARE = 0.5
"""Of a task's time that its guard may take: if it fails, the rest is for what the policy says then."""
_SCHEMA = hashlib.sha256(json.dumps(Listing.model_json_schema(), sort_keys=True).encode()).hexdigest()

Found = tuple[Detection, ...]


class Guarding:
    """Belongs to one event loop.

    Args:
        gateway: the one way to a model.
        key: a secret, by which pieces are remembered.
    """

    def __init__(self, gateway: Gateway, key: bytes) -> None:
        self._gateway, self._key = gateway, key
        self._kept: OrderedDict[bytes, Found] = OrderedDict()
        self._flights: dict[bytes, asyncio.Future[Found]] = {}

    async def look(
        self, scan: Scan, texts: Iterable[str], prompts: Prompts, call_context: CallContext, limits: Limits
    ) -> Guarded:
        """Have a way's guard look at texts, as far as it must.

        Args:
            scan: the way.
            texts: unredacted: they go to the guard alone.
            prompts: whose template it is asked by.
            call_context: what it is about.
            limits: the rule's.

        Raises:
            DeadlineError: who asked is answered by now.
        """
        if scan.guard is None:
            return Guarded(scan)
        needed = await asyncio.to_thread(Guarded(scan).needed, texts)
        system = prompts.template(TEMPLATE).render({})
        prompt = hashlib.sha256(prompts.template(TEMPLATE).source.encode()).hexdigest()
        own = replace(call_context, prompt=prompt, schema=_SCHEMA, entities={}, limits=limits, is_guard=True)
        looks = [asyncio.ensure_future(self._text(scan.guard, text, system, own)) for text in needed]
        findings: dict[str, Sequence[Detection] | None] = {}
        try:
            async with asyncio.timeout(limits.task_timeout_s and limits.task_timeout_s * SHARE):
                for text, look in zip(needed, looks, strict=True):
                    findings[text] = await look
        except TimeoutError:
            log.warning(
                "provider %s: no list of personal data within its share of limits.task_timeout_s", scan.guard.name
            )
        finally:
            for look in looks:
                look.cancel()
            await asyncio.gather(*looks, return_exceptions=True)
        return Guarded(scan, {text: findings.get(text) for text in needed})

    async def _text(self, guard: Provider, text: str, system: str, call_context: CallContext) -> Found | None:
        """Return what a guard finds in a text; None if it fails in any piece of it."""
        places = await asyncio.to_thread(pieces, text, PIECE)
        asked = [
            asyncio.ensure_future(self._piece(guard, text[slice(*place)], system, call_context)) for place in places
        ]
        found: list[Detection] = []
        try:
            for (start, _), look in zip(places, asked, strict=True):
                found += [replace(d, start=start + d.start, end=start + d.end) for d in await look]
        except (GatewayError, _UnreliableError) as error:
            log.warning("no list of personal data: %s", error)
            return None
        finally:
            for look in asked:
                look.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
        return tuple(sorted(set(found)))

    async def _piece(self, guard: Provider, piece: str, system: str, call_context: CallContext) -> Found:
        if not any(map(str.isalnum, piece)):
            return ()
        name = self._name(guard, piece, system)
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        flight = self._flights.get(name)
        if flight is None:
            flight = self._flights[name] = asyncio.ensure_future(self._asked(guard, piece, system, call_context, name))
            flight.add_done_callback(partial(self._land, name))
        return await asyncio.shield(flight)

    def _land(self, name: bytes, flight: "asyncio.Future[Found]") -> None:
        del self._flights[name]
        if not flight.cancelled():
            flight.exception()  # whoever waits has it; where nobody does, the books have it

    async def _asked(self, guard: Provider, piece: str, system: str, call_context: CallContext, name: bytes) -> Found:
        control = Canary.of(piece, self._key)
        shown = f"Text: {piece}\n{control.name}"
        task = Redactor(_nothing).pass_through({"": piece})
        prompt = task.clear([Message("system", system), Message("user", shown)])
        listing = (await self._gateway.ask(prompt, Listing.of(piece), [guard], call_context)).answer
        if not listing.has_end() or not control.is_listed(listing):
            raise _UnreliableError(guard.name)
        values = [value for value in listing.found if not control.is_it(value)]
        found, dropped = await asyncio.to_thread(ground, piece, values)
        if dropped:
            self._gateway.attempt_log.tally.dropped(guard.name, dropped)
        self._kept[name] = tuple(found)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return self._kept[name]

    async def aclose(self) -> None:
        """End all calls."""
        for flight in list(self._flights.values()):
            flight.cancel()
        await asyncio.gather(*self._flights.values(), return_exceptions=True)

    def _name(self, guard: Provider, piece: str, system: str) -> bytes:
        said = [guard.kind, guard.model, guard.address, guard.mode, guard.max_tokens, system, piece]
        return hmac.new(self._key, json.dumps(said).encode(), "sha256").digest()


class _UnreliableError(Exception):
    """A list without the control, or without an end."""

    def __init__(self, provider: str) -> None:
        super().__init__(f"provider {provider}: it did not read the text to its end")


def _nothing(_: str) -> Sequence[Detection]:
    return ()
