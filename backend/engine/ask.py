"""Asks for answers, each one once: what is kept is taken, who asks for what is under way waits for it.

An answer that was cut is none, and is not had by asking the same again: that is remembered for as long.

Who asks may be answered before a call is over. Then the call goes on, for as long as its provider may take, so that its
answer is there when the same is asked again; nothing new is begun for it. A call whose caller is gone is ended.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from pydantic import ValidationError

from backend.errors import CutAnswerError, DeadlineError
from backend.labelstudio.events import uncalibrated
from backend.model.answer.leniency import answer_shape
from backend.model.answer.tokens import read_tokens
from backend.model.attempts import PATIENCE_S, CallContext
from backend.model.gateway import Gateway, Reply
from backend.model.kept_answers import KeptAnswers
from backend.policy.types import Decision
from backend.privacy.redact import ClearedPrompt
from backend.prompting.answer_form import Answer
from backend.providers import Provider
from backend.system.batches import end_tasks
from backend.system.lines import TURN

FORMAT = 2
"""Of what is kept."""
HOUR_S = 3600
MANY = 16
"""Under way, from which on one looks for its answer with others; not if somebody waits at a screen."""
MOST_CUT = 10_000
"""Answers of which it is remembered that they were cut."""


@dataclass(slots=True)
class _Flight:
    """A call under way, and how many wait for it."""

    task: "asyncio.Task[AskResult]"
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class AskResult:
    """What came of asking.

    Attributes:
        name: under which the answer is kept, "" if it is not.
        was_kept: whether it was there already.
    """

    reply: Reply[Answer] = field(repr=False)
    name: str = ""
    was_kept: bool = False


class Asker:
    """Belongs to one event loop.

    Args:
        gateway: the one way to a model.
        kept: where answers are kept; None keeps none.
    """

    def __init__(self, gateway: Gateway, kept: KeptAnswers | None = None) -> None:
        self._gateway, self._kept = gateway, kept
        self._flights: dict[str, _Flight] = {}
        self._cut: dict[str, tuple[float, str]] = {}  # by name: until when, and whose answer

    async def ask(
        self,
        prompt: ClearedPrompt,
        answer_type: type[Answer],
        decision: Decision,
        call_context: CallContext,
        until: float | None = None,
    ) -> AskResult:
        """Ask a rule's providers, unless the answer is there; raises what `Gateway.ask` does.

        Args:
            prompt: what the privacy layer cleared.
            answer_type: the form that the answer must have.
            decision: the rule's.
            call_context: what it is about.
            until: when who asks is answered, by the loop's clock: what is under way then goes on.
        """
        if self._kept is None or not decision.answers_hours:
            return AskResult(await self._gateway.ask(prompt, answer_type, decision.providers, call_context))
        name = self._kept.name(_said(prompt, answer_type, decision.providers, call_context))
        while True:
            flight = self._flights.get(name)
            if flight is None:
                work = self._answer(self._kept, name, (prompt, answer_type), decision, call_context)
                flight = self._flights[name] = _Flight(asyncio.create_task(work))
                flight.task.add_done_callback(partial(self._land, name))
            try:
                return await self._wait(flight, until)
            except DeadlineError:
                if _is_over(call_context.deadline):
                    raise
                # It was begun for somebody who is answered by now: begin anew, whether or not the loop has told it yet.
                self._land(name, flight.task)

    async def _wait(self, flight: _Flight, until: float | None) -> AskResult:
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not _is_over(until):
                flight.task.cancel()  # does nothing where it is done

    def _land(self, name: str, task: "asyncio.Task[AskResult]") -> None:
        if name in self._flights and self._flights[name].task is task:
            del self._flights[name]
        if not task.cancelled():
            task.exception()  # whoever waits has it; where nobody does, the books have it

    async def _answer(
        self,
        kept: KeptAnswers,
        name: str,
        asked: tuple[ClearedPrompt, type[Answer]],
        decision: Decision,
        call_context: CallContext,
    ) -> AskResult:
        prompt, answer_type = asked
        patience_s = PATIENCE_S if len(self._flights) > MANY and not TURN.get().is_urgent else 0.0
        body = await asyncio.wrap_future(kept.find(name, patience_s))
        reply = _read(body, answer_type) if body else None
        if reply:
            return AskResult(reply, name, was_kept=True)
        self._recall(name, decision)
        began, seconds = time.monotonic(), decision.answers_hours * HOUR_S
        try:
            reply = await self._gateway.ask(prompt, answer_type, decision.providers, call_context)
        except CutAnswerError as error:
            self._remember(name, error, call_context, began + seconds)
            raise
        body = _write(reply, answer_type, call_context.task)
        if body and time.monotonic() - began < seconds:
            kept.keep(name, call_context.project, body, seconds)
        return AskResult(reply, name)

    def _remember(self, name: str, error: CutAnswerError, call_context: CallContext, until: float) -> None:
        if call_context.longer > 1:
            return  # nothing else would be asked
        self._cut[name] = until, error.provider
        if len(self._cut) > MOST_CUT:
            del self._cut[next(iter(self._cut))]

    def _recall(self, name: str, decision: Decision) -> None:
        """Say at once that an answer was cut, so that who asks again comes to its parts.

        Raises:
            CutAnswerError: it was, not long ago.
        """
        until, provider = self._cut.get(name, (0.0, ""))
        if until <= time.monotonic():
            self._cut.pop(name, None)
            return
        most = next((p.max_tokens for p in decision.providers if p.name == provider), 0)
        raise CutAnswerError(provider, f"the answer was cut at max_tokens ({most}) before - raise it")

    def forget(self, answers: Sequence[AskResult]) -> None:
        """Keep answers no longer, that turned out not to fit their task: another may."""
        names = [asked.name for asked in answers if asked.name]
        if self._kept and names:
            self._kept.forget(names)

    async def aclose(self) -> None:
        """End all calls, and keep what was answered."""
        await end_tasks([flight.task for flight in self._flights.values()])
        if self._kept:
            await asyncio.to_thread(self._kept.close)


def _is_over(until: float | None) -> bool:
    """Say whether a time is over. A loop's timer may go off by its clock's resolution too early."""
    early = time.get_clock_info("monotonic").resolution
    return until is not None and asyncio.get_running_loop().time() + early >= until


def _said(
    prompt: ClearedPrompt, answer_type: type[Answer], providers: Sequence[Provider], call_context: CallContext
) -> object:
    """Return all that an answer hangs on."""
    return {
        "format": FORMAT,
        "project": call_context.project,
        "task": call_context.task,
        "version": uncalibrated(call_context.model_version),
        "rule": call_context.rule,
        "sample": [call_context.sample, call_context.temperature],
        "redacted": prompt.redacted,
        "messages": [[message.role, message.content] for message in prompt.messages],
        "schema": answer_shape(answer_type).schema,
        "providers": [
            [p.name, p.kind, p.model, p.external, p.address, p.mode, p.max_tokens, p.scores]
            for p in map(call_context.asks, providers)
        ],
    }


def _write(reply: Reply[Answer], answer_type: type[Answer], task: str) -> bytes | None:
    """Write an answer down; None where it would not come back as it is. Whoever asks finds by its task what is kept."""
    answer = reply.answer.model_dump_json(by_alias=True)
    said = {"answer": answer, "provider": reply.provider, "logprobs": reply.logprobs, "task": task}
    body = json.dumps(said).encode()
    read = _read(body, answer_type)
    return body if read and read.answer.model_dump() == reply.answer.model_dump() else None


def _read(body: bytes, answer_type: type[Answer]) -> Reply[Answer] | None:
    """Read an answer; it is checked anew."""
    try:
        said = json.loads(body)
        answer = answer_type.model_validate_json(said["answer"])
        logprobs = read_tokens(said["logprobs"])
        return Reply(answer, said["provider"], said["answer"], logprobs, attempts=0, tokens_in=0, tokens_out=0)
    except (ValidationError, ValueError, KeyError, TypeError):
        return None
